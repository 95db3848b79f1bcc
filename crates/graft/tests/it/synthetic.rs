//! Engines made of headers alone, for cases that no linker at hand produces.

use std::io::{Cursor, Read, Seek, Write};
use std::path::PathBuf;

use graft::{Engine, GraftError};
use tempfile::TempDir;

pub const LOAD: u32 = 1;
pub const NOTE: u32 = 4;
pub const STACK: u32 = 0x6474_e551;
pub const PROPERTY: u32 = 0x6474_e553;

/// An entry of the program header table, as `readelf -l` shows it.
#[derive(Clone, Copy)]
pub struct Entry {
    pub kind: u32,
    pub flags: u32,
    /// Offset, address, physical address, length in the file and in memory, alignment.
    pub words: [u64; 6],
}

/// A segment at this address that holds the first `len` bytes of the file.
pub fn load(address: u64, len: u64, len_in_memory: u64) -> Entry {
    Entry {
        kind: LOAD,
        flags: 5,
        words: [0, address, address, len, len_in_memory, 0x1000],
    }
}

/// An entry that no loader maps.
pub fn other(kind: u32, align: u64) -> Entry {
    Entry {
        kind,
        flags: 4,
        words: [64, 64, 64, 4, 4, align],
    }
}

/// An x86-64 engine of `len` bytes with this table behind the header.
pub fn elf(entries: &[Entry], len: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    for word in [0x1000_u64, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([0; 4]);
    for half in [64, 56, entries.len() as u16, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for entry in entries {
        bytes.extend(entry.kind.to_le_bytes());
        bytes.extend(entry.flags.to_le_bytes());
        bytes.extend(entry.words.iter().flat_map(|word| word.to_le_bytes()));
    }
    assert!(bytes.len() <= len, "the headers take {} bytes", bytes.len());
    bytes.extend((bytes.len()..len).map(|i| i as u8));
    bytes
}

/// The table of such an engine, one letter an entry: `L`oad, `N`ote (`n` if aligned to 8),
/// `P`roperty, `S`tack, and `A` for the archive.
pub fn letters(elf: &[u8]) -> String {
    let count = usize::from(elf[56]);
    let entries = elf[64..].as_chunks::<56>().0;
    let letter =
        |entry: &[u8; 56]| match (u32::from_le_bytes(*entry.first_chunk().unwrap()), entry[48]) {
            (LOAD, _) if entry[24..32] == graft::MARK.to_le_bytes() => 'A',
            (LOAD, _) => 'L',
            (NOTE, 8) => 'n',
            (NOTE, _) => 'N',
            (PROPERTY, _) => 'P',
            _ => 'S',
        };
    entries[..count].iter().map(letter).collect()
}

/// The table for these letters.
pub fn entries(letters: &str) -> Vec<Entry> {
    let mut address = 0;
    letters
        .chars()
        .map(|letter| match letter {
            'L' => {
                address += 0x10000;
                load(address, 4096, 0x4321)
            }
            'N' => other(NOTE, 4),
            'n' => other(NOTE, 8),
            'P' => other(PROPERTY, 8),
            _ => other(STACK, 16),
        })
        .collect()
}

/// A folder to graft in.
pub struct Bench(TempDir);

impl Bench {
    pub fn new() -> Bench {
        Bench(tempfile::tempdir().unwrap())
    }

    /// A file with this content.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The grafted file's bytes.
    pub fn graft(&self, engine: &[u8], archive: &[u8]) -> Result<Vec<u8>, GraftError> {
        let engine = self.file("engine", engine);
        let mut out = tempfile::tempfile().unwrap();
        graft::graft(&engine, &mut out, |target| target.write_all(archive))?;
        let mut bytes = Vec::new();
        out.rewind().unwrap();
        out.read_to_end(&mut bytes).unwrap();
        Ok(bytes)
    }
}

/// The engine's bytes, from those of a grafted file and what its trailer says.
pub fn ungraft(grafted: &[u8]) -> Vec<u8> {
    let archive = Engine::inspect(Cursor::new(grafted)).unwrap().archive();
    let (before, _) = grafted.split_at(archive.unwrap().offset as usize);
    let trailer = &before[before.len() - 88..];
    let word = |bytes: &[u8]| u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let mut engine = before[..word(&trailer[16..])].to_vec();

    let start = word(&engine[32..]);
    let table = start..start + 56 * usize::from(engine[56]);
    let mut entries = engine[table.clone()].as_chunks::<56>().0.to_vec();
    entries.retain(|entry| entry[24..32] != graft::MARK.to_le_bytes());
    entries.insert(word(&trailer[24..]), *trailer[32..].first_chunk().unwrap());
    engine[table].copy_from_slice(&entries.concat());
    engine
}
