//! Captures of clients that saw the log at different times.

use sumdb::assemble::{assemble, missing_tiles};
use sumdb::assembled::Reason;
use sumdb::capture::{Capture, Lookup};
use sumdb::client::{Client, ClientFiles, Server};
use sumdb::database::Database;
use sumdb::self_test::self_test;
use sumdb::tiles::TileStore;

use crate::log::{
    LogServer, Numbers, SIZE, all_expected, capture, connected_capture, expected, key, server,
    signed_head, visit,
};

#[test]
fn two_captures_at_one_head_all_verify() {
    let one = visit(&server(70_000), ClientFiles::default(), &[1, 600]);
    let two = visit(
        &server(70_000),
        ClientFiles::default(),
        &[600, 69_999, 40_000],
    );
    let expected = all_expected(&[1, 600, 40_000, 69_999]);
    let assembled = assemble(&key(), &capture(&[&one, &two]), &expected).unwrap();
    assert_eq!(assembled.unprovable, []);
    assert_eq!(self_test(&assembled.database.unwrap()), Ok(()));
}

#[test]
fn either_all_verify_or_the_rest_is_named() {
    let mut numbers = Numbers(3);
    let mut complete = 0;
    for round in 0..60 {
        let limit = [400, 3_000, SIZE][round % 3];
        let sizes = [1 + numbers.below(limit), 1 + numbers.below(limit)];
        let mut clients = Vec::new();
        let mut ids = Vec::new();
        for size in sizes {
            let own: Vec<u64> = (0..4).map(|_| numbers.below(size)).collect();
            clients.push(visit(&server(size), ClientFiles::default(), &own));
            ids.extend(own);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut capture = capture(&[&clients[0], &clients[1]]);
        capture.heads = sizes
            .iter()
            .map(|&size| signed_head(size).note_bytes().to_vec())
            .collect();
        let assembled = assemble(&key(), &capture, &all_expected(&ids)).unwrap();
        let database = assembled.database.unwrap();
        assert_eq!(self_test(&database), Ok(()), "{sizes:?} {ids:?}");
        assert_eq!(
            database.records.len() + assembled.unprovable.len(),
            ids.len()
        );
        let per_client = clients
            .iter()
            .map(|files| files.lookups.len())
            .max()
            .unwrap();
        assert!(database.records.len() >= per_client, "{sizes:?} {ids:?}");
        complete += usize::from(assembled.unprovable.is_empty());

        // What is missing is exactly what makes it complete.
        let size = *sizes.iter().max().unwrap();
        for tile in missing_tiles(&key(), &capture, &all_expected(&ids)).unwrap() {
            capture
                .tiles
                .insert(tile, &server(size).tile(tile).unwrap())
                .unwrap();
        }
        let assembled = assemble(&key(), &capture, &all_expected(&ids)).unwrap();
        assert_eq!(
            (assembled.unprovable, assembled.unlinked_heads),
            (vec![], vec![])
        );
        let database = assembled.database.unwrap();
        assert_eq!(database.head.head().size, size);
        assert_eq!(self_test(&database), Ok(()), "{sizes:?} {ids:?}");
    }
    assert!(
        complete > 0 && complete < 60,
        "{complete} of 60 captures were complete"
    );
}

#[test]
fn the_head_that_proves_the_most_is_chosen() {
    // The right edge at 66 000 holds two records in a partial tile, which is full at 70 000.
    let early = visit(
        &server(66_000),
        ClientFiles::default(),
        &[3, 600, 65_900, 65_950],
    );
    let late = visit(&server(70_000), ClientFiles::default(), &[69_990]);
    let expected = all_expected(&[3, 600, 65_900, 65_950, 69_990, 1]);
    let assembled = assemble(&key(), &capture(&[&early, &late]), &expected).unwrap();
    assert_eq!(assembled.database.unwrap().head.head().size, 66_000);
    let named: Vec<String> = assembled
        .unprovable
        .iter()
        .map(|lost| format!("{}: {}", lost.path, lost.reason))
        .collect();
    assert_eq!(
        named,
        [
            "example.com/m1: no lookup answer was captured",
            "example.com/m69990: record 69990 is newer than the tree of 66000 records",
        ]
    );
}

#[test]
fn a_tile_that_was_not_captured_is_named() {
    let mut files = visit(&server(70_000), ClientFiles::default(), &[3, 65_900]);
    let tile = "tile/8/0/257".parse().unwrap();
    assert!(files.tiles.remove(&tile).is_some());
    let expected = all_expected(&[3, 65_900]);
    let assembled = assemble(&key(), &capture(&[&files]), &expected).unwrap();
    let lost: Vec<String> = assembled
        .unprovable
        .iter()
        .map(|lost| lost.reason.to_string())
        .collect();
    assert_eq!(
        lost,
        [
            "tile/8/0/257 was not captured, record 65900 cannot be proved in the tree of 70000 records without"
        ]
    );
}

#[test]
fn a_growing_log_seen_by_one_client_all_verifies() {
    let mut files = ClientFiles::default();
    let ids = [5, 65_000, 64_990, 300, 65_500];
    for (id, size) in ids
        .into_iter()
        .zip([65_001, 65_010, 65_300, 65_400, 65_600])
    {
        files = visit(&server(size), files, &[id]);
    }
    // An answer with an older head than the client knew: served as captured, it would fail at the
    // first client.
    files = visit(
        &LogServer {
            tiles: 65_700,
            head: 65_450,
        },
        files,
        &[65_440],
    );
    let mut capture = capture(&[&files]);
    capture
        .heads
        .push(signed_head(65_001).note_bytes().to_vec());
    let expected = all_expected(&[5, 300, 65_000, 65_440, 65_500]);
    let assembled = assemble(&key(), &capture, &expected).unwrap();
    assert_eq!(assembled.unprovable, []);
    assert_eq!(assembled.unlinked_heads, []);
    let database = assembled.database.unwrap();
    assert_eq!(database.head.head().size, 65_600);
    assert_eq!(self_test(&database), Ok(()));
}

#[test]
fn partial_tiles_are_cut_from_wider_ones_and_parents_recomputed() {
    let ids = [10, 300, 515];
    let whole = connected_capture(520, &ids, &[]);
    let mut capture = whole.clone();
    capture.tiles = TileStore::default();
    let wide = server(SIZE);
    for path in ["tile/8/0/000", "tile/8/0/001", "tile/8/0/002"] {
        let tile = path.parse().unwrap();
        capture
            .tiles
            .insert(tile, &wide.tile(tile).unwrap())
            .unwrap();
    }
    let assembled = assemble(&key(), &capture, &all_expected(&ids)).unwrap();
    assert_eq!(assembled.unprovable, []);
    let database = assembled.database.unwrap();
    assert_eq!(self_test(&database), Ok(()));
    let tiles: Vec<String> = database
        .tiles
        .iter()
        .map(|(tile, _)| tile.to_string())
        .collect();
    assert_eq!(
        tiles,
        [
            "tile/8/0/000",
            "tile/8/0/001",
            "tile/8/0/002.p/8",
            "tile/8/1/000.p/2"
        ]
    );
    assert_eq!(
        database,
        assemble(&key(), &whole, &all_expected(&ids))
            .unwrap()
            .database
            .unwrap()
    );
}

#[test]
fn heads_that_cannot_be_linked_are_named() {
    let files = visit(&server(70_000), ClientFiles::default(), &[3]);
    let mut capture = capture(&[&files]);
    capture.heads = [300, 60_001, 70_001]
        .map(|size| signed_head(size).note_bytes().to_vec())
        .into();
    let assembled = assemble(&key(), &capture, &all_expected(&[3])).unwrap();
    let sizes: Vec<u64> = assembled
        .unlinked_heads
        .iter()
        .map(|head| head.head().size)
        .collect();
    assert_eq!(sizes, [300, 60_001, 70_001]);
    let database = assembled.database.unwrap();
    assert_eq!(database.head.head().size, 70_000);
    assert_eq!(database.older_heads, []);
    assert_eq!(self_test(&database), Ok(()));
}

#[test]
fn a_client_that_knows_a_newer_head_fails_with_both_sizes() {
    let database = assemble(
        &key(),
        &connected_capture(66_000, &[3, 65_999], &[]),
        &all_expected(&[3, 65_999]),
    );
    let database = database.unwrap().database.unwrap();
    let mut files = visit(&server(70_000), ClientFiles::default(), &[69_999]);
    let version = expected(3);
    let error = Client::new(&key(), &database, &mut files.clone())
        .lookup(&version.path, &version.version)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "checking tree#66000 against tree#70000: reading tile/8/0/257: not found"
    );
    files.tiles.clear();
    let error = Client::new(&key(), &database, &mut files)
        .lookup(&version.path, &version.version)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "initializing: checking tree#70000: reading tile/8/1/001.p/17: not found"
    );
}

