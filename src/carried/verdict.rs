//! The verdict of a proof, as a person reads it.

use bag::manifest::{Proof, ProofRow};

use crate::terminal::printable::printable;

/// The proof as a table: a line a command, with its folder, its platform and how it ended, under
/// a line that says what ran and where. Only a command that succeeded with the bag alone is `ok`.
///
/// A bag of an older gobag has no rows, and lists what succeeded.
pub fn table(proof: &Proof) -> String {
    let go = printable(&proof.go);
    if proof.rows.is_empty() {
        let commands = proof
            .commands
            .iter()
            .map(|c| format!("  {}\n", printable(c)));
        return format!("proved offline with {go}:\n") + &commands.collect::<String>();
    }
    let proved = match proof.rows.iter().any(|row| row.sealed) {
        true => "proved",
        false => "nothing proved",
    };
    let place = match proof.isolated {
        true => "in a network of its own",
        false => "kept from the network by its environment alone",
    };
    let mut text = format!("{proved} with {go} {place}:\n");
    let cells = proof.rows.iter().map(|row| {
        let place = match row.folder.as_str() {
            "" => String::new(),
            folder => format!("in {}", printable(folder)),
        };
        [printable(&row.command), place, printable(&row.platform)]
    });
    let cells: Vec<[String; 3]> = cells.collect();
    let width = |column: usize| cells.iter().map(|c| c[column].len()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for (row, cells) in proof.rows.iter().zip(&cells) {
        text += "  ";
        for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| *width > 0) {
            text += &format!("{cell:width$}  ");
        }
        text += &outcome(row);
        text.push('\n');
    }
    text
}

/// A command in a sentence: `` `go vet ./...` in tools for linux/arm64 ``.
pub fn told(row: &ProofRow) -> String {
    let mut text = format!("`{}`", printable(&row.command));
    if !row.folder.is_empty() {
        text += &format!(" in {}", printable(&row.folder));
    }
    if !row.platform.is_empty() {
        text += &format!(" for {}", printable(&row.platform));
    }
    text
}

/// How a command ended: `ok`, or that it fails, whether it does so online as well, and why.
pub fn outcome(row: &ProofRow) -> String {
    if row.sealed {
        return "ok".to_string();
    }
    let how = match row.online {
        Some(false) => "fails, online as well",
        Some(true) => "fails, and succeeds online",
        None => "fails, and was not tried online",
    };
    match row.reason.as_str() {
        "" => how.to_string(),
        reason => format!("{how}: {}", printable(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(command: &str, platform: &str, sealed: bool) -> ProofRow {
        ProofRow {
            command: command.into(),
            platform: platform.into(),
            sealed,
            ..ProofRow::default()
        }
    }

    fn proof(isolated: bool, rows: Vec<ProofRow>) -> Proof {
        Proof {
            go: "go1.26.8".into(),
            commands: vec!["go build ./...".into()],
            isolated,
            rows,
            ..Proof::default()
        }
    }

    #[test]
    fn columns_are_aligned_and_failures_have_their_reason() {
        let failed = |online, reason: &str| ProofRow {
            online,
            reason: reason.into(),
            ..row("go vet ./...", "", false)
        };
        let ok = || row("go build ./...", "linux/amd64", true);
        for (proof, want) in [
            (
                proof(
                    true,
                    vec![ok(), failed(Some(false), "./m.go:7:2: odd\x1b[2J")],
                ),
                "proved with go1.26.8 in a network of its own:\n\
                \x20 go build ./...  linux/amd64  ok\n\
                \x20 go vet ./...                 fails, online as well: ./m.go:7:2: odd\\x1b[2J\n",
            ),
            (
                proof(
                    false,
                    vec![
                        ProofRow {
                            folder: "tools".into(),
                            ..ok()
                        },
                        failed(Some(true), "x"),
                    ],
                ),
                "proved with go1.26.8 kept from the network by its environment alone:\n\
                \x20 go build ./...  in tools  linux/amd64  ok\n\
                \x20 go vet ./...                           fails, and succeeds online: x\n",
            ),
            (
                proof(true, vec![failed(None, "")]),
                "nothing proved with go1.26.8 in a network of its own:\n\
                \x20 go vet ./...  fails, and was not tried online\n",
            ),
            // What an older gobag wrote.
            (
                proof(false, Vec::new()),
                "proved offline with go1.26.8:\n  go build ./...\n",
            ),
        ] {
            assert_eq!(table(&proof), want);
        }
    }
}
