//! One capture: records, the newest head, and the tiles that prove the first under the second.

use gomod::module;
use rayon::prelude::*;
use sumdb::assemble::{assemble, missing_tiles};
use sumdb::assembled::Reason;
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::head::SignedHead;
use sumdb::key::VerifierKey;
use sumdb::record::Record;
use sumdb::tile::Tile;

use super::Captured;
use super::cache::{Cache, Cached, Source};
use super::kept::Kept;
use super::obtained::Obtained;
use crate::client::fetch::{Fetched, Fetcher, read_small};
use crate::client::place::Place;
use crate::error::{Context, Error, Result};
use crate::terminal::progress::Progress;
use crate::terminal::size::count;

/// Where a capture writes to and asks.
pub struct Run<'a> {
    /// The folder of modules.
    pub kept: Kept,
    /// What need not be asked for.
    pub cache: Cache,
    /// False to write to the cache alone.
    pub use_cache: bool,
    /// The key of the database.
    pub key: &'a VerifierKey,
    /// The place below which it answers.
    pub base: Place,
    /// What asks there.
    pub fetcher: Fetcher,
}

/// The answer about one version.
enum Answer {
    /// It is whole: of an earlier run, or asked for.
    Whole(Lookup),
    /// A record that goes under the head of this run.
    Cached(Cached),
    /// There is none, as a line that says it.
    Unknown(String),
}

