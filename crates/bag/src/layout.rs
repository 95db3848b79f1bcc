//! The layout: every answer a bag gives to the module part of the GOPROXY protocol, derived
//! from its contents (go.dev/ref/mod#goproxy-protocol).
//!
//! What is written here is looked up later and never computed: `list`, `@latest`, the
//! queries, and the manifest.

use std::collections::BTreeMap;

use gomod::module::{self, ModuleError};
use gomod::pseudo::PseudoVersion;
use gomod::query::{self, Candidate};
use gomod::{dirhash, info::Info, semver};

use crate::archive::Source;
use crate::contents::{Contents, Module, Version};
use crate::manifest::{HeldModule, HeldVersion, Manifest, PLAIN_FORMAT};
use crate::place::stem;

/// The module that toolchains come as (go.dev/ref/mod#toolchains).
pub const TOOLCHAIN: &str = "golang.org/toolchain";

/// The entries of an archive, by name.
pub type Entries = BTreeMap<String, Source>;

/// The entries that serve the modules of `contents`, and the manifest that describes them.
///
/// - `list` names complete, canonical versions that are no pseudo-versions, in semver order;
///   a module without any complete version has no `list`.
/// - `@latest` is the `.info` of the version that Go's rule chooses.
/// - A query that asks for `v2.0.0` where the bag has `v2.0.0+incompatible` has an answer,
///   and so has `v0.0.1-goX.linux-amd64` of every toolchain, which `go get go@X` asks for on
///   every platform.
///
/// # Errors
/// A version that cannot be escaped; [`crate::intake`] lets none through.
pub fn layout(contents: &Contents) -> Result<(Entries, Manifest), ModuleError> {
    let mut entries = Entries::new();
    let mut manifest = Manifest {
        format: PLAIN_FORMAT,
        ..Manifest::default()
    };
    for (path, module) in &contents.modules {
        manifest.modules.push(HeldModule {
            path: path.clone(),
            versions: held_versions(path, module),
        });
        for (name, version) in &module.versions {
            add_version(&mut entries, &stem(path, name)?, version);
        }
        for (name, text) in queries(path, module) {
            entries.insert(stem(path, &name)? + ".info", Source::Bytes(text));
        }
        add_selection(&mut entries, selection(path), path, module);
    }
    Ok((entries, manifest))
}

/// The names of the two entries that go selects a version by: the list and the latest one.
pub fn selection(path: &str) -> [String; 2] {
    let path = module::escape(path);
    [format!("{path}/@v/list"), format!("{path}/@latest")]
}

fn add_version(entries: &mut Entries, stem: &str, version: &Version) {
    let (info, go_mod) = (version.info.clone(), version.go_mod.clone());
    entries.insert(format!("{stem}.info"), Source::Bytes(info));
    entries.insert(format!("{stem}.mod"), Source::Bytes(go_mod));
    if let Some(zip) = &version.zip {
        entries.insert(format!("{stem}.zip"), Source::File(zip.file.clone()));
    }
}

fn add_selection(
    entries: &mut Entries,
    [list_name, latest_name]: [String; 2],
    path: &str,
    module: &Module,
) {
    let complete = module.versions.iter().filter(|(_, v)| v.is_complete());
    let complete =
        complete.map(|(name, v)| (name.as_str(), v.info.as_slice(), v.go_mod.as_slice()));
    let Some((list, latest)) = selected(path, complete) else {
        return;
    };
    entries.insert(list_name, Source::Bytes(list.into_bytes()));
    if let Some(info) = latest {
        entries.insert(latest_name, Source::Bytes(info.to_vec()));
    }
}

