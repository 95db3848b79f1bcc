//! A host where go is not installed, or does not work: what is private stays private.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use crate::sums::upstream::{LOGGED, MODULES, Upstream, key, modules};
use crate::support::bag::{built, stderr, text};
use crate::support::gobag::Gobag;
use crate::support::public_bags::bag_file;

/// A user of gobag alone.
struct Alone {
    home: tempfile::TempDir,
    upstream: Upstream,
    _gobag: Gobag,
}

impl Alone {
    fn new() -> Alone {
        let gobag = LOGGED.serve();
        let upstream = Upstream::relay(None, &gobag, None);
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("bin")).unwrap();
        Alone {
            home,
            upstream,
            _gobag: gobag,
        }
    }

    /// Writes a file of the settings of go.
    fn writes(&self, name: &str, text: &str) {
        let file = self.home.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A go command that does nothing but fail.
    fn has_a_broken_go(&self) {
        use std::os::unix::fs::PermissionsExt;
        self.writes(
            "bin/go",
            "#!/bin/sh\necho go: errors parsing go.mod >&2\nexit 1\n",
        );
        let file = self.home.path().join("bin/go");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A command with these settings besides; what it asked for, without `path` and `version`.
    fn asked(&self, settings: &[(&str, OsString)]) -> Vec<String> {
        let tree = modules();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(built());
            command
                .env_clear()
                .env("HOME", self.home.path())
                .env("PATH", self.home.path().join("bin"))
                .env("GOPROXY", &self.upstream.url)
                .env("GOSUMDB", key())
                .envs(settings.iter().map(|(name, value)| (name, value)))
                .current_dir(self.home.path())
                .args(arguments);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        };
        let file = bag_file("without-go");
        run(&["capture-sums", text(tree.path())]);
        let other = modules();
        let kept = self.home.path().join(".cache");
        // Asked anew.
        let _ = std::fs::remove_dir_all(&kept);
        let captured = self.lookups();
        let import = text(other.path());
        run(&["pack", "--import", import, "--no-prove", "-o", text(&file)]);
        let _ = std::fs::remove_dir_all(&kept);
        assert_eq!(self.lookups(), captured, "pack asks as capture-sums does");
        captured
    }

    fn lookups(&self) -> Vec<String> {
        let paths = self.upstream.paths().into_iter();
        let lookups = paths.filter_map(|path| Some(path.split_once("/lookup/")?.1.to_owned()));
        let mut lookups: Vec<String> = lookups.collect();
        lookups.sort();
        lookups
    }
}

const A: &str = "capture.test/a@v1.0.0";
const B: &str = "capture.test/!b@v1.1.0";
const C: &str = "capture.test/c@v1.2.0";
const D: &str = "capture.test/d/v2@v2.0.0";

#[test]
fn what_is_private_by_the_environment_is_not_asked_for() {
    let alone = Alone::new();
    assert_eq!(alone.asked(&[]).len(), MODULES.len());
    let private = |value: &str| [("GOPRIVATE", OsString::from(value))];
    assert_eq!(alone.asked(&private("capture.test/a,*.test/d")), [B, C]);
    let both = [
        ("GOPRIVATE", OsString::from("capture.test")),
        ("GONOSUMDB", OsString::from("capture.test/c")),
    ];
    assert_eq!(alone.asked(&both), [B, A, D]);
    // Some of it is no text, and the rest counts.
    let odd = b"capture.test/\xff,capture.test/a".to_vec();
    assert_eq!(
        alone.asked(&[("GOPRIVATE", OsString::from_vec(odd))]),
        [B, C, D]
    );
    let odd = OsString::from_vec(b"\xff".to_vec());
    let odd = [
        ("GOPRIVATE", "capture.test".into()),
        ("GOFLAGS", odd.clone()),
        ("HOME", odd),
    ];
    assert_eq!(alone.asked(&odd), [""; 0]);
}

#[test]
fn what_is_private_by_the_file_of_go_env_is_not_asked_for() {
    let alone = Alone::new();
    alone.writes(".config/go/env", "# x\nGOPRIVATE=capture.test/a\n");
    assert_eq!(alone.asked(&[]), [B, C, D]);
    assert_eq!(alone.asked(&[("GOENV", "off".into())]).len(), MODULES.len());
    alone.writes(
        "settings",
        "GOPRIVATE=capture.test/c\nGONOSUMDB=capture.test/d\n",
    );
    let file = alone.home.path().join("settings");
    assert_eq!(alone.asked(&[("GOENV", file.into())]), [B, A, C]);
    alone.writes("config/go/env", "GONOSUMDB=capture.test/B\n");
    let folder = alone.home.path().join("config");
    assert_eq!(
        alone.asked(&[("XDG_CONFIG_HOME", folder.into())]),
        [A, C, D]
    );
}

#[test]
fn a_go_command_that_fails_lets_nothing_out() {
    let alone = Alone::new();
    alone.has_a_broken_go();
    alone.writes(".config/go/env", "GOPRIVATE=capture.test/a\n");
    assert_eq!(alone.asked(&[]), [B, C, D]);
}
