//! The proofs of the checksum database, for everything that is packed.

use std::path::PathBuf;

use bag::packing::Plan;

use super::work::Work;
use crate::capture;
use crate::capture::upstream::{Upstream, keep_head, keep_heads};
use crate::carried::packed;
use crate::client::goenv::GoEnv;
use crate::error::Result;
use crate::terminal::progress::say;

/// Which checksum data is fetched.
#[derive(Debug, Default)]
pub struct SumsOptions {
    /// The verifier key of another database than the one that `go env` names.
    pub key: Option<String>,
    /// Files with signed heads that clients may know.
    pub known_heads: Vec<PathBuf>,
    /// Earlier bags, whose clients are to go on working.
    pub previous: Vec<PathBuf>,
}

/// Fetches records and tiles for everything in `plan`, and adds them to its captured data.
///
/// # Errors
/// The database cannot be reached, or does not agree with the modules.
pub fn add(plan: &mut Plan, options: &SumsOptions, env: &GoEnv, work: &Work) -> Result<()> {
    let Some(mut upstream) = Upstream::of(env, options.key.as_deref())? else {
        plan.note("GOSUMDB is off here: no checksum data is packed".to_string());
        return Ok(());
    };
    // There is nobody to ask about what is private.
    let name = upstream.key.name().to_string();
    let asked = plan.asked(&name);
    if asked.iter().all(|m| upstream.is_private(&m.path)) {
        return Ok(());
    }
    // The recording may have been told already.
    upstream.modcaches.push(work.mod_cache());
    let dir = work.folder("sums")?;
    keep_heads(&dir, &name, &options.known_heads)?;
    for file in &options.previous {
        for head in packed::heads(&packed::open(file)?, &name)? {
            keep_head(&dir, &name, &head)?;
        }
    }
    // Heads that were carried or imported are promises to clients as well.
    keep_heads(&dir, &name, &plan.captured_heads(&name))?;
    say(&format!("fetching the records of {name}"));
    let captured = capture::capture(&dir, &asked, &upstream)?;
    if !captured.unknown.is_empty() {
        let unknown = captured.unknown.join(", ");
        plan.note(format!("{name} has no record of {unknown}"));
    }
    plan.add_captured(&dir);
    Ok(())
}
