//! Which modules the packages of a project come from, found as go finds them: from import to
//! import, through its own files and those in the bag's zips
//! (go.dev/ref/mod#resolve-pkg-mod).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gomod::gofile::{Built, GoFile, Target};

use super::graph::Graph;
use super::project::{ProjectFiles, Used};

/// The Go files of a module that are no tests, by folder: each with its name.
pub type Packages = BTreeMap<String, Vec<(String, GoFile)>>;

/// What a package is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// `go build ./...`.
    Build,
    /// `go build ./...`, if more is set than this program knows of.
    Maybe,
    /// `go vet ./...` and `go test ./...`.
    Test,
}

/// What the imports of a project come to.
#[derive(Debug, Default)]
pub struct Imports {
    /// The versions that packages come from, after replacements, and what for.
    pub providers: BTreeMap<(String, String), Need>,
    /// Those that go looks into on the way, to see that no package comes from two places, and what
    /// for.
    pub looked_into: BTreeMap<(String, String), Need>,
    /// True where what a package imports that a build may need is not known: the bag lacks it.
    pub is_open: bool,
    /// The packages that come from nowhere.
    pub missing: Vec<Missing>,
}

/// A package that no module provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its path.
    pub path: String,
    /// The file or package that imports it.
    pub by: String,
    /// What it is needed for.
    pub need: Need,
    /// True when it would be one of the project's own.
    pub own: bool,
}

/// An import that is to be looked into.
struct Import {
    path: String,
    by: String,
    need: Need,
    /// True when a file of the project has it.
    direct: bool,
}

/// Where a package comes from.
enum Place {
    Standard,
    Here,
    Nowhere,
    Module(String, String),
}

/// Follows the imports of all packages of the project, as they are built for `target`; `held` has
/// what the bag has of a version.
pub fn follow(
    project: &ProjectFiles,
    graph: &Graph,
    target: &Target<'_>,
    held: impl Fn(&str, &str) -> Option<Packages>,
) -> Imports {
    let mut found = Imports::default();
    let mut modules = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // What is needed most is looked into first, so that it is not taken for less.
    let mut open: [VecDeque<Import>; 3] = Default::default();
    for import in own(project, target) {
        open[import.need as usize].push_back(import);
    }
    while let Some(import) = open.iter_mut().find_map(VecDeque::pop_front) {
        if !seen.insert((import.path.clone(), import.direct)) {
            continue;
        }
        let place = place(project, graph, &import, |path, version| {
            let key = (path.to_owned(), version.to_owned());
            let known = modules.entry(key).or_insert_with(|| held(path, version));
            known
                .as_ref()
                .map(|packages| packages.keys().cloned().collect())
        });
        if !matches!(place, Place::Standard) {
            found.look_into(project, graph, &import);
        }
        let (module, folder) = match place {
            Place::Here | Place::Standard => continue,
            Place::Nowhere => {
                found.miss(project, import);
                continue;
            }
            Place::Module(module, folder) => (module, folder),
        };
        let Some(version) = graph.selected.get(&module) else {
            continue;
        };
        let Used::Version(path, version) = project.used(&module, version) else {
            continue;
        };
        let key = (path.to_owned(), version.to_owned());
        let known = modules.get(&key).and_then(Option::as_ref);
        found.is_open |= known.is_none() && import.need != Need::Test;
        let files = known.and_then(|known| known.get(&folder));
        for (name, file) in files.into_iter().flatten() {
            let need = match target.builds(name, file) {
                Built::Yes => import.need,
                Built::Unsure => import.need.max(Need::Maybe),
                Built::No => continue,
            };
            let imports = file.imports.iter().map(|path| Import {
                path: path.clone(),
                by: import.path.clone(),
                need,
                direct: false,
            });
            open[need as usize].extend(imports);
        }
        let known = found.providers.entry(key).or_insert(import.need);
        *known = import.need.min(*known);
    }
    found
}

impl Imports {
    /// What a version is needed for, after replacements.
    pub fn need(&self, path: &str, version: &str) -> Option<Need> {
        let key = (path.to_owned(), version.to_owned());
        let known = [&self.providers, &self.looked_into].map(|all| all.get(&key).copied());
        known.into_iter().flatten().min()
    }

    /// Notes the modules that the package could be of by its path.
    fn look_into(&mut self, project: &ProjectFiles, graph: &Graph, import: &Import) {
        for prefix in prefixes(&import.path) {
            let named = project.work.is_some() || !graph.pruned || is_required(project, prefix);
            let Some(version) = graph.selected.get(prefix).filter(|_| named) else {
                continue;
            };
            if let Used::Version(path, version) = project.used(prefix, version) {
                let key = (path.to_owned(), version.to_owned());
                let known = self.looked_into.entry(key).or_insert(import.need);
                *known = import.need.min(*known);
            }
        }
    }

