//! Rows for the rules of the build cache.

use bag::built::BuildCache;
use gocache::log::Action;

use super::super::host::tests::host;
use super::super::project::tests::project;
use super::*;

/// What go told of packages: each `path[*][!] ID: imports`, `*` for one of the standard library, `!` for
/// one with cgo.
fn log(lines: &[&str]) -> Log {
    let mut log = Log::default();
    for line in lines {
        let (head, imports) = line.split_once(": ").unwrap();
        let (path, id) = head.split_once(' ').unwrap();
        let (standard, cgo) = (path.contains('*'), path.contains('!'));
        let path = path.trim_end_matches(['*', '!']);
        let imports = imports.split(' ').filter(|path| !path.is_empty());
        let package = log.packages.entry(path.to_string()).or_default();
        (package.standard, package.cgo) = (standard, cgo);
        package.imports = imports.map(str::to_string).collect();
        let action = |kind, id: &str| Action {
            kind,
            package: path.to_string(),
            id: id.to_string(),
        };
        log.actions.push(action(Kind::Build, id));
        log.actions.push(action(Kind::Vet, "vetted"));
    }
    log
}

/// `path ID` for each package.
fn cache(packages: &[&str]) -> BuildCache {
    let actions = packages.iter().flat_map(|line| {
        let (package, id) = line.split_once(' ').unwrap();
        let action = |what: &str, id: &str| bag::built::Action {
            package: package.to_string(),
            what: what.to_string(),
            id: id.to_string(),
            ..bag::built::Action::default()
        };
        [action(BUILD, id), action("vet", "vetted")]
    });
    BuildCache {
        actions: actions.collect(),
        ..BuildCache::default()
    }
}

#[test]
fn why_a_package_is_compiled() {
    use Reason::{Cgo, Changed, Flags, New, Own};
    let modules = [
        ("a.test", false),
        ("app.test", true),
        ("app.test/api", false),
    ];
    let modules = modules.map(|(path, own)| (path.to_string(), own)).into();
    let held = [
        "errors e1",
        "net n1",
        "net/http h1",
        "a.test/a a1",
        "a.test/b b1",
        "app.test/api p1",
    ];
    for (lines, all, want) in [
        (&["errors* e1: ", "a.test/a a1: errors"][..], 2, &[][..]),
        // The project's own, of which nothing is carried; and a module below it.
        (
            &[
                "errors* e1: ",
                "app.test x: errors",
                "app.test/in x: ",
                "app.test/api p1: ",
            ],
            4,
            &[(Own, "app.test"), (Own, "app.test/in")],
        ),
        (&["app.test/api p2: "], 1, &[(Changed, "app.test/api")]),
        // Another version, and what imports it.
        (
            &[
                "errors* e1: ",
                "a.test/a a2: errors",
                "a.test/b b2: a.test/a",
                "app.test x: a.test/b",
            ],
            4,
            &[
                (Changed, "a.test/a"),
                (Changed, "a.test/b"),
                (Own, "app.test"),
            ],
        ),
        (&["a.test/c c1: errors"], 1, &[(New, "a.test/c")]),
        // The C compiler is another one, which all that imports such a package feels.
        (
            &[
                "errors* e1: ",
                "net*! n2: errors",
                "net/http* h2: errors net",
                "a.test/a a2: net/http",
            ],
            4,
            &[(Cgo, "a.test/a"), (Cgo, "net"), (Cgo, "net/http")],
        ),
        // It was packed without one.
        (&["runtime/cgo*! r1: "], 1, &[(Cgo, "runtime/cgo")]),
        // -race.
        (
            &[
                "errors* e2: ",
                "runtime/race*! c1: ",
                "net*! n2: errors",
                "net/http* h2: errors net",
                "a.test/a a2: errors",
                "app.test x: errors",
            ],
            6,
            &[
                (Flags, "a.test/a"),
                (Flags, "errors"),
                (Flags, "net"),
                (Flags, "net/http"),
                (Flags, "runtime/race"),
                (Own, "app.test"),
            ],
        ),
    ] {
        let list = cache(&held);
        let found = weigh(&log(lines), &Known::of(list.actions.iter()), &modules);
        let mut rest: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
        for (reason, package) in want {
            rest.entry(*reason).or_default().push(package.to_string());
        }
        assert_eq!(found, Compiled { all, rest }, "{lines:?}");
    }
    // What was compiled of the project when it was packed, and carried, changed since.
    let list = cache(&["app.test x"]);
    let found = weigh(
        &log(&["app.test y: "]),
        &Known::of(list.actions.iter()),
        &modules,
    );
    assert_eq!(found.rest[&Changed], ["app.test"]);
}

