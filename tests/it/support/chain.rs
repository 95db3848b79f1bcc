//! Bags that build on one another.

use tempfile::TempDir;

use crate::support::bag::{Bag, text};
use crate::support::tree::Tree;

/// What the bags of a chain are called, oldest first.
pub const NAMES: [&str; 3] = ["first", "second", "third"];

/// Bags in one folder, each of which was packed since the one before.
pub struct Chain {
    dir: TempDir,
    /// Oldest first.
    pub bags: Vec<Bag>,
}

impl Chain {
    /// One with a bag for each of `trees`, packed with these arguments.
    pub fn of(trees: &[Tree], arguments: &[&str]) -> Chain {
        let dir = tempfile::tempdir().unwrap();
        let mut bags: Vec<Bag> = Vec::new();
        for (tree, name) in trees.iter().zip(NAMES) {
            let mut all = vec!["--import", text(tree.path())];
            for (bag, option) in bags.iter().rev().zip(["--since", "--with"]) {
                all.extend([option, text(bag.bin())]);
            }
            all.extend(arguments);
            bags.push(Bag::packed(&all, dir.path().join(name)).0);
        }
        Chain { dir, bags }
    }

    /// The example that most tests need: `chain.test/m` in a version of each, a module that each
    /// alone has, and one version that is in the first and was to be packed again.
    pub fn example() -> Chain {
        Chain::of(&example_trees(), &[])
    }

    /// The file with this name.
    pub fn file(&self, name: &str) -> String {
        text(&self.dir.path().join(name)).to_owned()
    }

    /// The newest.
    pub fn newest(&self) -> &Bag {
        self.bags.last().unwrap()
    }
}

/// What is packed for [`Chain::example`].
pub fn example_trees() -> [Tree; 3] {
    let trees = [Tree::new(), Tree::new(), Tree::new()];
    let versions = ["v1.9.0", "v1.10.0", "v1.2.0"];
    for ((tree, name), version) in trees.iter().zip(NAMES).zip(versions) {
        tree.module("chain.test/m", version);
        tree.module(&format!("chain.test/{name}"), "v1.0.0");
    }
    trees[2].module("chain.test/first", "v1.0.0");
    trees
}
