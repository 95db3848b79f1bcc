//! What go itself says of a project: it finds all that a build needs, from the bag alone, or says
//! what it lacks. Asked for packages, it compiles nothing, and what it writes lies in a folder for
//! that alone; a build is that of `gobag exec`, and what it makes is thrown away.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use bag::Bag;

use super::finding::{Finding, Level};
use super::host::Host;
use super::settings::mod_flag;
use crate::client::settings;
use crate::error::{Context, Result};
use crate::exec::Ready;
use crate::pack::said::{reason, telling};
use crate::process::caches::Place;
use crate::process::cleanup;
use crate::process::jail::Mode;
#[cfg(unix)]
use crate::process::signals;
use crate::server::beside::Beside;
use crate::server::log::Log;
use crate::server::service::Proxy;

/// How long go may take: it downloads and extracts what it looks into.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the folder begins that go writes to.
const SCRATCH: &str = "gobag-doctor-";

/// How many of the lines of a build are told.
const LINES: usize = 5;

/// The file that is none.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// What came of asking go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It finds all that it needs: so many packages, those of the standard library included.
    Fine(u64),
    /// It builds them.
    Built,
    /// It does not, in its own words.
    Refused(String),
    /// It was not asked, or gave no answer in time.
    Nothing,
}

/// Whether go can be asked without a change to the project, by whatever go that is.
pub fn may_ask(host: &Host, workspace: bool, vendored: bool) -> bool {
    let modules = host.get("GO111MODULE") != "off";
    modules && written(host, workspace, vendored).is_none()
}

/// What go writes to the project that it is asked about: told `-mod=mod` go.mod, and in a workspace
/// go.work.sum.
fn written(host: &Host, workspace: bool, vendored: bool) -> Option<&'static str> {
    if mod_flag(host) == Some("mod") {
        return Some("go.mod and go.sum");
    }
    (workspace && !vendored).then_some("go.work.sum")
}

/// What to say where a build is wanted, and would change the project.
pub fn unbuilt(host: &Host, workspace: bool, vendored: bool) -> Option<Finding> {
    let files = written(host, workspace, vendored)?;
    let what = format!("go build ./... may write to {files} here, and was not run");
    Some(Finding::warning(what, "gobag exec -- go build ./..."))
}

/// Builds `packages` as `gobag exec` would in `dir`, and keeps nothing of what that makes but what
/// go keeps in its caches.
///
/// # Errors
/// go cannot be run, or what it lacks here not be made.
pub fn build(bag: &Bag<'static>, dir: &Path, packages: &[String]) -> Result<Said> {
    cleanup::handle_signals()?;
    let ready = Ready::made(bag, None, false)?;
    let proxy = Proxy::on_loopback(bag.clone())?;
    let mut go = ready.command("go".as_ref(), &proxy, false)?;
    go.args(["build", "-o", NOTHING]).args(packages);
    go.current_dir(dir).stdin(Stdio::null());
    let server = Beside::start(proxy, Mode::Try, Log::Off)?;
    let output = cleanup::output(&mut go).context("cannot run go");
    // What go says counts, however that ended.
    let _ = server.end();
    let output = output?;
    if output.status.success() {
        return Ok(Said::Built);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<String> = telling(&said).take(LINES).map(reason).collect();
    Ok(Said::Refused(match lines.is_empty() {
        true => output.status.to_string(),
        false => lines.join("; "),
    }))
}

/// Asks the go command on PATH about the project in `dir`.
pub fn ask(bag: &Bag<'static>, dir: &Path, host: &Host) -> Said {
    match listed(bag, dir, host) {
        Ok(Some(output)) if output.status.success() => {
            let packages = output.stdout.iter().filter(|byte| **byte == b'\n');
            Said::Fine(packages.count() as u64)
        }
        Ok(Some(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            // Too little room for a try says nothing of the project.
            match said.contains("no space left") || said.contains("quota exceeded") {
                true => Said::Nothing,
                false => Said::Refused(shown(&reason(&said))),
            }
        }
        Ok(None) | Err(_) => Said::Nothing,
    }
}

/// Runs `go list` with the bag as its only proxy; nothing where it takes too long.
fn listed(bag: &Bag<'static>, dir: &Path, host: &Host) -> Result<Option<Output>> {
    cleanup::handle_signals()?;
    let scratch = Place::passing(SCRATCH)?;
    let proxy = Proxy::on_loopback(bag.clone())?;
    let (manifest, url) = (proxy.manifest(), proxy.url());
    let mut go = Command::new("go");
    go.args(["list", "-deps", "./..."])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .envs(settings::client(manifest, &url, &host.env, None))
        .env("GOTOOLCHAIN", "local")
        .env("GOPATH", scratch.path())
        .env("GOMODCACHE", scratch.path().join("mod"))
        .env("GOCACHE", scratch.path().join("cache"));
    let server = Beside::start(proxy, Mode::Try, Log::Off)?;
    let output = in_time(&mut go);
    // What go says counts, however that ended.
    let _ = server.end();
    output
}

fn in_time(command: &mut Command) -> Result<Option<Output>> {
    let child = cleanup::spawn(command).context("cannot run go")?;
    let id = child.id();
    let (tell, hear) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        // Who waits may have given up.
        let _ = tell.send(child.wait_with_output());
    });
    let output = hear.recv_timeout(PATIENCE);
    if output.is_err() {
        #[cfg(unix)]
        signals::kill_group(id);
    }
    let _ = waiting.join();
    cleanup::forget(id);
    output.ok().transpose().context("cannot run go")
}

