//! Where the modules of a bag come from: a proxy, the user's own module cache, a folder.

use std::process::Command;

use crate::support::bag::Bag;
use crate::support::project::{Project, content};
use crate::support::public_bags::{requests, setting};
use crate::support::sealed::Sealed;
use crate::support::tree::{Tree, escape, go_mod, info, package, zip, zip_of};

/// A proxy with a module that needs another.
fn upstream() -> Tree {
    let tree = Tree::new();
    tree.folder(
        "source.test/a",
        "v1.0.0",
        &[
            (
                "go.mod",
                &(go_mod("source.test/a") + "\nrequire source.test/b v1.0.0\n"),
            ),
            ("p.go", "package a\n\nimport _ \"source.test/b\"\n"),
        ],
    );
    tree.module("source.test/b", "v1.0.0");
    tree
}

/// A tidy project that needs both.
fn project(proxy: &str) -> Project {
    let project = Project::behind(proxy);
    project.program("", &["source.test/a"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire source.test/a v1.0.0\n",
    );
    project.ok("", "mod tidy");
    project
}

#[test]
fn what_is_in_the_users_module_cache_is_not_fetched_again() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    project.ok("", "mod download all");
    let other = upstream().bag().serve();
    let project = project.with("GOPROXY", other.url());
    project.bag("");
    let asked = requests(other);
    let file = |line: &String| line.contains(".zip") || line.contains(".mod");
    assert!(!asked.iter().any(file), "{asked:#?}");
    // A complete one needs no proxy at all, and is not changed.
    let cache = project.go().modcache();
    let held = content(&cache);
    let project = project.with("GOPROXY", "off");
    let bag = project.bag("");
    assert_eq!(
        bag.ok(["list"]),
        "source.test/a@v1.0.0\nsource.test/b@v1.0.0\n"
    );
    assert!(content(&cache) == held, "the cache is unchanged");
}

#[test]
fn a_cache_that_lacks_something_is_not_enough_without_a_proxy() {
    let gobag = upstream().bag().serve();
    let project = project(gobag.url());
    project.ok("", "mod download all");
    for end in ["zip", "ziphash", "info", "mod"] {
        let cache = project
            .go()
            .modcache()
            .join("cache/download/source.test/b/@v");
        std::fs::remove_file(cache.join(format!("v1.0.0.{end}"))).unwrap();
    }
    let project = project.with("GOPROXY", "off");
    let said = project.refused("app -o bag");
    assert!(said.contains("nothing could be fetched"), "{said}");
}

#[test]
fn a_module_cache_is_imported_as_it_is() {
    let project = Project::online();
    project.program("", &["rsc.io/quote"]);
    project.file(
        "go.mod",
        "module plain.test\n\ngo 1.24\n\nrequire rsc.io/quote v1.5.2\n",
    );
    let cache = project.beside("cache");
    let project = project.with("GOMODCACHE", cache.to_str().unwrap());
    project.ok("", "mod tidy").ok("", "mod download all");
    let download = cache.join("cache/download");
    // What a cache may hold beside modules, and may hold of them.
    let at = download.join("rsc.io/quote/@v");
    std::fs::write(at.join("v1.5.2.zip123.tmp"), "half").unwrap();
    std::fs::write(at.join("v1.5.2.ziphash"), "h1:\0\0").unwrap();
    std::fs::write(at.join("list"), "v1.5.2\nv1.9.9\n\0\0").unwrap();
    std::fs::remove_file(at.join("v1.5.2.info")).unwrap();
    let lock = download.join("rsc.io/quote/@v/v1.5.2.lock");
    assert!(lock.is_file());
    for (import, bag) in [(&cache, "one"), (&download, "two")] {
        let import = import.display();
        project.packs(&format!("--import {import} -o {bag}"));
    }
    for name in ["one", "two"] {
        let bag = Bag::at(project.beside(name));
        assert_eq!(bag.ok(["list"]).lines().count(), 3);
        let sealed = Sealed::with_project(&project);
        let lines = [
            "go build ./...",
            "go mod tidy -diff",
            "go list -m -versions rsc.io/quote",
            "go list -m rsc.io/quote@latest",
        ];
        let printed = sealed.runs(&bag, "app", &lines);
        assert_eq!(printed, "rsc.io/quote v1.5.2\nrsc.io/quote v1.5.2\n");
    }
}

