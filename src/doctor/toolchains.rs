//! Rules for Go itself: is the go command here new enough, and else, is a newer one in the bag?

use std::cmp::Ordering;

use bag::TOOLCHAIN;
use bag::manifest::Manifest;

use gomod::goversion;

use super::finding::{Finding, Level};
use super::host::Host;
use crate::carried::{older, toolchains};
use crate::client::settings;

/// A Go version that something asks for.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// The version, such as `1.27.3`.
    pub version: &'a str,
    /// The file or module that asks.
    pub by: &'a str,
    /// True for a `toolchain` line, which asks for no more than a switch where that is allowed.
    pub suggestion: bool,
}

/// How go comes to another toolchain: the value of GOTOOLCHAIN (go.dev/doc/toolchain#select).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    Auto,
    Path,
    Never,
}

/// GOTOOLCHAIN, where go refuses its value whatever it is asked to do.
pub fn unknown(host: &Host) -> Option<Finding> {
    let value = host.get("GOTOOLCHAIN");
    let what = format!(
        "{} is no toolchain, and go refuses it",
        host.told("GOTOOLCHAIN")
    );
    (!is_known(value)).then(|| Finding::error(what, host.undo("GOTOOLCHAIN")))
}

/// Whether go takes this for the value of GOTOOLCHAIN.
fn is_known(value: &str) -> bool {
    match value.split_once('+') {
        Some((least, "auto" | "path")) => {
            least == "local" || goversion::of_toolchain(least).is_some()
        }
        Some(_) => false,
        None if matches!(value, "" | "auto" | "path" | "local") => true,
        // `go1.21` is a version of the language, and no release.
        None => goversion::of_toolchain(value)
            .is_some_and(|v| value.len() > v.len() + 2 || goversion::toolchain(v) == value),
    }
}

/// Holds `needs` against the go command of the host and the toolchains of the bag: what is in the
/// way, and whether go downloads a toolchain, which it verifies with the checksum database.
pub fn check(needs: &[Need<'_>], host: &Host, manifest: &Manifest) -> (Option<Finding>, bool) {
    let held = toolchains::held(manifest.module(TOOLCHAIN), &host.platform);
    let held: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
    let (floor, switch) = switching(host.get("GOTOOLCHAIN"));
    let own = floor.map(|version| Need {
        version,
        by: "GOTOOLCHAIN",
        suggestion: false,
    });
    let counts = |need: &&Need<'_>| switch == Switch::Auto || !need.suggestion;
    let of_project = newest(needs.iter().filter(|n| !n.suggestion));
    let (local, whose, note) = match &host.go {
        Some(local) => (local.as_str(), "the go here", None),
        // One whose version is none of a release.
        None if !host.get("GOVERSION").is_empty() => return (None, false),
        None => {
            let note = without_go(of_project, &held, host, manifest);
            // What exec brings is the newest.
            let brought = held.first().and_then(|name| goversion::of_toolchain(name));
            match brought.filter(|_| note.level == Level::Note) {
                Some(local) => (local, "the go of this bag", Some(note)),
                None => return (Some(note), false),
            }
        }
    };
    // One that is named is taken, be it older.
    let is_other = |n: &&Need<'_>| match goversion::compare(n.version, local) {
        Ordering::Greater => true,
        Ordering::Equal => false,
        Ordering::Less => floor.is_some(),
    };
    let need = newest(needs.iter().filter(counts).chain(&own));
    let Some(need) = need.filter(is_other) else {
        return (note, false);
    };
    // A fixed toolchain is downloaded as well, and no newer one.
    let downloads = match (switch, floor) {
        (Switch::Never, Some(floor)) => goversion::compare(floor, need.version).is_ge(),
        (switch, _) => switch == Switch::Auto,
    };
    let wanted = goversion::toolchain(need.version);
    let problem = format!("{} needs {wanted}, and {whose} is {local}", need.by);
    let at_hand = held.iter().find(|name| is_enough(name, need));
    let remedy = match at_hand {
        // It would switch again.
        Some(_) if floor.is_some() => host.undo("GOTOOLCHAIN"),
        Some(name) => format!("gobag exec --go {name} -- go build ./..."),
        None => pack(&wanted, host, manifest),
    };
    let what = if !downloads {
        let told = host.told("GOTOOLCHAIN");
        format!("{problem} and {told} allows no download")
    } else if held.contains(&wanted.as_str()) {
        return (
            Some(verified(&problem, &wanted, host, manifest, remedy)),
            true,
        );
    } else if at_hand.is_some() {
        format!("{problem}; this bag has {} instead", held.join(", "))
    } else {
        format!("{problem}; this bag has {}", told(&held, host))
    };
    (Some(Finding::error(what, remedy)), downloads)
}

