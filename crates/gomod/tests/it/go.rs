//! Go's module library, fetched by the real `go`.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The version whose cases are counted by the tests.
const VERSION: &str = "v0.43.0";

/// What `go mod download` says and keeps; removed when dropped.
pub struct Library {
    _scratch: TempDir,
    /// The extracted files.
    pub dir: PathBuf,
    /// The zip.
    pub zip: PathBuf,
    /// The `.mod` file.
    pub go_mod: PathBuf,
    /// The `.info` file.
    pub info: PathBuf,
    /// The hash of the zip, which the checksum database has confirmed.
    pub sum: String,
    /// The hash of the `.mod` file.
    pub go_mod_sum: String,
}

/// Fetches the library into a folder of its own. Without `go` this fails: it does not skip.
pub fn library() -> Library {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let output = Command::new("go")
        .args([
            "mod",
            "download",
            "-json",
            &format!("golang.org/x/mod@{VERSION}"),
        ])
        .current_dir(scratch.path())
        .env("HOME", &home)
        .env("GOENV", "off")
        .env("GOFLAGS", "-modcacherw")
        .env("GOTOOLCHAIN", "local")
        .env("GOPATH", scratch.path().join("gopath"))
        .env("GOMODCACHE", scratch.path().join("cache"))
        .output()
        .expect("this test needs the go command");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |name: &str| reply[name].as_str().unwrap().to_owned();
    Library {
        dir: text("Dir").into(),
        zip: text("Zip").into(),
        go_mod: text("GoMod").into(),
        info: text("Info").into(),
        sum: text("Sum"),
        go_mod_sum: text("GoModSum"),
        _scratch: scratch,
    }
}

/// The library as a module.
pub fn module() -> gomod::module::ModuleVersion {
    gomod::module::ModuleVersion::new("golang.org/x/mod", VERSION).unwrap()
}
