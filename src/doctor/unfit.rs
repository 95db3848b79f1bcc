//! Rules for a build cache of which nothing can be of use on this host.

use std::collections::BTreeSet;

use bag::built::Target;
use gocache::log;

use super::finding::Finding;
use super::host::Host;

/// What to say where go does not look into any build cache that is a folder.
pub fn unused(host: &Host) -> Option<Finding> {
    let program = "GOCACHEPROG";
    let what = format!(
        "{} is asked alone for what is compiled: the bag's build cache is not used",
        host.told(program)
    );
    (!host.get(program).is_empty()).then(|| Finding::note(what, host.undo(program)))
}

/// Why nothing for a target can be of use, the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// It is of another version of go.
    Go,
    /// It is for another platform.
    Platform,
    /// It is for other processors of that kind.
    Level,
}

/// Why nothing for `target` can be of use here, where that is known.
pub fn misfit(target: &Target, host: &Host) -> Option<Misfit> {
    let differs = |known: &str, here: &str| !known.is_empty() && !here.is_empty() && known != here;
    if differs(&target.go, version(host)) {
        return Some(Misfit::Go);
    }
    if differs(&target.platform, &platform(host)) {
        return Some(Misfit::Platform);
    }
    let (name, level) = target.level.split_once('=').unwrap_or_default();
    differs(level, host.get(name)).then_some(Misfit::Level)
}

/// What to say where nothing for any of the `targets` is of use; `brought` are the toolchains of the bag.
pub fn unfit<'a>(
    targets: impl Iterator<Item = &'a Target>,
    host: &Host,
    brought: &[&str],
    command: &str,
) -> Option<Finding> {
    let targets: Vec<&Target> = targets.collect();
    let nearest = targets.iter().filter_map(|target| misfit(target, host));
    let nearest = nearest.max()?;
    let near = targets
        .iter()
        .filter(|target| misfit(target, host) == Some(nearest));
    let known: BTreeSet<&str> = near
        .map(|target| match nearest {
            Misfit::Go => target.go.as_str(),
            Misfit::Platform => target.platform.as_str(),
            Misfit::Level => target.level.as_str(),
        })
        .collect();
    let level = known.iter().find_map(|level| level.split_once('='));
    let (here, remedy) = match nearest {
        Misfit::Go => {
            let brought = brought.iter().find(|name| known.contains(*name));
            let remedy =
                brought.map(|name| format!("gobag exec --go {name} --cached -- {command}"));
            let here = format!("the go here is {}", version(host));
            (here, remedy.unwrap_or_default())
        }
        Misfit::Platform => (
            format!("go builds for {} here", platform(host)),
            String::new(),
        ),
        Misfit::Level => {
            let (name, _) = level?;
            (format!("here is {}", host.told(name)), host.undo(name))
        }
    };
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    let what = format!("the bag's build cache is of {known}, and {here}: nothing of it fits");
    Some(Finding::note(what, remedy))
}

/// The version of the go here: `go1.26.8`.
fn version(host: &Host) -> &str {
    log::release(host.get("GOVERSION"))
}

/// What go builds for: `linux/amd64`.
fn platform(host: &Host) -> String {
    let target = host.target();
    format!("{}/{}", target.os, target.arch)
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;

    #[test]
    fn a_cache_for_something_else_is_told_with_what_it_is_for() {
        let target = |go: &str, platform: &str, level: &str| Target {
            go: go.into(),
            platform: platform.into(),
            level: level.into(),
            ..Target::default()
        };
        let amd64 = target("go1.26.8", "linux/amd64", "GOAMD64=v1");
        let arm64 = target("go1.26.8", "linux/arm64", "GOARM64=v8.0");
        let older = target("go1.25.3", "linux/arm64", "GOARM64=v8.0");
        for (targets, go, more, want) in [
            (&[&amd64, &arm64][..], "go1.26.8", ("GOAMD64", "v1"), ""),
            (&[&arm64, &amd64], "go1.26.8 X:none", ("GOAMD64", "v1"), ""),
            // What go does not tell is no reason.
            (&[&amd64], "", ("GOFLAGS", ""), ""),
            (
                &[&amd64, &older],
                "go1.24.1",
                ("GOAMD64", "v1"),
                "go1.25.3, go1.26.8, and the go here is go1.24.1: nothing of it fits; gobag exec --go go1.26.8 --cached -- go build ./...",
            ),
            (
                &[&older],
                "go1.24.1",
                ("GOAMD64", "v1"),
                "go1.25.3, and the go here is go1.24.1: nothing of it fits",
            ),
            (
                &[&arm64, &older],
                "go1.26.8",
                ("GOAMD64", "v1"),
                "linux/arm64, and go builds for linux/amd64 here: nothing of it fits",
            ),
            (
                &[&arm64, &amd64],
                "go1.26.8",
                ("GOAMD64", "v3"),
                "GOAMD64=v1, and here is GOAMD64=v3 in the environment: nothing of it fits; unset GOAMD64",
            ),
        ] {
            let host = host(&[("GOVERSION", go), more]);
            let fits = targets.iter().any(|target| misfit(target, &host).is_none());
            assert_eq!(fits, want.is_empty(), "{want}");
            if !fits {
                let targets = targets.iter().copied();
                let told = unfit(targets, &host, &["go1.26.8"], "go build ./...").unwrap();
                let want = format!("note: the bag's build cache is of {want}");
                assert_eq!(told.to_string(), want);
            }
        }
    }

    #[test]
    fn a_program_that_go_asks_is_asked_alone() {
        assert_eq!(unused(&host(&[])), None);
        let told = unused(&host(&[("GOCACHEPROG", "x")])).map(|found| found.to_string());
        let want = "note: GOCACHEPROG=x in the environment is asked alone for what is compiled: the bag's build cache is not used; unset GOCACHEPROG";
        assert_eq!(told.as_deref(), Some(want));
    }
}
