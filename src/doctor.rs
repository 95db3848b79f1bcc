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
use sumdb::head::SignedHead;
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
    let has_vendor = project.is_some_and(|p| p.vendored);
    let graph = project.map(|p| graph::load(p, |path, version| go_mod(bag, path, version)));
    let (mut needs, mut summed) = (Vec::new(), true);
    if let (Some(project), Some(graph)) = (project, &graph) {
        let vendored = has_vendor && settings::mod_flag(host).is_none_or(|f| f == "vendor");
        found.extend(modules::check(project, graph, manifest, vendored));
        needs = self::needs(project, graph);
        summed = vendored || is_summed(project, graph);
    }
    let (finding, downloads) = toolchains::check(&needs, host, manifest);
    found.extend(finding);
    found.extend(settings::check(host, manifest, has_vendor));
    found.extend(proxy::check(host, &reach(bag, host)));
    found.extend(settings::cache(host, &host.cache()));
    // Without a lookup nobody asks which head go knows.
    let looked_up = downloads || !summed;
    let level = if looked_up {
        Level::Error
    } else {
        Level::Warning
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
fn needs<'a>(project: &'a ProjectFiles, graph: &'a Graph) -> Vec<Need<'a>> {
    let need = |version, by, suggestion| Need {
        version,
        by,
        suggestion,
    };
    let (work, mains) = (project.work.iter(), project.mains.iter());
    let work = work.map(|w| (&w.go, &w.toolchain, "go.work"));
    let mains = mains.map(|m| (&m.file.go, &m.file.toolchain, m.name.as_str()));
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
        let at = format!("sumdb/{}", database.name);
        let latest = SignedHead::open(&key, bag.get(&format!("{at}/latest"))?).ok()?;
        let head = latest.head();
        // The right edge of the tree is as wide as it is, everything else is whole.
        let has = |tile: &Tile| {
            let edge = Tile::in_tree(tile.level(), tile.index(), head.size);
            let mut tiles = std::iter::once(*tile).chain(edge);
            tiles.any(|tile| bag.entry(&format!("{at}/{tile}")).is_some())
        };
        head::check(host, &key, head, &known, has, level)
    });
    found.collect()
}
