//! The verdict of a proof, as a table.

use bag::manifest::Proof;

/// A line for every command that was run, and how it ended.
pub fn table(proof: &Proof) -> String {
    let rows = proof.rows.iter();
    rows.map(|r| format!("  {} {} {}\n", r.command, r.sealed, r.reason))
        .collect()
}