impl Run<'_> {
    /// Captures the records of `asked`; nothing where what was cached proves nothing. What was
    /// asked for stays in `obtained` then.
    pub fn capture(&self, asked: &[Expected], obtained: &Obtained) -> Result<Option<Captured>> {
        let progress = Progress::new("checksum records", asked.len());
        let answers = all(asked, |m| {
            let answer = self.answer(m, obtained);
            progress.step();
            answer
        })?;
        drop(progress);
        self.latest()?;
        let mut capture = Capture {
            heads: self.kept.heads()?,
            ..Capture::default()
        };
        let mut captured = Captured::default();
        let mut cached = Vec::new();
        for (module, answer) in asked.iter().zip(answers) {
            match answer {
                Answer::Whole(lookup) => capture.lookups.push(lookup),
                Answer::Cached(record) => cached.push((module, record)),
                Answer::Unknown(line) => captured.unknown.push(line),
            }
        }
        self.put_under_head(&mut capture, &mut captured, cached, obtained)?;
        captured.found = capture.lookups.len();
        let complete = self.tiles(&mut capture, asked, obtained)?;
        if !complete || !self.is_proved(&capture, asked) {
            // What is complete and proves nothing all the same, packing says what is wrong with.
            let done = complete && !obtained.is_mixed();
            return Ok(done.then_some(captured));
        }
        for (name, bytes, source) in obtained.held().iter() {
            if *source != Source::Asked {
                self.kept.keep(name, bytes)?;
            }
            if *source != Source::Own {
                self.cache.keep(name, bytes);
            }
        }
        Ok(Some(captured))
    }

    /// The answer for one version: of an earlier run, of the cache, or of the database.
    fn answer(&self, module: &Expected, obtained: &Obtained) -> Result<Answer> {
        let name = name(module)?;
        if let Some(bytes) = self.kept.read(&name) {
            return Ok(Answer::Whole(lookup(module, bytes)));
        }
        let cached = self
            .use_cache
            .then(|| self.cache.record(self.key, &name, module));
        match cached.flatten() {
            Some(cached) => Ok(Answer::Cached(cached)),
            None => self.ask(module, &name, obtained),
        }
    }

    fn ask(&self, module: &Expected, name: &str, obtained: &Obtained) -> Result<Answer> {
        let (path, version) = (&module.path, &module.version);
        Ok(match self.fetcher.get(&self.base.join(name))? {
            Fetched::NotFound => Answer::Unknown(format!("{path}@{version}")),
            Fetched::Refused(status) => Answer::Unknown(format!("{path}@{version} ({status})")),
            Fetched::Found(bytes) => {
                self.kept.keep(name, &bytes)?;
                obtained.push(name, &bytes, Source::Asked);
                Answer::Whole(lookup(module, bytes))
            }
        })
    }

    /// Fetches the newest head: lookups may all carry older ones. Not every proxy hands it out.
    fn latest(&self) -> Result<()> {
        let place = self.base.join("latest");
        if let Ok(Fetched::Found(note)) = self.fetcher.get(&place) {
            SignedHead::open(self.key, &note).context(place)?;
            self.kept.keep("latest", &note)?;
        }
        Ok(())
    }

    /// Puts cached records under the newest head of this run. A head of the cache counts only
    /// where there is no other: the place that is asked may not know it. A record that the head
    /// does not reach is asked for.
    fn put_under_head(
        &self,
        capture: &mut Capture,
        captured: &mut Captured,
        cached: Vec<(&Expected, Cached)>,
        obtained: &Obtained,
    ) -> Result<()> {
        let notes = capture.lookups.iter().filter_map(|lookup| {
            let (_, note) = Record::parse_answer(&lookup.bytes).ok()?;
            Some(note)
        });
        let notes = notes.chain(capture.heads.iter().map(Vec::as_slice));
        let open = |note: &[u8]| SignedHead::open(self.key, note).ok();
        let newest = notes.filter_map(open).max_by_key(|head| head.head().size);
        let older = || cached.iter().map(|(_, c)| &c.head);
        let newest = newest.or_else(|| older().max_by_key(|head| head.head().size).cloned());
        let Some(head) = newest else {
            return Ok(());
        };
        let (under, beyond): (Vec<_>, Vec<_>) = cached
            .into_iter()
            .partition(|(_, cached)| cached.record.id < head.head().size);
        for (module, cached) in under {
            let bytes = cached.record.answer(head.note_bytes());
            obtained.push(&name(module)?, &bytes, cached.source);
            capture.lookups.push(lookup(module, bytes));
        }
        let beyond: Vec<Expected> = beyond.into_iter().map(|(m, _)| m.clone()).collect();
        for answer in all(&beyond, |m| self.ask(m, &name(m)?, obtained))? {
            match answer {
                Answer::Whole(lookup) => capture.lookups.push(lookup),
                Answer::Unknown(line) => captured.unknown.push(line),
                Answer::Cached(_) => {}
            }
        }
        Ok(())
    }

    /// Gets the tiles that are missing, until none is; false where some cannot be had, or do not
    /// fit those of the cache.
    fn tiles(
        &self,
        capture: &mut Capture,
        asked: &[Expected],
        obtained: &Obtained,
    ) -> Result<bool> {
        for (name, file) in self.kept.tiles()? {
            let bytes = read_small(&file).context(file.display())?;
            capture.tiles.insert(name, &bytes).context(file.display())?;
        }
        // What is missing is known at once; a second round comes of tiles that were outgrown.
        for _ in 0..4 {
            let missing = match missing_tiles(self.key, capture, asked) {
                Ok(missing) if missing.is_empty() => return Ok(true),
                Ok(missing) => missing,
                Err(_) if obtained.is_mixed() => return Ok(false),
                Err(e) => {
                    let what = "the checksum database does not agree with the modules";
                    return Err(e).context(what);
                }
            };
            let progress = Progress::new("checksum tiles", missing.len());
            let got = all(&missing, |tile| {
                let got = self.tile(*tile, obtained);
                progress.step();
                got
            })?;
            for (wanted, got) in missing.iter().zip(got) {
                let Some((tile, bytes)) = got else {
                    if obtained.is_mixed() {
                        return Ok(false);
                    }
                    let place = self.base.join(&wanted.to_string());
                    return Err(Error::new(format!("{place}: not found")));
                };
                match capture.tiles.insert(tile, &bytes) {
                    Err(_) if obtained.is_mixed() => return Ok(false),
                    inserted => inserted.context(tile)?,
                }
            }
        }
        Ok(false)
    }

    /// A tile, or the full one in its place once the database has outgrown it.
    fn tile(&self, tile: Tile, obtained: &Obtained) -> Result<Option<(Tile, Vec<u8>)>> {
        let cached = self.use_cache.then(|| self.cache.tile(tile)).flatten();
        if let Some((tile, bytes, source)) = cached {
            obtained.push(&tile.to_string(), &bytes, source);
            return Ok(Some((tile, bytes)));
        }
        let full = tile.full().filter(|full| *full != tile);
        for wanted in std::iter::once(tile).chain(full) {
            let name = wanted.to_string();
            if let Fetched::Found(bytes) = self.fetcher.get(&self.base.join(&name))? {
                self.kept.keep(&name, &bytes)?;
                obtained.push(&name, &bytes, Source::Asked);
                return Ok(Some((wanted, bytes)));
            }
        }
        Ok(None)
    }

    /// Whether every record that was captured is proved.
    fn is_proved(&self, capture: &Capture, asked: &[Expected]) -> bool {
        assemble(self.key, capture, asked).is_ok_and(|assembled| {
            let mut failed = assembled.unprovable.iter();
            failed.all(|version| version.reason == Reason::NoLookup)
        })
    }
}

/// Does `work` for all at once.
fn all<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync + Send,
) -> Result<Vec<R>> {
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    let results: Vec<Result<R>> = items.par_iter().map(work).collect();
    for result in results {
        match result {
            Ok(result) => done.push(result),
            Err(e) => failures.push(e),
        }
    }
    match failures.first() {
        None => Ok(done),
        Some(first) => Err(Error::new(format!(
            "{} of {} failed; run it again to go on, or do without checksum data (pack --no-sums); the first: {first}",
            failures.len(),
            count(items.len(), "request")
        ))),
    }
}

/// The name of the answer about a version.
fn name(module: &Expected) -> Result<String> {
    let path = module::escape_path(&module.path).map_err(Error::new)?;
    let version = module::escape_version(&module.version).map_err(Error::new)?;
    Ok(format!("lookup/{path}@{version}"))
}

fn lookup(module: &Expected, bytes: Vec<u8>) -> Lookup {
    Lookup {
        path: module.path.clone(),
        version: module.version.clone(),
        bytes,
    }
}
