//! Finds names that a file system without case could not tell apart, and files that are also
//! directories.

use std::collections::HashMap;

use super::MAX_ENTRIES;
use super::fault::ZipRule;

/// The paths seen so far, as a tree of their elements: its size is linear in theirs, however deep
/// they are.
#[derive(Default)]
pub(super) struct Collisions {
    nodes: Vec<Node>,
    /// A node by its parent and its folded name.
    index: HashMap<(Option<usize>, String), usize>,
}

struct Node {
    parent: Option<usize>,
    name: String,
    is_dir: bool,
}

impl Collisions {
    /// Adds a clean relative path and the directories above it. Fails if one of them differs from
    /// an earlier one in case only or in kind, or if the path is a file that was added before; a
    /// directory may be added again.
    pub(super) fn check(&mut self, path: &str, is_dir: bool) -> Result<(), ZipRule> {
        let mut parent = None;
        let mut same_case = true;
        let mut fault = None;
        let mut end = 0;
        for element in path.split('/') {
            end += element.len() + usize::from(end > 0);
            let last = end == path.len();
            let dir_here = is_dir || !last;
            let key = (parent, fold(element));
            let Some(&id) = self.index.get(&key) else {
                if self.nodes.len() >= MAX_ENTRIES {
                    return Err(ZipRule::Entries(MAX_ENTRIES));
                }
                let id = self.nodes.len();
                self.nodes.push(Node {
                    parent,
                    name: element.to_owned(),
                    is_dir: dir_here,
                });
                self.index.insert(key, id);
                parent = Some(id);
                continue;
            };
            let node = &self.nodes[id];
            same_case &= node.name == element;
            // The deepest collision is reported: the later one replaces the earlier.
            if !same_case {
                fault = Some((id, end, false));
            } else if node.is_dir != dir_here || (last && !is_dir) {
                fault = Some((id, end, true));
            }
            parent = Some(id);
        }
        let Some((id, end, same_case)) = fault else {
            return Ok(());
        };
        let part = path[..end].to_owned();
        if !same_case {
            return Err(ZipRule::CaseCollision {
                path: part,
                other: self.path_of(id),
            });
        }
        let dir_here = is_dir || end < path.len();
        if self.nodes[id].is_dir != dir_here {
            return Err(ZipRule::FileAndDirectory(part));
        }
        Err(ZipRule::Duplicate)
    }

    fn path_of(&self, id: usize) -> String {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            names.push(self.nodes[id].name.as_str());
            next = self.nodes[id].parent;
        }
        names.reverse();
        names.join("/")
    }
}

/// A text that is the same for texts that differ in case only, by Unicode's simple case folding.
fn fold(name: &str) -> String {
    name.chars().map(fold_char).collect()
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    unicode_case_mapping::case_folded(c)
        .and_then(|folded| char::from_u32(folded.get()))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds paths one after the other, those that end in `/` as directories, and returns the last
    /// one's fault.
    fn last_fault(paths: &[&str]) -> String {
        let mut collisions = Collisions::default();
        let mut last = String::new();
        for path in paths {
            let result = match path.strip_suffix('/') {
                Some(dir) => collisions.check(dir, true),
                None => collisions.check(path, false),
            };
            last = result.map_or_else(|rule| rule.to_string(), |()| String::new());
        }
        last
    }

    #[test]
    fn tells_collisions() {
        for (paths, want) in [
            (&["a", "b", "a.b"][..], ""),
            (&["a/", "a/b", "a/"], ""),
            (&["a/b", "a/c", "a/"], ""),
            (&["a", "a"], "the file is there twice"),
            (&["a/b", "a/b"], "the file is there twice"),
            (&["a", "A"], "\"A\" differs from \"a\" in case only"),
            (&["a/b", "A/c"], "\"A\" differs from \"a\" in case only"),
            (&["a/b", "A/B"], "\"A/B\" differs from \"a/b\" in case only"),
            (
                &["a/B/c", "a/b/d"],
                "\"a/b\" differs from \"a/B\" in case only",
            ),
            (&["a", "a/b"], "\"a\" is both a file and a directory"),
            (&["a/b", "a"], "\"a\" is both a file and a directory"),
            (&["a/", "a"], "\"a\" is both a file and a directory"),
            (&["ſ", "S"], "\"S\" differs from \"ſ\" in case only"),
            (&["ß", "ẞ"], "\"ẞ\" differs from \"ß\" in case only"),
            (&["Σ", "ς"], "\"ς\" differs from \"Σ\" in case only"),
            (&["K", "k"], "\"k\" differs from \"K\" in case only"),
            (&["İ", "i"], ""),
            (&["ı", "I"], ""),
            (&["ß", "ss"], ""),
        ] {
            assert_eq!(last_fault(paths), want, "{paths:?}");
        }
    }

    #[test]
    fn takes_linear_space_for_a_deep_path() {
        let deep = "A/".repeat(30_000) + "a";
        let mut collisions = Collisions::default();
        for i in 0..20 {
            collisions.check(&format!("{deep}{i}"), false).unwrap();
        }
        assert_eq!(collisions.nodes.len(), 30_020);
    }
}
