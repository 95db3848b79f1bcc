//! Files that want to break whoever reads them.

use std::io::Cursor;

use graft::{Engine, GraftError};

use crate::synthetic::{Bench, elf, entries, load, other};

fn inspect(bytes: &[u8]) -> Result<Engine, GraftError> {
    Engine::inspect(Cursor::new(bytes))
}

fn message(bytes: &[u8]) -> String {
    inspect(bytes).unwrap_err().to_string()
}

#[test]
fn a_broken_header_is_refused_with_its_reason() {
    let good = elf(&entries("LNS"), 4096);
    let table: &[(usize, &[u8], &str)] = &[
        (
            4,
            &[1],
            "not supported for this platform: an ELF file that is not 64-bit little-endian",
        ),
        (
            5,
            &[2],
            "not supported for this platform: an ELF file that is not 64-bit little-endian",
        ),
        (
            7,
            &[9],
            "not supported for this platform: an ELF file for the operating system 9 (EI_OSABI)",
        ),
        (
            16,
            &[1],
            "not supported for this platform: an ELF file of the type 1 (e_type), which is not a program",
        ),
        (
            18,
            &[243],
            "not supported for this platform: an ELF file for the machine 243 (e_machine)",
        ),
        (
            24,
            &[0; 8],
            "not supported for this platform: an ELF file without an entry point, which is a library",
        ),
        (
            32,
            &[0xff; 8],
            "cut short: the program header table ends at byte 18446744073709551615, but the file has 4096",
        ),
        (
            40,
            &[0, 32],
            "cut short: the section header table ends at byte 8192, but the file has 4096",
        ),
        (
            54,
            &[57],
            "malformed program header table: entries of 57 bytes instead of 56",
        ),
        (56, &[0, 0], "malformed program header table: 0 entries"),
        (
            56,
            &[0xff, 0xff],
            "malformed program header table: 65535 entries",
        ),
        (
            56,
            &[0x92, 4],
            "cut short: the program header table ends at byte 65584, but the file has 4096",
        ),
        (
            64 + 32,
            &[1, 16],
            "cut short: a segment ends at byte 4097, but the file has 4096",
        ),
        (
            64 + 8,
            &[0xff; 8],
            "cut short: a segment ends at byte 18446744073709551615, but the file has 4096",
        ),
        (
            64 + 40,
            &[0; 8],
            "malformed program header table: a segment of 0 bytes at address 0x10000",
        ),
        (
            64 + 40,
            &[0xff; 8],
            "malformed program header table: a segment of 18446744073709551615 bytes at address 0x10000",
        ),
        (
            64 + 8,
            &[65],
            "malformed program header table: it is in no segment",
        ),
    ];
    inspect(&good).unwrap();
    for (at, patch, expected) in table {
        let mut bytes = good.clone();
        bytes[*at..at + patch.len()].copy_from_slice(patch);
        // A segment that starts later has to be shorter.
        if *at == 64 + 8 && patch.len() == 1 {
            bytes[64 + 32..64 + 34].copy_from_slice(&[0, 1]);
        }
        let message = message(&bytes);
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn segments_out_of_order_or_overlapping_are_refused() {
    for (first, second) in [(0x20000, 0x10000), (0x10000, 0x10fff)] {
        let engine = elf(
            &[
                load(first, 4096, 4096),
                load(second, 4096, 4096),
                other(4, 4),
            ],
            4096,
        );
        let expected = format!(
            "malformed program header table: the segment at {second:#x} is not in order; link the engine again"
        );
        assert_eq!(message(&engine), expected);
    }
}

#[test]
fn a_graft_whose_parts_do_not_fit_is_refused() {
    let good = Bench::new()
        .graft(&elf(&entries("LLNS"), 4096), b"archive")
        .unwrap();
    let (entry, trailer) = (64 + 2 * 56, 65536 - 88);
    let table: &[(usize, &[u8], &str)] = &[
        (
            entry + 8,
            &[87, 0, 0],
            "damaged graft: the archive starts at byte 87",
        ),
        (
            entry + 8,
            &[88, 0, 0],
            "damaged graft: there is no trailer before the archive",
        ),
        (
            entry + 8,
            &[0, 0, 2],
            "cut short: the archive ends at byte 131079, but the file has 65591",
        ),
        (
            entry + 32,
            &[7 + 49],
            "cut short: the archive ends at byte 65592, but the file has 65591",
        ),
        (
            entry + 32,
            &[6],
            "damaged graft: the program header table is not as a graft leaves it",
        ),
        (
            entry + 16,
            &[0, 0, 1],
            "damaged graft: the program header table is not as a graft leaves it",
        ),
        (
            64 + 56 + 24,
            b"gobagARC",
            "damaged graft: two segments are marked as the archive",
        ),
        (
            64 + 40,
            &[0xff; 8],
            "damaged graft: the program header table is not as a graft leaves it",
        ),
        (
            trailer,
            b"G",
            "damaged graft: there is no trailer before the archive",
        ),
        (
            trailer + 12,
            b"2",
            "damaged graft: there is no trailer before the archive",
        ),
        (
            trailer + 16,
            &[0xff; 8],
            "damaged graft: an engine of 18446744073709551615 bytes, and an archive at byte 65536",
        ),
        (
            trailer + 16,
            &[10, 0],
            "cut short: the program header table ends at byte 288, but the file has 10",
        ),
        (
            trailer + 24,
            &[4],
            "damaged graft: the trailer holds no PT_NOTE entry of this table",
        ),
        (
            trailer + 24,
            &[0xff; 8],
            "damaged graft: the trailer holds no PT_NOTE entry of this table",
        ),
        (
            trailer + 32,
            &[1],
            "damaged graft: the trailer holds no PT_NOTE entry of this table",
        ),
    ];
    inspect(&good).unwrap();
    for (at, patch, expected) in table {
        let mut bytes = good.clone();
        bytes[*at..at + patch.len()].copy_from_slice(patch);
        let message = message(&bytes);
        assert!(message.starts_with(expected), "{message}\n{expected}");
    }
}

#[test]
fn an_engine_or_a_graft_that_was_cut_anywhere_is_refused_or_has_no_archive() {
    let good = Bench::new()
        .graft(&elf(&entries("LNS"), 4096), b"archive")
        .unwrap();
    for len in (0..4096).chain(65536 - 100..good.len() - 48) {
        assert!(inspect(&good[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let good = Bench::new()
        .graft(&elf(&entries("LnPNS"), 4096), b"archive")
        .unwrap();
    let places: Vec<usize> = (0..64 + 5 * 56).chain(65536 - 88..65536).collect();
    // One byte of the headers and the trailer at a time, with the values at which numbers turn
    // over.
    for at in &places {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[*at] = value;
            let _ = inspect(&bytes);
        }
    }
    // Several at once, from a fixed sequence (Marsaglia's xorshift64).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..5000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random() % 12 {
            let at = places[(random() % places.len() as u64) as usize];
            bytes[at] = random() as u8;
        }
        let _ = inspect(&bytes);
    }
}
