//! Who requires whom among the versions of a bag, and the shortest way to each who does.

use std::collections::{BTreeMap, VecDeque};

use bag::Bag;
use bag::manifest::{HeldVersion, Manifest};
use bag::required::{Required, required};
use gomod::semver;
use serde::Serialize;

use crate::terminal::printable::line;
use crate::terminal::size::size;

/// A version of a module that somebody requires, or that a bag has.
#[derive(Debug)]
struct Node {
    path: String,
    version: String,
    /// Those who require it, in order, and whether they say `// indirect`.
    by: Vec<(usize, bool)>,
    /// The one before it on the shortest way from a version that nobody requires.
    before: Option<usize>,
}

/// All versions of a bag, and those that they require.
#[derive(Debug)]
pub struct Requirers {
    nodes: Vec<Node>,
}

/// Why a version is in a bag.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The version.
    pub version: String,
    /// What the bag has of it.
    pub held: Held,
    /// How many bytes the bag holds of its zip.
    pub bytes: u64,
    /// Every version in the bag that requires it.
    pub required_by: Vec<RequiredBy>,
}

/// What a bag has of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Held {
    /// All of it.
    #[serde(rename = "zip")]
    Zip,
    /// What is needed for the module graph.
    #[serde(rename = "go.mod")]
    GoMod,
    /// Nothing.
    #[serde(rename = "nothing")]
    Nothing,
}

/// One that requires another.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RequiredBy {
    /// It, as `path@version`.
    pub module: String,
    /// True where it marks the line `// indirect`: it does not import it itself.
    pub indirect: bool,
    /// The shortest way to it, from a version that none in the bag requires; it stands last. It is alone
    /// where all who lead to it require each other.
    pub chain: Vec<String>,
}

impl Requirers {
    /// Reads the `.mod` files of `bag`, which `manifest` is of. One that cannot be read requires nothing.
    pub fn of(bag: &Bag<'_>, manifest: &Manifest) -> Self {
        let versions = manifest.versions();
        let versions: Vec<_> = versions
            .map(|(path, held)| (path, held.version.as_str()))
            .collect();
        let go_mod = |stem: &str| bag.text(&format!("{stem}.mod"));
        Requirers::among(&versions, required(&versions, go_mod))
    }

    /// The same of versions with what each requires. What comes to none of them is told as it is named.
    fn among(versions: &[(&str, &str)], required: Vec<Required>) -> Self {
        let node = |path: &str, version: &str| Node {
            path: path.to_string(),
            version: version.to_string(),
            by: Vec::new(),
            before: None,
        };
        let held = versions.iter().map(|(path, version)| node(path, version));
        let mut nodes: Vec<Node> = held.collect();
        let mut missing: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut requires = vec![Vec::new(); nodes.len()];
        for Required { by, line, of } in required {
            let of = of.unwrap_or_else(|| {
                let (path, version) = (line.path, line.version);
                let new = node(&path, &version);
                *missing.entry((path, version)).or_insert_with(|| {
                    nodes.push(new);
                    nodes.len() - 1
                })
            });
            requires[by].push(of);
            // Two lines may come to the same.
            if !nodes[of].by.contains(&(by, line.indirect)) {
                nodes[of].by.push((by, line.indirect));
            }
        }
        requires.resize(nodes.len(), Vec::new());
        let mut requirers = Requirers { nodes };
        requirers.find_ways(&requires);
        requirers
    }

    /// Goes from all that nobody requires to what they require, and so on, each once.
    fn find_ways(&mut self, requires: &[Vec<usize>]) {
        let first = (0..self.nodes.len()).filter(|n| self.nodes[*n].by.is_empty());
        let mut open: VecDeque<usize> = first.collect();
        while let Some(n) = open.pop_front() {
            for &required in &requires[n] {
                let node = &mut self.nodes[required];
                // Those that nobody requires are not required here.
                if node.before.is_none() {
                    node.before = Some(n);
                    open.push_back(required);
                }
            }
        }
    }

    /// Why the versions of the module `path` are there, or this `version` alone, in semver order; empty
    /// where the bag neither has nor requires any.
    pub fn why(&self, path: &str, version: Option<&str>, manifest: &Manifest) -> Vec<Why> {
        let fits = |node: &&Node| node.path == path && version.is_none_or(|v| v == node.version);
        let mut found: Vec<&Node> = self.nodes.iter().filter(fits).collect();
        found.sort_by(|a, b| semver::compare_total(&a.version, &b.version));
        let why = found.into_iter().map(|node| {
            let held = manifest.version(path, &node.version);
            Why {
                version: node.version.clone(),
                held: match held {
                    Some(held) if held.is_complete() => Held::Zip,
                    Some(_) => Held::GoMod,
                    None => Held::Nothing,
                },
                bytes: held.map_or(0, HeldVersion::bytes),
                required_by: node.by.iter().map(|by| self.required_by(*by)).collect(),
            }
        });
        why.collect()
    }

    fn required_by(&self, (n, indirect): (usize, bool)) -> RequiredBy {
        let next = |n: &usize| self.nodes[*n].before;
        let mut chain: Vec<String> = std::iter::successors(Some(n), next)
            .map(|n| self.name(n))
            .collect();
        chain.reverse();
        RequiredBy {
            module: self.name(n),
            indirect,
            chain,
        }
    }

