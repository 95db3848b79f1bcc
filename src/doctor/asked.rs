//! What go itself says of a project: it finds all that a build needs, from the bag alone, or says
//! what it lacks. Asked for packages, it compiles nothing, and what it writes lies in a folder for
//! that alone; a build is that of `gobag exec`, and what it makes is thrown away.

use std::io;
use std::path::Path;
use std::process::Stdio;

use bag::Bag;
use tempfile::TempDir;

use super::aside::{Copies, Written};
use super::finding::{Finding, Level};
use super::host::Host;
use super::project::ProjectFiles;
use super::questions::{Questions, SCRATCH};
use crate::error::{Context, Error, Result};
use crate::exec::Ready;
use crate::pack::said::{reason, telling};
use crate::process::cleanup;
use crate::process::jail::Mode;
use crate::server::beside::Beside;
use crate::server::log::Log;
use crate::server::service::Proxy;
use crate::terminal::progress::Waiting;

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
    /// It could not be run, and why.
    Unable(String),
    /// It was not asked, or gave no answer in time.
    Nothing,
}

/// Whether go can be asked without a change to the project, by whatever go that is.
pub fn may_ask(host: &Host, written: &Written) -> bool {
    has_modules(host) && *written == Written::Nothing
}

/// Whether a build can be had without a change to the project, by whatever go that is.
pub fn may_build(host: &Host, written: &Written) -> bool {
    has_modules(host) && !matches!(written, Written::Named(_))
}

fn has_modules(host: &Host) -> bool {
    host.get("GO111MODULE") != "off"
}

