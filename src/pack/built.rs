//! What the proof compiled, for the bag: of the standard library and of modules, and of the projects'
//! own packages where that is wanted. Results and logs of tests are no part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bag::building::{self, Made};
use bag::built::{BUILD, BuildCache, Target, VET};
use bag::digest;
use bag::manifest::Manifest;
use gocache::file::{entry_name, output_name, read_entry};
use gocache::log::{Action, Kind, Log};

use super::order::Keep;
use super::project::Project;
use super::step::{Files, Step, flag_name};
use super::survey::Survey;
use crate::error::{Context, Result};

/// A build cache that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// What there is.
    pub list: BuildCache,
    /// The file with the outputs.
    pub outputs: PathBuf,
}

/// What a step compiled.
#[derive(Debug)]
pub struct Compiled {
    /// What go told of its hashes.
    pub log: Log,
    /// True where it had a C compiler.
    pub cgo: bool,
}

/// Flags with which something else comes of the same actions, or of other sources than the bag's: what
/// is compiled with one of these is nobody's to rely on.
const FOREIGN: [&str; 5] = ["-toolexec", "-overlay", "-vettool", "-compiler", "-mod"];

/// The same in GOFLAGS: what that says of `-mod` is not heard in a proof.
pub fn foreign_setting(go_flags: &str) -> Option<&'static str> {
    foreign(go_flags.split_whitespace()).filter(|flag| *flag != "-mod")
}

/// The flag among `words` for which what is compiled is not kept.
pub fn foreign<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let flag = word.trim_matches(['\'', '"']);
        let flag = flag
            .strip_prefix('-')
            .filter(|flag| flag.starts_with('-'))
            .unwrap_or(flag);
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        let value = if value.is_empty() {
            words.peek().copied().unwrap_or("")
        } else {
            value
        };
        let found = FOREIGN.into_iter().find(|foreign| *foreign == name);
        // Other ways to find modules find those of the bag.
        if found.is_some_and(|found| found != "-mod" || value == "vendor") {
            return found;
        }
    }
    None
}

impl Compiled {
    /// What `step` compiled, by what go told of its `hashes`.
    pub fn by(step: &Step, hashes: &str, survey: &Survey) -> Self {
        let here = step
            .platform
            .as_ref()
            .is_none_or(|p| *p == survey.setting.host);
        // Go takes the C compiler of this host for another platform only where it is told to.
        let told = std::env::var_os("CGO_ENABLED").is_some_and(|value| value == "1");
        Compiled {
            log: Log::parse(hashes),
            cgo: survey.setting.has_cgo && !step.without_cgo && (here || told),
        }
    }
}

/// The modules that packages may be of, and whether their code is a project's own.
pub fn modules(held: &Manifest, survey: &Survey) -> BTreeMap<String, bool> {
    let held = held.complete().map(|(path, _)| (path.to_string(), false));
    let named = survey.projects.iter().flat_map(Project::paths);
    // What is a project's own to one of them is not to be carried.
    let mut modules: BTreeMap<String, bool> = held.collect();
    for (path, own) in named {
        let known = modules.entry(path).or_default();
        *known |= own;
    }
    modules
}

/// What is kept of what was compiled.
#[derive(Debug, Default)]
pub struct Rules {
    /// The modules that packages may be of, and whether their code is a project's own.
    pub modules: BTreeMap<String, bool>,
    /// How much.
    pub keep: Keep,
    /// The actions that older bags carry, which this one builds on.
    pub carried: BTreeSet<String>,
    /// Folders of this host, which cgo may write into what it compiles: nothing that names one is kept.
    pub folders: Vec<String>,
}

/// Writes what lies in the GOCACHE `cache` of what was `compiled` to the file `outputs`.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(
    compiled: &[Compiled],
    rules: &Rules,
    cache: &Path,
    outputs: PathBuf,
) -> Result<Built> {
    let mut targets: Vec<Target> = Vec::new();
    let mut made = Vec::new();
    for Compiled { log, cgo } in compiled {
        let target = Target {
            go: log.target.go.clone(),
            platform: log.target.platform.clone(),
            level: log.target.level.clone(),
            trimpath: log.target.trimpath,
            cgo: *cgo,
            packages: 0,
        };
        let actions = log.actions.iter();
        let kept = actions.filter(|action| rules.keeps(action, log));
        for action in kept.filter(|action| !said_something(&action.id, cache)) {
            let Some((output, file)) = output_of(&action.id, cache) else {
                continue;
            };
            let known = log.packages.get(&action.package);
            if known.is_some_and(|known| known.cgo) && rules.names_folder(&file) {
                continue;
            }
            made.push(Made {
                package: action.package.clone(),
                what: called(action.kind).to_string(),
                module: known.map_or(String::new(), |known| known.module.clone()),
                action: action.id.clone(),
                target: building::number_of(&target, &mut targets),
                output,
                file,
            });
        }
    }
    Built::written(outputs, |out| building::write(targets, &made, out))
}

