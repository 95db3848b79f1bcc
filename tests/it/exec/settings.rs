//! `gobag env`: the settings for a server that runs already.

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::tree::Tree;

/// A bag with a module that no public database knows.
fn bag() -> Bag {
    let tree = Tree::new();
    tree.module("env.test/a", "v1.0.0");
    tree.bag()
}

/// What `bag env` prints for a user with this GOPRIVATE.
fn env(bag: &Bag, private: &str, args: &[&str]) -> String {
    let go = Go::new("off")
        .with("GOPRIVATE", private)
        .with("GONOSUMDB", "");
    let mut command = go.command(bag.bin().to_str().unwrap());
    let output = command.arg("env").args(args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_shell_has_its_own_lines() {
    let bag = bag();
    for (shell, lines) in [
        (
            "sh",
            "export GOPROXY=http://127.0.0.1:8080\nexport GONOPROXY=none\nexport GONOSUMDB='*'\n",
        ),
        (
            "fish",
            "set -gx GOPROXY 'http://127.0.0.1:8080'\nset -gx GONOPROXY 'none'\nset -gx GONOSUMDB '*'\n",
        ),
        (
            "powershell",
            "$env:GOPROXY = 'http://127.0.0.1:8080'\n$env:GONOPROXY = 'none'\n$env:GONOSUMDB = '*'\n",
        ),
        (
            "cmd",
            "set \"GOPROXY=http://127.0.0.1:8080\"\nset \"GONOPROXY=none\"\nset \"GONOSUMDB=*\"\n",
        ),
    ] {
        assert_eq!(env(&bag, "env.test", &["--shell", shell]), lines);
    }
    assert_eq!(
        env(&bag, "env.test", &[]),
        env(&bag, "env.test", &["--shell", "sh"])
    );
    let output = bag.run(["env", "--shell", "csh"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("none of sh, bash, zsh, ksh, dash, fish, powershell, pwsh, cmd")
    );
}

#[test]
fn nothing_is_set_that_is_right_already() {
    assert_eq!(
        env(&Bag::example(), "", &["--url", "http://host:99/mod"]),
        "export GOPROXY=http://host:99/mod\nexport GONOSUMDB='*'\n"
    );
    let without = env(&bag(), "corp.example", &[]);
    assert!(!without.contains("GONOPROXY"), "{without}");
    assert!(!without.contains("export GOSUMDB"), "{without}");
}

#[test]
fn a_shell_that_evaluates_it_uses_the_server() {
    let bag = bag();
    let gobag = bag.serve();
    let script = format!(
        "eval \"$({bin} env --url {url})\" && go mod download env.test/a@v1.0.0 && go env GOPROXY",
        bin = bag.bin().display(),
        url = gobag.url(),
    );
    let go = Go::new("off")
        .with("GOPRIVATE", "env.test")
        .with("GONOSUMDB", "");
    let output = go.command("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), gobag.url());
}

#[test]
fn the_own_log_verifies_everything() {
    let tree = Tree::new();
    tree.module("env.test/a", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--own-log", "--import", text(tree.path())];
    let (own, _) = Bag::packed(&arguments, dir.path().join("bag"));
    let printed = env(&own, "", &["--own-log"]);
    assert!(printed.contains("export GONOSUMDB=none\n"), "{printed}");
    assert!(printed.contains("export GOSUMDB=bag-"), "{printed}");
    let go = Go::new("off").with("GONOSUMDB", "");
    let mut command = go.command(own.bin().to_str().unwrap());
    command.args(["exec", "--own-log", "--", "go", "mod", "download", "-x"]);
    let output = command.arg("env.test/a@v1.0.0").output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("/lookup/env.test/a@v1.0.0"), "{said}");
    let refused = bag().run(["env", "--own-log"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("pack it with --own-log"));
}

#[test]
fn an_environment_that_is_no_text_does_no_harm() {
    use std::os::unix::ffi::OsStrExt;

    // Without go the environment itself is asked.
    let nowhere = tempfile::tempdir().unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"/caf\xe9");
    for command in ["env", "doctor", "version"] {
        let output = std::process::Command::new(Bag::example().bin())
            .arg(command)
            .current_dir(nowhere.path())
            .env_clear()
            .env("PATH", nowhere.path())
            .envs([("GOPATH", odd), ("HOME", odd), ("LANG", odd)])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{command}: {said}");
        assert!(output.status.code().is_some_and(|c| c <= 1), "{command}");
    }
}