#[test]
fn what_becomes_of_a_bad_zip_is_said() {
    let tree = Tree::new();
    tree.module("source.test/good", "v1.0.0");
    let bad = "source.test/bad";
    tree.proxied(bad, "v1.0.0", &[("go.mod", &go_mod(bad))]);
    let entries = [("other.test/x@v1.0.0/p.go".to_owned(), &b"package p\n"[..])];
    let zip = zip_of(entries);
    tree.part(bad, "v1.0.0", "zip", &zip);
    let project = Project::behind("off");
    let import = format!("--no-sums --import {}", tree.path().display());
    let said = project.refused(&format!("{import} -o bag"));
    assert!(said.contains("source.test/bad/@v/v1.0.0.zip"), "{said}");
    assert_eq!(
        project.refused(&format!("{import} -o bag --invalid refuse")),
        said
    );

    let said = project.packs(&format!("{import} -o skipped --invalid skip"));
    assert!(said.contains("source.test/bad"), "{said}");
    let skipped = Bag::at(project.beside("skipped"));
    assert_eq!(skipped.ok(["list"]), "source.test/good@v1.0.0\n");
    assert_eq!(
        skipped.serve().status("/source.test/bad/@v/v1.0.0.zip"),
        404
    );

    project.packs(&format!("{import} -o kept --invalid keep"));
    let kept = Bag::at(project.beside("kept"));
    let gobag = kept.serve();
    let served = gobag.get("/source.test/bad/@v/v1.0.0.zip");
    assert!(served.status == 200 && served.body == zip, "unchanged");
    assert!(kept.run(["verify"]).status.success());
    let go = crate::support::go::Go::new(gobag.url());
    let refused = go.fails("mod download source.test/bad@v1.0.0");
    assert!(refused.contains("unexpected file"), "{refused}");
    go.ok("mod download source.test/good@v1.0.0");
}

#[test]
fn what_has_a_name_that_go_refuses_is_kept_as_a_mirror_has_it() {
    let tree = Tree::new();
    tree.module("kept.test/m", "v1.0.0");
    let named = [
        ("kept.test/m", "v2.0.0"),
        ("kept.test/m", "v1.1"),
        ("kept.test/M/v1", "v1.0.0"),
        ("kept.test/.m", "v1.0.0"),
    ];
    let bytes = |path: &str, version: &str, end: &str| match end {
        "info" => info(version).into_bytes(),
        "mod" => go_mod("kept.test/m").into_bytes(),
        _ => zip(path, version, &[("go.mod", &go_mod("kept.test/m"))]),
    };
    for (path, version) in named {
        for end in ["info", "mod", "zip"] {
            tree.part(path, version, end, bytes(path, version, end));
        }
    }
    let project = Project::behind("off");
    let import = format!("--no-sums --import {}", tree.path().display());
    let said = project.refused(&format!("{import} -o bag"));
    for (path, version) in named {
        let file = format!("gobag: {}/@v/{version}.zip: ", escape(path));
        assert!(said.contains(&file), "{file}: {said}");
    }
    assert!(
        said.contains("version \"v2.0.0\" should be v0 or v1"),
        "{said}"
    );

    let said = project.packs(&format!("{import} -o skipped --invalid skip"));
    assert!(
        said.contains("left out: kept.test/m/@v/v2.0.0.zip: "),
        "{said}"
    );
    let skipped = Bag::at(project.beside("skipped"));
    assert_eq!(skipped.ok(["list"]), "kept.test/m@v1.0.0\n");

    // Another zip of one of them is another content, whatever go thinks of both.
    let other = Tree::new();
    other.part("kept.test/m", "v2.0.0", "zip", b"other bytes");
    let both = format!("{import} --import {}", other.path().display());
    let said = project.refused(&format!("{both} -o bag --invalid keep"));
    let rule = "for the same version kept.test/m@v2.0.0";
    assert!(
        said.contains("differs from ") && said.contains(rule),
        "{said}"
    );

    let said = project.packs(&format!("{import} -o kept --invalid keep --own-log"));
    assert!(
        said.contains("kept as it is: kept.test/m/@v/v2.0.0.zip: "),
        "{said}"
    );
    let kept = Bag::at(project.beside("kept"));
    let gobag = kept.serve();
    let key = setting(&kept, &["--own-log"], "GOSUMDB").unwrap();
    let log = key.split('+').next().unwrap();
    let listed = kept.ok(["list"]);
    for (path, version) in named {
        let name = format!("{path}@{version}");
        assert!(listed.lines().any(|line| line == name), "{listed}");
        for end in ["info", "mod", "zip"] {
            let served = gobag.get(&format!("/{}/@v/{version}.{end}", escape(path)));
            let same = served.body == bytes(path, version, end);
            assert!(served.status == 200 && same, "{name}.{end}");
        }
        let record = gobag.text(&format!("/sumdb/{log}/lookup/{}@{version}", escape(path)));
        assert!(
            record.contains(&format!("\n{path} {version}/go.mod h1:")),
            "{record}"
        );
    }
    // What go chooses from has none of it.
    assert_eq!(gobag.text("/kept.test/m/@v/list"), "v1.0.0\n");
    assert!(gobag.text("/kept.test/m/@latest").contains("\"v1.0.0\""));
    assert_eq!(gobag.status("/kept.test/.m/@v/list"), 404);
    let go = crate::support::go::Go::new(gobag.url())
        .with("GONOSUMDB", "")
        .with("GOSUMDB", &key);
    go.ok("mod download kept.test/m@v1.0.0");
    go.fails("mod download kept.test/m@v2.0.0");
    assert!(
        kept.ok(["verify"])
            .contains("all 5 module versions verified")
    );
    let tree = project.beside("tree");
    kept.ok(["unpack", tree.to_str().unwrap()]);
    assert!(tree.join("kept.test/!m/v1/@v/v1.0.0.zip").is_file());
    let cache = project.beside("cache");
    kept.ok(["unpack", "--rw", "--modcache", cache.to_str().unwrap()]);
    assert!(cache.join("kept.test/m@v1.0.0").is_dir());
    // Another bag of it is the same.
    kept.ok(["diff", kept.bin().to_str().unwrap()]);
}