impl Built {
    /// What `write` writes to the file `outputs`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn written(
        outputs: PathBuf,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<BuildCache>,
    ) -> Result<Self> {
        let written = || {
            let mut out = BufWriter::new(File::create(&outputs)?);
            let list = write(&mut out)?;
            out.flush()?;
            Ok::<_, io::Error>(list)
        };
        let list = written().context(outputs.display())?;
        Ok(Built { list, outputs })
    }
}

impl Rules {
    /// True for an action that is kept: what is compiled of tests alone never is, and without
    /// `-trimpath` that on the standard library alone, since the folder of the module cache is in all
    /// others.
    fn keeps(&self, action: &Action, log: &Log) -> bool {
        let package = action.package.as_str();
        // `p [q.test]` was compiled once more for the tests of q, `q.test` runs them, and `q_test` holds some.
        let tested = package
            .strip_suffix(".test")
            .or(package.strip_suffix("_test"));
        let of_test = tested.is_some_and(|q| log.packages.contains_key(q));
        if package.contains(' ') || of_test || self.carried.contains(&action.id) {
            return false;
        }
        match log.packages.get(package) {
            Some(known) if known.standard => true,
            _ if !log.target.trimpath => false,
            _ if self.keep == Keep::Own => true,
            Some(known) if !known.module.is_empty() => !self.is_of_own(&known.module),
            _ => !is_own(package, &self.modules),
        }
    }

    /// True for a `module`, `path@version`, that is a project's own, or of which nobody said that it may be
    /// carried.
    fn is_of_own(&self, module: &str) -> bool {
        let (path, version) = module.split_once('@').unwrap_or((module, ""));
        version.is_empty() || self.modules.get(path) != Some(&false)
    }

    /// True for what a C compiler has to do with, in `file`, that names a folder of this host.
    fn names_folder(&self, file: &Path) -> bool {
        let bytes = fs::read(file).unwrap_or_default();
        let named = |folder: &String| {
            let mut parts = bytes.windows(folder.len());
            parts.any(|part| part == folder.as_bytes())
        };
        self.folders.iter().any(named)
    }
}

/// The folders that `flags` of a linker name.
pub fn folders_in(flags: &str) -> impl Iterator<Item = String> {
    let words = flags.split_whitespace();
    let folders = words.filter_map(|word| word.find('/').map(|at| &word[at..]));
    folders.filter(|folder| folder.len() > 1).map(String::from)
}

/// True where the longest of the module paths that `package` lies below is a project's own.
fn is_own(package: &str, modules: &BTreeMap<String, bool>) -> bool {
    let below = std::iter::successors(Some(package), |path| Some(path.rsplit_once('/')?.0));
    let mut below = below.filter_map(|path| modules.get(path));
    // Of a package in no module that is known nobody said that it may be carried.
    below.next().copied().unwrap_or(true)
}

/// What an action is called in a bag.
fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Build => BUILD,
        Kind::Vet => VET,
    }
}

/// True where the tool said something, which go keeps under an id of its own (`cache.Subkey`) and says
/// again: findings of vet, which fail a command, and warnings that name folders of this host. Without that
/// go would be silent, so that the action is not kept.
fn said_something(action: &str, cache: &Path) -> bool {
    let id = digest::unhex(action).unwrap_or_default();
    let key = [b"subkey:".as_slice(), &id, b"stdout"].concat();
    let said = output_of(&digest::hex(&digest::sha256(&key)), cache);
    let said = said.map(|(_, file)| fs::read(file).unwrap_or_default());
    // What vet says of nothing found is an empty object.
    said.is_some_and(|said| !said.is_empty() && said != b"{}\n")
}

/// The id of the output that `action` has in the GOCACHE `cache`.
pub fn made(cache: &Path, action: &str) -> Option<String> {
    let entry = fs::read_to_string(cache.join(entry_name(action))).ok()?;
    read_entry(action, &entry).map(|(output, _)| output.to_string())
}

/// The same, and the file with it.
fn output_of(action: &str, cache: &Path) -> Option<(String, PathBuf)> {
    let output = made(cache, action)?;
    let file = cache.join(output_name(&output));
    file.is_file().then_some((output, file))
}

