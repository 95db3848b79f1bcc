//! Which commands `gobag pack` runs, and what can be asked of it beside a project.

use crate::support::bag::{Bag, stderr};
use crate::support::project::Project;
use crate::support::public_bags::requests;
use crate::support::sealed::Sealed;
use crate::support::tree::{Tree, info};

/// Modules that need each other: `a` needs `b`, and its branch `main` is its second version.
fn upstream() -> Tree {
    let tree = Tree::new();
    let lines = "\nrequire pack.test/b v1.0.0\n";
    for version in ["v1.0.0", "v1.1.0"] {
        tree.folder(
            "pack.test/a",
            version,
            &[
                (
                    "go.mod",
                    &(crate::support::tree::go_mod("pack.test/a") + lines),
                ),
                ("p.go", "package a\n\nimport _ \"pack.test/b\"\n"),
                (
                    "cmd/a/main.go",
                    "package main\n\nfunc main() { println(\"a runs\") }\n",
                ),
            ],
        );
    }
    tree.part("pack.test/a", "main", "info", info("v1.1.0"));
    tree.module("pack.test/b", "v1.0.0");
    tree.module("pack.test/c", "v1.0.0");
    tree
}

fn versions(bag: &Bag) -> Vec<String> {
    bag.ok(["list"]).lines().map(str::to_owned).collect()
}

fn project(upstream: &str) -> Project {
    let project = Project::behind(upstream);
    project.program("", &["pack.test/b"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire pack.test/b v1.0.0\n",
    );
    project.ok("", "mod tidy");
    project
}

#[test]
fn dry_run_lists_the_commands_and_runs_none() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    let other = upstream().bag().serve();
    let project = project.with("GOPROXY", other.url());
    let args = "app -o bag --dry-run --platform linux/amd64 --platform windows/arm64";
    let output = project
        .command(args)
        .args(["--run", "go list -deps ./..."])
        .args("--module pack.test/a@v1.0.0 --tool pack.test/a/cmd/a@v1.1.0".split(' '))
        .args("--toolchain go1.27.3 --profile build".split(' '))
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "record:\n\
         \x20 go list -e -deps ./... (linux/amd64)\n\
         \x20 go list -e -deps ./... (windows/arm64)\n\
         \x20 go list -deps ./...\n\
         \x20 go get pack.test/a@v1.0.0\n\
         \x20 go mod download all\n\
         \x20 go list -e -deps pack.test/a/...\n\
         \x20 go get pack.test/a/cmd/a@v1.1.0\n\
         \x20 go list -e -deps pack.test/a/cmd/a (linux/amd64)\n\
         \x20 go list -e -deps pack.test/a/cmd/a (windows/arm64)\n\
         \x20 go mod download golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64\n\
         \x20 go mod download golang.org/toolchain@v0.0.1-go1.27.3.windows-arm64\n\
         prove:\n\
         \x20 go build ./... (linux/amd64)\n\
         \x20 go build ./... (windows/arm64)\n\
         \x20 go list -deps ./...\n\
         \x20 go get pack.test/a@v1.0.0\n\
         \x20 go mod download all\n\
         \x20 go list -deps pack.test/a/...\n\
         \x20 go install pack.test/a/cmd/a@v1.1.0 (linux/amd64)\n\
         \x20 go install pack.test/a/cmd/a@v1.1.0 (windows/arm64)\n\
         \x20 go mod download golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64\n\
         \x20 go mod download golang.org/toolchain@v0.0.1-go1.27.3.windows-arm64\n"
    );
    assert!(!project.beside("bag").exists());
    assert_eq!(requests(other), [""; 0], "nothing was asked for");
}