#[test]
fn a_name_that_is_more_than_a_line_is_not_kept() {
    for path in ["kept\n.test/m", "kept.test/m\r"] {
        let tree = Tree::new();
        tree.module("kept.test/m", "v1.0.0");
        tree.part(path, "v1.0.0", "mod", go_mod("kept.test/m"));
        let project = Project::behind("off");
        let import = format!("--no-sums --import {}", tree.path().display());
        let said = project.refused(&format!("{import} -o bag"));
        assert!(said.contains("rename the folder"), "{said}");
        let said = project.packs(&format!("{import} -o bag --invalid keep"));
        assert!(said.contains("note: left out: "), "{said}");
        let bag = Bag::at(project.beside("bag"));
        assert_eq!(bag.ok(["list"]), "kept.test/m@v1.0.0\n");
    }
}

#[test]
fn what_no_go_command_could_ask_for_is_left_out() {
    for name in [
        "kept.test/Big/@v/v1.0.0.mod",
        "kept.test/m/@v/v1.0.0-RC.mod",
        "kept.test/!!m/@v/v1.0.0.mod",
        "nodot/m/@v/v1.0.0.mod",
        "kept.test/a:b/@v/v1.0.0.mod",
        "kept.test/a\\b/@v/v1.0.0.mod",
        "kept.test/m/@v/v1.0.0.tar",
        "kept.test/m/@v/sub/v1.0.0.mod",
    ] {
        let tree = Tree::new();
        tree.module("kept.test/m", "v1.0.0");
        tree.file(name, go_mod("kept.test/m"));
        let project = Project::behind("off");
        let import = format!("--no-sums --import {}", tree.path().display());
        let said = project.refused(&format!("{import} -o bag"));
        assert!(said.contains(&format!("gobag: {name}: ")), "{said}");
        for invalid in ["keep", "skip"] {
            let said = project.packs(&format!("{import} -o {invalid} --invalid {invalid}"));
            assert!(said.contains(&format!("left out: {name}: ")), "{said}");
            let bag = Bag::at(project.beside(invalid));
            assert_eq!(bag.ok(["list"]), "kept.test/m@v1.0.0\n");
        }
    }
    // What is of no module at all is no mirror's.
    let tree = Tree::new();
    tree.module("kept.test/m", "v1.0.0");
    tree.file("notes.txt", "");
    let project = Project::behind("off");
    let import = format!("--no-sums --import {}", tree.path().display());
    let said = project.refused(&format!("{import} -o bag --invalid keep"));
    assert!(said.contains("notes.txt: belongs to no module"), "{said}");
}

