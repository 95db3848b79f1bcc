//! What the scripts in `tests` give to what they run.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::bag::built;

#[test]
fn no_script_that_packages_has_what_a_linter_warns_of() {
    let completions = Command::new(built()).args(["completions", "bash"]).output();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, completions.unwrap().stdout).unwrap();
    let mut command = Command::new("shellcheck");
    command
        .args(["--shell", "bash", "packaging/build"])
        .arg(file.path());
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().expect("apt-get install shellcheck");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn tests_hear_signals_where_whoever_starts_them_does_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    // Nothing is to be installed, and nothing to be run for long: the first cargo tells, and fails.
    for (name, text) in [
        ("go", "#!/bin/sh\n"),
        ("cargo-deny", "#!/bin/sh\n"),
        ("rustup", "#!/bin/sh\n"),
        (
            "cargo",
            "#!/bin/sh\ngrep SigIgn /proc/self/status\nexit 9\n",
        ),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!(
        "{}:{}",
        dir.path().display(),
        std::env::var("PATH").unwrap()
    );
    for script in ["run", "attacks"] {
        for before in ["trap '' HUP", "true"] {
            let line = format!("{before}; exec tests/{script}");
            let mut command = Command::new("sh");
            command.args(["-c", &line]).current_dir(root);
            command.env("PATH", &path).env("TMPDIR", dir.path());
            let output = command.output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let mask = printed
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = mask.unwrap_or_else(|| panic!("{script}: {output:?}"));
            let mask = u64::from_str_radix(mask.trim(), 16).unwrap();
            assert_eq!(
                mask & 1,
                0,
                "SIGHUP is the first: {script}: {before}: {printed}"
            );
        }
    }
}
