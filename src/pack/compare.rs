//! Comparing: what fails with the bag alone is run on the connected side, once. What fails there
//! as well is nothing that a bag could mend.

use std::collections::BTreeMap;

use bag::manifest::{Proof, ProofRow};

use super::online::Online;
use super::prove::Outcome;
use super::said::out_of_order;
use super::step::{Files, Step, told};
use crate::error::{Error, Result};
use crate::terminal::progress::Stage;

/// Why steps failed on the connected side, by their numbers; none where they succeeded.
pub type Tried = BTreeMap<usize, Option<String>>;

/// How typed lines ended while they were recorded, one after the other: tried again alone, a line
/// would find what others changed since.
pub fn recorded(steps: &[Step], lines: &[Option<String>]) -> Tried {
    let typed = steps.iter().enumerate();
    let typed = typed.filter(|(_, step)| step.files == Files::Shared);
    typed.map(|(n, _)| n).zip(lines.iter().cloned()).collect()
}

/// Runs the steps that failed sealed and were not tried before, and fetches what those missed
/// that succeed; that lies then where `online` has all it fetched.
///
/// # Errors
/// A command cannot be started.
pub fn try_online(
    online: &Online<'_>,
    steps: &[Step],
    outcomes: &[Outcome],
    tried: &mut Tried,
) -> Result<()> {
    let failed = |n: &usize| !outcomes[*n].ran.ok && !tried.contains_key(n);
    let failed: Vec<usize> = (0..steps.len()).filter(failed).collect();
    if !failed.is_empty() {
        let downloads = online.downloads();
        let mut stage = Stage::new("the same online:", failed.len(), Some(&downloads));
        for n in failed {
            let running = stage.begin(&steps[n].to_string());
            let step = &steps[n];
            let plain = step.untrimmed().filter(|_| step.runs_tests());
            let ran = online.run(plain.as_ref().unwrap_or(step))?;
            if let Some(why) = out_of_order(&ran.said()).filter(|_| !ran.ok) {
                return Err(Error::new(format!(
                    "cannot tell whether {step} succeeds online: {why}; nothing was written, run it again"
                )));
            }
            running.end(if ran.ok { "" } else { "fails as well" });
            let reason = (!ran.ok).then(|| ran.reason(online.runner()));
            tried.insert(n, reason);
        }
    }
    for (step, outcome) in missing(steps, outcomes, tried) {
        online.answer_words(step)?;
        for missed in &outcome.missed {
            online.fetch(missed)?;
        }
    }
    online.answer_proxied()
}

/// The steps that succeed on the connected side and not with the bag alone.
pub fn missing<'a>(
    steps: &'a [Step],
    outcomes: &'a [Outcome],
    tried: &Tried,
) -> Vec<(&'a Step, &'a Outcome)> {
    let ended = steps.iter().zip(outcomes).enumerate();
    let missing = ended.filter(|(n, (_, o))| !o.ran.ok && tried.get(n) == Some(&None));
    missing.map(|(_, pair)| pair).collect()
}

/// True where each step that failed was told to fail for the same reason on both sides: then it
/// lies in the sources and not in what could be reached.
pub fn is_settled(outcomes: &[Outcome], tried: &Tried) -> bool {
    let mut failed = outcomes.iter().enumerate().filter(|(_, o)| !o.ran.ok);
    failed.all(|(n, outcome)| tried.get(&n) == Some(&Some(outcome.reason.clone())))
}

/// The verdict over all steps, once none is [`missing`].
pub fn verdict(steps: &[Step], outcomes: &[Outcome], tried: &Tried) -> Vec<ProofRow> {
    let ended = steps.iter().zip(outcomes).enumerate();
    let row = |(n, (step, outcome)): (usize, (&Step, &Outcome))| ProofRow {
        command: step.command(),
        folder: step.folder.clone(),
        platform: step
            .platform
            .as_ref()
            .map_or(String::new(), ToString::to_string),
        sealed: outcome.ran.ok,
        online: match outcome.ran.ok {
            true => None,
            false => tried.get(&n).map(Option::is_none),
        },
        reason: match (outcome.ran.ok, tried.get(&n)) {
            (true, _) => String::new(),
            (false, Some(Some(online))) => online.clone(),
            (false, _) => outcome.reason.clone(),
        },
    };
    ended.map(row).collect()
}

/// What the bag says of the verdict. `go` is the version of the go command, and `isolated` tells
/// whether the commands had a network of their own.
pub fn proof(rows: Vec<ProofRow>, go: &str, isolated: bool) -> Proof {
    let proved = || rows.iter().filter(|row| row.sealed);
    let mut platforms: Vec<String> = proved().map(|row| row.platform.clone()).collect();
    platforms.retain(|platform| !platform.is_empty());
    platforms.sort();
    platforms.dedup();
    let commands = proved().map(|row| match row.platform.as_str() {
        "" => row.command.clone(),
        platform => format!("{} ({platform})", row.command),
    });
    Proof {
        go: go.to_string(),
        commands: commands.collect(),
        platforms,
        isolated,
        rows,
    }
}

/// The row of a command that failed, as a note.
pub fn note(row: &ProofRow) -> Option<String> {
    let command = told(&row.command, &row.folder, &row.platform);
    let reason = &row.reason;
    (!row.sealed).then(|| format!("{command}: fails online as well: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::super::go::Ran;
    use super::super::step::{Files, Workdir};
    use super::*;

    fn step(word: &str) -> Step {
        Step {
            words: vec![word.into()],
            flags: Vec::new(),
            workdir: Workdir::Scratch(0),
            folder: String::new(),
            platform: "linux/amd64".parse().ok(),
            files: Files::Fresh,
            without_cgo: false,
        }
    }

    fn outcome(ok: bool) -> Outcome {
        let (stdout, stderr) = (String::new(), String::new());
        Outcome {
            ran: Ran {
                ok,
                stdout,
                stderr,
                hashes: String::new(),
            },
            reason: if ok { String::new() } else { "sealed".into() },
            missed: Vec::new(),
        }
    }

    #[test]
    fn a_failure_is_settled_where_both_sides_tell_the_same() {
        let outcomes = [true, false].map(outcome);
        for (online, settled) in [
            (Some(Some("sealed")), true),
            (Some(Some("online")), false),
            (Some(None), false),
            (None, false),
        ] {
            let online = online.map(|reason| (1, reason.map(str::to_string)));
            let tried: Tried = online.into_iter().collect();
            assert_eq!(is_settled(&outcomes, &tried), settled, "{tried:?}");
        }
    }

    #[test]
    fn only_what_succeeds_online_is_missing() {
        let steps = ["build", "vet", "test"].map(step);
        let outcomes = [true, false, false].map(outcome);
        let tried = Tried::from([(1, Some("online".to_string())), (2, None)]);
        let missing = missing(&steps, &outcomes, &tried);
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].0.command(), "go test");
        let rows = verdict(&steps, &outcomes, &tried);
        let told: Vec<_> = rows
            .iter()
            .map(|r| (r.sealed, r.online, r.reason.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (true, None, ""),
                (false, Some(false), "online"),
                (false, Some(true), "sealed")
            ]
        );
        let proof = proof(rows, "go1.26.8", true);
        assert_eq!(
            proof.commands,
            ["go build (linux/amd64)"],
            "nothing else is proved"
        );
        let noted: Vec<_> = proof.rows.iter().filter_map(note).collect();
        assert_eq!(
            noted[0],
            "go vet (linux/amd64): fails online as well: online"
        );
    }
}
