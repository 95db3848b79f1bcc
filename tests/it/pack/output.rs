//! The file that `gobag pack` writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::bag::{Bag, built};
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::tree::Tree;

/// A proxy with one module in two versions.
fn upstream() -> Tree {
    let tree = Tree::new();
    for module in ["output.test/a", "output.test/b"] {
        tree.module(module, "v1.0.0").module(module, "v1.1.0");
    }
    tree
}

/// A user, and a folder with a module for each name.
fn with_folders(names: &[&str]) -> Project {
    let project = Project::behind("off");
    for name in names {
        let tree = Tree::new();
        tree.module(&format!("output.test/{name}"), "v1.0.0");
        let copied = Command::new("cp")
            .arg("-R")
            .arg(tree.path())
            .arg(project.beside(name))
            .status();
        assert!(copied.unwrap().success());
    }
    project
}

fn listed(file: &Path) -> String {
    Bag::at(file.to_owned()).ok(["list"])
}

#[test]
fn a_flipped_byte_is_found_by_verify() {
    let project = with_folders(&["a"]);
    project.packs("--no-sums --import a -o bag");
    let bytes = fs::read(project.beside("bag")).unwrap();
    // Behind the program itself begins what it carries.
    let program = fs::read(built()).unwrap();
    let start = program.len().next_multiple_of(1 << 16);
    assert!(start < bytes.len());
    let found = |part: &[u8]| {
        let at = bytes[start..].windows(part.len()).position(|w| w == part);
        start + at.unwrap_or_else(|| panic!("{part:?} is in it as it is"))
    };
    let name = b"output.test/a/@v/v1.0.0.zip";
    let mod_file = b"module output.test/a\n";
    for at in [
        found(name),
        found(mod_file),
        found(mod_file) + mod_file.len() - 2,
    ] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let output = Bag::written(&flipped).run(["verify"]);
        assert_eq!(output.status.code(), Some(1), "byte {at}: {output:?}");
        assert!(!output.stderr.is_empty());
    }
    let output = Bag::written(&bytes).run(["verify"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_same_work_makes_the_same_bytes() {
    let project = Project::online();
    project.program("", &["github.com/pkg/errors"]);
    project.file(
        "go.mod",
        "module same.test\n\ngo 1.24\n\nrequire github.com/pkg/errors v0.9.1\n",
    );
    project.ok("", "mod tidy");
    project.packs("app -o one --work work --profile build");
    project.packs("app -o two --work work --profile build --prove-anew");
    let (one, two) = (project.beside("one"), project.beside("two"));
    assert!(fs::read(&one).unwrap() == fs::read(&two).unwrap());
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&one).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "executable: {mode:o}");
    // The older file is replaced as a whole.
    project.packs("app -o one --profile build");
    assert_eq!(listed(&one), listed(&two));
}

