//! The toolchains of a bag (go.dev/ref/mod#toolchains).

use bag::TOOLCHAIN;
use bag::manifest::{HeldVersion, Manifest};
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

/// The toolchains of a bag for `platform` (`linux-amd64`), newest first, by name (`go1.27.3`).
pub fn held<'a>(manifest: &'a Manifest, platform: &str) -> Vec<(&'a str, &'a HeldVersion)> {
    let versions = manifest.module(TOOLCHAIN).into_iter();
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
    use super::*;
    use crate::carried::sample;

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
        let names: Vec<&str> = held(&manifest, "linux-amd64")
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
        assert!(held(&manifest, "windows-amd64").is_empty());
    }
}