#[test]
fn code_is_the_projects_own_where_a_folder_has_it() {
    let go_mod = "module app.test\ngo 1.21\nrequire (\n\ta.test v1.0.0\n\tb.test v1.0.0\n\tc.test v1.0.0\n)\nreplace a.test => ../a\nreplace b.test => d.test v1.1.0\n";
    let project = project(go_mod, "");
    let graph = super::super::graph::load(&project, |_, _| None);
    let found = modules(&project, &graph);
    let want = [
        ("a.test", true),
        ("app.test", true),
        ("b.test", false),
        ("c.test", false),
    ];
    assert_eq!(
        found,
        want.map(|(path, own)| (path.to_string(), own)).into()
    );
}

#[test]
fn one_line_tells_all_of_it() {
    let compiled = |all, rest: &[(Reason, &[&str])]| Compiled {
        all,
        rest: rest
            .iter()
            .map(|(reason, names)| (*reason, names.iter().map(|n| n.to_string()).collect()))
            .collect(),
    };
    let own: (Reason, &[&str]) = (Reason::Own, &["app.test"]);
    let race: &[&str] = &["errors", "fmt"];
    for (found, without, flags, want) in [
        (
            compiled(3, &[own]),
            None,
            "",
            "2 of the 3 packages of go build -trimpath ./... (without -trimpath fewer); compiled here: 1 of the project's own (app.test); gobag exec --cached -- go build -trimpath ./...",
        ),
        (
            compiled(3, &[]),
            None,
            "-trimpath",
            "all of the 3 packages of go build ./...; gobag exec --cached -- go build ./...",
        ),
        (
            compiled(3, &[(Reason::Cgo, &["net"]), own]),
            Some(compiled(2, &[own])),
            "-trimpath",
            "1 of the 3 packages of go build ./...; compiled here: 1 by cgo, with another C compiler or flags for it than when this file was packed (net), 1 of the project's own (app.test); with CGO_ENABLED=0 it has 1 of the 2 packages; gobag exec --cached -- go build ./...",
        ),
        (
            compiled(2, &[(Reason::Flags, race)]),
            None,
            "-trimpath -race",
            "none of the 2 packages of go build ./...; compiled here: 2 for other flags than when this file was packed: GOFLAGS=-trimpath -race in the environment (errors, fmt)",
        ),
        (
            compiled(2, &[(Reason::Flags, race)]),
            None,
            "-trimpath -mod=mod -race=false",
            "none of the 2 packages of go build ./...; compiled here: 2 for other settings than when this file was packed, or by another go (errors, fmt)",
        ),
    ] {
        let host = host(&[("GOFLAGS", flags)]);
        let command = command(
            &project("module app.test\n", ""),
            Path::new("."),
            &host,
            true,
        );
        let told = told(&found, without.as_ref(), true, &host, &command);
        let text = told.finding.to_string();
        assert_eq!(text, format!("note: the bag's build cache has {want}"));
        let command = want
            .split_once("; gobag exec")
            .map(|(_, end)| format!("gobag exec{end}"));
        assert_eq!(told.command, command);
    }
    let found = compiled(3, &[(Reason::Cgo, &["net"])]);
    let told = told(&found, None, false, &host(&[]), "go build ./...");
    let told = told.finding.to_string();
    let want = "compiled here: 1 by cgo, without which this file was packed (net); ";
    assert!(told.contains(want), "{told}");
}
