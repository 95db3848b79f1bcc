//! Which version answers a question: the pure rules, over what a proxy holds.
//!
//! Only complete versions are ever chosen, since a client that is told of a version asks for all of
//! its files.

mod latest;
mod commit;

pub use commit::{CommitError, find_commit};
pub use latest::{latest, list};

use crate::modfile;

/// A version that a proxy holds in part or in whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The version.
    pub version: &'a str,
    /// Whether everything that a client may ask for is there: info, mod and zip.
    pub complete: bool,
    /// Whether its `.mod` was written by an author; false if it is [`synthesized_go_mod`].
    pub real_go_mod: bool,
    /// The time in its info, RFC 3339.
    pub time: Option<&'a str>,
}

/// The `.mod` of a version that has no `go.mod`: its module line and nothing else. Clients compare
/// with exactly this text to tell whether the author knows of modules.
pub fn synthesized_go_mod(path: &str) -> String {
    format!("module {}\n", modfile::auto_quote(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthesizes_a_go_mod() {
        assert_eq!(
            synthesized_go_mod("example.com/m"),
            "module example.com/m\n"
        );
        assert_eq!(synthesized_go_mod("a b"), "module \"a b\"\n");
    }
}