#[test]
fn a_pipe_among_modules_is_a_fault_and_nobody_waits_for_it() {
    let tree = Tree::new();
    tree.module("kept.test/m", "v1.0.0");
    for name in [
        "kept.test/n/@v/v1.0.0.zip",
        "kept.test/n/@v/v1.0.0.info",
        "sumdb/a.test/key",
    ] {
        let pipe = tree.path().join(name);
        std::fs::create_dir_all(pipe.parent().unwrap()).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
    }
    let project = Project::behind("off");
    let import = format!("--no-sums --import {}", tree.path().display());
    let said = project.refused(&format!("{import} -o bag --invalid keep"));
    assert_eq!(
        said.matches(": is no plain file; remove it").count(),
        3,
        "{said}"
    );
}

#[test]
fn a_folder_becomes_a_module_when_that_is_asked() {
    let project = Project::behind("off");
    let folder = project.beside("lib");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("go.mod"), go_mod("local.test/lib")).unwrap();
    std::fs::write(folder.join("sub/p.go"), package("local.test/lib/sub")).unwrap();
    let before = content(&folder);
    let said = project.packs("--no-sums --local lib=local.test/lib@v1.2.3 -o bag");
    assert!(said.contains("1 module"), "{said}");
    assert!(content(&folder) == before, "it is unchanged");
    let bag = Bag::at(project.beside("bag"));
    assert_eq!(bag.ok(["list"]), "local.test/lib@v1.2.3\n");
    let sealed = Sealed::empty();
    sealed.go().requires("1.24", &[]);
    sealed.go().write(
        "main.go",
        "package main\n\nimport _ \"local.test/lib/sub\"\n\nfunc main() {}\n",
    );
    sealed.runs(&bag, "", &["go mod tidy", "go build ./..."]);
    // Several, and a folder may have a sign of its own.
    std::fs::create_dir(project.beside("a=b")).unwrap();
    let go_mod = go_mod("local.test/other");
    std::fs::write(project.beside("a=b/go.mod"), go_mod).unwrap();
    let both = "--local lib=local.test/lib@v1.2.3 --local a=b=local.test/other@v0.1.0";
    project.packs(&format!("--no-sums {both} -o both"));
    assert_eq!(
        Bag::at(project.beside("both")).ok(["list"]),
        "local.test/lib@v1.2.3\nlocal.test/other@v0.1.0\n"
    );
    for (wrong, code) in [
        ("lib", 2),
        ("lib=local.test/lib", 2),
        ("nowhere=local.test/lib@v1.0.0", 1),
    ] {
        let output = project.pack(&format!("--no-sums --local {wrong} -o wrong"));
        assert_eq!(output.status.code(), Some(code), "{wrong}");
        assert!(!project.beside("wrong").exists(), "{wrong}");
    }
}

/// A repository of the module `path`, which no proxy has, with a version and a later branch `dev`;
/// git itself is told to find `url` there.
fn private(project: Project, path: &str, url: &str) -> Project {
    let repository = project.beside("repository");
    std::fs::create_dir_all(repository.join("cmd/x")).unwrap();
    std::fs::write(repository.join("go.mod"), go_mod(path)).unwrap();
    std::fs::write(repository.join("p.go"), package(path)).unwrap();
    let git = |args: &str| {
        let mut command = Command::new("git");
        command
            .env("HOME", project.beside(""))
            .current_dir(&repository);
        let status = command.args(args.split_whitespace()).status();
        assert!(status.unwrap().success(), "git {args}");
    };
    let commit = "-c user.name=u -c user.email=u@private.test commit -q -m m";
    git("init -q -b main");
    git("add .");
    git(commit);
    git("tag v1.0.0");
    git("checkout -q -b dev");
    let main = "package main\n\nfunc main() {}\n";
    std::fs::write(repository.join("cmd/x/main.go"), main).unwrap();
    git("add .");
    git(commit);
    let at = format!("url.file://{}.insteadOf", repository.display());
    project
        .with("GOPRIVATE", "private.test")
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", &at)
        .with("GIT_CONFIG_VALUE_0", url)
        .with("GIT_ALLOW_PROTOCOL", "file:https")
}

