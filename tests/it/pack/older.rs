//! `gobag pack --since`: a bag that builds on an older one, and is proved and used with it.

use std::process::Command;

use crate::support::bag::{Bag, pack, stderr, text};
use crate::support::chain::Chain;
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::tree::Tree;

#[test]
fn a_version_with_another_content_is_refused_and_both_are_named() {
    let (older, newer) = (Tree::new(), Tree::new());
    for name in ["edited", "kept", "lost"] {
        older.module(&format!("older.test/{name}"), "v1.0.0");
    }
    newer.module("older.test/kept", "v1.0.0");
    newer.module_with("older.test/edited", "v1.0.0", "\n// Another text.\n");
    // The same holds for a version of the module graph alone.
    newer.part(
        "older.test/lost",
        "v1.0.0",
        "mod",
        "module older.test/lost\n\ngo 1.20\n",
    );
    let older = older.bag();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("new");
    let arguments = ["--since", text(older.bin()), "--import", text(newer.path())];
    let output = pack(&arguments, &file);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!file.exists());
    let edited = "gobag: older.test/edited@v1.0.0: has the zip h1:";
    let edited = said.lines().find(|line| line.starts_with(edited));
    let edited = edited.unwrap_or_else(|| panic!("{said}"));
    // Zip and go.mod, each in both bags.
    assert_eq!(edited.matches(" h1:").count(), 4, "{said}");
    assert_eq!(edited.matches(", and in gobag h1:").count(), 2, "{said}");
    assert!(edited.contains("a version never changes"), "{said}");
    assert!(
        said.contains("gobag: older.test/lost@v1.0.0: has the go.mod h1:"),
        "{said}"
    );
    assert!(said.contains("2 faults, nothing was written"), "{said}");
    // What is the same is no fault.
    let same = Tree::new();
    same.module("older.test/kept", "v1.0.0")
        .module("older.test/new", "v1.0.0");
    let arguments = ["--since", text(older.bin()), "--import", text(same.path())];
    let (bag, _) = Bag::packed(&arguments, file);
    assert_eq!(bag.ok(["list"]), "older.test/new@v1.0.0\n");
}

#[test]
fn a_kept_zip_with_other_bytes_is_another_content() {
    let packed = |bytes: &str, since: &[&str], file: &std::path::Path| {
        let tree = Tree::new();
        tree.module("older.test/good", "v1.0.0");
        tree.part(
            "older.test/kept",
            "v1.0.0",
            "mod",
            "module older.test/kept\n",
        );
        tree.part("older.test/kept", "v1.0.0", "zip", bytes);
        let kept = ["--invalid", "keep", "--import", text(tree.path())];
        pack(&[since, &kept].concat(), file)
    };
    let dir = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| dir.path().join(name));
    let output = packed("no zip 1", &[], &old);
    assert!(output.status.success(), "{}", stderr(&output));
    let since = ["--since", text(&old)];
    let said = stderr(&packed("no zip 2", &since, &new));
    let conflict = "older.test/kept@v1.0.0: has the zip that go refuses (8 bytes, SHA-256 ";
    assert!(said.contains(conflict), "{said}");
    assert!(!new.exists());
    let output = packed("no zip 1", &since, &new);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn all_bags_of_a_chain_must_be_named_and_none_of_them_is_replaced() {
    let chain = Chain::example();
    let [first, second, third] = ["first", "second", "third"].map(|name| chain.file(name));
    let tree = Tree::new();
    tree.module("older.test/new", "v1.0.0");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("fourth");
    let refused = |arguments: &[&str], file: &std::path::Path| {
        let arguments = [&["--import", text(tree.path())], arguments].concat();
        let output = pack(&arguments, file);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    };
    let said = refused(&["--since", &third], &file);
    assert!(
        said.contains("third builds on second (") && said.contains(" on first ("),
        "{said}"
    );
    let said = refused(&["--since", &second, "--with", &third], &file);
    assert!(said.contains("third is another bag ("), "{said}");
    let said = refused(&["--since", &first, "--with", &second], &file);
    assert!(said.contains("builds on no other"), "{said}");
    let arguments = ["--since", &second, "--with", &first];
    let said = refused(&arguments, first.as_ref());
    assert!(
        said.contains("is needed together with the new bag"),
        "{said}"
    );
    assert!(
        chain.bags[0]
            .ok(["list"])
            .contains("chain.test/first@v1.0.0")
    );
    // All of them are enough, and what is typed next names them.
    let all = ["--since", &third, "--with", &first, "--with", &second];
    let all = [&["--import", text(tree.path())], &all[..]].concat();
    let (_, said) = Bag::packed(&all, file.clone());
    let next = format!(
        "then: {} serve --with {third} --with {first} --with {second}",
        file.display()
    );
    assert_eq!(said.lines().last(), Some(next.as_str()), "{said}");
}