#[test]
fn run_adds_a_command_of_the_user() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    assert_eq!(versions(&project.bag("")), ["pack.test/b@v1.0.0"]);
    let line = "go mod download 'pack.test/c@v1.0.0'";
    project.packs_and_runs("app -o more --profile build", &[line]);
    let bag = Bag::at(project.beside("more"));
    assert_eq!(versions(&bag), ["pack.test/b@v1.0.0", "pack.test/c@v1.0.0"]);
    let refused = project
        .command("app -o refused")
        .args(["--run", "rm -r /"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(!project.beside("refused").exists());
}

#[test]
fn quiet_prints_what_is_wrong_and_verbose_what_go_says() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    project.ok("", "clean -modcache");
    let packs = |how: &str| project.packs(&format!("app -o bag --no-sums --profile build {how}"));
    let go_says = "go: downloading pack.test/b v1.0.0";
    let usual = packs("");
    assert!(usual.contains("checking every module\n"), "{usual}");
    assert!(!usual.contains(go_says), "{usual}");
    for quiet in ["-q", "--quiet"] {
        let said = packs(quiet);
        let all = said.lines().all(|line| line.starts_with("note: "));
        assert!(all && said.contains("no checksum data"), "{said}");
    }
    for verbose in ["-v", "--verbose"] {
        let said = packs(&format!("{verbose} --prove-anew"));
        assert!(said.contains("checking every module\n"), "{said}");
        assert!(said.contains(go_says), "{said}");
    }
}

#[test]
fn a_module_is_at_hand_with_all_that_it_needs() {
    let gobag = upstream().bag().serve();
    let project = Project::behind(gobag.url());
    project.packs("-o bag --module pack.test/a@v1.0.0");
    let bag = Bag::at(project.beside("bag"));
    assert_eq!(versions(&bag), ["pack.test/a@v1.0.0", "pack.test/b@v1.0.0"]);
    let sealed = Sealed::empty();
    sealed.go().requires("1.24", &[]);
    sealed.go().write(
        "main.go",
        "package main\n\nimport _ \"pack.test/a\"\n\nfunc main() {}\n",
    );
    let lines = ["go get pack.test/a", "go build ./...", "go mod tidy"];
    sealed.runs(&bag, "", &lines);
    assert!(
        sealed
            .go()
            .read("go.mod")
            .contains("require pack.test/a v1.0.0")
    );
}

#[test]
fn a_tool_is_installed_where_nobody_has_a_module() {
    let gobag = upstream().bag().serve();
    // Who has not asked for a module cache that can be written gets rid of it all the same.
    let project = Project::behind(gobag.url()).with("GOFLAGS", "-trimpath");
    project.packs("-o bag --tool pack.test/a/cmd/a@v1.0.0");
    let bag = Bag::at(project.beside("bag"));
    let sealed = Sealed::empty();
    let lines = [
        "go install pack.test/a/cmd/a@v1.0.0",
        "\"$HOME/go/bin/a\" 2>&1",
    ];
    assert_eq!(sealed.runs(&bag, "app", &lines), "a runs\n");
}

#[test]
fn what_is_installed_to_try_it_is_not_put_to_the_users_programs() {
    let gobag = upstream().bag().serve();
    let project = Project::behind(gobag.url()).with("GOENV", "");
    let bin = project.beside("bin");
    let set = format!("env -w GOBIN={}", bin.display());
    let set = project.go().run_in("", &set);
    assert!(set.status.success(), "{set:?}");
    let tool = "--tool pack.test/a/cmd/a@v1.0.0";
    let args = format!("app -o bag --strict --no-build-cache {tool}");
    project.program("", &["pack.test/a"]);
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    project.ok("", "mod tidy");
    let install = ["--run", "go install ./..."];
    let output = project.command(&args).args(install).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!bin.exists());
}

#[test]
fn a_public_tool_is_installed_where_nobody_has_a_module() {
    let project = Project::online();
    project.packs("-o bag --tool github.com/client9/misspell/cmd/misspell@v0.3.4");
    let bag = Bag::at(project.beside("bag"));
    let sealed = Sealed::empty();
    let lines = [
        "go install github.com/client9/misspell/cmd/misspell@v0.3.4",
        "test -x \"$HOME/go/bin/misspell\"",
    ];
    sealed.runs(&bag, "app", &lines);
    let latest = ["go install github.com/client9/misspell/cmd/misspell@latest"];
    sealed.runs(&bag, "app", &latest);
}

#[test]
fn a_branch_stands_for_what_it_was_when_it_was_packed() {
    let gobag = upstream().bag().serve();
    let project = Project::behind(gobag.url());
    project.packs("-o bag --module pack.test/a@main --tool pack.test/a/cmd/a@main");
    let bag = Bag::at(project.beside("bag"));
    assert!(versions(&bag).contains(&"pack.test/a@v1.1.0".to_owned()));
    let sealed = Sealed::empty();
    let lines = [
        "go list -m pack.test/a@main",
        "go install pack.test/a/cmd/a@main",
        "\"$HOME/go/bin/a\" 2>&1",
    ];
    sealed.go().requires("1.24", &[]);
    assert_eq!(
        sealed.runs(&bag, "", &lines),
        "pack.test/a v1.1.0\na runs\n"
    );
}

