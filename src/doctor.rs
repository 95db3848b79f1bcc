//! Will a project build from this bag, on this host?
//!
//! [`project`], [`host`] and [`places`] read what there is, [`proxy`] also asks a server, and
//! [`asked`] the go command ([`questions`]), from the bag, or has it build, with copies of what it would write to
//! ([`aside`]); all else are rules:
//! pure functions from that to [`finding`]s. [`files`] looks at go.mod and go.work by themselves,
//! [`packages`] holds them and go.sum against what the [`sources`] of the project and of the bag
//! ([`held`]) import ([`imports`]), [`modules`] the module [`graph`] and go.sum
//! against the bag, [`toolchains`] the go command, [`extracted`] the one that exec brought, [`settings`]
//! and [`flags`] what go is told, [`program`] the place of what it builds, [`head`] what it knows of the checksum database, [`proof`] tells what failed
//! when the bag was packed, [`compiled`] what go finds in its build cache ([`cached`]) if that is not [`unfit`], [`called`] what to type. Nothing here changes anything on the host but a
//! build, which fills the caches that it would fill with `gobag exec`.

pub mod finding;
pub mod called;
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
pub mod places;
pub mod toolchains;
pub mod extracted;
pub mod flags;
pub mod settings;
pub mod program;
pub mod proxy;
pub mod head;
pub mod aside;
pub mod questions;
pub mod asked;
pub mod unfit;
pub mod compiled;
pub mod cached;

use std::path::Path;

use bag::Bag;
use bag::manifest::Manifest;
use gomod::goversion;
use gomod::module::ModuleVersion;

use aside::Written;
use asked::Said;
use finding::{Finding, Level};
use graph::Graph;
use host::Host;
use places::{Places, Use};
use project::ProjectFiles;
use questions::Questions;
use toolchains::Need;

use crate::client::{heads, settings as client};
use crate::error::Result;

/// What was looked at of a project in which nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Its files and the settings, and something is open that only a go can tell.
    Part,
    /// Its files and the settings.
    Files,
    /// go was asked for its packages.
    Asked,
    /// It was built.
    Built,
}

/// What came of looking.
#[derive(Debug)]
pub struct Examined {
    /// Everything that is found, the worst first.
    pub found: Vec<Finding>,
    /// What was looked at for that.
    pub seen: Seen,
    /// The command that finds most in the bag's build cache, where it finds something there.
    pub cached: Option<String>,
}

