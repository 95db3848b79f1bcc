//! Capturing checksum data: from the connected side into `sumdb/` of a folder of modules.
//!
//! For every version the record is looked up, then every tile that proves the records and the
//! heads of earlier bags under the newest head seen. Nothing is believed here: packing checks
//! all of it. What was fetched stays where it is written, so that a second run fetches only
//! what is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gomod::module;
use rayon::prelude::*;
use sumdb::assemble::missing_tiles;
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::head::SignedHead;
use sumdb::key::VerifierKey;
use sumdb::tile::Tile;

use crate::error::{Context, Error, Result};
use crate::fetch::{Fetched, Fetcher};
use crate::goproxy::{Place, What};
use crate::progress::Progress;

/// How many requests are under way at once.
const PARALLEL: usize = 16;

/// Which database is asked, and how it is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub key: VerifierKey,
    /// Where to ask for it, as GOPROXY has it.
    pub proxies: Vec<Place>,
    /// The database's own URL, where it is not `https://` and its name.
    pub url: Option<String>,
    /// Patterns of modules that are never asked for (GONOSUMDB).
    pub private: String,
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// How many versions have a record.
    pub found: usize,
    /// `path@version` of those that the database does not know.
    pub unknown: Vec<String>,
    /// How many versions are private and were not asked for.
    pub private: usize,
}

/// Captures the records of `modules` into `dir/sumdb/`.
///
/// # Errors
/// A place that cannot be reached or fails, after several tries; what was fetched stays.
pub fn capture(dir: &Path, modules: &[Expected], settings: &Settings) -> Result<Captured> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(PARALLEL)
        .build()
        .context("cannot start threads")?;
    let run = Run {
        dir: dir.join("sumdb").join(settings.key.name()),
        scratch: dir.to_path_buf(),
        settings,
        fetcher: Fetcher::new(),
    };
    let base = run.base()?;
    pool.install(|| run.capture(&base, modules))
}

struct Run<'a> {
    dir: PathBuf,
    scratch: PathBuf,
    settings: &'a Settings,
    fetcher: Fetcher,
}