fn newest<'a>(needs: impl Iterator<Item = &'a Need<'a>>) -> Option<&'a Need<'a>> {
    needs.max_by(|a, b| goversion::compare(a.version, b.version))
}

/// The toolchain is in the bag: can go verify it? It always does, by a public record.
fn verified(
    problem: &str,
    wanted: &str,
    host: &Host,
    manifest: &Manifest,
    by_exec: String,
) -> Finding {
    let version = format!("{TOOLCHAIN}@v0.0.1-{wanted}.{}", host.platform);
    let recorded = settings::public_database(&manifest.databases)
        .is_some_and(|d| !d.unrecorded.contains(&version));
    if host.get("GOSUMDB") == "off" {
        let told = host.told("GOSUMDB");
        let what = format!("{problem}; {told} lets go refuse the one in this bag");
        Finding::error(what, format!("{}, or {by_exec}", host.undo("GOSUMDB")))
    } else if !recorded {
        let what = format!(
            "{problem}; the one in this bag has no checksum record, without which go refuses it"
        );
        Finding::error(what, by_exec)
    } else {
        Finding::note(format!("{problem}; go gets it from this bag"), "")
    }
}

fn without_go(need: Option<&Need<'_>>, held: &[&str], host: &Host, manifest: &Manifest) -> Finding {
    let enough = |name: &&&str| need.is_none_or(|n| is_enough(name, n));
    if let Some(name) = held.iter().find(enough) {
        let what = format!("there is no go on PATH; gobag exec brings {name} from this bag");
        return Finding::note(what, "gobag exec -- go build ./...");
    }
    let wanted = need.map_or("auto".to_string(), |n| goversion::toolchain(n.version));
    let told = told(held, host);
    let what = format!("there is no go on PATH, and this bag has {told}");
    Finding::error(what, pack(&wanted, host, manifest))
}

fn is_enough(name: &str, need: &Need<'_>) -> bool {
    goversion::of_toolchain(name).is_some_and(|v| goversion::compare(v, need.version).is_ge())
}

fn told(held: &[&str], host: &Host) -> String {
    let platform = host.platform.replace('-', "/");
    match held {
        [] => format!("no Go toolchain for {platform}"),
        held => format!("only {} for {platform}", held.join(", ")),
    }
}

fn pack(wanted: &str, host: &Host, manifest: &Manifest) -> String {
    if let Some(remedy) = older::remedy(&manifest.base) {
        return remedy;
    }
    let platform = host.platform.replace('-', "/");
    format!("install it, or pack again with --toolchain {wanted} --platform {platform}")
}

