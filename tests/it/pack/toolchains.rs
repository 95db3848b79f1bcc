//! Projects that need a newer toolchain than the host's, and hosts that have none at all.

use crate::support::bag::{Bag, stderr};
use crate::support::project::{EVERYDAY, Project, content, names, path_of};
use crate::support::sealed::Sealed;

/// A release that is newer than the one that runs these tests.
const NEWER: &str = "go1.27.3";

/// A project that needs it, packed with it.
fn packed() -> (Project, Bag) {
    let project = Project::online().with("GOTOOLCHAIN", "auto");
    project.program("", &["github.com/pkg/errors"]);
    project.file(
        "go.mod",
        &format!(
            "module newer.test\n\ngo 1.27.0\n\ntoolchain {NEWER}\n\nrequire github.com/pkg/errors v0.9.1\n"
        ),
    );
    project.ok("", "mod tidy");
    let bag = project.bag("--toolchain auto");
    (project, bag)
}

/// What is in the folder where toolchains are extracted to.
fn extracted(sealed: &Sealed) -> Vec<String> {
    let home = sealed.go().work().parent().unwrap().to_owned();
    let mut names = names(&home.join(".cache/gobag"));
    names.retain(|name| name != ".lock");
    names
}

#[test]
fn a_newer_toolchain_is_carried_along() {
    let (project, bag) = packed();
    let toolchain = format!("golang.org/toolchain@v0.0.1-{NEWER}.linux-amd64");
    assert!(bag.ok(["list"]).contains(&toolchain));

    // The host's older go changes to it, as it would with a network.
    let sealed = Sealed::with_project(&project).with("GOTOOLCHAIN", "auto");
    let printed = sealed.runs(&bag, "app", &[&["go version"], EVERYDAY].concat());
    assert!(
        printed.contains(&format!("go version {NEWER} ")),
        "{printed}"
    );

    // A host without any go has it from the bag.
    let sealed = Sealed::with_project(&project);
    let bin = sealed.go().work().join("bin");
    let bare = path_of(&bin, &["nsenter", "sh"]);
    let sealed = sealed.with("PATH", &bare);
    let printed = sealed.runs(&bag, "app", &[&["go version"], EVERYDAY].concat());
    assert!(
        printed.contains(&format!("go version {NEWER} ")),
        "{printed}"
    );
    let once = extracted(&sealed);
    assert_eq!(once.len(), 1, "{once:?}");
    assert!(
        once[0].starts_with(&format!("{NEWER}.linux-amd64-")),
        "{once:?}"
    );

    // It is what Go itself makes of the zip.
    let ours = sealed.runs(&bag, "app", &["go env GOROOT"]);
    let theirs = project.go().command("go");
    let theirs = {
        let mut command = theirs;
        command.args(["env", "GOROOT"]).current_dir(project.dir());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let (ours, theirs) = (ours.trim(), theirs.trim());
    assert_ne!(ours, theirs);
    let (ours, theirs) = (content(ours.as_ref()), content(theirs.as_ref()));
    let names = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        files.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&ours), names(&theirs));
    assert!(ours == theirs, "every byte");
    assert_eq!(extracted(&sealed), once, "extracted once");

    // Where the host has a go, --go asks for the one in the bag.
    let sealed = Sealed::empty();
    let with_go = |name: &str| {
        let mut command = sealed.go().command(bag.bin().to_str().unwrap());
        command.args(["exec", "--go", name, "--", "go", "version"]);
        command.output().unwrap()
    };
    let asked = with_go(NEWER);
    assert!(
        String::from_utf8_lossy(&asked.stdout).contains(NEWER),
        "{}",
        stderr(&asked)
    );
    let absent = with_go("go1.99.1");
    assert_eq!(absent.status.code(), Some(1));
    assert!(
        stderr(&absent).contains(&format!(
            "holds no go1.99.1 for linux-amd64; it has {NEWER}"
        )),
        "{}",
        stderr(&absent)
    );
}

#[test]
fn without_a_go_anywhere_exec_says_how_to_carry_one() {
    let sealed = Sealed::empty();
    let bare = path_of(&sealed.go().work().join("bin"), &["nsenter", "sh"]);
    let sealed = sealed.with("PATH", &bare);
    let output = sealed.script(&Bag::example(), "app", &["go version"]);
    // The shell does not find it.
    assert_eq!(output.status.code(), Some(127));
    assert!(
        stderr(&output).contains("no Go toolchain for linux-amd64; pack one with --toolchain auto"),
        "{}",
        stderr(&output)
    );
}
