//! What came of compiling once more: which outputs of a build cache are the same, which are others, and
//! what was not compiled, and why as far as that is known.

use std::collections::{BTreeMap, BTreeSet};

use bag::built::{Action, BuildCache, Target};
use serde::Serialize;

use crate::carried::summary::target as told;
use crate::terminal::printable::printable;
use crate::terminal::size::count;

/// How many packages of a kind are named.
const NAMED: usize = 5;

/// What is known of the rebuild, by which it is told why something was not compiled.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// True where a project was named.
    pub project: bool,
    /// The modules that the bag holds, `path@version`.
    pub modules: &'a BTreeSet<String>,
    /// The versions of go that compiled.
    pub gos: &'a BTreeSet<&'a str>,
}

/// What came of what one target's builds made.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What was compiled for, as it is told.
    pub target: String,
    /// How many outputs there are.
    pub outputs: usize,
    /// How many of them were made again.
    pub again: usize,
    /// The packages of which another one was made.
    pub others: BTreeSet<String>,
    /// The packages that were not compiled again, by why.
    pub left: BTreeMap<&'static str, BTreeSet<String>>,
}

/// Compares the outputs of `list`, target by target, with those that were made again: `made` tells the
/// id of the output of an action.
pub fn compare(
    list: &BuildCache,
    known: Known<'_>,
    made: impl Fn(&str) -> Option<String>,
) -> Vec<Compared> {
    let targets = list.targets.iter();
    let mut all: Vec<Compared> = targets
        .map(|of| Compared {
            target: printable(&told(of)),
            ..Compared::default()
        })
        .collect();
    for action in &list.actions {
        let made = made(&action.id);
        for number in &action.targets {
            let of = &mut all[*number];
            of.outputs += 1;
            match &made {
                Some(output) => {
                    of.again += 1;
                    if *output != list.outputs[action.output].id {
                        of.others.insert(action.package.clone());
                    }
                }
                None => {
                    let why = why(action, &list.targets[*number], known);
                    of.left
                        .entry(why)
                        .or_default()
                        .insert(action.package.clone());
                }
            }
        }
    }
    all
}

