//! The module graph, loaded from a bag's `.mod` files as go loads it
//! (go.dev/ref/mod#minimal-version-selection, #graph-pruning).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gomod::goversion;
use gomod::modfile::{ModFile, Require};
use gomod::semver;

use super::project::{ProjectFiles, Used};

/// What go makes of a project's requirements.
#[derive(Debug, Default)]
pub struct Graph {
    /// The version of each module that is selected, by path, before replacements.
    pub selected: BTreeMap<String, String>,
    /// The `.mod` files that go reads and the bag lacks.
    pub missing: Vec<Missing>,
    /// The versions whose `.mod` files go reads, after replacements.
    pub read: BTreeSet<(String, String)>,
    /// The newest `go` line of all that was read, and whose it is.
    pub newest_go: Option<(String, String)>,
    /// True when go reads only what it needs: every main module has `go 1.17` or newer.
    pub pruned: bool,
}

/// A version whose `.mod` is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The path, after replacements.
    pub path: String,
    /// The version, after replacements.
    pub version: String,
    /// Who requires it.
    pub by: String,
    /// True when a main module does.
    pub direct: bool,
}

/// Loads the graph of `project`; `go_mod` has the `.mod` of a path and version.
///
/// Of a module at `go 1.17` or newer, what it requires counts, and is not read itself; unless a
/// module older than that leads there, which leaves nothing out.
pub fn load(project: &ProjectFiles, go_mod: impl Fn(&str, &str) -> Option<ModFile>) -> Graph {
    let pruned = |file: &ModFile| {
        let go = file.go.as_deref().unwrap_or("");
        goversion::compare(go, "1.17").is_ge()
    };
    let mut graph = Graph {
        pruned: project.mains.iter().all(|m| pruned(&m.file)),
        ..Graph::default()
    };
    // Requirements whose files are still to be read, who has each, and whether that is a main
    // module.
    let mut open: VecDeque<(Require, String, bool)> = VecDeque::new();
    let mut seen = BTreeSet::new();
    for main in &project.mains {
        let required = main.file.require.iter().cloned();
        open.extend(required.map(|require| (require, main.name.clone(), true)));
    }
    while let Some((Require { path, version, .. }, by, direct)) = open.pop_front() {
        // What it will be, go has yet to find out.
        if semver::canonical(&version).is_none() {
            continue;
        }
        let may_end = direct && graph.pruned;
        if !graph.select(project, &path, &version)
            || !seen.insert((path.clone(), version.clone(), may_end))
        {
            continue;
        }
        let file = match project.used(&path, &version) {
            Used::Folder(folder) => project.folder(folder).cloned(),
            Used::Version(path, version) => {
                let file = go_mod(path, version);
                graph.read.insert((path.to_owned(), version.to_owned()));
                if file.is_none() {
                    graph.miss(path, version, &by, direct);
                }
                file
            }
        };
        let Some(file) = file else { continue };
        let name = format!("{path}@{version}");
        graph.see_go(&file, &name);
        let leaf = may_end && pruned(&file);
        for require in file.require {
            if leaf {
                graph.select(project, &require.path, &require.version);
            } else {
                open.push_back((require, name.clone(), false));
            }
        }
    }
    graph
}

impl Graph {
    /// Notes a requirement; false where it counts for nothing.
    fn select(&mut self, project: &ProjectFiles, path: &str, version: &str) -> bool {
        if project.is_main(path) || project.excludes(path, version) {
            return false;
        }
        let best = self.selected.entry(path.to_string()).or_default();
        if semver::compare(version, best).is_gt() {
            *best = version.to_string();
        }
        true
    }

    fn miss(&mut self, path: &str, version: &str, by: &str, direct: bool) {
        let known = |m: &&mut Missing| m.path == path && m.version == version;
        if let Some(missing) = self.missing.iter_mut().find(known) {
            missing.direct |= direct;
            return;
        }
        self.missing.push(Missing {
            path: path.to_string(),
            version: version.to_string(),
            by: by.to_string(),
            direct,
        });
    }

    fn see_go(&mut self, file: &ModFile, module: &str) {
        let newest = self.newest_go.as_ref().map_or("", |(go, _)| go);
        if let Some(go) = &file.go
            && goversion::compare(go, newest).is_gt()
        {
            self.newest_go = Some((go.clone(), module.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::project::tests::project;
    use super::*;

    /// `path version go: required path version, …`
    fn graph(go_mod: &str, files: &[&str]) -> Graph {
        load(&project(go_mod, ""), |path, version| {
            let line = files
                .iter()
                .find(|f| f.starts_with(&format!("{path} {version} ")))?;
            let (head, requires) = line.split_once(": ").unwrap_or((line, ""));
            let go = head.rsplit(' ').next().unwrap_or("");
            let mut text = format!("module {path}\ngo {go}\n");
            for require in requires.split(", ").filter(|r| !r.is_empty()) {
                text += &format!("require {require}\n");
            }
            Some(ModFile::parse(text.as_bytes()).unwrap())
        })
    }

    fn selected(graph: &Graph) -> String {
        let all: Vec<String> = graph
            .selected
            .iter()
            .map(|(p, v)| format!("{p}@{v}"))
            .collect();
        all.join(" ")
    }

    const FILES: [&str; 4] = [
        "a v1.0.0 1.17: b v1.1.0",
        "b v1.0.0 1.17: c v1.0.0",
        "b v1.1.0 1.17: c v1.1.0",
        "old v1.0.0 1.16: b v1.1.0",
    ];

    #[test]
    fn requirements_of_requirements_are_pruned() {
        let main = "module m\ngo 1.21\nrequire a v1.0.0\nrequire b v1.0.0\n";
        let graph = graph(main, &FILES);
        assert_eq!(selected(&graph), "a@v1.0.0 b@v1.1.0 c@v1.0.0");
        assert_eq!(graph.missing, []);
        assert_eq!(graph.newest_go, Some(("1.17".into(), "a@v1.0.0".into())));
    }

    #[test]
    fn an_old_module_leaves_nothing_out() {
        for main in [
            "module m\ngo 1.16\nrequire a v1.0.0\n",
            "module m\ngo 1.21\nrequire old v1.0.0\n",
        ] {
            let graph = graph(main, &FILES);
            assert_eq!(graph.selected["c"], "v1.1.0", "{main}");
            let by = Missing {
                path: "c".into(),
                version: "v1.1.0".into(),
                by: "b@v1.1.0".into(),
                direct: false,
            };
            assert_eq!(graph.missing, [by], "{main}");
        }
    }

    #[test]
    fn main_excluded_and_replaced_versions_are_not_asked_for() {
        let main = "module m\ngo 1.16\nrequire m v1.0.0\nrequire a v1.0.0\nrequire d v1.0.0\nrequire e v1.0.0\nexclude e v1.0.0\nreplace a => b v1.0.0\nreplace d => ../d\n";
        let graph = graph(main, &FILES);
        assert_eq!(selected(&graph), "a@v1.0.0 c@v1.0.0 d@v1.0.0");
        let missing: Vec<&str> = graph.missing.iter().map(|m| m.path.as_str()).collect();
        assert_eq!(missing, ["c"]);
    }
}
