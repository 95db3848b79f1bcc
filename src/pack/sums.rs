//! The proofs of the checksum database, for everything that is packed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::packing::Plan;
use sumdb::head::SignedHead;
use sumdb::key::VerifierKey;

use super::work::Work;
use crate::capture;
use crate::capture::upstream::{Upstream, head_file, keep_head, keep_heads};
use crate::carried::older;
use crate::client::fetch::read_small;
use crate::client::goenv::GoEnv;
use crate::client::heads;
use crate::error::{Context, Result};
use crate::terminal::progress::say;

/// Which checksum data is fetched.
#[derive(Debug, Default)]
pub struct SumsOptions {
    /// The verifier key of another database than the one that `go env` names.
    pub key: Option<VerifierKey>,
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
    let Some(mut upstream) = Upstream::of(env, options.key.as_ref())? else {
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
        for head in heads_of(&older::open(file)?, &name) {
            keep_head(&dir, &name, &head)?;
        }
    }
    // Heads that were carried or imported are promises to clients as well.
    keep_heads(&dir, &name, &plan.captured_heads(&name))?;
    let (here, mut left_out) = known_here(&upstream, env);
    let here = here.map_or(Ok(None), |head| add_head(&dir, &name, &head))?;
    say(&format!("fetching the records of {name}"));
    let captured = match (capture::capture(&dir, &asked, &upstream), here) {
        (Err(first), Some(head)) => {
            // It may be newer than what upstream has, or older than what it has tiles for.
            fs::remove_file(&head).context(head.display())?;
            let captured = capture::capture(&dir, &asked, &upstream)?;
            left_out = Some(format!(
                "{name}: the head that go knows on this host is left out: {first}"
            ));
            captured
        }
        (captured, _) => captured?,
    };
    // Without a record there is nothing that a head could lead to.
    if let Some(text) = left_out.filter(|_| captured.found > 0) {
        plan.note(text);
    }
    if !captured.unknown.is_empty() {
        let unknown = captured.unknown.join(", ");
        plan.note(format!("{name} has no record of {unknown}"));
    }
    plan.add_captured(&dir);
    Ok(())
}

/// The signed heads that clients of `bag` may know, of the database with this name.
fn heads_of(bag: &Bag<'_>, database: &str) -> Vec<Vec<u8>> {
    let databases = bag.about().databases.iter();
    let held = databases.filter(|held| held.name == database);
    let earlier = held.flat_map(|held| held.heads.iter().map(|head| head.clone().into_bytes()));
    let latest = bag.get(&format!("sumdb/{database}/latest"));
    earlier.chain(latest.map(<[u8]>::to_vec)).collect()
}

/// The head that go knows on this host, if the database signed it; else why it is left out.
fn known_here(upstream: &Upstream, env: &GoEnv) -> (Option<Vec<u8>>, Option<String>) {
    let key = &upstream.key;
    let file = heads::folder(env, key.name()).join("latest");
    if !file.is_absolute() {
        return (None, None);
    }
    let opened = match read_small(&file) {
        Ok(note) if note.is_empty() => return (None, None),
        Ok(note) => SignedHead::open(key, &note)
            .map(|_| note)
            .map_err(|e| e.to_string()),
        Err(e) if e.kind() == ErrorKind::NotFound => return (None, None),
        Err(e) => Err(e.to_string()),
    };
    match opened {
        Ok(note) => (Some(note), None),
        Err(e) => (
            None,
            Some(format!("{}: {e}; it is left out", file.display())),
        ),
    }
}

/// Puts a head beside the captured data in `dir`; where it lies, unless it was there already.
fn add_head(dir: &Path, database: &str, head: &[u8]) -> Result<Option<PathBuf>> {
    let file = head_file(dir, database, head);
    let new = !file.exists();
    keep_head(dir, database, head)?;
    Ok(new.then_some(file))
}
