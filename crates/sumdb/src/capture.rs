//! What was collected of a database: lookup answers, tiles and heads, and what they should say.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::head::{HeadError, SignedHead};
use crate::key::VerifierKey;
use crate::record::{Record, RecordError};
use crate::tiles::{StoreError, TileStore};

/// What one client or several saw of a database, as it came. The order is of no concern.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// Lookup answers. One version may come more than once.
    pub lookups: Vec<Lookup>,
    /// Tiles. Those of several captures go into one store.
    pub tiles: TileStore,
    /// Signed heads that clients of the bag may know: those of earlier bags, `latest` files of
    /// clients.
    pub heads: Vec<Vec<u8>>,
}

/// One lookup answer, path and version not escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Module path.
    pub path: String,
    /// Version.
    pub version: String,
    /// Answer, see [`Record::parse_answer`].
    pub bytes: Vec<u8>,
}

/// One version that the bag holds, and the sums of what it holds of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// Module path, not escaped.
    pub path: String,
    /// Version, not escaped.
    pub version: String,
    /// `h1:` sum of the zip, if the bag holds it.
    pub zip_h1: Option<String>,
    /// `h1:` sum of the go.mod file.
    pub mod_h1: String,
}

/// Why a capture is refused: it is damaged, forged, or belongs to other modules than expected.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum CaptureError {
    /// The lookup answer is malformed.
    #[error("lookup answer of {path}@{version}: {source}")]
    Record {
        path: String,
        version: String,
        source: RecordError,
    },
    /// The lookup answer carries no head that the database signed.
    #[error("lookup answer of {path}@{version}: {source}")]
    LookupHead {
        path: String,
        version: String,
        source: HeadError,
    },
    /// A head is not signed by the database.
    #[error("captured head: {0}")]
    Head(#[from] HeadError),
    /// Two lookup answers of one version have different records.
    #[error("lookup answers of {path}@{version} disagree")]
    TwoRecords { path: String, version: String },
    /// The database has another sum than the bag.
    #[error("{path}@{version}: the checksum database has {theirs} for the {file}, ours has {ours}")]
    Sum {
        path: String,
        version: String,
        /// "zip" or "go.mod file".
        file: &'static str,
        /// Sum of what the bag holds.
        ours: String,
        /// Sum in the record.
        theirs: String,
    },
    /// Two signed heads of one size: the database is forked, or its key is stolen.
    #[error("two different heads of the tree of {size} records, both signed by \"{name}\"")]
    Fork {
        name: String,
        /// Size of both trees.
        size: u64,
    },
    /// A tile is damaged.
    #[error("captured tiles: {0}")]
    Tiles(#[from] StoreError),
}

/// A capture that was read: signatures verified and sums compared, but no record proved yet.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// Records of expected versions.
    pub records: BTreeMap<(String, String), Record>,
    /// Expected versions without a lookup answer.
    pub without_lookup: Vec<(String, String)>,
    /// All heads by size.
    pub heads: BTreeMap<u64, SignedHead>,
    /// Sizes of the trees in [`Capture::heads`].
    pub promised: BTreeSet<u64>,
    /// Tiles, with all entries that can be computed.
    pub tiles: TileStore,
}

impl Opened {
    pub(crate) fn open(
        key: &VerifierKey,
        capture: &Capture,
        expected: &[Expected],
    ) -> Result<Self, CaptureError> {
        let mut heads = BTreeMap::new();
        let mut found: BTreeMap<(&str, &str), Record> = BTreeMap::new();
        for lookup in &capture.lookups {
            let (record, head) = lookup.open(key)?;
            insert_head(&mut heads, head, key)?;
            let (path, version) = (&lookup.path, &lookup.version);
            let known = found.entry((path, version)).or_insert(record.clone());
            if *known != record {
                let (path, version) = (path.clone(), version.clone());
                return Err(CaptureError::TwoRecords { path, version });
            }
        }
        let mut promised = BTreeSet::new();
        for note in &capture.heads {
            let head = SignedHead::open(key, note)?;
            promised.insert(head.head().size);
            insert_head(&mut heads, head, key)?;
        }
        let mut records = BTreeMap::new();
        let mut without_lookup = Vec::new();
        for version in expected {
            let name = (version.path.clone(), version.version.clone());
            let Some(record) = found.get(&(version.path.as_str(), version.version.as_str())) else {
                without_lookup.push(name);
                continue;
            };
            version.compare(record)?;
            records.insert(name, record.clone());
        }
        let mut tiles = capture.tiles.clone();
        tiles.recompute()?;
        Ok(Self {
            records,
            without_lookup,
            heads,
            promised,
            tiles,
        })
    }
}

impl Lookup {
    /// Reads the answer. That it is about this version is part of it.
    fn open(&self, key: &VerifierKey) -> Result<(Record, SignedHead), CaptureError> {
        let (path, version) = (&self.path, &self.version);
        let malformed = malformed(path, version);
        let (record, note) = Record::parse_answer(&self.bytes).map_err(&malformed)?;
        record.lines(path, version).map_err(&malformed)?;
        let head = SignedHead::open(key, note).map_err(|source| CaptureError::LookupHead {
            path: path.clone(),
            version: version.clone(),
            source,
        })?;
        Ok((record, head))
    }
}

impl Expected {
    fn compare(&self, record: &Record) -> Result<(), CaptureError> {
        let (path, version) = (&self.path, &self.version);
        let lines = record.lines(path, version);
        let (zip, gomod) = lines.map_err(malformed(path, version))?;
        let ours_zip = self.zip_h1.as_deref().unwrap_or(zip);
        for (file, ours, theirs) in [("zip", ours_zip, zip), ("go.mod file", &self.mod_h1, gomod)] {
            if ours != theirs {
                return Err(CaptureError::Sum {
                    path: path.clone(),
                    version: version.clone(),
                    file,
                    ours: ours.to_owned(),
                    theirs: theirs.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Names the version that a malformed record is about.
fn malformed(path: &str, version: &str) -> impl Fn(RecordError) -> CaptureError {
    move |source| CaptureError::Record {
        path: path.to_owned(),
        version: version.to_owned(),
        source,
    }
}

fn insert_head(
    heads: &mut BTreeMap<u64, SignedHead>,
    head: SignedHead,
    key: &VerifierKey,
) -> Result<(), CaptureError> {
    let size = head.head().size;
    let new = *head.head();
    if *heads.entry(size).or_insert(head).head() == new {
        return Ok(());
    }
    let name = key.name().to_owned();
    Err(CaptureError::Fork { name, size })
}