/// Builds `project`, looked at in `dir`, as `gobag exec` would, and keeps nothing of what that makes
/// but what go keeps in its caches; tells what it changes in the project's files, of which go gets
/// copies where it is one to have `written` to them.
pub fn build(
    bag: &Bag<'static>,
    dir: &Path,
    project: &ProjectFiles,
    host: &Host,
    written: &Written,
) -> (Said, Option<Finding>) {
    let built = || -> Result<(Said, Option<Finding>)> {
        let ready = Ready::made(bag, "go".as_ref(), None, false)?;
        let proxy = Proxy::on_loopback(bag.clone())?;
        let mut go = ready.command("go".as_ref(), &proxy, false)?;
        go.arg("build");
        // As go takes them, which runs there.
        let here = std::path::absolute(dir).context(dir.display())?;
        let scratch = scratch(&here.join(std::env::temp_dir()));
        // go has a better word for a folder that cannot be written to.
        let copies = match &scratch {
            Ok(scratch) => Copies::made(written, project, scratch.path())?,
            Err(_) if *written == Written::Nothing => Copies::default(),
            Err(e) => return Err(Error::new(format!("cannot make a folder: {e}"))),
        };
        copies.used_by(&mut go);
        go.args(["-o", NOTHING]).args(project.patterns(dir));
        go.current_dir(dir).stdin(Stdio::null());
        // What go and a C compiler leave where they are killed.
        if let Ok(scratch) = &scratch {
            go.env("TMPDIR", scratch.path());
        }
        let of_go = host.get("GOTMPDIR");
        let of_go = (!of_go.is_empty()).then(|| self::scratch(&here.join(of_go)));
        if let Some(Ok(scratch)) = &of_go {
            go.env("GOTMPDIR", scratch.path());
        }
        let server = Beside::start(proxy, Mode::Try, Log::Off)?;
        let waiting = Waiting::begin("building");
        let output = cleanup::output(&mut go).context("cannot run go");
        drop(waiting);
        // What go says counts, however that ended.
        let _ = server.end();
        let output = output?;
        if output.status.success() {
            return Ok((Said::Built, copies.changed()));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines = telling(&said).take(LINES);
        let lines: Vec<String> = lines.map(|line| shown(&reason(line))).collect();
        let reason = match lines.is_empty() {
            true => output.status.to_string(),
            false => lines.join("; "),
        };
        Ok((Said::Refused(reason), None))
    };
    built().unwrap_or_else(|e| (Said::Unable(e.to_string()), None))
}

/// A folder in `folder` for as long as go runs, which goes with a signal as well.
fn scratch(folder: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(SCRATCH);
    cleanup::made(|| builder.tempdir_in(folder), TempDir::path)
}

/// What go says of the packages that a build needs.
pub fn ask(questions: &Questions<'_>) -> Said {
    match questions.run(&["list", "-deps", "./..."], &[]) {
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

/// Files of modules by their names alone: where they were for this question is gone.
fn shown(reason: &str) -> String {
    let words = reason
        .split(' ')
        .map(|word| match word.split_once(SCRATCH) {
            Some((_, rest)) => {
                let below = rest.split_once("/mod/").or(rest.split_once('/'));
                below.map_or(word, |(_, name)| name)
            }
            None => word,
        });
    words.collect::<Vec<_>>().join(" ")
}

/// What the rules found in the project's files where go says otherwise: it has the last word.
pub fn weighed(mut found: Vec<Finding>, said: &Said) -> Vec<Finding> {
    if matches!(said, Said::Fine(_) | Said::Built) {
        for finding in &mut found {
            finding.level = finding.level.max(Level::Warning);
        }
    }
    found
}

/// What go said where nothing that the rules `found` is the cause of that: they know the remedies.
pub fn unexplained(found: &[Finding], said: &Said) -> Option<Finding> {
    let is_broken = found.iter().any(|f| f.level == Level::Error);
    match said {
        Said::Refused(reason) if !is_broken => {
            let what = format!("go build ./... fails: {reason}");
            Some(Finding::error(what, remedy(reason)))
        }
        Said::Unable(why) if !is_broken => {
            let what = format!("gobag exec -- go build ./... would fail: {why}");
            Some(Finding::error(what, ""))
        }
        _ => None,
    }
}

/// Whether what go said may be for want of a place to write to.
pub fn lacks_a_place(said: &Said) -> bool {
    const WORDS: [&str; 6] = [
        "no space left",
        "quota exceeded",
        "ead-only file system",
        "ermission denied",
        "creating work dir",
        "build cache",
    ];
    match said {
        Said::Refused(reason) => WORDS.iter().any(|words| reason.contains(words)),
        said => matches!(said, Said::Unable(_)),
    }
}

/// What to do about what go says, where it is something of modules.
fn remedy(reason: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["VCS status"]) {
        "gobag exec -- go build -buildvcs=false ./..."
    } else if has(&["inconsistent vendoring"]) {
        "gobag exec -- go mod vendor"
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
    fn what_go_says_has_its_remedy() {
        for (reason, want) in [
            (
                "inconsistent vendoring in /x: a@v1.0.0: is explicitly required in go.mod, but not marked so",
                "gobag exec -- go mod vendor",
            ),
            ("updates to go.mod needed", "gobag exec -- go mod tidy"),
            (
                "import lookup disabled by -mod=vendor",
                "gobag exec -- go mod vendor",
            ),
            ("undefined: b", ""),
        ] {
            assert_eq!(remedy(reason), want, "{reason}");
        }
    }

    #[test]
    fn a_module_is_named_without_the_folder() {
        let said = "../tmp/gobag-doctor-x1/mod/a.test/a@v1.0.0/a.go:3:8: no a b";
        assert_eq!(shown(said), "a.test/a@v1.0.0/a.go:3:8: no a b");
        let said = "parsing /tmp/gobag-doctor-x1/go.work:3: no";
        assert_eq!(shown(said), "parsing go.work:3: no");
    }

    #[test]
    fn go_has_the_last_word() {
        let rules = || vec![Finding::error("a", "b"), Finding::note("c", "")];
        let levels = |found: &[Finding]| found.iter().map(|f| f.level).collect::<Vec<_>>();
        let fine = weighed(rules(), &Said::Fine(1));
        assert_eq!(levels(&fine), [Level::Warning, Level::Note]);
        let refused = Said::Refused("x: updates to go.mod needed".into());
        assert_eq!(weighed(rules(), &refused), rules());
        assert_eq!(unexplained(&rules(), &refused), None);
        let alone = unexplained(&[Finding::note("c", "")], &refused);
        assert_eq!(
            alone.unwrap().to_string(),
            "error: go build ./... fails: x: updates to go.mod needed; gobag exec -- go mod tidy"
        );
        assert_eq!(weighed(rules(), &Said::Nothing), rules());
    }
}