/// Files of modules by their names alone: where they were for this question is gone.
fn shown(reason: &str) -> String {
    let words = reason
        .split(' ')
        .map(|word| match word.split_once(SCRATCH) {
            Some((_, rest)) => rest.split_once("/mod/").map_or(word, |(_, name)| name),
            None => word,
        });
    words.collect::<Vec<_>>().join(" ")
}

/// Puts together what the rules found in the project's files, and what go says: it has the last
/// word, and the rules know the remedies.
pub fn weighed(mut found: Vec<Finding>, said: &Said) -> Vec<Finding> {
    let broken = found.iter().any(|f| f.level == Level::Error);
    match said {
        Said::Fine(_) | Said::Built => {
            for finding in &mut found {
                finding.level = finding.level.max(Level::Warning);
            }
        }
        Said::Refused(reason) if !broken => {
            let what = format!("go build ./... fails: {reason}");
            found.push(Finding::error(what, remedy(reason)));
        }
        Said::Refused(_) | Said::Nothing => {}
    }
    found
}

/// What to do about what go says, where it is something of modules.
fn remedy(reason: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["VCS status"]) {
        "gobag exec -- go build -buildvcs=false ./..."
    } else if has(&["go.sum", "go.mod", "go mod tidy", "no required module"]) {
        "gobag exec -- go mod tidy"
    } else if has(&["vendor"]) {
        "gobag exec -- go mod vendor"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_without_the_folder() {
        let said = "../tmp/gobag-doctor-x1/mod/a.test/a@v1.0.0/a.go:3:8: no a b";
        assert_eq!(shown(said), "a.test/a@v1.0.0/a.go:3:8: no a b");
    }

    #[test]
    fn go_has_the_last_word() {
        let rules = || vec![Finding::error("a", "b"), Finding::note("c", "")];
        let levels = |found: &[Finding]| found.iter().map(|f| f.level).collect::<Vec<_>>();
        let fine = weighed(rules(), &Said::Fine(1));
        assert_eq!(levels(&fine), [Level::Warning, Level::Note]);
        let refused = Said::Refused("x: updates to go.mod needed".into());
        assert_eq!(weighed(rules(), &refused), rules());
        let alone = weighed(Vec::new(), &refused);
        assert_eq!(
            alone[0].to_string(),
            "error: go build ./... fails: x: updates to go.mod needed; gobag exec -- go mod tidy"
        );
        assert_eq!(weighed(rules(), &Said::Nothing), rules());
    }
}