    fn name(&self, n: usize) -> String {
        let node = &self.nodes[n];
        format!("{}@{}", node.path, node.version)
    }
}

impl Why {
    /// Lines for a person; `path` is the module's.
    pub fn lines(&self, path: &str) -> String {
        let held = match self.held {
            Held::Zip => size(self.bytes),
            Held::GoMod => "its go.mod alone".to_string(),
            Held::Nothing => "not in this bag".to_string(),
        };
        let (path, version) = (line(path), line(&self.version));
        let mut text = match self.required_by.is_empty() {
            true => format!(
                "{path}@{version} ({held}): none in this bag requires it; a project that was packed does, or whoever packed named it\n"
            ),
            false => format!("{path}@{version} ({held}) is required by\n"),
        };
        for by in &self.required_by {
            let chain: Vec<String> = by.chain.iter().map(|name| line(name)).collect();
            let indirect = if by.indirect { " // indirect" } else { "" };
            text += &format!("  {}{indirect}\n", chain.join(" > "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::sample;

    /// `path version: path version, path version indirect`.
    fn requirers(lines: &[&'static str]) -> Requirers {
        let line = |line: &&'static str| {
            let (name, requires) = line.split_once(':').unwrap();
            let (path, version) = name.split_once(' ').unwrap();
            let requires = requires.split(',').filter(|text| !text.trim().is_empty());
            let requires = requires.map(|text| {
                let text = text.trim();
                let indirect = text.strip_suffix(" indirect");
                let mark = indirect.map_or("", |_| " // indirect");
                format!("require {}{mark}\n", indirect.unwrap_or(text))
            });
            let go_mod = format!("module {path}\n{}", requires.collect::<String>());
            ((path, version), go_mod)
        };
        let (versions, go_mods): (Vec<_>, Vec<_>) = lines.iter().map(line).unzip();
        let go_mod = |stem: &str| {
            let name = |(path, version): &(&str, &str)| format!("{path}/@v/{version}");
            let at = versions.iter().position(|held| name(held) == stem)?;
            Some(go_mods[at].clone().into_bytes().into())
        };
        Requirers::among(&versions, required(&versions, go_mod))
    }

    /// `version held: chain, chain`, with `?` behind one that is indirect.
    fn told(lines: &[&'static str], path: &str, version: Option<&str>) -> Vec<String> {
        let manifest = sample::bag(&[
            "a v1.0.0 h1:z",
            "b v1.0.0 h1:z",
            "b v1.1.0 -",
            "c v1.0.0 h1:z",
        ]);
        let why = requirers(lines).why(path, version, &manifest);
        let chain = |by: &RequiredBy| {
            assert_eq!(by.chain.last(), Some(&by.module));
            by.chain.join(">") + if by.indirect { "?" } else { "" }
        };
        let why = why.iter().map(|why| {
            let chains: Vec<String> = why.required_by.iter().map(chain).collect();
            format!("{} {:?}: {}", why.version, why.held, chains.join(", "))
        });
        why.collect()
    }

    #[test]
    fn every_requirer_has_the_shortest_way_to_it() {
        let chain = [
            "a v1.0.0: b v1.0.0, c v1.0.0 indirect",
            "b v1.0.0: c v1.0.0, b v1.1.0",
            "b v1.1.0: d v1.0.0",
            "c v1.0.0: d v1.0.0, d latest, b v1.0.1 indirect",
        ];
        for (path, version, want) in [
            ("a", None, &["v1.0.0 Zip: "][..]),
            (
                "b",
                None,
                &[
                    "v1.0.0 Zip: a@v1.0.0",
                    "v1.1.0 GoMod: a@v1.0.0>b@v1.0.0, a@v1.0.0>c@v1.0.0?",
                ],
            ),
            (
                "b",
                Some("v1.1.0"),
                &["v1.1.0 GoMod: a@v1.0.0>b@v1.0.0, a@v1.0.0>c@v1.0.0?"],
            ),
            ("c", None, &["v1.0.0 Zip: a@v1.0.0?, a@v1.0.0>b@v1.0.0"]),
            (
                "d",
                None,
                &["v1.0.0 Nothing: a@v1.0.0>b@v1.0.0>b@v1.1.0, a@v1.0.0>c@v1.0.0"],
            ),
            ("d", Some("v2.0.0"), &[]),
            ("e", None, &[]),
        ] {
            assert_eq!(told(&chain, path, version), want, "{path} {version:?}");
        }
    }

    #[test]
    fn a_circle_has_no_beginning_unless_one_leads_there() {
        let circle = ["a v1.0.0: b v1.0.0", "b v1.0.0: a v1.0.0"];
        assert_eq!(told(&circle, "a", None), ["v1.0.0 Zip: b@v1.0.0"]);
        let led = [&circle[..], &["c v1.0.0: b v1.0.0"]].concat();
        assert_eq!(told(&led, "a", None), ["v1.0.0 Zip: c@v1.0.0>b@v1.0.0"]);
        let own = ["c v1.0.0: c v1.0.0"];
        assert_eq!(told(&own, "c", None), ["v1.0.0 Zip: c@v1.0.0"]);
    }
}
