//! What is typed: options in every form, and what is said to who mistyped.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output};

use crate::support::bag::{Bag, built, stderr, text};
use crate::support::go::Go;
use crate::support::tree::Tree;

fn run(args: &[&str]) -> Output {
    Command::new(built()).args(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What is said, in one line, where the exit code is that of wrong usage.
#[track_caller]
fn refused(output: &Output) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("gobag: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    said
}

#[test]
fn help_and_version_are_there_however_they_are_asked_for() {
    let help = stdout(&["--help"]);
    assert!(
        help.contains("-h, --help") && help.contains("141"),
        "{help}"
    );
    assert_eq!(stdout(&["-h"]), help);
    assert_eq!(stdout(&["help"]), help);
    for command in ["serve", "list", "verify", "unpack", "diff", "doctor", "env"]
        .into_iter()
        .chain(["exec", "pack", "capture-sums", "version"])
    {
        let help = stdout(&[command, "--help"]);
        assert!(help.contains("-h, --help"), "{help}");
        for args in [[command, "-h"], ["help", command], ["-h", command]] {
            assert_eq!(stdout(&args), help);
        }
        assert_eq!(stdout(&[command, "--version"]), stdout(&["version"]));
    }
    assert_eq!(stdout(&["-V"]), stdout(&["version"]));
    assert_eq!(stdout(&["--version"]), stdout(&["version"]));
    // What a command is given to run is its own.
    let echoed = stdout(&["exec", "--log=off", "echo", "--x=y", "-h", "--", "-V"]);
    assert_eq!(echoed, "--x=y -h -- -V\n");
    assert_eq!(stdout(&["exec", "--", "echo", "-a=b"]), "-a=b\n");
    let path = stdout(&["list", "--", "--no=such"]);
    assert_eq!(path, "");
}

#[test]
fn a_value_may_follow_its_option_in_the_same_word() {
    let apart = stdout(&["env", "--shell", "fish", "--url", "http://h/a=b"]);
    let together = stdout(&["env", "--shell=fish", "--url=http://h/a=b"]);
    assert!(apart.contains("http://h/a=b"), "{apart}");
    assert_eq!(apart, together);
    let said = refused(&run(&["list", "--json=yes"]));
    assert!(said.contains("--json takes no value"), "{said}");
    let said = refused(&run(&["env", "--url"]));
    assert!(said.contains("--url lacks a value"), "{said}");
}

#[test]
fn who_mistyped_hears_what_there_is() {
    let said = refused(&run(&["serve", "--listen", "\x1b[31mred\n"]));
    assert!(!said.contains('\x1b'), "{said:?}");
    let cases: [(&[&str], &str); 15] = [
        (&["serf"], "did you mean serve?; see "),
        (&["verson"], "did you mean version?; see "),
        (&["list", "--jsn"], "did you mean --json?; see "),
        (&["serve", "--listn=:0"], "did you mean --listen?; see "),
        (&["--listen", ":0"], "serve --listen; see "),
        (&["VERIFY"], "did you mean verify?; see "),
        (&["HELP"], "did you mean help?; see "),
        (&["--lst"], "did you mean list?; see "),
        (&["--lisen", ":0"], "serve --listen; see "),
        (&["--version=3"], "--version takes no value; leave out"),
        (&["--help=foo"], "--help takes no value; leave out"),
        (&["list", "--help=foo"], "--help takes no value; leave out"),
        (&["list", "--JSON"], "did you mean --json?; see "),
        (&["frobnicate"], "there is no command \"frobnicate\"; see "),
        (&["list", "a", "b"], "Unrecognized argument: b; see "),
    ];
    for (args, part) in cases {
        let said = refused(&run(args));
        assert!(said.contains(part), "{args:?}: {said}");
        assert!(said.trim_end().ends_with(" --help"), "{args:?}: {said}");
    }
}

#[test]
fn words_that_are_no_text_are_told_or_passed_on() {
    let odd = OsStr::from_bytes(b"/caf\xe9/x");
    for before in [
        &[][..],
        &["list"],
        &["unpack"],
        &["unpack", "--modcache"],
        &["pack", "--import"],
        &["diff"],
        &["doctor"],
        &["exec", "--go"],
        &["list", "--"],
    ] {
        let output = Command::new(built()).args(before).arg(odd).output();
        let said = refused(&output.unwrap());
        let named = said.contains("/caf\\xe9/x") || said.contains("/caf\u{fffd}/x");
        assert!(named, "{before:?}: {said}");
    }
    let output = Command::new(built())
        .args(["exec", "--", "printf", "%s"])
        .arg(odd)
        .output()
        .unwrap();
    assert_eq!(output.stdout, odd.as_bytes(), "{}", stderr(&output));
}

#[test]
fn a_server_without_a_scheme_is_refused_with_the_remedy() {
    let said = refused(&run(&["env", "--url", "build:8080"]));
    assert!(said.contains("write http://build:8080"), "{said}");
    let said = refused(&run(&["env", "--url", "ftp://build"]));
    assert!(
        said.contains("write http://, https:// or file://"),
        "{said}"
    );
    stdout(&["env", "--url", "http://new:8080,http://old:8080"]);
}

#[test]
fn a_list_of_nothing_says_so_and_is_no_failure() {
    let output = run(&["list", "no-such-module"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let said = "gobag: nothing in this bag matches \"no-such-module\"\n";
    assert_eq!(stderr(&output), said);
    let output = run(&["list", "--json", "no-such-module"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "[]");
    assert_eq!(stderr(&output), said);
}

#[test]
fn what_contradicts_itself_or_is_no_toolchain_is_refused_before_any_work() {
    let dir = tempfile::tempdir().unwrap();
    let bag = dir.path().join("bag");
    let pack = |args: &[&str]| {
        // Without a go command nothing can have begun.
        let output = Command::new(built())
            .args(["pack", "-o", text(&bag)])
            .args(args)
            .env("PATH", dir.path())
            .output()
            .unwrap();
        assert!(!bag.exists());
        refused(&output)
    };
    let said = pack(&["app", "-q", "-v"]);
    assert!(
        said.contains("--quiet and --verbose exclude each other"),
        "{said}"
    );
    for (name, meant) in [
        ("1.26.8", "write go1.26.8\n"),
        ("go1.26", "write go1.26.0\n"),
        (
            "latest",
            "write auto for the one in use, or a name such as go1.26.8\n",
        ),
    ] {
        let said = pack(&["--toolchain", name]);
        assert!(said.ends_with(meant), "{name}: {said}");
    }
    pack(&["--module", "a.example/m"]);
}

#[test]
fn what_is_typed_wrong_is_told_before_any_work() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("modules")).unwrap();
    let packed = ["pack", "-o", "x", "--import", "modules"];
    let pack = |args: &[&'static str]| [&packed[..], args].concat();
    let is_empty = "has an empty value; name one, or leave it out";
    let cases = [
        (vec!["exec", "--go", "", "--", "true"], is_empty),
        (vec!["exec", "--go=", "--", "true"], is_empty),
        (vec!["exec", "--go", "1.26", "--", "true"], "write go1.26.0"),
        (vec!["exec", "--go", "latest", "--", "true"], "such as go1."),
        (vec!["serve", "--auth", ""], is_empty),
        (vec!["serve", "--misses", ""], is_empty),
        (vec!["serve", "--max-connections", "many"], "is no number"),
        (
            vec!["serve", "--max-connections", "0"],
            "would serve nobody",
        ),
        (vec!["serve", "--wire", "large"], "auto, stored, small"),
        (
            vec!["serve", "--stock", "--wire", "stored"],
            "leave --misses",
        ),
        (vec!["verify", ""], "an empty word names nothing"),
        (vec!["doctor", ""], "an empty word names nothing"),
        (vec!["unpack", "--rw", "tree"], "name one with --modcache"),
        (vec!["unpack", "x", "--modcache", "x"], "name another"),
        (
            vec!["unpack", "--gocache", "x", "--modcache", "x"],
            "name another",
        ),
        (
            vec!["exec", "--clean", "--", "true"],
            "leave the command out",
        ),
        (pack(&["--build", "go mod tidy"]), "write go build, vet"),
        (pack(&["--build", "go build -o x ."]), "write go build, vet"),
        (
            pack(&["--no-build-cache", "--own-build-cache"]),
            "leave one out",
        ),
        (
            pack(&["--no-prove", "--own-build-cache"]),
            "leave --no-prove out",
        ),
        (
            vec!["capture-sums", "--key", "bad"],
            "is not a verifier key",
        ),
        (vec!["pack", "-o", "", "--import", "modules"], is_empty),
        (pack(&["--run", "ls"]), "is no go command"),
        (pack(&["--run", "go list 'x"]), "is no go command"),
        (pack(&["--module", "@v1.0.0"]), "write path@version"),
        (pack(&["--tool", "a.test/cmd@"]), "write path@version"),
        (pack(&["--module", "a b.test@v1.0.0"]), "write path@version"),
        (
            pack(&["--tool", "a.test/x@v1.0.0@v2"]),
            "write path@version",
        ),
        (pack(&["--sumdb", "bad"]), "is not a verifier key"),
        (pack(&["--own-log-name", "a b"]), "host or host/path"),
        (
            pack(&["--own-log-name", "sum.golang.org"]),
            "is another database",
        ),
        (
            pack(&["--own-log-name", "a.test", "--own-log-key", "k"]),
            "leave --own-log-name out",
        ),
        (
            pack(&["--no-sums", "--known-head", "head"]),
            "--no-sums fetches nothing",
        ),
        (
            pack(&["--no-sums", "--previous", "bag"]),
            "--no-sums fetches nothing",
        ),
    ];
    for (args, part) in cases {
        let output = Command::new(built())
            .args(&args)
            .env("PATH", dir.path())
            .current_dir(dir.path())
            .output();
        let said = refused(&output.unwrap());
        assert!(said.contains(part), "{args:?}: {said}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_bag_is_called_as_whoever_starts_it_calls_it() {
    let tree = Tree::new();
    tree.module("typed.test/a", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("my bag");
    let (bag, _) = Bag::packed(&["--import", text(tree.path())], file);
    let typed = |args: &[&str]| {
        let mut command = Command::new("./my bag");
        command.args(args).current_dir(dir.path()).output().unwrap()
    };
    let said = refused(&typed(&["serf"]));
    assert!(said.ends_with("see './my bag' --help\n"), "{said}");
    let said = refused(&typed(&["exec"]));
    assert!(said.contains("write './my bag' exec -- go build"), "{said}");
    let help = String::from_utf8(typed(&["env", "--help"]).stdout).unwrap();
    assert!(help.contains("eval \"$('./my bag' env)\""), "{help}");
    let gobag = bag.serve();
    let missing = gobag.get("/typed.test/b/@v/list").text();
    assert!(
        missing.contains("('my bag' list shows what is)"),
        "{missing}"
    );
    let gobag = bag.serve_with(["--allow", "127.0.0.2"]);
    let refused = gobag.get("/").text();
    assert!(
        refused.contains("'my bag' serve --allow 127.0.0.1"),
        "{refused}"
    );
}

#[test]
fn modules_that_are_switched_off_are_named_where_that_is_the_cause() {
    let tree = Tree::new();
    tree.module("typed.test/a", "v1.0.0");
    let bag = tree.bag();
    let go = Go::new("off").with("GO111MODULE", "off");
    go.write("app/go.mod", "module app.test\n\ngo 1.24\n");
    go.write("app/main.go", "package main\n\nfunc main() {}\n");
    let run = |args: &[&str]| {
        let mut command = go.command(text(bag.bin()));
        command.args(args).current_dir(go.work().join("app"));
        let output = command.output().unwrap();
        let all = [output.stdout.clone(), output.stderr.clone()].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&all).into_owned(),
        )
    };
    let cause = "GO111MODULE=off lets go know no modules; unset GO111MODULE";
    let (code, said) = run(&["exec", "--", "go", "mod", "download", "typed.test/a@v1.0.0"]);
    assert!(
        code != Some(0) && said.contains(&format!("warning: {cause}")),
        "{said}"
    );
    let (_, said) = run(&["env"]);
    assert!(said.contains(cause), "{said}");
    let (code, said) = run(&["doctor"]);
    assert!(
        code == Some(1) && said.contains("GO111MODULE=off"),
        "{said}"
    );
    let (code, said) = run(&["pack", ".", "-o", "../bag", "--no-sums", "--no-prove"]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said, format!("gobag: {cause}\n"));
    let (code, said) = run(&["pack", "--module", "typed.test/a@v1.0.0", "-o", "../bag"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.ends_with(&format!("gobag: {cause}\n")), "{said}");
    // What needs no go does not ask for it.
    let (code, said) = run(&[
        "pack",
        "--import",
        text(tree.path()),
        "-o",
        "../bag",
        "--no-sums",
    ]);
    assert_eq!(code, Some(0), "{said}");
}
