//! Capturing checksum data: from the connected side into `sumdb/` of a folder of modules.
//!
//! For every version the record is looked up, then every tile that proves the records and the
//! heads of earlier bags under the newest head seen. Packing checks all of it; here it is proved
//! as well before it goes into the user's cache, and what came from there is asked for anew where
//! it proves nothing. What was fetched stays where it is written, so that a second run fetches
//! only what is missing.

mod cache;
mod kept;
mod obtained;
mod run;
pub mod upstream;

use std::path::Path;

use sumdb::capture::Expected;
use sumdb::key::SUM_GOLANG_ORG;

use self::cache::Cache;
use self::kept::Kept;
use self::obtained::Obtained;
use self::run::Run;
use self::upstream::Upstream;
use crate::client::fetch::Fetcher;
use crate::error::{Context, Error, Result};

/// How many requests are under way at once.
const PARALLEL: usize = 16;

/// What a capture found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// How many versions have a record.
    pub found: usize,
    /// Those that the database has no record of, or that a proxy refuses to look up:
    /// `path@version`, and in the second case the status.
    pub unknown: Vec<String>,
    /// How many versions are private and were not asked for.
    pub private: usize,
}

/// Captures the records of `modules` into `dir/sumdb/`.
///
/// # Errors
/// A place that cannot be reached or fails, after several tries; what was fetched stays.
pub fn capture(dir: &Path, modules: &[Expected], upstream: &Upstream) -> Result<Captured> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(PARALLEL)
        .build()
        .context("cannot start threads")?;
    let name = upstream.key.name();
    let fetcher = Fetcher::new(PARALLEL, upstream.auth.clone());
    let base = upstream.base(&fetcher)?;
    let mut run = Run {
        kept: Kept::new(dir, name),
        cache: Cache::new(name, &upstream.modcaches),
        use_cache: true,
        key: &upstream.key,
        base,
        fetcher,
    };
    let key = upstream.key.to_string();
    if key != SUM_GOLANG_ORG {
        // Packing knows no other; the user named this one.
        run.kept.keep("key", format!("{key}\n").as_bytes())?;
    }
    let asked: Vec<Expected> = modules
        .iter()
        .filter(|m| !upstream.is_private(&m.path))
        .cloned()
        .collect();
    pool.install(|| {
        let obtained = Obtained::default();
        let mut captured = run.capture(&asked, &obtained)?;
        if captured.is_none() {
            // Something that was kept proves nothing: all is asked for, and kept in its place.
            run.use_cache = false;
            obtained.forget_cached();
            captured = run.capture(&asked, &obtained)?;
        }
        let mut captured = captured.ok_or_else(|| {
            Error::new("the checksum database hands out tiles that prove nothing; try again later")
        })?;
        captured.private = modules.len() - asked.len();
        Ok(captured)
    })
}