#[test]
fn a_bag_packs_again_and_replaces_what_it_carries() {
    let project = with_folders(&["a", "b"]);
    project.packs("--no-sums --import a -o first");
    let first = project.beside("first");
    let again = |args: &str| {
        let output = project.command_of(&first, args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    again("--no-sums --import b -o second");
    assert_eq!(listed(&project.beside("second")), "output.test/b@v1.0.0\n");
    project.packs("--no-sums --import b -o direct");
    let (second, direct) = (project.beside("second"), project.beside("direct"));
    assert!(
        fs::read(&second).unwrap() == fs::read(&direct).unwrap(),
        "nothing is left of the first"
    );
    again("--no-sums --add --import b -o both");
    let both = "output.test/a@v1.0.0\noutput.test/b@v1.0.0\n";
    assert_eq!(listed(&project.beside("both")), both);
    // Another program than the one that packs can be the copy's.
    project.packs("--no-sums --import b --engine first -o engine");
    assert!(fs::read(project.beside("engine")).unwrap() == fs::read(&direct).unwrap());
    // It may write over itself.
    again("--no-sums --add --import b -o first");
    assert_eq!(listed(&first), both);
}

#[test]
fn an_engine_that_is_no_program_is_refused() {
    let project = with_folders(&["a"]);
    std::fs::write(project.beside("text"), "#!/bin/sh\nexit 0\n").unwrap();
    for engine in ["text", "nowhere"] {
        let said = project.refused(&format!("--no-sums --import a -o bag --engine {engine}"));
        assert!(said.contains(engine), "{said}");
    }
}

#[test]
fn an_engine_for_another_processor_carries_what_was_proven_here() {
    let gobag = upstream().bag().serve();
    let project = two_versions(gobag.url());
    // The same program, as far as a loader sees, for arm64.
    let mut program = fs::read(built()).unwrap();
    program[18..20].copy_from_slice(&183_u16.to_le_bytes());
    fs::write(project.beside("arm"), program).unwrap();
    project.packs("app -o bag --profile build --engine arm");
    let bag = fs::read(project.beside("bag")).unwrap();
    assert_eq!(bag[18..20], 183_u16.to_le_bytes());
}

/// A project that needs the first version of one module.
fn two_versions(proxy: &str) -> Project {
    let project = Project::behind(proxy);
    project.program("", &["output.test/a"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire output.test/a v1.0.0\n",
    );
    project.ok("", "mod tidy");
    project
}

#[test]
fn a_bag_since_another_holds_only_what_is_new() {
    let project = Project::online();
    project.program("", &["github.com/pkg/errors"]);
    let go_mod = |lines: &str| format!("module app.test\n\ngo 1.24\n\nrequire (\n{lines})\n");
    project.file("go.mod", &go_mod("\tgithub.com/pkg/errors v0.9.1\n"));
    project.ok("", "mod tidy");
    project.packs("app -o old --no-prove");
    project.file(
        "go.mod",
        &go_mod("\tgithub.com/google/uuid v1.6.0\n\tgithub.com/pkg/errors v0.9.1\n"),
    );
    project.program("", &["github.com/pkg/errors", "github.com/google/uuid"]);
    project.ok("", "mod tidy");
    let said = project.packs("app -o new --since old");
    assert!(said.contains("proving the bag offline"), "{said}");
    let (old, new) = (project.beside("old"), project.beside("new"));
    assert_eq!(listed(&new), "github.com/google/uuid@v1.6.0\n");
    assert_eq!(listed(&old), "github.com/pkg/errors@v0.9.1\n");

    // Both are served to one client, who has no go.sum either.
    let sealed = Sealed::with_project(&project);
    let serve = |file: &Path| {
        let mut command = sealed.go().command(file.to_str().unwrap());
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        crate::support::gobag::Gobag::start(command)
    };
    let (old, new) = (serve(&old), serve(&new));
    let proxies = format!("{},{}", new.url(), old.url());
    let sealed = sealed.with("GOPROXY", &proxies);
    std::fs::remove_file(sealed.go().work().join("app/go.sum")).unwrap();
    for args in [
        "mod tidy",
        "build ./...",
        "list -m all",
        "mod download all",
        "mod verify",
    ] {
        let output = sealed.go().run_in("app", args);
        assert!(output.status.success(), "go {args}: {output:?}");
    }
    let sums = std::fs::read(sealed.go().work().join("app/go.sum")).unwrap();
    assert!(sums == std::fs::read(project.dir().join("go.sum")).unwrap());
}

#[test]
fn the_bag_records_what_was_proven() {
    let gobag = upstream().bag().serve();
    let project = two_versions(gobag.url());
    project.packs("app -o bag --profile build --platform linux/amd64");
    let bag = Bag::at(project.beside("bag"));
    let step = "go build ./... (linux/amd64)";
    let version = project.go().ok("env GOVERSION");
    for part in [step, "\"linux/amd64\"", version.trim()] {
        assert!(carries(&bag, part), "{part}");
    }
    let said = project.packs("app -o unproven --no-prove --profile build");
    assert!(!said.contains("proving"), "{said}");
    assert!(!carries(&Bag::at(project.beside("unproven")), step));
}

/// True if these bytes are in the file; the bag's record is there as it is.
fn carries(bag: &Bag, text: &str) -> bool {
    let bytes = fs::read(bag.bin()).unwrap();
    let program = fs::metadata(built()).unwrap().len();
    let carried = &bytes[usize::try_from(program).unwrap()..];
    carried
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}
