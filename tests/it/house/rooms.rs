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

/// The names after `crate::`, and after `super::` where that is the crate as well, in code that is
/// no test.
fn imports(text: &str, super_is_crate: bool) -> BTreeSet<String> {
    let program = text.split("#[cfg(test)]\n").next().unwrap_or(text);
    let mut found = BTreeSet::new();
    for line in program
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
    {
        let prefixes = ["crate::", "super::"];
        for prefix in &prefixes[..1 + usize::from(super_is_crate)] {
            for rest in line.split(prefix).skip(1) {
                let name = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                found.extend(name.map(str::to_owned));
            }
        }
    }
    found
}

/// What each top module of the crate below `src` imports, and the order in which its root
/// declares them.
fn crate_of(src: &Path, root: &str) -> (Vec<String>, BTreeMap<String, BTreeSet<String>>) {
    let (mut order, mut graph) = (Vec::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix(src) else {
            continue;
        };
        if inside == Path::new(root) {
            order = declared(&text);
            continue;
        }
        let top = inside.components().next().unwrap().as_os_str();
        let room = top.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let is_top = inside.components().count() == 1;
        graph
            .entry(room)
            .or_default()
            .extend(imports(&text, is_top));
    }
    (order, graph)
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
    for name in ["gomod", "sumdb", "bag", "graft"] {
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