#[test]
fn a_client_moves_from_an_older_bag_to_one_that_knew_its_head() {
    let older = assemble(
        &key(),
        &connected_capture(66_000, &[3], &[]),
        &all_expected(&[3]),
    );
    let newer = assemble(
        &key(),
        &connected_capture(SIZE, &[7], &[66_000]),
        &all_expected(&[7]),
    );
    let (older, newer) = (
        older.unwrap().database.unwrap(),
        newer.unwrap().database.unwrap(),
    );
    let key = key();
    let mut kept = ClientFiles::default();
    Client::new(&key, &older, &mut kept)
        .lookup("example.com/m3", "v1.0.0")
        .unwrap();
    let cleaned = ClientFiles {
        latest: kept.latest.clone(),
        ..ClientFiles::default()
    };
    for mut files in [kept, cleaned] {
        Client::new(&key, &newer, &mut files)
            .lookup("example.com/m7", "v1.0.0")
            .unwrap();
    }
}

/// Adds what an earlier bag holds, and its heads to those that clients may know.
fn add_database(capture: &mut Capture, database: &Database) {
    for ((path, version), record) in &database.records {
        capture.lookups.push(Lookup {
            path: path.clone(),
            version: version.clone(),
            bytes: record.answer(database.head.note_bytes()),
        });
    }
    for (tile, bytes) in database.tiles.iter() {
        capture.tiles.insert(tile, bytes).unwrap();
    }
    let heads = database.older_heads.iter().chain([&database.head]);
    capture
        .heads
        .extend(heads.map(|head| head.note_bytes().to_vec()));
}

