//! What README.md shows of packing a project, pasted as it is.

use std::process::Command;

use crate::support::bag::{Bag, path_with_built, stderr};
use crate::support::paper;
use crate::support::project::{Project, names, path_of};
use crate::support::sealed::Sealed;
use crate::support::task::copy;
use crate::support::tree::Tree;

/// The blocks of shell commands that pack a folder `app` and use what was packed.
fn blocks() -> [String; 4] {
    let blocks = paper::blocks("README.md", "sh").into_iter();
    let of_app = blocks.filter(|block| block.contains("app-bag"));
    of_app.collect::<Vec<_>>().try_into().expect("four blocks")
}

#[test]
fn the_first_example_builds_on_a_bare_host() {
    let project = Project::online();
    project.program("", &["github.com/pkg/errors"]);
    let go_mod = "module bare.test\n\ngo 1.24\n\nrequire github.com/pkg/errors v0.9.1\n";
    project.file("go.mod", go_mod).ok("", "mod tidy");
    let [pack, build, ..] = blocks();
    let mut shell = project.go().command("sh");
    let packed = shell
        .env("PATH", path_with_built())
        .args(["-e", "-c", &pack])
        .output();
    let said = stderr(&packed.unwrap());
    assert!(
        said.contains("exec --cached -- go build -trimpath"),
        "{said}"
    );
    // A host with a shell, the project and the file, and nothing else.
    let bare = Sealed::with_project(&project);
    let bin = bare.go().work().join("bin");
    let path = path_of(&bin, &["nsenter", "sh"]);
    let bare = bare
        .with("PATH", &path)
        .with("GOFLAGS", "")
        .with("CGO_ENABLED", "");
    let bare = bare.with("GOCACHE", "");
    copy(
        &[],
        &project.beside("app-bag"),
        &bare.go().work().join("app-bag"),
    );
    // No go is there to be asked yet.
    let doctor = bare
        .go()
        .command("./app-bag")
        .args(["doctor", "app"])
        .output();
    let told = String::from_utf8(doctor.unwrap().stdout).unwrap();
    let cached = "exec --cached -- go build -trimpath ./... finds all it needs by its files";
    assert!(told.contains(cached), "{told}");
    assert!(!told.contains(" exec -- go build"), "{told}");
    let line = build.replace("go build ", "go build -x ");
    assert_ne!(line, build);
    let mut shell = bare.go().command("sh");
    let output = shell.args(["-e", "-c", &line]).output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    let compiled = said.lines().filter(|line| line.contains("/compile "));
    let compiled: Vec<&str> = compiled
        .map(|line| line.split(" -p ").nth(1).unwrap())
        .collect();
    assert!(
        compiled.len() == 1 && compiled[0].starts_with("main "),
        "{compiled:?}"
    );
    let program = Command::new(bare.go().work().join("app/bare.test"))
        .output()
        .unwrap();
    assert!(program.status.success(), "{program:?}");
    // Go and what was compiled are in the user's cache folder, for the next time.
    let home = bare.go().work().parent().unwrap().to_owned();
    let kept = names(&home.join(".cache/gobag"));
    let has = |start: &str| kept.iter().any(|name| name.starts_with(start));
    assert!(has("go1.") && has("built-"), "{kept:?}");
    // The Go that came with it makes the same again.
    let mut verify = bare.go().command("./app-bag");
    let output = verify
        .args(["verify", "--rebuild", "app"])
        .output()
        .unwrap();
    let (told, said) = (String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(output.status.success(), "{told}{said}");
    let proves_less = ": the bag's own compiles, which proves less\n";
    assert!(said.contains(proves_less), "{said}");
    let same = told.matches(" compiled again, and are the same\n").count();
    assert!(same > 0 && !told.contains("not all are the same"), "{told}");
}

#[test]
fn what_packs_and_builds_a_project_can_be_pasted_as_it_is() {
    let tree = Tree::new();
    tree.module("readme.test/a", "v1.0.0");
    tree.module("readme.test/b", "v1.0.0");
    let upstream = tree.bag().serve();
    let project = Project::behind(upstream.url());
    // The toolchain alone is not at hand here.
    let blocks = blocks().map(|block| block.replace(" --toolchain auto", ""));
    let [pack, build, next, compact] = blocks;
    let path = path_with_built();
    let pasted = |block: &str| {
        let mut shell = project.go().command("sh");
        shell.env("PATH", &path).args(["-e", "-c", block]);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{block}: {}", stderr(&output));
    };
    project.program("", &["readme.test/a"]);
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    project.ok("", "mod tidy");
    // One after the other in one shell.
    pasted(&format!("{pack}\n{build}\n"));
    project.program("", &["readme.test/a", "readme.test/b"]);
    project.ok("", "mod tidy");
    pasted(&next);
    let bag = |name| Bag::at(project.beside(name)).ok(["list"]);
    assert_eq!(bag("app-bag"), "readme.test/a@v1.0.0\n");
    assert_eq!(bag("app-bag2"), "readme.test/b@v1.0.0\n");
    pasted(&format!("{compact}\n{build}\n"));
    assert_eq!(bag("app-bag").lines().count(), 2);
}
