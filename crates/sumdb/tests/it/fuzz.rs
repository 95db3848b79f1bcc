//! Input that nobody meant: what is read is what was written, what is believed is true, and nothing
//! panics or takes more memory than it may.

use std::cell::RefCell;
use std::sync::OnceLock;

use mutated::{Bytes, frugal};
use proptest::prelude::*;
use sumdb::assemble::assemble;
use sumdb::client::{Client, ClientFiles, Server};
use sumdb::hash::HASH_BYTES;
use sumdb::head::SignedHead;
use sumdb::key::{SignerKey, VerifierKey};
use sumdb::name::is_database_name;
use sumdb::note::SignedNote;
use sumdb::record::Record;
use sumdb::self_test::self_test;
use sumdb::tile::Tile;
use sumdb::tiles::TileStore;

use crate::log::{
    LogServer, all_expected, connected_capture, expected, key, record, server, signed_head, signer,
};

/// The size of the tree, which has two tiles side by side.
const SIZE: u64 = 300;

const TEXTS: [&str; 2] = ["one\n\ntwo\n", "go.sum database tree\n5\nx\n"];

const TILES: [&str; 4] = [
    "tile/8/0/000",
    "tile/8/0/x001/x234/067.p/5",
    "tile/8/7/000.p/127",
    "tile/8/1/x999/999.p/255",
];

const KEYS: [&str; 2] = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
];

const NAMES: [&str; 2] = ["sum.golang.org", "localhost:8080/a/b~c"];

fn notes() -> Vec<String> {
    let other = SignerKey::from_seed("other.example", [3; 32]).unwrap();
    let signed = |text, signer: &SignerKey| SignedNote::sign(text, signer).unwrap().to_string();
    let mut notes = TEXTS.map(|text| signed(text, &signer())).to_vec();
    let foreign = signed("three\n", &other);
    let line = foreign.split_once("\n\n").unwrap().1;
    notes.push(format!("{}{line}", notes[0]));
    notes.push(foreign);
    notes
}

fn heads() -> Vec<Vec<u8>> {
    [1, 255, SIZE]
        .map(|size| signed_head(size).note_bytes().to_vec())
        .to_vec()
}

fn answers() -> Vec<Vec<u8>> {
    let head = signed_head(SIZE);
    [0, 7, 255, SIZE - 1]
        .map(|id| record(id).answer(head.note_bytes()))
        .to_vec()
}

/// A server that gives its answers in another form, one of them at least, and remembers them.
struct Changing<'a> {
    server: LogServer,
    /// What stands in for the answers with these numbers.
    changes: &'a [(usize, Bytes)],
    given: RefCell<Vec<Vec<u8>>>,
}

impl Changing<'_> {
    fn answer(&self, bytes: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let mut given = self.given.borrow_mut();
        let instead = self
            .changes
            .iter()
            .find(|(number, _)| *number == given.len());
        let bytes = instead.map_or(bytes?, |(_, changed)| changed.to_vec());
        given.push(bytes.clone());
        Some(bytes)
    }
}

impl Server for Changing<'_> {
    fn lookup(&self, path: &str, version: &str) -> Option<Vec<u8>> {
        self.answer(self.server.lookup(path, version))
    }

    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.answer(self.server.tile(tile))
    }
}

/// Looks a record up, and returns what the server gave.
fn look_up(changes: &[(usize, Bytes)]) -> (Option<Record>, Vec<Vec<u8>>) {
    let server = Changing {
        server: server(SIZE),
        changes,
        given: RefCell::default(),
    };
    let wanted = expected(7);
    let (mut files, key) = (ClientFiles::default(), key());
    let mut client = Client::new(&key, &server, &mut files);
    let record = client.lookup(&wanted.path, &wanted.version).ok();
    (record, server.given.into_inner())
}

