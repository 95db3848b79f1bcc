//! Headers that nobody meant: what is refused is refused without a panic and little memory, and
//! what is taken can be grafted.

use std::io::Cursor;
use std::sync::OnceLock;

use graft::{Engine, GraftError};
use mutated::frugal;
use proptest::prelude::*;

use crate::synthetic::{Bench, elf, entries};

const ARCHIVE: &[u8] = b"archive";

/// Where the archive of a small engine begins, and how long its trailer is.
const PLACE: usize = 65536;
const TRAILER: usize = 88;
/// How long its seal is, which is left out: nothing is read there.
const SEAL: usize = 48;

/// How long a small engine is, and how much of it is headers, at most; the rest is left out of what
/// is changed.
const ENGINE: usize = 4096;
const HEADERS: usize = 512;

/// The headers of programs, and of grafts, with what is behind their zeros.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let engines = ["LNS", "LLnPNS", "NL"].map(|table| elf(&entries(table), ENGINE));
        let graft = |engine: &Vec<u8>| Bench::new().graft(engine, ARCHIVE).unwrap();
        let short = |graft: Vec<u8>| {
            let end = graft.len() - SEAL;
            [&graft[..HEADERS], &graft[PLACE - TRAILER..end]].concat()
        };
        let grafted: Vec<Vec<u8>> = engines.iter().map(graft).map(short).collect();
        let engines = engines.map(|engine| engine[..HEADERS].to_vec());
        let mut other = b"\xca\xfe\xba\xbe MZ".to_vec();
        other.resize(64, 0);
        [engines.to_vec(), grafted, vec![other]].concat()
    })
}

/// A file of the usual length, with zeros behind the headers and, where there is one, before the
/// trailer.
fn widened(bytes: &[u8]) -> Vec<u8> {
    let tail = TRAILER + ARCHIVE.len();
    let mut file = bytes.to_vec();
    if bytes.len() < HEADERS + tail {
        file.resize(ENGINE, 0);
    } else if let Some(zeros) = (PLACE + ARCHIVE.len()).checked_sub(bytes.len()) {
        let behind = bytes.len() - tail;
        file.splice(behind..behind, vec![0; zeros]);
    }
    file
}

fn inspect(bytes: &[u8]) -> Result<Engine, GraftError> {
    frugal(bytes.len(), || Engine::inspect(Cursor::new(bytes)))
}

/// Whether an engine that is sound has no entry or no addresses to spare.
fn is_for_want_of_room(error: &GraftError) -> bool {
    match error {
        GraftError::In { error, .. } => is_for_want_of_room(error),
        other => matches!(
            other,
            GraftError::NoNote | GraftError::ArchiveTooLarge { .. }
        ),
    }
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn what_is_changed_is_sound_at_first() {
        let sound = |seed: &Vec<u8>| inspect(&widened(seed));
        let (other, programs) = seeds().split_last().unwrap();
        assert!(sound(other).is_err());
        let archives = programs
            .iter()
            .map(|seed| sound(seed).unwrap().archive().is_some());
        assert_eq!(
            archives.collect::<Vec<_>>(),
            [false, false, false, true, true, true]
        );
    }

    #[test]
    fn no_length_is_believed() {
        for bytes in seeds().iter().flat_map(|seed| mutated::claims(seed)) {
            let file = widened(&bytes);
            if let Ok(Some(archive)) = inspect(&file).map(|engine| engine.archive()) {
                assert_eq!(archive.offset + archive.len, file.len() as u64, "{bytes:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn what_is_taken_can_be_grafted(bytes in mutated::bytes(seeds()), missing in 0_usize..2000) {
        let mut bytes = widened(&bytes);
        // Most are whole.
        bytes.truncate(bytes.len().saturating_sub(missing.saturating_sub(1900)));
        let Ok(engine) = inspect(&bytes) else {
            return Ok(());
        };
        if let Some(archive) = engine.archive() {
            let end = archive.offset.checked_add(archive.len);
            prop_assert!(end.is_some_and(|end| end <= bytes.len() as u64), "{:?}", archive);
        }
        let bench = Bench::new();
        let grafted = match bench.graft(&bytes, b"another") {
            Ok(grafted) => grafted,
            Err(error) => {
                prop_assert!(is_for_want_of_room(&error), "{}", error);
                return Ok(());
            }
        };
        let archive = inspect(&grafted).unwrap().archive().unwrap();
        prop_assert_eq!(&grafted[archive.offset as usize..grafted.len() - SEAL], b"another");
        prop_assert_eq!(bench.graft(&grafted, b"another").unwrap(), grafted);
    }
}
