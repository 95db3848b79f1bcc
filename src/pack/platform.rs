//! What a project is packed for: how much of it, and for which systems.

use std::fmt;
use std::str::FromStr;

use crate::terminal::choice::choose;

/// How much of a project a bag is to hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// What `go build ./...` needs.
    Build,
    /// In addition, what `go vet ./...` and `go test ./...` need.
    Test,
    /// In addition, what tidy, vendor, list and download need, with all tools.
    #[default]
    Full,
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("build", Profile::Build),
            ("test", Profile::Test),
            ("full", Profile::Full),
        ];
        choose(text, &words)
    }
}

/// What a program is built for: GOOS and GOARCH.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// The operating system, as GOOS has it.
    pub os: String,
    /// The processor, as GOARCH has it.
    pub arch: String,
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = |w: &str| {
            !w.is_empty()
                && w.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        match text.split_once('/') {
            Some((os, arch)) if word(os) && word(arch) => Ok(Platform {
                os: os.into(),
                arch: arch.into(),
            }),
            _ => Err(format!(
                "{text:?} is no platform; write os/arch, such as linux/amd64"
            )),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_words_that_are_no_platform() {
        for wrong in ["linux", "linux/", "/amd64", "Linux/amd64", "linux/amd64/v1"] {
            assert!(wrong.parse::<Platform>().is_err(), "{wrong}");
        }
    }
}