#[test]
fn a_private_module_comes_through_the_users_own_settings() {
    let project = private(
        Project::online(),
        "private.test/m.git",
        "https://private.test/m",
    );
    project.program("", &["private.test/m.git", "rsc.io/quote"]);
    project.file(
        "go.mod",
        "module app.test\n\ngo 1.24\n\nrequire (\n\tprivate.test/m.git v1.0.0\n\trsc.io/quote v1.5.2\n)\n",
    );
    project.ok("", "mod tidy");
    let bag = project.bag("");
    assert!(bag.ok(["list"]).contains("private.test/m.git@v1.0.0"));
    // There the same setting would lead past the bag, and it is not in the public database.
    let sealed = Sealed::with_project(&project).with("GOPRIVATE", "private.test");
    let lines = ["go build ./...", "go mod tidy -diff", "go env GONOPROXY"];
    assert_eq!(sealed.runs(&bag, "app", &lines), "none\n");
    let sealed = Sealed::with_project(&project);
    let lines = ["rm go.sum", "go mod tidy", "go env GONOPROXY GONOSUMDB"];
    assert_eq!(sealed.runs(&bag, "app", &lines), "\nprivate.test/m.git\n");
}

#[test]
fn a_private_branch_stands_for_what_it_was_when_it_was_packed() {
    let module = "private.test/m.git";
    let project = private(Project::behind("off"), module, "https://private.test/m");
    let sealed_knows = |bag: &str| {
        let sealed = Sealed::empty();
        sealed.go().requires("1.24", &[]);
        let lines = ["go list -m private.test/m.git@dev"];
        let told = sealed.runs(&Bag::at(project.beside(bag)), "", &lines);
        assert!(told.starts_with("private.test/m.git v1.0.1-0."), "{told}");
    };
    project.packs(&format!("-o module --no-sums --module {module}@dev"));
    sealed_knows("module");
    project.packs(&format!("-o tool --no-sums --tool {module}/cmd/x@dev"));
    sealed_knows("tool");
    // Without a proof it is in there as well.
    project.packs(&format!(
        "-o unproven --no-sums --no-prove --module {module}@dev"
    ));
    sealed_knows("unproven");
    project.file("p.go", "package p\n");
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    let line = "go list -m private.test/m.git@dev";
    project.packs_and_runs("app -o line --no-sums --profile build", &[line]);
    sealed_knows("line");
}

#[test]
fn local_modules_and_those_carried_serve_the_recording() {
    let project = Project::behind("off").with("GONOSUMDB", "");
    let folder = project.beside("lib");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("go.mod"), go_mod("local.test/lib")).unwrap();
    std::fs::write(folder.join("p.go"), package("local.test/lib")).unwrap();
    project.file("p.go", "package app\n\nimport _ \"local.test/lib\"\n");
    let text = "module app.test\n\ngo 1.24\n\nrequire local.test/lib v1.2.0\n";
    project.file("go.mod", text);
    project.packs("app -o first --no-sums --local lib=local.test/lib@v1.2.0");
    let first = project.beside("first");
    assert_eq!(
        Bag::at(first.clone()).ok(["list"]),
        "local.test/lib@v1.2.0\n"
    );
    let sealed = Sealed::with_project(&project);
    let lines = ["go mod tidy", "go build ./...", "go list -m all"];
    sealed.runs(&Bag::at(first.clone()), "app", &lines);
    // The same from what an earlier bag carries, with its folder gone.
    std::fs::remove_dir_all(folder).unwrap();
    let output = project
        .command_of(&first, "app -o second --no-sums --add")
        .output()
        .unwrap();
    let said = crate::support::bag::stderr(&output);
    assert!(
        output.status.success() && !said.contains("refused"),
        "{said}"
    );
    assert_eq!(
        Bag::at(project.beside("second")).ok(["list"]),
        "local.test/lib@v1.2.0\n"
    );
}
