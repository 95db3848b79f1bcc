//! What failed when the bag was packed: good to know before it fails here.

use bag::manifest::Manifest;

use super::finding::Finding;
use crate::carried::verdict;

/// A note for each command of the proof that failed.
pub fn check(manifest: &Manifest) -> Vec<Finding> {
    let rows = manifest.proof.iter().flat_map(|proof| &proof.rows);
    let failed = rows.filter(|row| !row.sealed);
    let found = failed.map(|row| {
        let (what, outcome) = (verdict::told(row), verdict::outcome(row));
        let failed = outcome.replacen("fails", "failed when this bag was packed", 1);
        let all = "commands failed when this bag was packed";
        Finding::note(format!("{what} {failed}"), "").of_kind(&what, all, "gobag version")
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use bag::manifest::{Proof, ProofRow};

    use super::*;

    #[test]
    fn every_failure_is_a_note() {
        let row = |command: &str, sealed, online, reason: &str| ProofRow {
            command: command.into(),
            sealed,
            online,
            reason: reason.into(),
            ..ProofRow::default()
        };
        let manifest = Manifest {
            proof: Some(Proof {
                rows: vec![
                    row("go build ./...", true, None, ""),
                    row("go vet ./...", false, Some(false), "./main.go:7: odd"),
                    ProofRow {
                        folder: "tools".into(),
                        platform: "linux/arm64".into(),
                        ..row("go build ./...", false, None, "exit status 1")
                    },
                ],
                ..Proof::default()
            }),
            ..Manifest::default()
        };
        let told: Vec<String> = check(&manifest).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "note: `go vet ./...` failed when this bag was packed, online as well: ./main.go:7: odd",
                "note: `go build ./...` in tools for linux/arm64 failed when this bag was packed, and was not tried online: exit status 1",
            ]
        );
        assert_eq!(check(&Manifest::default()), []);
    }
}
