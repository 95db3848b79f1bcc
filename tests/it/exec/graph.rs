//! The module graph that `gobag doctor` loads by itself, held against `go list -m all`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::bag::Bag;
use crate::support::go::Go;
use crate::support::tree::Tree;

const MODULES: u32 = 12;
const VERSIONS: u32 = 4;
const MAINS: u32 = 24;

/// Numbers that look like chance and are the same in every run.
struct Chance(u32);

impl Chance {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % limit
    }

    /// A module and a version.
    fn version(&mut self) -> (String, String) {
        let (module, version) = (self.below(MODULES), self.below(VERSIONS));
        (format!("graph.test/m{module}"), format!("v1.{version}.0"))
    }

    /// A go.mod with a few requirements, before and after the release that prunes graphs.
    fn go_mod(&mut self, path: &str) -> String {
        let go = ["1.16", "1.17", "1.21"][self.below(3) as usize];
        let mut text = format!("module {path}\n\ngo {go}\n");
        let mut required = BTreeSet::new();
        for _ in 0..self.below(4) {
            let (module, version) = self.version();
            if module != path && required.insert(module.clone()) {
                text += &format!("\nrequire {module} {version}\n");
            }
        }
        text
    }
}

#[test]
fn selects_what_go_selects() {
    let (full, graph_only) = (Tree::new(), Tree::new());
    let (mut chance, mut sums) = (Chance(1), String::new());
    for module in 0..MODULES {
        for version in 0..VERSIONS {
            let (path, version) = (format!("graph.test/m{module}"), format!("v1.{version}.0"));
            let go_mod = chance.go_mod(&path);
            full.proxied(
                &path,
                &version,
                &[("go.mod", &go_mod), ("p.go", "package p\n")],
            );
            graph_only.part(&path, &version, "mod", &go_mod);
            sums += &format!("{path} {version} h1:{}=\n", "A".repeat(43));
        }
    }
    let gobag = full.bag().serve();
    let doctor = graph_only.bag();
    let mut selected = 0;
    for number in 0..MAINS {
        let go = Go::new(gobag.url()).with("GOFLAGS", "-modcacherw -mod=mod");
        let mut go_mod = chance.go_mod("main.test");
        let (module, version) = chance.version();
        match number % 3 {
            0 => go_mod += &format!("\nexclude {module} {version}\n"),
            1 => {
                let (_, other) = chance.version();
                go_mod += &format!("\nreplace {module} {version} => {module} {other}\n");
            }
            _ => {}
        }
        go.write("go.mod", &go_mod);
        // The first run writes down what the requirements come to.
        go.ok("list -m all");
        let listed = go.ok("list -m all");
        let lines = listed.lines().filter(|line| *line != "main.test");
        let by_go: BTreeSet<String> = lines.map(used).collect();
        // Of everything that is selected only the go.mod is there: an error each.
        go.write("go.sum", &sums);
        let by_doctor = missed(&go, &doctor);
        assert_eq!(by_doctor, by_go, "{number}: {}", go.read("go.mod"));
        selected += by_go.len();
    }
    assert!(
        selected > 3 * MAINS as usize,
        "{selected}: graphs worth a look"
    );
}

/// `path@version` of what `go list -m all` says is used: the replacement where there is one.
fn used(line: &str) -> String {
    let used = line.rsplit(" => ").next().unwrap();
    used.replacen(' ', "@", 1)
}

/// The versions of which the doctor says that a zip is missing.
fn missed(go: &Go, bag: &Bag) -> BTreeSet<String> {
    let output = go
        .command(bag.bin().to_str().unwrap())
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = found.as_array().unwrap().iter();
    let texts = errors.filter_map(|f| f["what"].as_str()?.strip_prefix("of "));
    let names = texts.filter_map(|text| Some(text.split_once(" this bag has only")?.0));
    names
        .map(|name| name.split(' ').next().unwrap().to_owned())
        .collect()
}