#[test]
fn bags_merge_when_the_newer_knew_the_head_of_the_older() {
    let expected = all_expected(&[3, 65_999, 200_000]);
    for (known, complete) in [(&[66_000][..], true), (&[], false)] {
        let older = assemble(
            &key(),
            &connected_capture(66_000, &[3, 65_999], &[]),
            &expected,
        );
        let newer = assemble(
            &key(),
            &connected_capture(SIZE, &[200_000], known),
            &expected,
        );
        let mut both = capture(&[]);
        for bag in [
            older.unwrap().database.unwrap(),
            newer.unwrap().database.unwrap(),
        ] {
            add_database(&mut both, &bag);
        }
        let merged = assemble(&key(), &both, &expected).unwrap();
        assert_eq!(merged.unprovable.is_empty(), complete);
        assert_eq!(self_test(&merged.database.unwrap()), Ok(()));
    }
}

#[test]
fn a_capture_without_lookups_proves_nothing_and_is_no_error() {
    let assembled = assemble(&key(), &capture(&[]), &all_expected(&[1, 2])).unwrap();
    assert!(assembled.database.is_none());
    assert!(
        assembled
            .unprovable
            .iter()
            .all(|lost| lost.reason == Reason::NoLookup)
    );
    assert_eq!(assembled.unprovable.len(), 2);
    let mut without_tiles = connected_capture(300, &[1], &[]);
    without_tiles.tiles = TileStore::default();
    let assembled = assemble(&key(), &without_tiles, &all_expected(&[1])).unwrap();
    assert!(assembled.database.is_none());
    assert_eq!(assembled.unprovable[0].reason, Reason::NoHead);
}
