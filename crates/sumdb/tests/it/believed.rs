//! What is assembled is believed by clients that know nothing and by clients that know an older
//! head.

use std::cell::RefCell;
use std::collections::BTreeSet;

use sumdb::assemble::{assemble, missing_tiles};
use sumdb::client::{Client, ClientFiles, Server};
use sumdb::database::Database;
use sumdb::self_test::self_test;
use sumdb::tile::Tile;

use crate::log::{Numbers, SIZES, all_expected, connected_capture, expected, key, record};

/// A database that notes what it is asked for.
struct Asked<'a> {
    database: &'a Database,
    tiles: RefCell<BTreeSet<Tile>>,
}

impl Server for Asked<'_> {
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>> {
        self.database.lookup(path, version)
    }

    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.tiles.borrow_mut().insert(tile);
        self.database.tile(tile)
    }
}

#[test]
fn databases_of_all_sizes_are_believed_and_hold_nothing_that_is_not_asked_for() {
    let mut numbers = Numbers(1);
    for size in SIZES {
        for _ in 0..6 {
            let mut ids: Vec<u64> = (0..=numbers.below(7))
                .map(|_| numbers.below(size))
                .collect();
            ids.extend([0, size - 1]);
            let older: Vec<u64> = (0..numbers.below(4))
                .map(|_| 1 + numbers.below(size))
                .collect();
            check(size, &ids, &older);
        }
        check(
            size,
            &[size / 2],
            &SIZES
                .into_iter()
                .filter(|&older| older <= size)
                .collect::<Vec<_>>(),
        );
    }
}

fn check(size: u64, ids: &[u64], older: &[u64]) {
    let name = format!("size {size}, records {ids:?}, older heads {older:?}");
    let capture = connected_capture(size, ids, older);
    assert_eq!(
        missing_tiles(&key(), &capture, &all_expected(ids)),
        Ok(vec![]),
        "{name}"
    );
    let assembled = assemble(&key(), &capture, &all_expected(ids)).unwrap();
    assert_eq!(assembled.unprovable, [], "{name}");
    assert_eq!(assembled.unlinked_heads, [], "{name}");
    let database = assembled.database.unwrap();
    assert_eq!(database.head.head().size, size, "{name}");
    let distinct: BTreeSet<u64> = older
        .iter()
        .copied()
        .filter(|&older| older != size)
        .collect();
    assert!(
        database
            .older_heads
            .iter()
            .map(|head| head.head().size)
            .eq(distinct),
        "{name}"
    );
    assert_eq!(self_test(&database), Ok(()), "{name}");

    let asked = Asked {
        database: &database,
        tiles: RefCell::default(),
    };
    for latest in database.older_heads.iter().map(Some).chain([None]) {
        let latest = latest.map(|head| head.note_bytes().to_vec());
        let mut files = ClientFiles {
            latest,
            ..ClientFiles::default()
        };
        let mut client = Client::new(&database.key, &asked, &mut files);
        for &id in ids {
            let version = expected(id);
            assert_eq!(
                client.lookup(&version.path, &version.version),
                Ok(record(id)),
                "{name}"
            );
        }
        assert_eq!(files.latest.unwrap(), database.head.note_bytes(), "{name}");
    }
    let coordinates = |tiles: Vec<Tile>| -> BTreeSet<_> {
        tiles.iter().map(|t| (t.level(), t.index())).collect()
    };
    let stored = coordinates(database.tiles.iter().map(|(tile, _)| tile).collect());
    assert_eq!(
        stored,
        coordinates(asked.tiles.into_inner().into_iter().collect()),
        "{name}"
    );
}

#[test]
fn full_tiles_are_not_answered_with_fewer_entries() {
    let database = assemble(
        &key(),
        &connected_capture(300, &[7], &[]),
        &all_expected(&[7]),
    )
    .unwrap()
    .database
    .unwrap();
    for (path, bytes) in [
        ("tile/8/0/000", Some(8192)),
        ("tile/8/0/000.p/255", Some(255 * 32)),
        ("tile/8/0/001.p/44", Some(44 * 32)),
        ("tile/8/0/001.p/43", Some(43 * 32)),
        ("tile/8/0/001.p/45", None),
        ("tile/8/0/001", None),
        ("tile/8/1/000.p/1", Some(32)),
        ("tile/8/1/000.p/2", None),
        ("tile/8/2/000.p/1", None),
    ] {
        assert_eq!(
            database.tile(path.parse().unwrap()).map(|tile| tile.len()),
            bytes,
            "{path}"
        );
    }
}

#[test]
fn every_lookup_answer_carries_the_same_head() {
    let ids = [3, 70, 299];
    let database = assemble(
        &key(),
        &connected_capture(300, &ids, &[]),
        &all_expected(&ids),
    )
    .unwrap()
    .database
    .unwrap();
    for id in ids {
        let version = expected(id);
        let answer = database.lookup(&version.path, &version.version).unwrap();
        assert_eq!(answer, record(id).answer(database.head.note_bytes()));
    }
    assert_eq!(database.lookup("example.com/m4", "v1.0.0"), None);
    assert_eq!(database.lookup("example.com/m3", "v1.0.1"), None);
}
