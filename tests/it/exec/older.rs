//! `gobag exec --with`: a bag and the older ones that it builds on, used as one by the real go.

use std::process::Output;

use crate::support::bag::{Bag, stderr};
use crate::support::chain::{Chain, example_trees};
use crate::support::sealed::Sealed;
use crate::support::tree::Tree;

/// `bag exec ARGUMENTS -- sh -e -c script` on a host without a network, for a new user.
fn exec(bag: &Bag, arguments: &[&str], script: &str) -> Output {
    let sealed = Sealed::empty();
    let mut command = sealed.go().command(bag.bin().to_str().unwrap());
    command
        .arg("exec")
        .args(arguments)
        .args(["--", "sh", "-e", "-c", script])
        .current_dir(sealed.go().work().join("app"));
    command.output().unwrap()
}

const BUILD: &str = "
    go mod init app.test
    printf 'package main\\nimport (\\n_ \"chain.test/m\"\\n_ \"chain.test/first\"\\n_ \"chain.test/second\"\\n_ \"chain.test/third\"\\n)\\nfunc main() {}\\n' > main.go
    go get chain.test/m@latest
    go get chain.test/first@latest chain.test/second@v1 chain.test/third
    go mod tidy
    go build ./...
    go mod verify
    go list -m -versions chain.test/m
    go list -m chain.test/m
    go list -m chain.test/m@v1.9
";

#[test]
fn three_bags_in_a_chain_are_used_as_one() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    // In any order: each knows what it is.
    for with in [[&second, &first], [&first, &second]] {
        let arguments = with.map(|file| ["--with", file.as_str()]).concat();
        let output = exec(chain.newest(), &arguments, BUILD);
        let said = stderr(&output);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("note:"), "{said}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "all modules verified\n\
            chain.test/m v1.2.0 v1.9.0 v1.10.0\n\
            chain.test/m v1.10.0\n\
            chain.test/m v1.9.0\n"
        );
    }
}

#[test]
fn the_newest_log_of_its_own_verifies_what_all_hold() {
    let chain = Chain::of(&example_trees(), &["--own-log"]);
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    let arguments = ["--own-log", "--with", &first, "--with", &second];
    let script = format!("{BUILD}\ngo env GONOSUMDB GOSUMDB");
    let output = exec(chain.newest(), &arguments, &script);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("\nnone\n"), "{printed}");
}

#[test]
fn a_bag_alone_says_what_it_lacks_and_goes_on() {
    let chain = Chain::example();
    let output = exec(chain.newest(), &[], "echo it ran");
    assert_eq!(output.stdout, b"it ran\n");
    assert_eq!(
        stderr(&output),
        "note: this bag leaves out what second and first have (2 older bags); for that too, name their files: --with FILE\n"
    );
    // go hears it where something is missing.
    let output = exec(
        chain.newest(),
        &[],
        "go mod download chain.test/second@v1.0.0",
    );
    let said = stderr(&output);
    assert!(
        said.contains("what is in second and first is not served here"),
        "{said}"
    );
    // The first builds on nothing, and has nothing to say.
    let output = exec(&chain.bags[0], &[], "echo it ran");
    assert_eq!(stderr(&output), "");
}

#[test]
fn another_bag_than_the_one_it_builds_on_is_refused() {
    let chain = Chain::example();
    let tree = Tree::new();
    tree.module("chain.test/other", "v1.0.0");
    let other = tree.bag();
    let other = other.bin().to_str().unwrap();
    let [second, third] = ["second", "third"].map(|name| chain.file(name));
    let refused = |bag: &Bag, files: &[&str]| {
        let files: Vec<&str> = files.iter().flat_map(|file| ["--with", file]).collect();
        let output = exec(bag, &files, "echo it ran");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(output.stdout, b"", "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    // Both digests are named: that of the file, and those that are wanted.
    let said = refused(chain.newest(), &[other, &second]);
    assert!(
        said.starts_with(&format!("gobag: {other} is another bag")),
        "{said}"
    );
    assert_eq!(
        said.matches("SHA-256 of its archive: ").count(),
        3,
        "{said}"
    );
    let base = chain.newest().ok(["version", "--json"]);
    let base: serde_json::Value = serde_json::from_str(&base).unwrap();
    for (at, name) in ["second", "first"].iter().enumerate() {
        assert_eq!(base["base"][at]["name"], *name);
        let sha256 = base["base"][at]["sha256"].as_str().unwrap();
        assert!(
            sha256.len() == 64 && said.contains(sha256),
            "{sha256}: {said}"
        );
    }
    // Nor is it served with a part of what it needs.
    let said = refused(chain.newest(), &[&second]);
    assert!(
        said.contains("builds on first (") && said.contains("--with FILE"),
        "{said}"
    );
    let said = refused(&chain.bags[0], &[&third]);
    assert!(said.contains("builds on no other"), "{said}");
    for file in ["/no/such/file", "/etc/passwd", crate::support::bag::built()] {
        let said = refused(chain.newest(), &[file]);
        assert!(said.contains(file), "{said}");
    }
}
