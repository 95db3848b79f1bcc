//! The toolchains of a bag (go.dev/ref/mod#toolchains).

use bag::manifest::{HeldModule, HeldVersion};
use gomod::goversion;

/// GOOS and GOARCH of this program, as a toolchain's version ends.
pub fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        arch => arch,
    };
    format!("{os}-{arch}")
}

/// True if `name` is that of a toolchain, such as `go1.27.3`. What a company adds to the name of
/// its own (`go1.26.8-corp`) belongs to it.
pub fn is_toolchain(name: &str) -> bool {
    meant_by(name).is_some_and(|meant| {
        let rest = name.strip_prefix(&meant);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// The toolchain that is meant by `name`, which may lack its `go` or its last number; none where
/// it is no version of Go.
pub fn meant_by(name: &str) -> Option<String> {
    let version = name.strip_prefix("go").or(name.strip_prefix('v'));
    let called = format!("go{}", version.unwrap_or(name));
    goversion::of_toolchain(&called).map(goversion::toolchain)
}

/// The toolchains of a bag for `platform` (`linux-amd64`), newest first, by name (`go1.27.3`).
pub fn held<'a>(module: Option<&'a HeldModule>, platform: &str) -> Vec<(&'a str, &'a HeldVersion)> {
    let versions = module.into_iter();
    let mut held: Vec<_> = versions
        .flat_map(|module| &module.versions)
        .filter(|v| v.zip.is_some())
        .filter_map(|v| Some((name(&v.version, platform)?, v)))
        .collect();
    let go = |name| goversion::of_toolchain(name).unwrap_or_default();
    held.sort_by(|(a, _), (b, _)| goversion::compare(go(b), go(a)));
    held
}

/// `v0.0.1-go1.27.3.linux-amd64` → `go1.27.3`, where the platform is this one.
fn name<'a>(version: &'a str, platform: &str) -> Option<&'a str> {
    version
        .strip_prefix("v0.0.1-")?
        .strip_suffix(platform)?
        .strip_suffix('.')
        .filter(|n| n.starts_with("go"))
}

#[cfg(test)]
mod tests {
    use bag::TOOLCHAIN;

    use super::*;
    use crate::carried::sample;

    #[test]
    fn names_the_toolchain_that_was_meant() {
        for (name, meant) in [
            ("go1.26.8", Some("go1.26.8")),
            ("go1.27rc2", Some("go1.27rc2")),
            ("go1.20", Some("go1.20")),
            ("1.26.8", Some("go1.26.8")),
            ("v1.26.8", Some("go1.26.8")),
            ("go1.26", Some("go1.26.0")),
            ("1.26", Some("go1.26.0")),
            ("go1.26.x", None),
            ("latest", None),
            ("go", None),
            ("", None),
        ] {
            assert_eq!(meant_by(name).as_deref(), meant, "{name}");
            assert_eq!(is_toolchain(name), meant == Some(name), "{name}");
        }
        assert!(is_toolchain("go1.26.8-corp"));
    }

    #[test]
    fn the_newest_toolchain_of_a_platform_comes_first() {
        let manifest = sample::bag(&[
            "golang.org/toolchain v0.0.1-go1.9.7.linux-amd64 h1:z",
            "golang.org/toolchain v0.0.1-go1.27rc2.linux-amd64 h1:z",
            "golang.org/toolchain v0.0.1-go1.27rc10.linux-amd64 h1:z",
            "golang.org/toolchain v0.0.1-go1.27.0.linux-amd64 h1:z",
            "golang.org/toolchain v0.0.1-go1.26.10.linux-amd64 h1:z",
            "golang.org/toolchain v0.0.1-go1.28.0.darwin-arm64 h1:z",
        ]);
        let names: Vec<&str> = held(manifest.module(TOOLCHAIN), "linux-amd64")
            .iter()
            .map(|(n, _)| *n)
            .collect();
        assert_eq!(
            names,
            [
                "go1.27.0",
                "go1.27rc10",
                "go1.27rc2",
                "go1.26.10",
                "go1.9.7"
            ]
        );
        assert!(held(manifest.module(TOOLCHAIN), "windows-amd64").is_empty());
    }
}