/// Why a package was not compiled again, as far as that is known.
fn why(action: &Action, target: &Target, known: Known<'_>) -> &'static str {
    match action.module.as_str() {
        _ if !known.gos.contains(target.go.as_str()) => {
            "by a go that is not at hand: put it on PATH"
        }
        own if own.ends_with('@') && known.project => {
            "of the projects, and not as they were when this was packed"
        }
        own if own.ends_with('@') => "of the projects: name the folder of one as well",
        module if !module.is_empty() && !known.modules.contains(module) => {
            "of a module that the bag does not hold"
        }
        _ if target.cgo => "by another C compiler here, or with other settings or modules",
        _ => "with other settings or modules than here",
    }
}

impl Compared {
    /// Lines for a person.
    pub fn lines(&self) -> String {
        let (outputs, again) = (count(self.outputs, "output"), self.again);
        let (same, others) = ("compiled again, and are the same", !self.others.is_empty());
        let came = match again {
            0 => format!("of {outputs} none was compiled again"),
            _ if others => format!("of {outputs} {again} compiled again, and not all are the same"),
            1 => format!("of {outputs} 1 compiled again, and is the same"),
            _ if again == self.outputs => format!("all {outputs} {same}"),
            _ => format!("of {outputs} {again} {same}"),
        };
        let mut text = format!("{}: {came}\n", self.target);
        for (why, packages) in &self.left {
            let told: Vec<String> = packages.iter().take(NAMED).map(|p| printable(p)).collect();
            let told = told.join(", ");
            let more = match packages.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let packages = count(packages.len(), "package");
            text += &format!("  not compiled again, {why} ({packages}): {told}{more}\n");
        }
        text
    }
}

/// The lines that complain of outputs that go does not make.
pub fn faults(all: &[Compared]) -> Vec<String> {
    let packages: BTreeSet<&String> = all.iter().flat_map(|of| &of.others).collect();
    let fault = |package: &&String| {
        format!(
            "{}: go makes another output of the sources than this build cache has: use none of it (exec without --cached), and ask who packed it",
            printable(package)
        )
    };
    packages.iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bag::built::{BUILD, Output};

    fn list() -> BuildCache {
        let target = |platform: &str, cgo| Target {
            go: "go1.26.8".into(),
            platform: platform.into(),
            trimpath: true,
            cgo,
            ..Target::default()
        };
        let action = |package: &str, what: &str, module: &str, output, targets: &[usize]| Action {
            package: package.into(),
            what: what.into(),
            module: module.into(),
            id: format!("{package} {what}"),
            output,
            targets: targets.to_vec(),
        };
        let output = |id: &str| Output {
            id: id.into(),
            ..Output::default()
        };
        BuildCache {
            targets: vec![target("linux/amd64", true), target("darwin/arm64", false)],
            actions: vec![
                action("a.test/a", BUILD, "a.test@v1.0.0", 0, &[0, 1]),
                action("a.test/a", "vet", "", 1, &[0]),
                action("a.test/b", BUILD, "a.test@v1.0.0", 1, &[0]),
                action("own.test", BUILD, "own.test@", 0, &[1]),
                action("net", BUILD, "", 0, &[0]),
                action("os", BUILD, "", 0, &[1]),
                action("x.test", BUILD, "x.test@v1.0.0", 0, &[1]),
            ],
            outputs: vec![output("one"), output("two")],
        }
    }

    #[test]
    fn each_output_is_the_same_another_or_not_made_again() {
        let modules = BTreeSet::from(["a.test@v1.0.0".to_string()]);
        let mut gos = BTreeSet::from(["go1.26.8"]);
        let told = |project, gos: &BTreeSet<&str>, made: &[(&str, &str)]| {
            let known = Known {
                project,
                modules: &modules,
                gos,
            };
            let made: BTreeMap<&str, &str> = made.iter().copied().collect();
            let all = compare(&list(), known, |id| made.get(id).map(|id| id.to_string()));
            let lines: String = all.iter().map(Compared::lines).collect();
            (lines, faults(&all))
        };
        let made = [("a.test/a build", "one"), ("a.test/a vet", "two")];
        let (lines, found) = told(false, &gos, &made);
        assert_eq!(
            lines,
            "go1.26.8 linux/amd64 -trimpath, 0 packages: of 4 outputs 2 compiled again, and are the same
  not compiled again, by another C compiler here, or with other settings or modules (2 packages): a.test/b, net
go1.26.8 darwin/arm64 -trimpath CGO_ENABLED=0, 0 packages: of 4 outputs 1 compiled again, and is the same
  not compiled again, of a module that the bag does not hold (1 package): x.test
  not compiled again, of the projects: name the folder of one as well (1 package): own.test
  not compiled again, with other settings or modules than here (1 package): os
"
        );
        assert_eq!(found, [""; 0]);
        let made = [("a.test/b build", "one"), ("net build", "two")];
        let (lines, found) = told(true, &gos, &made);
        assert!(lines.contains("of 4 outputs 2 compiled again, and not all are the same"));
        assert!(lines.contains("of 4 outputs none was compiled again\n"));
        assert!(lines.contains("of the projects, and not as they were when this was packed"));
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("a.test/b: go makes another output"));
        assert!(found[1].starts_with("net: "));
        gos.clear();
        let (lines, _) = told(true, &gos, &[]);
        let absent = "  not compiled again, by a go that is not at hand: put it on PATH (";
        assert_eq!(lines.matches(absent).count(), 2, "{lines}");
    }

    #[test]
    fn a_few_packages_are_named() {
        let packages = ["a", "b", "c", "d", "e", "f", "g"].map(String::from);
        let of = Compared {
            outputs: 7,
            left: [("so", packages.into())].into(),
            ..Compared::default()
        };
        let told = of.lines();
        assert!(told.ends_with("not compiled again, so (7 packages): a, b, c, d, e and 2 more\n"));
    }
}