/// Why nothing is kept of what the steps of `survey` compile: all of them have one GOCACHE, so that what
/// one of them makes with other tools or of other sources is found by all.
pub fn refused(survey: &Survey) -> Option<String> {
    if let Some(flag) = foreign_setting(survey.env.get("GOFLAGS")) {
        return Some(format!("{flag} is in GOFLAGS"));
    }
    let vendored = survey.projects.iter().any(|project| project.shape.vendored);
    let mut steps = survey.proving.iter();
    steps.find_map(|step| {
        let words = || step.all_words().into_iter();
        let named = |word: &str| flag_name(word) == Some("mod");
        // A line as it was typed takes what is vendored.
        let vendors = vendored && step.files == Files::Shared && !words().any(named);
        let flag = foreign(words()).or(vendors.then_some("a vendor folder"))?;
        Some(format!("`{}` is run with {flag}", step.command()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gocache::log::Package;

    #[test]
    fn what_other_sources_or_tools_make_is_not_kept() {
        for (line, want) in [
            ("build -trimpath ./...", None),
            ("build -mod=readonly -tags toolexec ./...", None),
            ("build -mod mod ./...", None),
            ("build -mod=vendor ./...", Some("-mod")),
            ("build --mod vendor ./...", Some("-mod")),
            ("build -toolexec=/a ./...", Some("-toolexec")),
            ("build -toolexec /a ./...", Some("-toolexec")),
            ("build '-toolexec=/a b' ./...", Some("-toolexec")),
            ("build -compiler gccgo ./...", Some("-compiler")),
            ("build --overlay /a ./...", Some("-overlay")),
            ("vet '-vettool=/a b' ./...", Some("-vettool")),
        ] {
            assert_eq!(foreign(line.split(' ')), want, "{line}");
        }
        assert_eq!(foreign_setting("-v -mod=vendor"), None);
        assert_eq!(foreign_setting("-v -toolexec=/a"), Some("-toolexec"));
    }

    #[test]
    fn what_go_says_of_a_module_counts_more_than_its_path() {
        let modules = [("m.test", false), ("m.test/inside", true)];
        let modules = modules.map(|(path, own)| (path.to_string(), own));
        let rules = Rules {
            modules: modules.into(),
            keep: Keep::Modules,
            ..Rules::default()
        };
        for (package, module, want) in [
            ("m.test/a", "m.test@v1.0.0", true),
            ("m.test/a", "m.test@", false),
            ("m.test/a", "other.test@v1.0.0", false),
            ("m.test/inside/a", "m.test/inside@v1.0.0", false),
            ("m.test/priv", "m.test/priv@", false),
            // Its tests alone are in it.
            ("m.test/a_test", "m.test@v1.0.0", false),
        ] {
            let mut log = Log::default();
            log.target.trimpath = true;
            log.packages.insert("m.test/a".into(), Package::default());
            let known = Package {
                module: module.into(),
                ..Package::default()
            };
            log.packages.insert(package.into(), known);
            let action = Action {
                kind: Kind::Build,
                package: package.into(),
                id: "a".repeat(64),
            };
            assert_eq!(rules.keeps(&action, &log), want, "{package} of {module}");
        }
    }

    #[test]
    fn what_names_a_folder_of_this_host_is_known_by_it() {
        let found: Vec<String> = folders_in("-O2 -g -L/opt/x -L / /a/b.a -lm").collect();
        assert_eq!(found, ["/opt/x", "/a/b.a"]);
        let rules = Rules {
            folders: found,
            ..Rules::default()
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, want) in [("", false), ("-L/opt", false), ("x\0-L/opt/x\0", true)] {
            fs::write(file.path(), text).unwrap();
            assert_eq!(rules.names_folder(file.path()), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_kept_is_of_modules_and_of_the_standard_library() {
        let modules = [
            ("m.test", false),
            ("corp.test/app", true),
            ("corp.test/app/api", false),
            ("m.test/inside", true),
        ];
        let modules = modules.map(|(path, own)| (path.to_string(), own));
        for (package, plain, trimmed, own) in [
            ("net/http", true, true, true),
            ("vendor/golang.org/x/net/idna", true, true, true),
            ("m.test/a", false, true, true),
            ("m.test", false, true, true),
            ("corp.test/app/api/v1", false, true, true),
            ("corp.test/app", false, false, true),
            ("corp.test/app/a", false, false, true),
            ("corp.test/apple", false, false, true),
            ("m.test/inside/a", false, false, true),
            ("m.test/a [corp.test/app.test]", false, false, false),
            ("corp.test/app.test", false, false, false),
        ] {
            let mut log = Log::default();
            let standard = ["net/http", "vendor/golang.org/x/net/idna"].contains(&package);
            let known = Package {
                standard,
                ..Package::default()
            };
            log.packages.insert(package.to_string(), known);
            let tested = Package::default();
            log.packages.insert("corp.test/app".to_string(), tested);
            let action = Action {
                kind: Kind::Vet,
                package: package.into(),
                id: "a".repeat(64),
            };
            for (trimpath, keep, want) in [
                (false, Keep::Modules, plain),
                (true, Keep::Modules, trimmed),
                (false, Keep::Own, plain),
                (true, Keep::Own, own),
            ] {
                log.target.trimpath = trimpath;
                let mut rules = Rules {
                    modules: modules.clone().into(),
                    keep,
                    ..Rules::default()
                };
                let found = rules.keeps(&action, &log);
                assert_eq!(found, want, "{package} {trimpath} {keep:?}");
                rules.carried.insert(action.id.clone());
                assert!(!rules.keeps(&action, &log));
            }
        }
    }
}
