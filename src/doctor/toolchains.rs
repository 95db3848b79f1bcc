//! Rules for Go itself: is the go command here new enough, and else, is a newer one in the bag?

use bag::TOOLCHAIN;
use bag::manifest::Manifest;

use gomod::goversion;

use super::finding::Finding;
use super::host::Host;
use crate::carried::toolchains;
use crate::client::settings;

/// A Go version that something asks for.
#[derive(Debug, Clone)]
pub struct Need {
    /// The version, such as `1.27.3`.
    pub version: String,
    /// The file or module that asks.
    pub by: String,
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

/// Whether go gets a toolchain from the bag, and what is in the way.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What was found.
    pub findings: Vec<Finding>,
    /// True when go downloads a toolchain, and verifies it with the checksum database.
    pub downloads: bool,
}

/// Holds `needs` against the go command of the host and the toolchains of the bag.
pub fn check(needs: &[Need], host: &Host, manifest: &Manifest) -> Verdict {
    let held: Vec<&str> = toolchains::held(manifest, &host.platform)
        .iter()
        .map(|(name, _)| *name)
        .collect();
    let (floor, switch) = switching(host.get("GOTOOLCHAIN"));
    let mut needs: Vec<Need> = needs
        .iter()
        .filter(|n| switch == Switch::Auto || !n.suggestion)
        .cloned()
        .collect();
    if let Some(version) = floor.filter(|_| host.go.is_some()) {
        needs.push(Need {
            version: version.to_string(),
            by: "GOTOOLCHAIN".to_string(),
            suggestion: false,
        });
    }
    let newest = needs
        .iter()
        .max_by(|a, b| goversion::compare(&a.version, &b.version));
    let Some(local) = &host.go else {
        let has_go = !host.get("GOVERSION").is_empty();
        let findings = if has_go {
            None
        } else {
            without_go(newest, &held, host)
        };
        return Verdict {
            findings: findings.into_iter().collect(),
            downloads: false,
        };
    };
    let Some(need) = newest.filter(|n| goversion::compare(&n.version, local).is_gt()) else {
        return Verdict::default();
    };
    // A fixed toolchain is downloaded as well, and no newer one.
    let switch = match (switch, floor) {
        (Switch::Never, Some(floor)) if goversion::compare(floor, &need.version).is_ge() => {
            Switch::Auto
        }
        (switch, _) => switch,
    };
    let wanted = goversion::toolchain(&need.version);
    let problem = format!("{} needs {wanted}, and the go here is {local}", need.by);
    let at_hand = held.iter().find(|name| is_enough(name, need)).copied();
    let by_exec = at_hand.map(|name| format!("gobag exec --go {name} -- go build ./..."));
    if switch != Switch::Auto {
        let what = format!(
            "{problem} and {} allows no download",
            host.told("GOTOOLCHAIN")
        );
        let remedy = by_exec.unwrap_or_else(|| pack(&wanted, host));
        return Verdict {
            findings: vec![Finding::error(what, remedy)],
            downloads: false,
        };
    }
    let finding = match (held.contains(&wanted.as_str()), by_exec) {
        (true, by_exec) => verified(&problem, &wanted, host, manifest, by_exec),
        (false, Some(by_exec)) => {
            let what = format!("{problem}; this bag has {} instead", held.join(", "));
            Finding::error(what, by_exec)
        }
        (false, None) => {
            let what = format!("{problem}; this bag has {}", told(&held, host));
            Finding::error(what, pack(&wanted, host))
        }
    };
    Verdict {
        findings: vec![finding],
        downloads: true,
    }
}

/// The toolchain is in the bag: can go verify it? It always does, by a public record.
fn verified(
    problem: &str,
    wanted: &str,
    host: &Host,
    manifest: &Manifest,
    by_exec: Option<String>,
) -> Finding {
    let version = format!("{TOOLCHAIN}@v0.0.1-{wanted}.{}", host.platform);
    let recorded =
        settings::public_database(manifest).is_some_and(|d| !d.unrecorded.contains(&version));
    let by_exec = by_exec.unwrap_or_default();
    if host.get("GOSUMDB") == "off" {
        let what = format!(
            "{problem}; {} lets go refuse the one in this bag",
            host.told("GOSUMDB")
        );
        let remedy = format!("{}, or {by_exec}", host.undo("GOSUMDB"));
        Finding::error(what, remedy)
    } else if !recorded {
        let what = format!(
            "{problem}; the one in this bag has no checksum record, without which go refuses it"
        );
        Finding::error(what, by_exec)
    } else {
        Finding::note(format!("{problem}; go gets it from this bag"), "")
    }
}

fn without_go(need: Option<&Need>, held: &[&str], host: &Host) -> Option<Finding> {
    let enough = |name: &&&str| need.is_none_or(|n| n.suggestion || is_enough(name, n));
    if let Some(name) = held.iter().find(enough) {
        let what = format!("there is no go on PATH; gobag exec brings {name} from this bag");
        return Some(Finding::note(what, "gobag exec -- go build ./..."));
    }
    let wanted = need.map_or("auto".to_string(), |n| goversion::toolchain(&n.version));
    let what = format!(
        "there is no go on PATH, and this bag has {}",
        told(held, host)
    );
    Some(Finding::error(what, pack(&wanted, host)))
}

fn is_enough(name: &str, need: &Need) -> bool {
    goversion::of_toolchain(name).is_some_and(|v| goversion::compare(v, &need.version).is_ge())
}

fn told(held: &[&str], host: &Host) -> String {
    let platform = host.platform.replace('-', "/");
    match held {
        [] => format!("no Go toolchain for {platform}"),
        held => format!("only {} for {platform}", held.join(", ")),
    }
}

fn pack(wanted: &str, host: &Host) -> String {
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
    use bag::manifest::{HeldDatabase, HeldModule, HeldVersion};

    /// A bag with these toolchains for linux/amd64.
    fn bag(names: &[&str], recorded: bool) -> Manifest {
        let versions: Vec<String> = names
            .iter()
            .map(|n| format!("v0.0.1-{n}.linux-amd64"))
            .collect();
        let unrecorded = versions.iter().map(|v| format!("{TOOLCHAIN}@{v}"));
        Manifest {
            databases: vec![HeldDatabase {
                name: "sum.golang.org".into(),
                unrecorded: unrecorded.filter(|_| !recorded).collect(),
                ..HeldDatabase::default()
            }],
            modules: vec![HeldModule {
                path: TOOLCHAIN.into(),
                versions: versions
                    .into_iter()
                    .map(|version| HeldVersion {
                        version,
                        zip: Some("h1:z".into()),
                        ..HeldVersion::default()
                    })
                    .collect(),
            }],
            ..Manifest::default()
        }
    }

    fn need(version: &str) -> Need {
        Need {
            version: version.into(),
            by: "go.mod".into(),
            suggestion: false,
        }
    }

    fn told(needs: &[Need], host: &Host, manifest: &Manifest) -> String {
        let verdict = check(needs, host, manifest);
        let lines: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
        lines.join("\n")
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
        assert_eq!(told(std::slice::from_ref(&wish), &local, &manifest), "");
        assert!(told(&[wish], &host(&[]), &manifest).starts_with("error: "));
        let fixed = host(&[("GOTOOLCHAIN", "go1.28.0")]);
        let have = bag(&["go1.28.0"], true);
        assert!(told(&[need("1.27.0")], &fixed, &have).starts_with("note: GOTOOLCHAIN needs"));
        assert!(told(&[need("1.29.0")], &fixed, &have).starts_with("error: go.mod needs"));
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
