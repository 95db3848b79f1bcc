//! Will a project build from this bag, on this host?
//!
//! [`project`] and [`host`] read what there is, [`proxy`] also asks a server; all else are rules:
//! pure functions from that to [`finding`]s. [`files`] looks at go.mod and go.work by themselves,
//! [`packages`] holds them and go.sum against what the [`sources`] of the project and of the bag
//! ([`held`]) import ([`imports`]), [`modules`] the module [`graph`] and go.sum
//! against the bag, [`toolchains`] the go command, [`extracted`] the one that exec brought, [`settings`]
//! what go is told, [`head`] what it knows of the checksum database, [`proof`] tells what failed
//! when the bag was packed. Nothing here changes anything on the host.

pub mod finding;
pub mod sources;
pub mod project;
pub mod files;
pub mod graph;
pub mod imports;
pub mod held;
pub mod modules;
pub mod packages;
pub mod proof;
pub mod host;
pub mod toolchains;
pub mod extracted;
pub mod settings;
pub mod proxy;
pub mod head;

use bag::Bag;
use gomod::goversion;
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
    let go_mod = |path: &str, version: &str| held::go_mod(bag, path, version);
    let graph = project.map(|p| graph::load(p, go_mod));
    let (mut needs, mut summed) = (Vec::new(), true);
    if let (Some(project), Some(graph)) = (project, &graph) {
        let vendored = has_vendor && settings::mod_flag(host).is_none_or(|f| f == "vendor");
        found.extend(files::check(project));
        found.extend(modules::check(project, graph, manifest, vendored));
        if !vendored && !files::has_queries(project) {
            let go_files = |path: &str, version: &str| held::go_files(bag, path, version);
            let imports = imports::follow(project, graph, &host.target(), go_files);
            let changes = settings::mod_flag(host) == Some("mod");
            let checked = packages::check(project, graph, manifest, &imports, go_mod, changes);
            found.extend(checked);
        }
        needs = self::needs(project, graph);
        summed = vendored || is_summed(project, graph);
    }
    let unknown = toolchains::unknown(host);
    let (finding, downloads) = match unknown {
        Some(unknown) => (Some(unknown), false),
        None => toolchains::check(&needs, host, manifest),
    };
    found.extend(finding);
    found.extend(extracted::check(bag, host));
    found.extend(proof::check(manifest));
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