/// The version that GOTOOLCHAIN begins with, and how go may switch to another.
fn switching(value: &str) -> (Option<&str>, Switch) {
    let (first, rest) = value.split_once('+').unwrap_or((value, ""));
    let switch = match (first, rest) {
        ("" | "auto", _) | (_, "auto") => Switch::Auto,
        ("path", _) | (_, "path") => Switch::Path,
        _ => Switch::Never,
    };
    (goversion::of_toolchain(first), switch)
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;
    use crate::carried::sample;

    /// A bag with these toolchains for linux/amd64.
    fn bag(names: &[&str], has_records: bool) -> Manifest {
        let versions = names.iter().map(|n| format!("v0.0.1-{n}.linux-amd64"));
        let versions: Vec<String> = versions.collect();
        let lines: Vec<String> = versions
            .iter()
            .map(|v| format!("{TOOLCHAIN} {v} h1:z"))
            .collect();
        let names: Vec<String> = versions
            .iter()
            .map(|v| format!("{TOOLCHAIN}@{v}"))
            .collect();
        let unrecorded = names.iter().map(String::as_str).filter(|_| !has_records);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        sample::recorded(&lines, "sum.golang.org", &unrecorded.collect::<Vec<_>>())
    }

    fn need(version: &str) -> Need<'_> {
        Need {
            version,
            by: "go.mod",
            suggestion: false,
        }
    }

    fn told(needs: &[Need<'_>], host: &Host, manifest: &Manifest) -> String {
        let (finding, _) = check(needs, host, manifest);
        finding.map_or(String::new(), |f| f.to_string())
    }

    #[test]
    fn a_newer_go_line_needs_a_toolchain_from_the_bag() {
        let old = "go.mod needs go1.28.0, and the go here is 1.26.8";
        let have = bag(&["go1.28.0"], true);
        for (settings, manifest, want) in [
            (
                &[][..],
                have.clone(),
                format!("note: {old}; go gets it from this bag"),
            ),
            (
                &[],
                bag(&[], true),
                format!(
                    "error: {old}; this bag has no Go toolchain for linux/amd64; install it, or pack again with --toolchain go1.28.0 --platform linux/amd64"
                ),
            ),
            (
                &[],
                bag(&["go1.27.3"], true),
                format!(
                    "error: {old}; this bag has only go1.27.3 for linux/amd64; install it, or pack again with --toolchain go1.28.0 --platform linux/amd64"
                ),
            ),
            (
                &[],
                bag(&["go1.28.1"], true),
                format!(
                    "error: {old}; this bag has go1.28.1 instead; gobag exec --go go1.28.1 -- go build ./..."
                ),
            ),
            (
                &[],
                bag(&["go1.28.0"], false),
                format!(
                    "error: {old}; the one in this bag has no checksum record, without which go refuses it; gobag exec --go go1.28.0 -- go build ./..."
                ),
            ),
            (
                &[("GOSUMDB", "off")],
                have.clone(),
                format!(
                    "error: {old}; GOSUMDB=off in the environment lets go refuse the one in this bag; unset GOSUMDB, or gobag exec --go go1.28.0 -- go build ./..."
                ),
            ),
            (
                &[("GOTOOLCHAIN", "local")],
                have.clone(),
                format!(
                    "error: {old} and GOTOOLCHAIN=local in the environment allows no download; gobag exec --go go1.28.0 -- go build ./..."
                ),
            ),
        ] {
            assert_eq!(told(&[need("1.28")], &host(settings), &manifest), want);
        }
    }

    #[test]
    fn what_is_new_enough_is_not_mentioned() {
        let manifest = bag(&[], true);
        for version in ["1.26.8", "1.26", "1.16"] {
            assert_eq!(told(&[need(version)], &host(&[]), &manifest), "");
        }
        // A toolchain line is no more than a wish.
        let wish = Need {
            suggestion: true,
            ..need("1.28.0")
        };
        let local = host(&[("GOTOOLCHAIN", "local")]);
        assert_eq!(told(&[wish], &local, &manifest), "");
        assert!(told(&[wish], &host(&[]), &manifest).starts_with("error: "));
        let fixed = host(&[("GOTOOLCHAIN", "go1.28.0")]);
        let have = bag(&["go1.28.0"], true);
        assert!(told(&[need("1.27.0")], &fixed, &have).starts_with("note: GOTOOLCHAIN needs"));
        assert!(told(&[need("1.29.0")], &fixed, &have).starts_with("error: go.mod needs"));
    }

    #[test]
    fn what_is_no_toolchain_is_refused() {
        let known =
            " auto path local go1.26.8 go1.20 go1.27rc2 go1.26.8-custom go1.21+auto local+path";
        for value in known.split(' ') {
            assert!(is_known(value), "{value}");
        }
        let unknown =
            "garbage go1.x 1.26.8 go1.21 default auto+path path+auto go1.26.8+ go1.26.8+x";
        for value in unknown.split(' ') {
            assert!(!is_known(value), "{value}");
        }
        let found = unknown_of(&[("GOTOOLCHAIN", "garbage")]);
        let want = "error: GOTOOLCHAIN=garbage in the environment is no toolchain, and go refuses it; unset GOTOOLCHAIN";
        assert_eq!(found.as_deref(), Some(want));
    }

    fn unknown_of(settings: &[(&str, &str)]) -> Option<String> {
        super::unknown(&host(settings)).map(|f| f.to_string())
    }

    #[test]
    fn a_host_without_go_takes_it_from_the_bag() {
        let bare = Host {
            go: None,
            ..host(&[])
        };
        assert_eq!(
            told(&[need("1.27")], &bare, &bag(&["go1.27.3"], false)),
            "note: there is no go on PATH; gobag exec brings go1.27.3 from this bag; gobag exec -- go build ./..."
        );
        assert_eq!(
            told(&[need("1.28")], &bare, &bag(&["go1.27.3"], true)),
            "error: there is no go on PATH, and this bag has only go1.27.3 for linux/amd64; install it, or pack again with --toolchain go1.28.0 --platform linux/amd64"
        );
        assert!(told(&[], &bare, &bag(&[], true)).starts_with("error: "));
    }
}
