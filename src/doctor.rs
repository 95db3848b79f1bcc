//! Will a project build from this bag, on this host?
//!
//! [`project`] and [`host`] read what there is, [`proxy`] also asks a server; all else are rules:
//! pure functions from that to [`finding`]s. [`modules`] holds the module [`graph`] and go.sum
//! against the bag, [`toolchains`] the go command, [`settings`]
//! what go is told, [`head`] what it knows of the checksum database. Nothing here changes
//! anything on the host.

pub mod finding;
pub mod project;
pub mod graph;
pub mod modules;
pub mod host;
pub mod toolchains;
pub mod settings;
pub mod proxy;
pub mod head;

use bag::Bag;
use gomod::goversion;
use gomod::modfile::ModFile;
use gomod::module::ModuleVersion;
use sumdb::head::{Head, SignedHead};
use sumdb::key::VerifierKey;
use sumdb::tile::Tile;

use finding::{Finding, Level};
use graph::Graph;
use host::Host;
use project::ProjectFiles;
use toolchains::Need;

/// Everything that is found, the worst first. Without a project only the host is looked at.
pub fn examine(bag: &Bag<'_>, project: Option<&ProjectFiles>, host: &Host) -> Vec<Finding> {
    let manifest = bag.manifest();
    let mut found = Vec::new();
    let mut needs = Vec::new();
    let has_vendor = project.is_some_and(|p| p.vendored);
    let mut summed = false;
    if let Some(project) = project {
        let graph = graph::load(project, |path, version| go_mod(bag, path, version));
        let vendored = has_vendor && settings::mod_flag(host).is_none_or(|f| f == "vendor");
        found.extend(modules::check(project, &graph, manifest, vendored));
        needs = self::needs(project, &graph);
        summed = vendored || is_summed(project, &graph);
    }
    let verdict = toolchains::check(&needs, host, manifest);
    found.extend(verdict.findings);
    found.extend(settings::check(host, manifest, has_vendor));
    found.extend(proxy::check(host, &reach(bag, host)));
    found.extend(settings::cache(host, &host.cache()));
    // Without a lookup nobody asks which head go knows.
    let level = match verdict.downloads || (project.is_some() && !summed) {
        true => Level::Error,
        false => Level::Warning,
    };
    found.extend(heads(bag, host, level));
    found.sort_by_key(|finding| finding.level);
    found
}

/// True when no version is looked up, since go.sum knows them: those that a main module requires;
/// in a workspace, where go reads more and may add what is missing, all with their zips.
fn is_summed(project: &ProjectFiles, graph: &Graph) -> bool {
    let workspace = project.work.is_some();
    let required = |path: &str| {
        let mut all = project.mains.iter().flat_map(|m| &m.file.require);
        all.any(|require| require.path == path)
    };
    let mut selected = graph.selected.iter();
    selected.all(|(path, version)| match project.used(path, version) {
        project::Used::Version(used, version) => {
            let asked = workspace || required(path);
            !asked || project.sum(used, version, !workspace).is_some()
        }
        project::Used::Folder(_) => true,
    })
}

fn go_mod(bag: &Bag<'_>, path: &str, version: &str) -> Option<ModFile> {
    let module = ModuleVersion::new(path, version).ok()?;
    let text = bag.get(&format!("{}.mod", module.escaped()))?;
    // go would refuse it as well, with a better message than ours.
    Some(ModFile::parse(text).unwrap_or_default())
}

/// The versions of Go that the project asks for.
fn needs(project: &ProjectFiles, graph: &Graph) -> Vec<Need> {
    let need = |version: &str, by: &str, suggestion| Need {
        version: version.to_string(),
        by: by.to_string(),
        suggestion,
    };
    let work = project
        .work
        .iter()
        .map(|w| (&w.go, &w.toolchain, "go.work"));
    let mains = project
        .mains
        .iter()
        .map(|m| (&m.file.go, &m.file.toolchain, m.name.as_str()));
    let mut needs = Vec::new();
    for (go, toolchain, name) in work.chain(mains) {
        needs.extend(go.as_deref().map(|go| need(go, name, false)));
        let version = toolchain.as_deref().and_then(goversion::of_toolchain);
        needs.extend(version.map(|v| need(v, name, true)));
    }
    let newest = graph.newest_go.iter();
    needs.extend(newest.map(|(go, module)| need(go, module, false)));
    needs
}

/// Whether the first proxy of GOPROXY has the first version of the bag.
fn reach(bag: &Bag<'_>, host: &Host) -> proxy::Reach {
    let mut versions = bag.manifest().versions();
    let first = versions.find_map(|(path, v)| ModuleVersion::new(path, &v.version).ok());
    match first {
        Some(module) => proxy::reach(host.get("GOPROXY"), &format!("{}.mod", module.escaped())),
        None => proxy::Reach::Unasked,
    }
}

fn heads(bag: &Bag<'_>, host: &Host, level: Level) -> Vec<Finding> {
    let databases = bag.manifest().databases.iter();
    let found = databases.filter_map(|database| {
        let known = host.head(&database.name)?;
        let key: VerifierKey = database.key.parse().ok()?;
        let head = served(bag, &database.name, &key)?;
        let at = format!("sumdb/{}", database.name);
        // The right edge of the tree is as wide as it is, everything else is whole.
        let has = |tile: &str| {
            let edge = tile.parse::<Tile>().ok().and_then(|t| {
                Tile::in_tree(t.level(), t.index(), head.size).map(|t| t.to_string())
            });
            bag.entry(&format!("{at}/{tile}")).is_some()
                || edge.is_some_and(|tile| bag.entry(&format!("{at}/{tile}")).is_some())
        };
        let served = head::ServedHead { key: &key, head };
        head::check(host, &served, &known, has, level)
    });
    found.collect()
}

fn served(bag: &Bag<'_>, database: &str, key: &VerifierKey) -> Option<Head> {
    let latest = bag.get(&format!("sumdb/{database}/latest"))?;
    Some(*SignedHead::open(key, latest).ok()?.head())
}
