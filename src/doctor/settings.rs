//! Rules for go's settings: which of them keep go from using the bag.

use bag::manifest::Manifest;
use gomod::module;

use super::finding::Finding;
use super::flags;
use super::host::{Cache, Host};
use crate::client::settings;
use crate::terminal::quoted::quoted;

/// Holds the settings against the bag. `vendored` means that the project has a vendor folder
/// that go takes packages from, `workspace` that it has a go.work.
///
/// What `gobag exec` overrides is a warning, what it does not is an error.
pub fn check(host: &Host, manifest: &Manifest, vendored: bool, workspace: bool) -> Vec<Finding> {
    let findings = [
        no_modules(host),
        no_build_cache(host),
        flags::refused(host),
        mod_mod(host, workspace),
        vendor(host, vendored),
        private(host, manifest),
        unverified(host),
        sum_db(host, manifest),
        no_sum_db(host, manifest),
    ];
    findings.into_iter().flatten().collect()
}

/// The value of `-mod` in GOFLAGS.
pub fn mod_flag(host: &Host) -> Option<&str> {
    flag(host, "mod")
}

/// The value of a flag in GOFLAGS.
pub fn flag<'a>(host: &'a Host, name: &str) -> Option<&'a str> {
    let words = flags::split(host.get("GOFLAGS")).unwrap_or_default();
    words.into_iter().rev().find_map(|word| {
        let flag = word.trim_start_matches('-');
        let value = flag.strip_prefix(name)?.strip_prefix('=')?;
        word.starts_with('-').then_some(value)
    })
}

fn no_modules(host: &Host) -> Option<Finding> {
    let (what, remedy) = host.env.modules_off(&host.environment)?;
    Some(Finding::error(what, remedy))
}

/// "build cache is disabled by GOCACHE=off, but required as of Go 1.12", go says. Where nobody set
/// it, go says `off` of a place that it does not know.
fn no_build_cache(host: &Host) -> Option<Finding> {
    let what = format!("{} lets go build nothing", host.told("GOCACHE"));
    let off = host.is_set("GOCACHE") && host.get("GOCACHE") == "off";
    off.then(|| Finding::error(what, host.undo("GOCACHE")))
}

/// "-mod may only be set to readonly or vendor when in workspace mode", go says.
fn mod_mod(host: &Host, workspace: bool) -> Option<Finding> {
    let what = format!("{} is refused in a workspace", host.told("GOFLAGS"));
    let refused = workspace && mod_flag(host) == Some("mod");
    refused.then(|| Finding::error(what, host.undo("GOFLAGS")))
}

/// Without a checksum database go believes whatever comes, unless go.sum knows better.
fn unverified(host: &Host) -> Option<Finding> {
    let told = host.told("GOSUMDB");
    let what = format!("{told}: go believes every module that go.sum does not know");
    let remedy = match host.is_set("GOSUMDB") {
        true => host.undo("GOSUMDB"),
        false => "export GOSUMDB=sum.golang.org".to_string(),
    };
    (host.get("GOSUMDB") == "off").then(|| Finding::warning(what, remedy))
}

fn vendor(host: &Host, vendored: bool) -> Option<Finding> {
    let told = host.told("GOFLAGS");
    match (mod_flag(host), vendored) {
        (Some("vendor"), false) => Some(Finding::error(
            format!("{told} wants a vendor folder, and the project has none"),
            host.undo("GOFLAGS"),
        )),
        (Some("vendor") | None, true) => Some(Finding::note(
            "the project has a vendor folder: go builds from there, and asks this bag for nothing",
            "gobag exec -- go build -mod=readonly ./... # from this bag",
        )),
        _ => None,
    }
}

/// What matches GONOPROXY, which is GOPRIVATE by default, is fetched past every proxy.
fn private(host: &Host, manifest: &Manifest) -> Option<Finding> {
    let patterns = host.get("GONOPROXY");
    let mut modules = manifest.modules.iter();
    let first = modules.find(|m| module::match_prefix_patterns(patterns, &m.path))?;
    let set = host.is_set("GONOPROXY");
    let told = host.told(if set { "GONOPROXY" } else { "GOPRIVATE" });
    let what = format!("{told} lets go fetch {} past this bag", first.path);
    Some(Finding::warning(what, exported("GONOPROXY", "none")))
}

/// A database at a URL of its own, or another than the bag's.
fn sum_db(host: &Host, manifest: &Manifest) -> Option<Finding> {
    let wanted = settings::of(&manifest.about(), false, "", &host.env, None);
    let (_, value) = wanted.iter().find(|(name, _)| *name == "GOSUMDB")?;
    let told = host.told("GOSUMDB");
    let what = format!("{told} is not the checksum database that this bag has");
    (!has_own_log(host, manifest)).then(|| Finding::warning(what, exported("GOSUMDB", value)))
}

/// True when go verifies everything with the bag's own log.
fn has_own_log(host: &Host, manifest: &Manifest) -> bool {
    settings::own_log(&manifest.databases).is_some_and(|log| log.key == host.get("GOSUMDB"))
}

