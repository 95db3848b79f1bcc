//! The folders of the program: who may import whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::house::tidy::sources;

/// The modules that `root` declares, in its order.
fn declared(root: &str) -> Vec<String> {
    let modules = root.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub ").unwrap_or(line);
        rest.strip_prefix("mod ")?.strip_suffix(';')
    });
    modules.map(str::to_owned).collect()
}

/// What is brought together for the whole crate: `pub use module::{Name, …}` in its root, each
/// name with its module.
fn brought_up(root: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in root.lines().filter_map(|l| l.strip_prefix("pub use ")) {
        let (module, names) = line.trim_end_matches(';').split_once("::").unwrap();
        for name in names.trim_matches(['{', '}']).split(", ") {
            found.insert(name.to_owned(), module.to_owned());
        }
    }
    found
}

/// The names after `crate::`, and after as many `super::` as lead there from a file that lies
/// `depth` folders deep, in code that is no test.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let program = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = program
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"));
    let program: String = lines.collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for prefix in ["crate::".to_owned(), "super::".repeat(depth + 1)] {
        for rest in program.split(&prefix).skip(1) {
            let word = |text: &str| {
                let end = |c: char| !c.is_alphanumeric() && c != '_';
                text.trim().split(end).next().unwrap_or("").to_owned()
            };
            match rest.strip_prefix('{') {
                None => found.extend([word(rest)]),
                Some(list) => {
                    // What stands in inner braces belongs to what stands before them.
                    let mut depth = 1;
                    let outer = list.chars().take_while(|c| {
                        depth += i32::from(*c == '{') - i32::from(*c == '}');
                        depth > 0
                    });
                    let mut inside = 0;
                    let outer = outer.filter(|c| {
                        inside += i32::from(*c == '{');
                        let kept = inside == 0;
                        inside -= i32::from(*c == '}');
                        kept
                    });
                    found.extend(outer.collect::<String>().split(',').map(word));
                }
            }
        }
    }
    found
}

/// What each top module of the crate below `src` imports, and the order in which its root
/// declares them.
fn crate_of(src: &Path, root: &str) -> (Vec<String>, BTreeMap<String, BTreeSet<String>>) {
    let (mut order, mut names) = (Vec::new(), BTreeMap::new());
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix(src) else {
            continue;
        };
        if inside == Path::new(root) {
            order = declared(&text);
            names = brought_up(&text);
            continue;
        }
        let top = inside.components().next().unwrap().as_os_str();
        let room = top.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let depth = inside.components().count() - 1;
        let imported = imports(&text, depth);
        graph.entry(room).or_default().extend(imported);
    }
    for imported in graph.values_mut() {
        let modules = imported.iter().filter_map(|name| names.get(name).cloned());
        imported.extend(modules.collect::<Vec<_>>());
    }
    (order, graph)
}

#[test]
fn imports_are_seen_in_every_form() {
    let text = "use crate::{a, b::{c, d}};\nuse super::e;\nfn f() { crate::g::h() }\n// crate::i\n";
    let names = |depth| {
        imports(text, depth)
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(0), "a b e g");
    assert_eq!(names(1), "a b g");
    assert_eq!(brought_up("pub use a::{B, C};\n")["C"], "a");
    let (_, gomod) = crate_of(Path::new("crates/gomod/src"), "lib.rs");
    assert!(gomod["query"].contains("semver"), "{gomod:?}");
}

#[test]
fn no_import_of_the_program_runs_back_up() {
    let (order, graph) = crate_of(Path::new("src"), "main.rs");
    assert!(order.len() > 10, "main.rs declares the rooms: {order:?}");
    let floor = |room: &str| order.iter().position(|name| name == room);
    for (room, imported) in &graph {
        let own = floor(room).unwrap_or_else(|| panic!("main.rs declares no {room}"));
        for other in imported.iter().filter_map(|name| floor(name)) {
            let other = &order[other];
            assert!(
                floor(other) <= Some(own),
                "{room} imports {other}, above it"
            );
        }
    }
}

#[test]
fn main_tells_of_every_room() {
    let (_, main) = sources()
        .into_iter()
        .find(|(path, _)| path == Path::new("src/main.rs"))
        .unwrap();
    for room in declared(&main) {
        let told = format!("[`{room}`]");
        let told = main
            .lines()
            .any(|l| l.starts_with("//!") && l.contains(&told));
        assert!(told, "the tour in main.rs leaves out {room}");
    }
}

#[test]
fn no_crate_has_a_circle_of_imports() {
    for name in [
        "gomod", "sumdb", "bag", "graft", "linked", "gocache", "license", "shown",
    ] {
        let (order, mut graph) = crate_of(&Path::new("crates").join(name).join("src"), "lib.rs");
        for (module, imported) in &mut graph {
            imported.retain(|other| other != module && order.contains(other));
        }
        // What imports nothing that is left, or is imported by nobody, is no part of a circle.
        loop {
            let before = graph.len();
            let left: BTreeSet<String> = graph.keys().cloned().collect();
            let used: BTreeSet<String> = graph.values().flatten().cloned().collect();
            graph.retain(|module, imported| {
                imported.retain(|other| left.contains(other));
                !imported.is_empty() && used.contains(module)
            });
            if graph.len() == before {
                break;
            }
        }
        assert!(graph.is_empty(), "a circle in crates/{name}: {graph:#?}");
    }
}