    fn miss(&mut self, project: &ProjectFiles, import: Import) {
        let Import { path, by, need, .. } = import;
        if self.missing.iter().any(|m| m.path == path) {
            return;
        }
        let own = !mains(project, &path).is_empty();
        self.missing.push(Missing {
            path,
            by,
            need,
            own,
        });
    }
}

/// The imports of the project's own files.
fn own(project: &ProjectFiles, target: &Target<'_>) -> Vec<Import> {
    let mut found = Vec::new();
    for main in &project.mains {
        // The folder that the file of the module lies in, as it is shown.
        let shown = main.name.strip_suffix("go.mod").unwrap_or("");
        for source in &main.sources {
            let need = match (target.builds(&source.name, &source.file), source.is_test()) {
                (Built::No, _) => continue,
                (_, true) => Need::Test,
                (Built::Unsure, _) => Need::Maybe,
                (Built::Yes, _) => Need::Build,
            };
            found.extend(source.file.imports.iter().map(|path| Import {
                path: path.clone(),
                by: format!("{shown}{}", source.path()),
                need,
                direct: true,
            }));
        }
    }
    found
}

/// Finds a package. `folders` has those of a version's folders that have Go files; none where that
/// is not known.
fn place(
    project: &ProjectFiles,
    graph: &Graph,
    import: &Import,
    mut folders: impl FnMut(&str, &str) -> Option<BTreeSet<String>>,
) -> Place {
    let path = import.path.as_str();
    if matches!(path, "C" | "unsafe") || path.starts_with(['.', '/']) || path.is_empty() {
        return Place::Standard;
    }
    let own = mains(project, path);
    if own.iter().any(|(main, folder)| is_there(main, folder)) {
        return Place::Here;
    }
    // The longest first, as go tries them.
    for prefix in prefixes(path) {
        let Some(version) = graph.selected.get(prefix) else {
            continue;
        };
        let folder = path[prefix.len()..].trim_start_matches('/').to_owned();
        let has = match project.used(prefix, version) {
            // A folder is read by go alone.
            Used::Folder(_) => true,
            Used::Version(path, version) => {
                folders(path, version).is_none_or(|all| all.contains(&folder))
            }
        };
        if has {
            let named = project.work.is_some() || is_required(project, prefix);
            // What go.mod does not name go looks for in the graph of an old project alone, and
            // not for the project's own files.
            return match named || !(import.direct || graph.pruned) {
                true => Place::Module(prefix.to_owned(), folder),
                false => Place::Nowhere,
            };
        }
    }
    // The standard library is go's own, and grows.
    let first = path.split('/').next().unwrap_or_default();
    match first.contains('.') || (!own.is_empty() && !is_standard(first)) {
        true => Place::Nowhere,
        false => Place::Standard,
    }
}

/// The main modules that `path` would be a package of, each with the folder.
fn mains<'a>(project: &'a ProjectFiles, path: &str) -> Vec<(&'a super::project::Main, String)> {
    let found = project.mains.iter().filter_map(|main| {
        let rest = path.strip_prefix(main.file.module.as_deref()?)?;
        let folder = rest.strip_prefix('/').or(rest.is_empty().then_some(""))?;
        Some((main, folder.to_owned()))
    });
    found.collect()
}

/// True when a folder of a main module has Go files, or may have some that `./...` leaves out.
fn is_there(main: &super::project::Main, folder: &str) -> bool {
    let left_out = |part: &str| part == "testdata" || part.starts_with(['_', '.']);
    main.sources
        .iter()
        .any(|source| source.folder == folder && !source.is_test())
        || folder.split('/').any(left_out)
        || main
            .file
            .ignore
            .iter()
            .any(|line| folder.contains(line.trim_matches(['.', '/'])))
}

/// Folders of the standard library that a module could be named like.
fn is_standard(first: &str) -> bool {
    const NAMES: &str = " archive bufio bytes cmd compress container context crypto database debug \
        embed encoding errors expvar flag fmt go hash html image index internal io iter log maps \
        math mime net os path plugin reflect regexp runtime slices sort strconv strings structs \
        sync syscall testing text time unicode unique vendor weak ";
    NAMES.contains(&format!(" {first} "))
}

fn is_required(project: &ProjectFiles, module: &str) -> bool {
    let mut all = project.mains.iter().flat_map(|m| &m.file.require);
    all.any(|require| require.path == module)
}

/// `a/b/c`, `a/b`, `a`.
pub fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let shorter = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    std::iter::once(path).chain(shorter)
}