/// A go.mod that requires these.
fn go_mod(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("\t{line}\n")).collect();
    format!("module app.test\n\ngo 1.24\n\nrequire (\n{lines})\n")
}

#[test]
fn what_is_printed_next_builds_the_project_from_both_bags() {
    let project = Project::online();
    project.program("", &["github.com/pkg/errors"]);
    project.file("go.mod", &go_mod(&["github.com/pkg/errors v0.9.1"]));
    project.ok("", "mod tidy");
    project.packs("app -o old-bag --no-prove --module github.com/kr/fs@v0.1.0");
    // The next one needs an older version as well: the latest is in the older bag.
    let tool = "github.com/kballard/go-shellquote v0.0.0-20180428030007-95032a82bc51";
    project.file(
        "go.mod",
        &go_mod(&[
            "github.com/pkg/errors v0.9.1",
            "github.com/google/uuid v1.6.0",
            tool,
        ]),
    );
    let imports = [
        "github.com/pkg/errors",
        "github.com/google/uuid",
        "github.com/kballard/go-shellquote",
    ];
    project.program("", &imports);
    project.ok("", "mod tidy");
    let said =
        project.packs("app -o new-bag --since old-bag --module github.com/pkg/errors@v0.8.1");
    assert!(said.contains("proving the bag offline"), "{said}");
    assert!(
        said.contains("go build ./...") && !said.contains("fails"),
        "{said}"
    );
    let (old, new) = (project.beside("old-bag"), project.beside("new-bag"));
    let listed = Bag::at(new.clone()).ok(["list", "pkg/errors"]);
    assert_eq!(listed, "github.com/pkg/errors@v0.8.1\n");
    let carry = said.lines().find(|line| line.starts_with("carry it with "));
    assert!(
        carry.is_some_and(|line| line.contains(text(&old))),
        "{said}"
    );
    let next = said.lines().last().unwrap();
    let next = next.strip_prefix("then, in the project: ").unwrap();
    let want = format!(
        "{} exec --cached --with {} -- go build -trimpath ./...",
        text(&new),
        text(&old)
    );
    assert_eq!(next, want);

    // As it is printed, by a user with go's default security settings and no cache; then without
    // a go.sum, and with what is asked of both.
    let sealed = Sealed::with_project(&project);
    let run = |script: &str| {
        let mut shell: Command = sealed.go().command("sh");
        shell.args(["-e", "-c", script]);
        let output = shell.current_dir(sealed.go().work().join("app")).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{script}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    run(next);
    let exec = want.strip_suffix("go build -trimpath ./...").unwrap();
    assert_eq!(
        run(&format!("{exec} go env GONOSUMDB")).lines().next(),
        Some("")
    );
    // The new bag's database proves what only the older one holds, too.
    let only_old = run(&format!(
        "{exec} go mod download -json github.com/kr/fs@v0.1.0"
    ));
    assert!(only_old.contains("\"Sum\": \"h1:"), "{only_old}");
    run("go clean -modcache; rm go.sum");
    run(&format!("{exec} go mod tidy"));
    let sums = std::fs::read(sealed.go().work().join("app/go.sum")).unwrap();
    assert!(sums == std::fs::read(project.dir().join("go.sum")).unwrap());
    let versions = run(&format!(
        "{exec} go list -m -versions github.com/pkg/errors"
    ));
    assert_eq!(versions, "github.com/pkg/errors v0.8.1 v0.9.1\n");
    run(&format!("{exec} go get github.com/pkg/errors@v0.8.1"));
    run(&format!("{exec} go get github.com/pkg/errors@latest"));
    let selected = run(&format!("{exec} go list -m github.com/pkg/errors"));
    assert_eq!(selected, "github.com/pkg/errors v0.9.1\n");
    run(&format!("{exec} go build ./..."));
}
