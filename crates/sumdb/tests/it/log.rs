//! A log of 300 000 records, and a server of it that shows any number of them.

use std::sync::OnceLock;

use sumdb::assemble::missing_tiles;
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::client::{Client, ClientFiles, Server};
use sumdb::hash::{Hash, node_hash, record_hash, tree_hash};
use sumdb::head::{Head, SignedHead};
use sumdb::key::{SignerKey, VerifierKey};
use sumdb::record::Record;
use sumdb::tile::Tile;

/// Sizes at which tiles begin and end, and the largest.
pub const SIZES: [u64; 8] = [1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE];
pub const SIZE: u64 = 300_000;

/// The hashes of all complete subtrees of 1, 256 and 65 536 records.
struct Log {
    levels: [Vec<Hash>; 3],
}

/// The log's server at a moment when it has `tiles` records; lookups are answered with the head of
/// `head` records, as by a cache that lags behind.
pub struct LogServer {
    pub tiles: u64,
    pub head: u64,
}

pub fn server(size: u64) -> LogServer {
    LogServer {
        tiles: size,
        head: size,
    }
}

impl Server for LogServer {
    fn lookup(&self, path: &str, _version: &str) -> Option<Vec<u8>> {
        let id: u64 = path.strip_prefix("example.com/m")?.parse().ok()?;
        (id < self.head).then(|| record(id).answer(signed_head(self.head).note_bytes()))
    }

    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let there = Tile::in_tree(tile.level(), tile.index(), self.tiles)?;
        let first = tile.index() as usize * 256;
        let entries = log()
            .levels
            .get(usize::from(tile.level()))?
            .get(first..first + usize::from(tile.width()))?;
        (tile.width() <= there.width()).then(|| entries.iter().flat_map(|hash| hash.0).collect())
    }
}

pub fn signer() -> SignerKey {
    SignerKey::from_seed("log.example", [9; 32]).unwrap()
}

pub fn key() -> VerifierKey {
    static KEY: OnceLock<VerifierKey> = OnceLock::new();
    KEY.get_or_init(|| signer().verifier()).clone()
}

/// The version whose record is the one at `id`.
pub fn expected(id: u64) -> Expected {
    Expected {
        path: format!("example.com/m{id}"),
        version: "v1.0.0".into(),
        zip_h1: Some(format!("h1:{}", record_hash(&format!("zip {id}")))),
        mod_h1: format!("h1:{}", record_hash(&format!("mod {id}"))),
    }
}

pub fn all_expected(ids: &[u64]) -> Vec<Expected> {
    ids.iter().map(|&id| expected(id)).collect()
}

pub fn record(id: u64) -> Record {
    let Expected {
        path,
        version,
        zip_h1,
        mod_h1,
    } = expected(id);
    let zip_h1 = zip_h1.unwrap();
    Record::new(
        id,
        &format!("{path} {version} {zip_h1}\n{path} {version}/go.mod {mod_h1}\n"),
    )
    .unwrap()
}

pub fn signed_head(size: u64) -> SignedHead {
    SignedHead::sign(
        &Head {
            size,
            hash: root(0, size),
        },
        &signer(),
    )
    .unwrap()
}

/// What a client keeps that looks up `ids` one after another.
pub fn visit(server: &LogServer, mut files: ClientFiles, ids: &[u64]) -> ClientFiles {
    let key = key();
    let mut client = Client::new(&key, server, &mut files);
    for &id in ids {
        let Expected { path, version, .. } = expected(id);
        assert_eq!(client.lookup(&path, &version), Ok(record(id)));
    }
    files
}

/// The files of several clients, as they lie in their module caches.
pub fn capture(clients: &[&ClientFiles]) -> Capture {
    let mut capture = Capture::default();
    for files in clients {
        for ((path, version), bytes) in &files.lookups {
            capture.lookups.push(Lookup {
                path: path.clone(),
                version: version.clone(),
                bytes: bytes.clone(),
            });
        }
        for (tile, bytes) in &files.tiles {
            capture.tiles.insert(*tile, bytes).unwrap();
        }
    }
    capture
}

/// What a connected packer fetches at `size`: lookup answers, then all tiles that are missing.
pub fn connected_capture(size: u64, ids: &[u64], older: &[u64]) -> Capture {
    let server = server(size);
    let mut capture = Capture::default();
    for Expected { path, version, .. } in all_expected(ids) {
        let bytes = server.lookup(&path, &version).unwrap();
        capture.lookups.push(Lookup {
            path,
            version,
            bytes,
        });
    }
    capture.heads = older
        .iter()
        .map(|&size| signed_head(size).note_bytes().to_vec())
        .collect();
    for tile in missing_tiles(&key(), &capture, &all_expected(ids)).unwrap() {
        capture
            .tiles
            .insert(tile, &server.tile(tile).unwrap())
            .unwrap();
    }
    capture
}

/// Numbers that look random and are the same in every run (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let leaves: Vec<Hash> = (0..SIZE).map(|id| record(id).hash()).collect();
        let parents = |hashes: &[Hash]| hashes.chunks_exact(256).map(tree_hash).collect::<Vec<_>>();
        let middle = parents(&leaves);
        let top = parents(&middle);
        Log {
            levels: [leaves, middle, top],
        }
    })
}

/// The hash of the subtree of the records from `start` to `end`, by the definition of RFC 6962 with
/// a shortcut.
fn root(start: u64, end: u64) -> Hash {
    let count = end - start;
    for (level, hashes) in log().levels.iter().enumerate() {
        let unit = 256_u64.pow(level as u32);
        if count == unit && start.is_multiple_of(unit) {
            return hashes[(start / unit) as usize];
        }
    }
    if count == 0 {
        return tree_hash(&[]);
    }
    let left = count.next_power_of_two() / 2;
    node_hash(root(start, start + left), root(start + left, end))
}

#[test]
fn the_shortcut_changes_no_hash() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 66_000] {
        assert_eq!(
            root(0, size),
            tree_hash(&log().levels[0][..size as usize]),
            "{size}"
        );
    }
}
