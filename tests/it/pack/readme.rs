//! What README.md shows of packing a project, pasted as it is.

use std::path::Path;

use crate::support::bag::{Bag, built, stderr};
use crate::support::project::Project;
use crate::support::tree::Tree;

/// The blocks of shell commands that pack a folder `app` and use what was packed.
fn blocks(readme: &str) -> Vec<String> {
    let blocks = readme.split("\n```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split_once("\n```").unwrap().0);
    let of_app = blocks.filter(|block| block.contains("app-bag"));
    of_app.map(str::to_owned).collect()
}

#[test]
fn what_packs_and_builds_a_project_can_be_pasted_as_it_is() {
    let tree = Tree::new();
    tree.module("readme.test/a", "v1.0.0");
    tree.module("readme.test/b", "v1.0.0");
    let upstream = tree.bag().serve();
    let project = Project::behind(upstream.url());
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    // The toolchain alone is not at hand here.
    let readme = readme.replace(" --toolchain auto", "");
    let [pack, build, next, compact] = blocks(&readme).try_into().expect("four blocks");
    let bin = Path::new(built()).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
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
