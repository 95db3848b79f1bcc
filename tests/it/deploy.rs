//! What docs/deploy.md and docs/recipes.md show, as it stands there, with the servers and checkers that they name.

mod documentation;
mod fronts;
mod manifests;
mod recipes;
mod replicas;
mod stores;
mod unit;

use std::path::Path;
use std::process::Command;

use crate::support::bag::{Bag, stderr, text};
use crate::support::namespace::Namespace;

/// The paper.
const PAPER: &str = "docs/deploy.md";

/// A program that `tests/run` installs as a Python package, and where it may be.
fn python_program(name: &str, package: &str) -> Command {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin");
    let there = |program: &String| Command::new(program).arg("--version").output().is_ok();
    let found = [name.to_owned(), beside.join(name).display().to_string()]
        .into_iter()
        .find(there);
    let found = found.unwrap_or_else(|| panic!("this test needs {name}: pip install {package}"));
    Command::new(found)
}

/// What `bag` writes to `tree` by the line of the paper with `unpack`.
fn unpacked(bag: &Bag, tree: &Path) {
    let output = bag.run(["unpack", text(tree)]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// What curl gets there.
fn curl(namespace: &Namespace, arguments: &[&str]) -> String {
    let mut curl = namespace.command("curl");
    curl.args(["--silent", "--show-error", "--noproxy", "*"]);
    let output = curl.args(arguments).output();
    let output = output.expect("this test needs curl: apt-get install curl");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        stderr(&output)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
