//! Capturing checksum data: from the connected side into `sumdb/` of a folder of modules.
//!
//! For every version the record is looked up, then every tile that proves the records and the
//! heads of earlier bags under the newest head seen. Nothing is believed here: packing checks
//! all of it. What was fetched stays where it is written, so that a second run fetches only
//! what is missing.

mod kept;
pub mod upstream;

use std::fs;
use std::path::Path;

use gomod::module;
use rayon::prelude::*;
use sumdb::assemble::missing_tiles;
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::head::SignedHead;
use sumdb::tile::Tile;

use self::kept::Kept;
use self::upstream::Upstream;
use crate::client::fetch::{Fetched, Fetcher};
use crate::client::goproxy::ProxyKind;
use crate::error::{Context, Error, Result};
use crate::terminal::progress::Progress;

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
    let run = Run {
        kept: Kept::new(dir, upstream.key.name()),
        upstream,
        fetcher: Fetcher::new(PARALLEL),
    };
    let base = run.base()?;
    pool.install(|| run.capture(&base, modules))
}

/// The answer to one lookup, or the line that tells of none.
type Answer = std::result::Result<Lookup, String>;

struct Run<'a> {
    kept: Kept,
    upstream: &'a Upstream,
    fetcher: Fetcher,
}

impl Run<'_> {
    /// The URL below which the database answers: that of the first proxy that supports it,
    /// else the database's own (go.dev/ref/mod#checksum-database).
    fn base(&self) -> Result<String> {
        let name = self.upstream.key.name();
        if let Some(url) = &self.upstream.url {
            return Ok(url.trim_end_matches('/').to_string());
        }
        for spec in &self.upstream.proxies {
            let proxy = match &spec.kind {
                ProxyKind::Proxy(url) if url.starts_with("file:") => continue,
                ProxyKind::Proxy(url) => url,
                ProxyKind::Direct | ProxyKind::Off => break,
            };
            let base = format!("{proxy}/sumdb/{name}");
            let answer = match self.fetcher.get(&format!("{base}/supported")) {
                Ok(Fetched::Found(_)) => return Ok(base),
                Ok(Fetched::NotFound) => Ok(()),
                Ok(Fetched::Refused(status)) => Err(Error::new(format!("{base}: {status}"))),
                Err(e) => Err(e),
            };
            if !spec.fall_back_on_error {
                answer.context("cannot reach the checksum database")?;
            }
        }
        Ok(format!("https://{name}"))
    }

    fn capture(&self, base: &str, modules: &[Expected]) -> Result<Captured> {
        let asked: Vec<&Expected> = modules
            .iter()
            .filter(|m| !module::match_prefix_patterns(&self.upstream.private, &m.path))
            .collect();
        let progress = Progress::new("checksum records", asked.len());
        let answers: Vec<Result<Answer>> = asked
            .par_iter()
            .map(|m| {
                let answer = self.lookup(base, m);
                progress.step();
                answer
            })
            .collect();
        drop(progress);
        let mut captured = Captured {
            private: modules.len() - asked.len(),
            ..Captured::default()
        };
        self.latest(base)?;
        let mut capture = Capture {
            heads: self.kept.heads()?,
            ..Capture::default()
        };
        let mut failures = Vec::new();
        for answer in answers {
            match answer {
                Ok(Ok(lookup)) => capture.lookups.push(lookup),
                Ok(Err(unknown)) => captured.unknown.push(unknown),
                Err(e) => failures.push(e),
            }
        }
        if let Some(first) = failures.first() {
            let n = failures.len();
            return Err(Error::new(format!(
                "{n} of {} lookups failed, run it again to go on; the first: {first}",
                asked.len()
            )));
        }
        captured.found = capture.lookups.len();
        self.tiles(base, capture, &asked)?;
        Ok(captured)
    }

    /// The answer for one version, from an earlier run or the network.
    fn lookup(&self, base: &str, module: &Expected) -> Result<Answer> {
        let (path, version) = (&module.path, &module.version);
        let escaped_path = module::escape_path(path).map_err(Error::new)?;
        let escaped_version = module::escape_version(version).map_err(Error::new)?;
        let name = format!("lookup/{escaped_path}@{escaped_version}");
        let bytes = match self.kept.read(&name) {
            Some(bytes) => bytes,
            None => match self.fetcher.get(&format!("{base}/{name}"))? {
                Fetched::NotFound => return Ok(Err(format!("{path}@{version}"))),
                Fetched::Refused(status) => return Ok(Err(format!("{path}@{version} ({status})"))),
                Fetched::Found(bytes) => {
                    self.kept.keep(&name, &bytes)?;
                    bytes
                }
            },
        };
        Ok(Ok(Lookup {
            path: path.clone(),
            version: version.clone(),
            bytes,
        }))
    }

    /// Fetches the tiles that are missing, until none is.
    fn tiles(&self, base: &str, mut capture: Capture, asked: &[&Expected]) -> Result<()> {
        let expected: Vec<Expected> = asked.iter().map(|m| (*m).clone()).collect();
        for (name, file) in self.kept.tiles()? {
            let bytes = fs::read(&file).context(file.display())?;
            capture.tiles.insert(name, &bytes).context(file.display())?;
        }
        // What is missing is known at once; a second round comes of tiles that were outgrown.
        for _ in 0..4 {
            let missing = missing_tiles(&self.upstream.key, &capture, &expected)
                .context("the checksum database does not agree with the modules")?;
            if missing.is_empty() {
                return Ok(());
            }
            let progress = Progress::new("checksum tiles", missing.len());
            let fetched: Vec<Result<(Tile, Vec<u8>)>> = missing
                .par_iter()
                .map(|tile| {
                    let fetched = self.tile(base, *tile);
                    progress.step();
                    let (tile, bytes) = fetched?;
                    self.kept.keep(&tile.to_string(), &bytes)?;
                    Ok((tile, bytes))
                })
                .collect();
            for tile in fetched {
                let (tile, bytes) = tile?;
                capture.tiles.insert(tile, &bytes).context(tile)?;
            }
        }
        Err(Error::new(
            "the checksum database hands out tiles that prove nothing; try again later",
        ))
    }

    /// A tile, or the full one in its place once the database has outgrown it.
    fn tile(&self, base: &str, tile: Tile) -> Result<(Tile, Vec<u8>)> {
        let full = tile.full().filter(|full| *full != tile);
        for wanted in std::iter::once(tile).chain(full) {
            if let Fetched::Found(bytes) = self.fetcher.get(&format!("{base}/{wanted}"))? {
                return Ok((wanted, bytes));
            }
        }
        Err(Error::new(format!("{base}/{tile}: not found")))
    }

    /// Fetches the newest head: lookups may all carry older ones. Not every proxy hands it out.
    fn latest(&self, base: &str) -> Result<()> {
        let url = format!("{base}/latest");
        if let Ok(Fetched::Found(note)) = self.fetcher.get(&url) {
            SignedHead::open(&self.upstream.key, &note).context(url)?;
            self.kept.keep("latest", &note)?;
        }
        Ok(())
    }
}
