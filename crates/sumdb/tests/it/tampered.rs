//! No flipped bit in anything that is served or captured goes unnoticed.

use std::cell::Cell;

use sumdb::assemble::assemble;
use sumdb::capture::Capture;
use sumdb::client::{Client, ClientFiles, Server};
use sumdb::database::Database;
use sumdb::self_test::self_test;
use sumdb::tile::Tile;
use sumdb::tiles::TileStore;

use crate::log::{Numbers, SIZES, all_expected, connected_capture, expected, key, signed_head};

/// A database with one bit of one answer flipped: the `request`th, the first is 0.
struct Flipped<'a> {
    database: &'a Database,
    request: usize,
    bit: usize,
    requests: Cell<usize>,
    /// Length of the answer that was meant, once it was asked for.
    length: Cell<Option<usize>>,
}

impl Flipped<'_> {
    fn answer(&self, bytes: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let request = self.requests.replace(self.requests.get() + 1);
        let mut bytes = bytes?;
        if request == self.request {
            self.length.set(Some(bytes.len()));
            if let Some(byte) = bytes.get_mut(self.bit / 8) {
                *byte ^= 1 << (self.bit % 8);
            }
        }
        Some(bytes)
    }
}

impl Server for Flipped<'_> {
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>> {
        self.answer(self.database.lookup(path, version))
    }

    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.answer(self.database.tile(tile))
    }
}

/// Looks `id` up with one bit flipped. The length of the answer, and whether the client believed.
fn try_bit(
    database: &Database,
    latest: Option<&[u8]>,
    id: u64,
    request: usize,
    bit: usize,
) -> (Option<usize>, bool) {
    let source = Flipped {
        database,
        request,
        bit,
        requests: Cell::new(0),
        length: Cell::new(None),
    };
    let mut files = ClientFiles {
        latest: latest.map(<[u8]>::to_vec),
        ..ClientFiles::default()
    };
    let version = expected(id);
    let believed = Client::new(&database.key, &source, &mut files)
        .lookup(&version.path, &version.version)
        .is_ok();
    (source.length.get(), believed)
}

#[test]
fn a_client_notices_every_flipped_bit() {
    let mut numbers = Numbers(2);
    for size in SIZES {
        let id = numbers.below(size);
        let older = 1 + numbers.below(size);
        let capture = connected_capture(size, &[id], &[older]);
        let database = assemble(&key(), &capture, &all_expected(&[id]))
            .unwrap()
            .database
            .unwrap();
        let older = signed_head(older);
        for latest in [None, Some(older.note_bytes())] {
            for request in 0.. {
                let (length, believed) = try_bit(&database, latest, id, request, usize::MAX);
                assert!(believed);
                let Some(length) = length else {
                    break;
                };
                // Steps are odd, so every bit of a byte has its turn; they begin somewhere else
                // each time.
                let step = if length > 4096 { 1021 } else { 61 };
                for bit in (numbers.below(61) as usize..length * 8).step_by(step) {
                    let (_, believed) = try_bit(&database, latest, id, request, bit);
                    assert!(
                        !believed,
                        "size {size}, record {id}, request {request}, bit {bit}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_bit_of_a_lookup_answer_counts() {
    let capture = connected_capture(257, &[100], &[]);
    let database = assemble(&key(), &capture, &all_expected(&[100]))
        .unwrap()
        .database
        .unwrap();
    let answer = database.lookup("example.com/m100", "v1.0.0").unwrap();
    for bit in 0..answer.len() * 8 {
        assert!(
            !try_bit(&database, None, 100, 0, bit).1,
            "bit {bit} of the answer"
        );
        let mut damaged = capture.clone();
        damaged.lookups[0].bytes[bit / 8] ^= 1 << (bit % 8);
        // A position beyond the end of the tree is no contradiction, the tree may have grown; it is
        // not proved.
        let assembled = assemble(&key(), &damaged, &all_expected(&[100]));
        assert!(
            assembled.is_err() || assembled.is_ok_and(|assembled| assembled.database.is_none()),
            "bit {bit} of the captured answer"
        );
    }
}

#[test]
fn a_captured_tile_with_a_flipped_bit_is_refused() {
    let ids = [5, 70_000, 299_999];
    let capture = connected_capture(300_000, &ids, &[257, 80_000]);
    for (tile, bytes) in capture.tiles.iter() {
        for bit in (0..bytes.len() * 8).step_by(1021) {
            let mut damaged = bytes.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let tiles = replace(&capture.tiles, tile, &damaged);
            let error = assemble(
                &key(),
                &Capture {
                    tiles,
                    ..capture.clone()
                },
                &all_expected(&ids),
            )
            .unwrap_err();
            let error = error.to_string();
            assert!(error.starts_with("captured tiles: tile/8/"), "{error}");
            assert!(
                error.contains(&tile.to_string().replace(".p/", "")[..12]),
                "{tile}: {error}"
            );
        }
    }
}

fn replace(tiles: &TileStore, changed: Tile, content: &[u8]) -> TileStore {
    let mut copy = TileStore::default();
    for (tile, bytes) in tiles.iter() {
        copy.insert(tile, if tile == changed { content } else { bytes })
            .unwrap();
    }
    copy
}

#[test]
fn the_self_test_names_record_and_client() {
    let capture = connected_capture(66_000, &[3, 600], &[300]);
    let whole = assemble(&key(), &capture, &all_expected(&[3, 600]));
    let whole = whole.unwrap().database.unwrap();
    for (lost, why) in [
        (
            "tile/8/0/002",
            "example.com/m600@v1.0.0, client without a head: reading tile/8/0/002: not found",
        ),
        (
            "tile/8/0/001",
            "example.com/m3@v1.0.0, client with tree#300: initializing: checking tree#300: reading tile/8/0/001.p/44: not found",
        ),
    ] {
        let mut database = whole.clone();
        database.tiles = TileStore::default();
        for (tile, bytes) in whole
            .tiles
            .iter()
            .filter(|(tile, _)| tile.to_string() != lost)
        {
            database.tiles.insert(tile, bytes).unwrap();
        }
        let error = self_test(&database).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("checksum database log.example: {why}")
        );
    }
}