/// Modules without a public record, which go refuses where go.sum does not know them.
fn no_sum_db(host: &Host, manifest: &Manifest) -> Option<Finding> {
    let wanted = settings::no_sum_db(&manifest.about())?;
    let patterns = host.get("GONOSUMDB");
    let matched = |m: &str| module::match_prefix_patterns(patterns, m);
    let (known, what) = match wanted.as_str() {
        "*" => (
            patterns == "*",
            "this bag has no checksum data: go refuses what go.sum does not know".to_string(),
        ),
        modules => (
            modules.split(',').all(matched),
            format!(
                "{modules} in this bag has no public checksum record: go refuses it where go.sum does not know it"
            ),
        ),
    };
    let told = !known && host.get("GOSUMDB") != "off" && !has_own_log(host, manifest);
    told.then(|| Finding::note(what, exported("GONOSUMDB", &wanted)))
}

/// The command that sets it for go alone.
fn exported(name: &str, value: &str) -> String {
    let value = quoted(value);
    format!("export {name}={value} # as gobag exec and gobag env do")
}

/// Whether go can write what it downloads.
pub fn cache(host: &Host, cache: &Cache) -> Option<Finding> {
    let dir = host.get("GOMODCACHE");
    match cache {
        Cache::Free => None,
        Cache::Unwritable(why) => Some(Finding::error(
            format!("the module cache {dir} cannot be written to: {why}"),
            "set GOMODCACHE to a folder that can be",
        )),
        Cache::Locked => Some(Finding::warning(
            format!("another process holds the lock of the module cache {dir}"),
            "wait for it, or end it; go waits as well",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;
    use crate::carried::sample;

    fn bag(unrecorded: &[&str]) -> Manifest {
        sample::recorded(
            &["corp.example/a v1.0.0 h1:z"],
            "sum.golang.org",
            unrecorded,
        )
    }

    fn told(settings: &[(&str, &str)], manifest: &Manifest, vendored: bool) -> Vec<String> {
        let found = check(&host(settings), manifest, vendored, false);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_settings_that_keep_go_from_the_bag() {
        let by = "in the environment";
        let table: [(&[(&str, &str)], String); 6] = [
            (
                &[("GO111MODULE", "off")],
                "error: GO111MODULE=off lets go know no modules; unset GO111MODULE".to_string(),
            ),
            (
                &[("GOFLAGS", "-v -mod=vendor")],
                format!(
                    "error: GOFLAGS=-v -mod=vendor {by} wants a vendor folder, and the project has none; unset GOFLAGS"
                ),
            ),
            (
                &[("GOPRIVATE", "corp.example"), ("GONOPROXY", "corp.example")],
                format!(
                    "warning: GONOPROXY=corp.example {by} lets go fetch corp.example/a past this bag; export GONOPROXY=none # as gobag exec and gobag env do"
                ),
            ),
            (
                &[("GOPRIVATE", "corp.example"), ("GONOPROXY", "none")],
                String::new(),
            ),
            (
                &[("GOSUMDB", "sum.golang.google.cn")],
                format!(
                    "warning: GOSUMDB=sum.golang.google.cn {by} is not the checksum database that this bag has; export GOSUMDB=sum.golang.org # as gobag exec and gobag env do"
                ),
            ),
            (
                &[("GOSUMDB", "off"), ("GOFLAGS", "-mod=mod")],
                format!(
                    "warning: GOSUMDB=off {by}: go believes every module that go.sum does not know; unset GOSUMDB"
                ),
            ),
        ];
        for (settings, want) in table {
            assert_eq!(told(settings, &bag(&[]), false).join("\n"), want);
        }
    }

    #[test]
    fn a_vendor_folder_is_told_unless_it_is_passed_over() {
        assert!(told(&[], &bag(&[]), true)[0].starts_with("note: the project has a vendor"));
        let none: [&str; 0] = [];
        assert_eq!(told(&[("GOFLAGS", "-mod=mod")], &bag(&[]), true), none);
    }

    #[test]
    fn what_a_workspace_refuses_is_not_advised() {
        let host = host(&[("GOFLAGS", "-mod=mod")]);
        let found = check(&host, &bag(&[]), true, true);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0]
                .to_string()
                .starts_with("error: GOFLAGS=-mod=mod in"),
            "{found:?}"
        );
    }

    #[test]
    fn modules_without_a_record_are_named_once() {
        let manifest = bag(&["corp.example/a@v1.0.0"]);
        let want = "note: corp.example/a in this bag has no public checksum record: go refuses it where go.sum does not know it; export GONOSUMDB=corp.example/a # as gobag exec and gobag env do";
        assert_eq!(told(&[], &manifest, false), [want]);
        for patterns in ["corp.example", "*.example/a", "corp.example/a"] {
            let none: [&str; 0] = [];
            assert_eq!(told(&[("GONOSUMDB", patterns)], &manifest, false), none);
        }
        let without = Manifest {
            databases: Vec::new(),
            ..bag(&[])
        };
        assert!(told(&[], &without, false)[0].starts_with("note: this bag has no checksum data"));
    }

    #[test]
    fn a_cache_must_be_free() {
        let host = host(&[("GOMODCACHE", "/mod")]);
        assert_eq!(cache(&host, &Cache::Free), None);
        let full = cache(&host, &Cache::Unwritable("read-only".into()));
        assert_eq!(
            full.map(|f| f.to_string()).as_deref(),
            Some(
                "error: the module cache /mod cannot be written to: read-only; set GOMODCACHE to a folder that can be"
            )
        );
        assert!(cache(&host, &Cache::Locked).is_some());
    }
}