/// What is given in one lookup, and lookup answers of other records.
fn given() -> &'static [Vec<u8>] {
    static GIVEN: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    GIVEN.get_or_init(|| {
        let (record, given) = look_up(&[]);
        assert_eq!(record.unwrap().id, 7);
        assert!(given.len() >= 3, "a record and two tiles");
        [given, answers()].concat()
    })
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn no_line_costs_more_the_more_there_are_of_another() {
        let read = |text: &str| {
            let bytes = text.as_bytes();
            let _ = frugal(text.len(), || {
                SignedNote::parse(bytes).map(|note| note.verify(&key()))
            });
            let _ = frugal(text.len(), || Record::parse_answer(bytes).map(drop));
        };
        notes()
            .iter()
            .flat_map(|note| mutated::swollen(note))
            .for_each(|text| read(&text));
        let answers = answers()
            .into_iter()
            .map(|answer| String::from_utf8(answer).unwrap());
        answers.for_each(|answer| mutated::swollen(&answer).for_each(|text| read(&text)));
    }
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn a_note_whose_text_was_changed_never_verifies(bytes in mutated::bytes(notes())) {
        if let Ok(note) = frugal(bytes.len(), || SignedNote::parse(&bytes)) {
            prop_assert_eq!(note.to_string().into_bytes(), &bytes[..]);
            if note.verify(&key()).is_ok() {
                prop_assert!(TEXTS.contains(&note.text()), "{:?}", note.text());
            }
        }
    }

    #[test]
    fn a_head_that_was_changed_is_never_believed(bytes in mutated::bytes(heads())) {
        if let Ok(head) = frugal(bytes.len(), || SignedHead::open(&key(), &bytes)) {
            prop_assert_eq!(head.note_bytes(), &bytes[..]);
            let signed = signed_head(head.head().size);
            prop_assert_eq!(head.head(), signed.head());
        }
    }

    #[test]
    fn lookup_answers_are_printed_back(bytes in mutated::bytes(answers()), name in mutated::text(NAMES)) {
        if let Ok((record, note)) = frugal(bytes.len(), || Record::parse_answer(&bytes)) {
            prop_assert_eq!(&record.answer(note), &bytes[..]);
            let _ = record.lines(&name, "v1.0.0");
            if let Ok((zip, go_mod)) = record.lines(&expected(7).path, "v1.0.0") {
                prop_assert!(zip.starts_with("h1:") && go_mod.starts_with("h1:"));
            }
        }
    }

    #[test]
    fn tiles_and_keys_and_names_have_one_spelling(
        tile in mutated::text(TILES),
        key in mutated::text(KEYS),
        name in mutated::text(NAMES),
        size: u64,
    ) {
        if let Ok(parsed) = frugal(tile.len(), || tile.parse::<Tile>()) {
            prop_assert_eq!(parsed.to_string(), tile);
            prop_assert!(parsed.bytes() <= 256 * HASH_BYTES);
            for size in [size, size >> 1, size >> 32, 1] {
                let _ = (parsed.parent(size), parsed.full());
                let wide = Tile::in_tree(parsed.level(), parsed.index(), size);
                prop_assert!(wide.is_none_or(|wide| wide.level() == parsed.level()));
            }
        }
        if let Ok(parsed) = frugal(key.len(), || key.parse::<VerifierKey>()) {
            prop_assert_eq!(parsed.to_string(), key.as_str());
        }
        if let Ok(parsed) = frugal(key.len(), || key.parse::<SignerKey>()) {
            prop_assert_eq!(parsed.to_string(), key);
        }
        if is_database_name(&name) {
            prop_assert!(!name.split('/').any(|part| matches!(part, "" | "." | "..")), "{}", name);
            prop_assert!(SignerKey::from_seed(&name, [0; 32]).is_ok());
        }
    }

    #[test]
    fn a_store_gives_back_the_tiles_that_it_took(
        tiles in proptest::collection::vec((mutated::text(TILES), mutated::bytes(given())), 0..6),
    ) {
        let mut store = TileStore::default();
        let len = tiles.iter().map(|(_, bytes)| bytes.len()).sum();
        frugal(len, || for (name, bytes) in &tiles {
            let tile = name.parse().unwrap_or(Tile::new(0, 0, 1).unwrap());
            let bytes = &bytes[..bytes.len().min(tile.bytes())];
            let before = store.clone();
            match store.insert(tile, bytes) {
                Ok(()) => assert_eq!(store.get(tile), Some(bytes)),
                Err(_) => assert_eq!(store, before),
            }
        });
    }

    #[test]
    fn a_client_believes_what_the_log_says_or_nothing(
        lookup in mutated::bytes(answers()),
        tiles in proptest::collection::vec((1_usize..5, mutated::bytes(given())), 0..3),
        first: bool,
    ) {
        let changes: Vec<_> = first.then_some((0, lookup)).into_iter().chain(tiles).collect();
        let len = changes.iter().map(|(_, bytes)| bytes.len()).sum();
        let (found, _) = frugal(len, || look_up(&changes));
        if let Some(found) = found {
            prop_assert_eq!(&found, &record(found.id));
        }
    }

    #[test]
    fn what_is_assembled_is_believed_and_true(
        lookup in mutated::bytes(answers()),
        head in mutated::bytes(heads()),
        tile in mutated::bytes(given()),
        which in 0_usize..8,
    ) {
        let ids = [7, SIZE - 1];
        let mut capture = connected_capture(SIZE, &ids, &[255]);
        if which & 1 != 0 {
            capture.lookups[0].bytes = lookup.to_vec();
        }
        if which & 2 != 0 {
            capture.heads[0] = head.to_vec();
        }
        if which & 4 != 0 {
            let tiles: Vec<_> = capture.tiles.iter().map(|(t, bytes)| (t, bytes.to_vec())).collect();
            capture.tiles = TileStore::default();
            for (at, (known, bytes)) in tiles.into_iter().enumerate() {
                let taken = at == 0 && capture.tiles.insert(known, &tile).is_ok();
                if !taken {
                    capture.tiles.insert(known, &bytes).unwrap();
                }
            }
        }
        let Ok(assembled) = assemble(&key(), &capture, &all_expected(&ids)) else {
            return Ok(());
        };
        if let Some(database) = assembled.database {
            prop_assert_eq!(self_test(&database), Ok(()));
            for found in database.records.values() {
                prop_assert_eq!(found, &record(found.id));
            }
        }
    }
}