/// Looks at the folder `dir`. Without a project only the host is looked at; with `build` the project is
/// built.
pub fn examine(
    bag: &Bag<'static>,
    dir: &Path,
    project: Option<&ProjectFiles>,
    host: &Host,
    build: bool,
) -> Result<Examined> {
    let manifest = &*bag.manifest()?;
    let has_vendor = project.is_some_and(|p| p.vendored);
    let vendored = has_vendor && settings::mod_flag(host).is_none_or(|f| f == "vendor");
    let workspace = project.is_some_and(|p| p.work.is_some());
    let go_mod = |path: &str, version: &str| held::go_mod(bag, path, version);
    let graph = project.map(|p| graph::load(p, go_mod));
    let (mut about, mut needs) = (Vec::new(), Vec::new());
    let (mut packages, mut zips) = (places::PACKAGES, 0);
    if let (Some(project), Some(graph)) = (project, &graph) {
        about.extend(files::check(project));
        let go_files = |path: &str, version: &str| held::go_files(bag, path, version);
        let known = !vendored && !files::has_queries(project);
        let imports = known.then(|| imports::follow(project, graph, &host.target(), go_files));
        about.extend(modules::check(
            project,
            graph,
            manifest,
            vendored,
            imports.as_ref(),
        ));
        if let Some(imports) = &imports {
            let changes = settings::mod_flag(host) == Some("mod");
            let checked = packages::check(project, graph, manifest, imports, go_mod, changes);
            about.extend(checked);
            zips = held::bytes(bag, imports, Path::new(host.get("GOMODCACHE")));
        }
        needs = self::needs(project, graph);
    }
    let unknown = toolchains::unknown(host);
    let (finding, switches) = match unknown {
        Some(unknown) => (Some(unknown), false),
        None => toolchains::check(&needs, host, manifest),
    };
    let mut found = settings::check(host, manifest, has_vendor, workspace);
    // The go command here is the one that builds, and can say whether it will.
    let sound = found.iter().all(|f| f.level != Level::Error);
    let may_ask = sound && finding.is_none() && host.go.is_some();
    let written = Written::by(host, workspace, vendored);
    // Without one, that of the bag says no more than what it would compile.
    let bare = sound && host.get("GOVERSION").is_empty();
    let go = match may_ask {
        true => Some("go".into()),
        false => bare.then(|| extracted::go(bag)).flatten(),
    };
    let go = go.filter(|_| project.is_some() && asked::may_ask(host, &written));
    let questions = go.and_then(|go| Questions::about(bag, dir, host, go).ok());
    let (said, changed) = match project {
        Some(project) if build && asked::may_build(host, &written) => {
            asked::build(bag, dir, project, host, &written)
        }
        Some(_) if may_ask && !build => {
            let said = questions.as_ref().map(asked::ask);
            (said.unwrap_or(Said::Nothing), None)
        }
        _ => (Said::Nothing, None),
    };
    if let Said::Fine(count) = said {
        packages = count;
    }
    found.extend(asked::weighed(about, &said));
    found.extend(finding);
    let mut causes = found.clone();
    found.extend(changed);
    found.extend(project.and_then(|project| program::check(project, dir, host)));
    let unasked = written.unbuilt().filter(|_| build);
    let unasked = unasked.or_else(|| flags::open(host));
    let unasked = unasked.or_else(|| project.and_then(|project| aside::shut(&written, project)));
    let unasked = unasked.filter(|_| project.is_some() && said == Said::Nothing);
    let seen = match said {
        Said::Built => Seen::Built,
        Said::Fine(_) | Said::Refused(_) | Said::Unable(_) => Seen::Asked,
        Said::Nothing if unasked.is_some() => Seen::Part,
        Said::Nothing => Seen::Files,
    };
    found.extend(unasked);
    let brought = extracted::check(bag, manifest, host);
    found.extend(proof::check(manifest));
    found.extend(proxy::check(host, &reach(manifest, host)));
    let needed = Use {
        packages,
        zips,
        switches,
    };
    let mut places = places::check(&Places::look(host), needed);
    places.extend(settings::cache(host, &host.cache()));
    if said == Said::Built {
        // It found all the room that it needs.
        places = asked::weighed(places, &said);
    }
    // One cause is told once.
    if asked::lacks_a_place(&said) {
        causes.extend(places.clone());
        causes.extend(brought.clone());
    }
    found.extend(asked::unexplained(&causes, &said));
    found.extend(brought);
    found.extend(places);
    // Of one that go cannot load there is nothing to say, and another go has another cache.
    let loads = match said {
        Said::Fine(_) | Said::Built => !switches,
        Said::Nothing => !build && !may_ask,
        Said::Refused(_) | Said::Unable(_) => false,
    };
    let told = match (questions, project, &graph) {
        (Some(questions), Some(project), Some(graph)) if loads => {
            cached::check(&questions, bag, project, graph)
        }
        (None, Some(project), _) if said == Said::Nothing && !switches => {
            let builds = found.iter().all(|finding| finding.level != Level::Error);
            builds
                .then(|| cached::proposed(bag, dir, project, host))
                .flatten()
        }
        _ => None,
    };
    let (finding, cached) = told.map_or((None, None), |told| (Some(told.finding), told.command));
    found.extend(finding);
    let database = client::database(&manifest.databases, false, &host.env);
    found.extend(database.and_then(|database| {
        let astray = heads::astray(bag, database, &host.env)?;
        head::check(host, &database.name, &astray)
    }));
    found.sort_by_key(|finding| finding.level);
    Ok(Examined {
        found,
        seen,
        cached,
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
fn reach(manifest: &Manifest, host: &Host) -> proxy::Reach {
    let mut versions = manifest.versions();
    let first = versions.find_map(|(path, v)| ModuleVersion::new(path, &v.version).ok());
    match first {
        Some(module) => proxy::reach(host.get("GOPROXY"), &format!("{}.mod", module.escaped())),
        None => proxy::Reach::Unasked,
    }
}