impl Run<'_> {
    /// The URL below which the database answers: that of the first proxy that supports it,
    /// else the database's own (go.dev/ref/mod#checksum-database).
    fn base(&self) -> Result<String> {
        let name = self.settings.key.name();
        if let Some(url) = &self.settings.url {
            return Ok(url.trim_end_matches('/').to_string());
        }
        for place in &self.settings.proxies {
            let proxy = match &place.what {
                What::Proxy(url) if url.starts_with("file:") => continue,
                What::Proxy(url) => url,
                What::Direct | What::Off => break,
            };
            let base = format!("{proxy}/sumdb/{name}");
            match self.fetcher.get(&format!("{base}/supported")) {
                Ok(Fetched::Found(_)) => return Ok(base),
                Ok(Fetched::NotFound) => {}
                Err(_) if place.past_any_error => {}
                Err(e) => {
                    return Err(Error::new(format!(
                        "cannot reach the checksum database: {e}"
                    )));
                }
            }
        }
        Ok(format!("https://{name}"))
    }

    fn capture(&self, base: &str, modules: &[Expected]) -> Result<Captured> {
        let asked: Vec<&Expected> = modules
            .iter()
            .filter(|m| !module::match_prefix_patterns(&self.settings.private, &m.path))
            .collect();
        let progress = Progress::new("checksum records", asked.len());
        let answers: Vec<Result<Option<Lookup>>> = asked
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
            heads: self.heads()?,
            ..Capture::default()
        };
        let mut failures = Vec::new();
        for (m, answer) in asked.iter().zip(answers) {
            match answer {
                Ok(Some(lookup)) => capture.lookups.push(lookup),
                Ok(None) => captured.unknown.push(format!("{}@{}", m.path, m.version)),
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
    fn lookup(&self, base: &str, module: &Expected) -> Result<Option<Lookup>> {
        let escape = |e: module::ModuleError| Error::new(e);
        let path = module::escape_path(&module.path).map_err(escape)?;
        let version = module::escape_version(&module.version).map_err(escape)?;
        let name = format!("lookup/{path}@{version}");
        let bytes = match fs::read(self.dir.join(&name)) {
            Ok(bytes) => bytes,
            Err(_) => match self
                .fetcher
                .get(&format!("{base}/{name}"))
                .map_err(Error::new)?
            {
                Fetched::NotFound => return Ok(None),
                Fetched::Found(bytes) => {
                    self.keep(&name, &bytes)?;
                    bytes
                }
            },
        };
        Ok(Some(Lookup {
            path: module.path.clone(),
            version: module.version.clone(),
            bytes,
        }))
    }

    /// Fetches the tiles that are missing, until none is.
    fn tiles(&self, base: &str, mut capture: Capture, asked: &[&Expected]) -> Result<()> {
        let expected: Vec<Expected> = asked.iter().map(|m| (*m).clone()).collect();
        for (name, file) in self.kept_tiles()? {
            let bytes = fs::read(&file).context(file.display())?;
            capture.tiles.insert(name, &bytes).context(file.display())?;
        }
        loop {
            let missing = missing_tiles(&self.settings.key, &capture, &expected, None)
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
                    fetched
                })
                .collect();
            for tile in fetched {
                let (tile, bytes) = tile?;
                capture.tiles.insert(tile, &bytes).context(tile)?;
                self.keep(&tile.to_string(), &bytes)?;
            }
        }
    }

    /// A tile, or the full one in its place once the database has outgrown it.
    fn tile(&self, base: &str, tile: Tile) -> Result<(Tile, Vec<u8>)> {
        for wanted in [Some(tile), tile.full().filter(|full| *full != tile)]
            .into_iter()
            .flatten()
        {
            if let Fetched::Found(bytes) = self
                .fetcher
                .get(&format!("{base}/{wanted}"))
                .map_err(Error::new)?
            {
                return Ok((wanted, bytes));
            }
        }
        Err(Error::new(format!("{base}/{tile}: not found")))
    }

    /// Fetches the newest head: lookups may all carry older ones. Not every proxy hands it out.
    fn latest(&self, base: &str) -> Result<()> {
        match self.fetcher.get(&format!("{base}/latest")) {
            Ok(Fetched::Found(note)) => {
                SignedHead::open(&self.settings.key, &note).context(format!("{base}/latest"))?;
                self.keep("latest", &note)
            }
            _ => Ok(()),
        }
    }

    fn heads(&self) -> Result<Vec<Vec<u8>>> {
        let mut heads = Vec::new();
        let files = fs::read_dir(self.dir.join("heads"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path());
        for file in files.chain(
            [self.dir.join("latest")]
                .into_iter()
                .filter(|f| f.is_file()),
        ) {
            heads.push(fs::read(&file).context(file.display())?);
        }
        Ok(heads)
    }

    fn kept_tiles(&self) -> Result<BTreeMap<Tile, PathBuf>> {
        let mut tiles = BTreeMap::new();
        let root = self.dir.join("tile");
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let file = entry.context(folder.display())?.path();
                if file.is_dir() {
                    folders.push(file);
                    continue;
                }
                let name = file
                    .strip_prefix(&self.dir)
                    .ok()
                    .and_then(bag::source::slashed);
                if let Some(tile) = name.and_then(|name| name.parse().ok()) {
                    tiles.insert(tile, file);
                }
            }
        }
        Ok(tiles)
    }

    /// Writes a fetched file whole or not at all.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let file = self.dir.join(name);
        let folder = file.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder).context(folder.display())?;
        let id = rayon::current_thread_index().unwrap_or(0);
        let partial = self
            .scratch
            .join(format!(".sums-{}-{id}", std::process::id()));
        fs::write(&partial, bytes).context(partial.display())?;
        fs::rename(&partial, &file).context(file.display())
    }
}
