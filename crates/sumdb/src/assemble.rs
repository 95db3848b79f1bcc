//! From what was captured to a database that can be served.
//!
//! Captured answers carry the heads of their day, captured tiles the widths of theirs, and served
//! as they are they do not fit together. But a signature covers a head only, and tiles bind records
//! to it: so one head is chosen, every record is put under it, and the tiles are cut to it.

use std::collections::BTreeMap;

use crate::assembled::{AssembleError, Assembled, Reason, Unprovable};
use crate::capture::{Capture, Expected, Opened};
use crate::database::Database;
use crate::head::{Head, SignedHead};
use crate::key::VerifierKey;
use crate::needed::{consistency, frontier, path};
use crate::proof::{VerifiedTiles, authenticate};
use crate::record::Record;
use crate::tile::Tile;

/// Makes a database of `expected` versions under the captured head with which the most of them can
/// be proved, the newest of those. Captured answers for other versions are read and checked, and
/// then left out.
///
/// # Errors
/// When anything captured is damaged, forged, or says other than expected. What is merely missing
/// is no error, see [`Assembled`].
pub fn assemble(
    key: &VerifierKey,
    capture: &Capture,
    expected: &[Expected],
) -> Result<Assembled, AssembleError> {
    let opened = Opened::open(key, capture, expected)?;
    let head = best_head(&opened).cloned();
    finish(key, opened, head)
}

/// The tiles that are still needed under the newest captured head, to prove every record that its
/// tree has and to come from every older head in [`Capture::heads`]; by level and index. A full
/// tile serves as well as the narrower one named, if the database has grown on.
///
/// # Errors
/// As [`assemble`].
pub fn missing_tiles(
    key: &VerifierKey,
    capture: &Capture,
    expected: &[Expected],
) -> Result<Vec<Tile>, AssembleError> {
    let opened = Opened::open(key, capture, expected)?;
    let Some((&size, _)) = opened.heads.last_key_value() else {
        return Ok(Vec::new());
    };
    let paths = opened
        .records
        .values()
        .filter_map(|record| path(record.id, size));
    let edges = opened
        .promised
        .iter()
        .filter_map(|&older| consistency(older, size));
    let mut tiles: Vec<Tile> = paths.chain(edges).flatten().chain(frontier(size)).collect();
    tiles.sort_unstable();
    tiles.dedup();
    tiles.retain(|tile| !opened.tiles.has(*tile));
    Ok(tiles)
}

/// Newest first, so that the newest of equals wins. No head proves more records than lie before its
/// end, so the search ends where no older one can be better.
fn best_head(opened: &Opened) -> Option<&SignedHead> {
    let mut best = None;
    let mut most = 0;
    for head in opened.heads.values().rev() {
        let size = head.head().size;
        let before: Vec<&Record> = opened
            .records
            .values()
            .filter(|record| record.id < size)
            .collect();
        if before.len() <= most {
            break;
        }
        if !has_all(opened, &frontier(size)) {
            continue;
        }
        // Counting ends with the failure that makes this head no better. There can be as many heads
        // as records.
        let failures = before
            .iter()
            .filter(|record| path_in(opened, record, size).is_err());
        let failures = failures.take(before.len() - most).count();
        if before.len() - failures > most {
            (best, most) = (Some(head), before.len() - failures);
        }
    }
    best
}

/// Puts the database together under `head`, as far as it goes.
fn finish(
    key: &VerifierKey,
    opened: Opened,
    head: Option<SignedHead>,
) -> Result<Assembled, AssembleError> {
    let head = head.filter(|head| has_all(&opened, &frontier(head.head().size)));
    let mut records = BTreeMap::new();
    let mut needed = Vec::new();
    let mut unprovable: Vec<Unprovable> = Vec::new();
    for (name, record) in &opened.records {
        let way = match &head {
            Some(head) => path_in(&opened, record, head.head().size),
            None => Err(Reason::NoHead),
        };
        match way {
            Ok(tiles) => {
                needed.extend(tiles);
                records.insert(name.clone(), record.clone());
            }
            Err(reason) => unprovable.push(Unprovable::new(name, reason)),
        }
    }
    let not_captured = opened.without_lookup.iter();
    unprovable.extend(not_captured.map(|name| Unprovable::new(name, Reason::NoLookup)));
    unprovable.sort_by(|a, b| (&a.path, &a.version).cmp(&(&b.path, &b.version)));

    let promised = opened
        .promised
        .iter()
        .filter_map(|size| opened.heads.get(size));
    let Some(head) = head.filter(|_| !records.is_empty()) else {
        let unlinked_heads = promised.cloned().collect();
        return Ok(Assembled {
            database: None,
            unprovable,
            unlinked_heads,
        });
    };
    let size = head.head().size;
    let (older_heads, unlinked_heads): (Vec<_>, Vec<_>) = promised
        .filter(|other| other.head().size != size)
        .cloned()
        .partition(|other| {
            let edge = consistency(other.head().size, size).filter(|edge| has_all(&opened, edge));
            let linked = edge.is_some();
            needed.extend(edge.into_iter().flatten());
            linked
        });
    let tiles = authenticate(&opened.tiles, head.head(), &needed).map_err(AssembleError::Tiles)?;
    check(
        &tiles,
        &records,
        opened.heads.values().map(SignedHead::head),
    )?;
    let tiles = tiles.into_tiles();
    let database = Database {
        name: key.name().to_owned(),
        key: key.clone(),
        head,
        records,
        tiles,
        older_heads,
    };
    Ok(Assembled {
        database: Some(database),
        unprovable,
        unlinked_heads,
    })
}

/// Checks the records, and that all captured heads lead to the one of the tiles, also those that
/// nobody was promised: as far as the tiles tell.
fn check<'a>(
    tiles: &VerifiedTiles,
    records: &BTreeMap<(String, String), Record>,
    heads: impl Iterator<Item = &'a Head>,
) -> Result<(), AssembleError> {
    for ((path, version), record) in records {
        tiles
            .check_record(record)
            .map_err(|source| AssembleError::Record {
                path: path.clone(),
                version: version.clone(),
                source,
            })?;
    }
    for older in heads {
        if tiles
            .tree_hash_at(older.size)
            .is_some_and(|hash| hash != older.hash)
        {
            return Err(AssembleError::Fork {
                older: older.size,
                newer: tiles.head().size,
            });
        }
    }
    Ok(())
}

fn has_all(opened: &Opened, tiles: &[Tile]) -> bool {
    tiles.iter().all(|tile| opened.tiles.has(*tile))
}

/// The way of a record up to the right edge, if all of its tiles are there.
fn path_in(opened: &Opened, record: &Record, size: u64) -> Result<Vec<Tile>, Reason> {
    let id = record.id;
    let tiles = path(id, size).ok_or(Reason::NewerThanHead { id, size })?;
    match tiles.iter().find(|tile| !opened.tiles.has(**tile)) {
        Some(&tile) => Err(Reason::NoTile { tile, id, size }),
        None => Ok(tiles),
    }
}