/// The list of a module, and the `.info` of its latest version; none where there is nothing to
/// choose from. `complete` are the versions that can be downloaded: name, `.info` and `.mod`.
pub fn selected<'v, 'a>(
    path: &str,
    complete: impl Iterator<Item = (&'v str, &'a [u8], &'a [u8])>,
) -> Option<(String, Option<&'a [u8]>)> {
    // What was kept and has a name that go refuses is for other clients.
    let complete = complete.filter(|(name, ..)| module::check(path, name).is_ok());
    let complete: Vec<_> = complete.collect();
    if complete.is_empty() {
        return None;
    }
    let synthesized = query::synthesized_go_mod(path);
    let infos = complete.iter().map(|(_, info, _)| Info::parse(info).ok());
    let infos: Vec<Option<Info>> = infos.collect();
    let candidates = complete.iter().zip(&infos);
    let candidates = candidates.map(|((version, _, go_mod), info)| Candidate {
        version,
        complete: true,
        real_go_mod: *go_mod != synthesized.as_bytes(),
        time: info.as_ref().and_then(|i| i.time.as_deref()),
    });
    let candidates: Vec<Candidate<'_>> = candidates.collect();
    let list = query::list(&candidates).into_iter();
    let list = list.map(|version| format!("{version}\n")).collect();
    let latest = query::latest(&candidates);
    let latest = latest.and_then(|latest| complete.iter().find(|(name, ..)| *name == latest));
    Some((list, latest.map(|(_, info, _)| *info)))
}

/// The queries that are answered with a version: those that were captured, and those that
/// follow from the versions.
fn queries(path: &str, module: &Module) -> BTreeMap<String, Vec<u8>> {
    let mut queries = BTreeMap::new();
    for (name, version) in module.versions.iter().filter(|(_, v)| v.is_complete()) {
        if let Some(plain) = name.strip_suffix("+incompatible") {
            queries.insert(plain.to_string(), version.info.clone());
        } else if path == TOOLCHAIN
            && let Some(asked) = linux_amd64(name)
        {
            queries.insert(asked.clone(), Info::derived(&asked).to_json());
        }
    }
    queries.extend(module.queries.clone());
    queries.retain(|name, _| !module.versions.contains_key(name));
    queries
}

/// `v0.0.1-go1.27.3.darwin-arm64` → `v0.0.1-go1.27.3.linux-amd64`.
fn linux_amd64(version: &str) -> Option<String> {
    let (release, platform) = version.rsplit_once('.')?;
    (platform.contains('-') && release.contains("-go")).then(|| format!("{release}.linux-amd64"))
}

fn held_versions(path: &str, module: &Module) -> Vec<HeldVersion> {
    let versions = module.versions.iter().map(|(name, v)| held(path, name, v));
    let mut versions: Vec<_> = versions.collect();
    versions.sort_by(|a, b| semver::compare_total(&a.version, &b.version));
    versions
}

fn held(path: &str, name: &str, version: &Version) -> HeldVersion {
    let accepted = module::check(path, name).is_ok();
    HeldVersion {
        version: name.to_string(),
        zip: version.zip.as_ref().and_then(|z| z.h1.clone()),
        go_mod: Some(dirhash::hash_go_mod(&version.go_mod)),
        zip_bytes: version.zip.as_ref().map_or(0, |z| z.size),
        held_bytes: None,
        commit: commit(name, version).filter(|_| accepted),
        invalid: version.zip.as_ref().is_some_and(|z| z.h1.is_none()),
        zip_sha256: version.zip.as_ref().and_then(|z| z.sha256.clone()),
    }
}

/// The commit that a version was made from: what its `.info` says of its origin, else the
/// end of a pseudo-version. Only complete versions answer for a commit.
fn commit(name: &str, version: &Version) -> Option<String> {
    version.zip.as_ref()?;
    let origin = version.parsed_info().and_then(|info| info.origin);
    let hash = origin.and_then(|o| Some(o.get("Hash")?.as_str()?.to_string()));
    let hash = hash.or_else(|| Some(PseudoVersion::parse(name)?.rev.to_string()));
    hash.filter(|h| {
        h.len() >= 7
            && h.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Zip;

    fn version(name: &str, complete: bool) -> (String, Version) {
        let zip = complete.then(|| Zip {
            file: "x.zip".into(),
            size: 1,
            h1: Some("h1:x".into()),
            sha256: None,
        });
        let version = Version {
            info: Info::derived(name).to_json(),
            go_mod: b"module example.com/m\n\ngo 1.21\n".to_vec(),
            zip,
        };
        (name.to_string(), version)
    }

    fn text<'a>(entries: &'a Entries, name: &str) -> Option<&'a str> {
        match entries.get(name)? {
            Source::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Source::File(_) | Source::Frames(..) => None,
        }
    }

    fn laid_out(path: &str, versions: &[(&str, bool)]) -> Entries {
        let module = Module {
            versions: versions.iter().map(|(v, c)| version(v, *c)).collect(),
            ..Module::default()
        };
        let contents = Contents {
            modules: [(path.to_string(), module)].into(),
            ..Contents::default()
        };
        layout(&contents).unwrap().0
    }

    #[test]
    fn lists_only_complete_versions() {
        let e = laid_out(
            "example.com/m",
            &[
                ("v1.0.0", true),
                ("v1.10.0", true),
                ("v1.9.0", true),
                ("v1.11.0", false),
            ],
        );
        assert_eq!(
            text(&e, "example.com/m/@v/list"),
            Some("v1.0.0\nv1.9.0\nv1.10.0\n")
        );
        assert_eq!(
            text(&e, "example.com/m/@latest"),
            Some("{\"Version\":\"v1.10.0\"}")
        );
        assert!(e.contains_key("example.com/m/@v/v1.11.0.mod"));
    }

    #[test]
    fn a_module_of_the_graph_alone_has_no_list() {
        let e = laid_out("example.com/m", &[("v1.0.0", false)]);
        assert_eq!(
            e.keys().collect::<Vec<_>>(),
            [
                "example.com/m/@v/v1.0.0.info",
                "example.com/m/@v/v1.0.0.mod"
            ]
        );
    }

    #[test]
    fn answers_for_linux_when_only_another_platform_is_held() {
        let e = laid_out(TOOLCHAIN, &[("v0.0.1-go1.27.3.darwin-arm64", true)]);
        let asked = "golang.org/toolchain/@v/v0.0.1-go1.27.3.linux-amd64.info";
        assert_eq!(
            text(&e, asked),
            Some("{\"Version\":\"v0.0.1-go1.27.3.linux-amd64\"}")
        );
        assert_eq!(
            text(&e, "golang.org/toolchain/@v/list"),
            Some("v0.0.1-go1.27.3.darwin-arm64\n")
        );
    }

    #[test]
    fn answers_the_plain_version_of_an_incompatible_one() {
        let e = laid_out("example.com/m", &[("v2.0.0+incompatible", true)]);
        assert_eq!(
            text(&e, "example.com/m/@v/v2.0.0.info"),
            Some("{\"Version\":\"v2.0.0+incompatible\"}")
        );
    }
}