#[test]
fn what_was_missed_is_packed_for_the_next_carry() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    let bag = project.bag("");
    let journal = project.beside("misses");
    std::fs::write(&journal, "pack.test/c@v1.0.0\n").unwrap();
    let served = bag.serve_with(["--misses", journal.to_str().unwrap()]);
    let client = crate::support::go::Go::new(served.url());
    client.requires("1.24", &[]);
    client.fails("get pack.test/a@v1.0.0");
    client.fails("get pack.test/nowhere@v9.9.9");
    client.ok("get pack.test/b@v1.0.0");
    drop(served);
    let more = project.beside("more-misses");
    std::fs::write(&more, "pack.test/a@v1.1.0\n").unwrap();
    let noted = std::fs::read_to_string(&journal).unwrap();
    let noted: Vec<&str> = noted.lines().collect();
    assert_eq!(noted[0], "pack.test/c@v1.0.0", "it is appended to");
    assert!(noted.contains(&"pack.test/a@v1.0.0"), "{noted:?}");
    assert!(
        !noted.iter().any(|line| line.starts_with("pack.test/b@")),
        "{noted:?}"
    );
    project.packs("-o next --from-misses misses --from-misses more-misses");
    let next = versions(&Bag::at(project.beside("next")));
    for missed in ["a@v1.0.0", "a@v1.1.0", "c@v1.0.0"] {
        assert!(next.contains(&format!("pack.test/{missed}")), "{next:?}");
    }
}

#[test]
fn a_file_that_is_named_is_read_with_a_bound() {
    let project = Project::behind("off");
    let pipe = project.beside("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for file in ["/dev/zero", "pipe"] {
        let said = project.refused(&format!("-o bag --no-sums --from-misses {file}"));
        let want =
            format!("gobag: {file}: is no plain file; name a journal that serve --misses wrote\n");
        assert!(said.ends_with(&want), "{said}");
    }
    let file = std::fs::File::create(project.beside("long")).unwrap();
    file.set_len(1 << 40).unwrap();
    let said = project.refused("-o bag --no-sums --from-misses long");
    assert!(
        said.contains("gobag: long: is longer than 67108864 bytes"),
        "{said}"
    );
    let tree = upstream();
    let import = format!("-o bag --no-sums --import {}", tree.path().display());
    let said = project.refused(&format!("{import} --own-log-key /dev/zero"));
    assert!(
        said.contains("gobag: /dev/zero: is longer than 65536 bytes"),
        "{said}"
    );
}

#[test]
fn each_line_that_a_client_missed_in_vain_says_why() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    let lines = "pack.test/a@v1.0.0\npack.test/nowhere@v9.9.9\nnonsense\n";
    std::fs::write(project.beside("misses"), lines).unwrap();
    let said = project.packs("-o bag --no-sums --from-misses misses");
    let why = "note: go mod download pack.test/nowhere@v9.9.9: failed: ";
    let line = said.lines().find(|line| line.starts_with(why));
    let line = line.unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("404 Not Found"), "{line}");
    assert!(
        said.contains("note: misses: \"nonsense\" is no path@version"),
        "{said}"
    );
    assert!(!said.contains("pack.test/a@v1.0.0: failed"), "{said}");
}

#[test]
fn a_journal_that_names_no_module_makes_no_bag() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    let no_module = "names no module; a journal has lines path@version";
    for (text, part) in [
        (&b""[..], no_module),
        (b"\n\n", no_module),
        (b"nonsense\n", no_module),
        (b"\x7fELF\x02\xff@\x00\n", no_module),
        (b"-x=/tmp/y@v1.0.0\n", no_module),
        (
            b"pack.test/nowhere@v1.0.0\n",
            "there is nothing to carry: go mod download pack.test/nowhere@v1.0.0: ",
        ),
    ] {
        std::fs::write(project.beside("misses"), text).unwrap();
        let said = project.refused("-o bag --no-sums --from-misses misses");
        assert!(said.contains(part), "{said}");
    }
}
