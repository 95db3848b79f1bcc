//! What is written, byte for byte.

use std::fs::File;
use std::io::{Cursor, Seek, SeekFrom, Write};

use graft::{Engine, GraftError, Span};

use crate::synthetic::{Bench, elf, entries, letters, load, other, ungraft};

#[test]
fn a_grafted_file_is_the_engine_and_zeros_and_the_trailer_and_the_archive_and_the_seal() {
    let engine = elf(&entries("LLNS"), 70_000);
    let bytes = Bench::new().graft(&engine, b"archive").unwrap();
    assert_eq!(bytes.len(), 131_079 + 48);

    let table = 64..64 + 4 * 56;
    assert_eq!(bytes[..table.start], engine[..table.start]);
    assert_eq!(bytes[table.end..70_000], engine[table.end..]);
    assert!(bytes[70_000..131_072 - 88].iter().all(|byte| *byte == 0));
    let trailer = &bytes[131_072 - 88..131_072];
    assert_eq!(trailer[..16], *b"gobag graft 1\n\0\0");
    assert_eq!(trailer[16..24], 70_000_u64.to_le_bytes());
    assert_eq!(trailer[24..32], 2_u64.to_le_bytes());
    assert_eq!(trailer[32..], engine[64 + 2 * 56..64 + 3 * 56]);
    assert_eq!(bytes[131_072..131_079], *b"archive");
    assert_eq!(bytes[131_079..131_095], *b"gobag seal 1\n\0\0\0");
}

#[test]
fn the_entry_maps_the_archive_above_the_last_segment() {
    let bytes = Bench::new()
        .graft(&elf(&entries("LLNS"), 70_000), b"archive")
        .unwrap();
    let entry = &bytes[64 + 2 * 56..64 + 3 * 56];
    let halves: Vec<u32> = entry[..8]
        .as_chunks()
        .0
        .iter()
        .map(|bytes| u32::from_le_bytes(*bytes))
        .collect();
    let words: Vec<u64> = entry[8..]
        .as_chunks()
        .0
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes))
        .collect();
    assert_eq!(halves, [1, 4]);
    // The second segment ends at 0x20000 + 0x4321.
    assert_eq!(
        words,
        [
            131_072,
            0x30000,
            u64::from_le_bytes(*b"gobagARC"),
            7,
            7,
            0x1000
        ]
    );
}

#[test]
fn a_note_that_no_loader_needs_gives_up_its_entry() {
    let table = [
        ("LLNS", "LLAS"),
        ("LLSN", "LLAS"),
        ("LLnPNS", "LLAnPS"),
        ("LLNnPS", "LLAnPS"),
        ("NLSLS", "LSLAS"),
        ("NNLL", "NLLA"),
        ("SNL", "SLA"),
        ("LnP", "LAP"),
        ("LNN", "LAN"),
    ];
    let bench = Bench::new();
    for (before, after) in table {
        let engine = elf(&entries(before), 4096);
        let grafted = bench.graft(&engine, b"x").unwrap();
        assert_eq!(letters(&grafted), after, "{before}");
        assert_eq!(ungraft(&grafted), engine, "{before}");
    }
}

#[test]
fn an_engine_without_a_note_to_spare_is_refused() {
    for table in ["L", "LLS", "Ln"] {
        let error = Bench::new()
            .graft(&elf(&entries(table), 4096), b"")
            .unwrap_err()
            .to_string();
        let message = "no program header to spare: there is no PT_NOTE entry; link the engine with -Wl,--build-id";
        assert!(error.ends_with(message), "{error}");
    }
}

#[test]
fn grafting_a_grafted_file_is_grafting_its_engine() {
    let bench = Bench::new();
    let engine = elf(&entries("LLNS"), 65_448);
    let first = bench.graft(&engine, b"the first archive").unwrap();
    let second = bench.graft(&first, b"second").unwrap();
    let direct = bench.graft(&engine, b"second").unwrap();
    assert_eq!(second, direct);
    assert_eq!(ungraft(&second), engine);
}

#[test]
fn every_length_around_a_page_goes_in_and_comes_out() {
    let bench = Bench::new();
    for engine_len in [4096, 65536 - 89, 65536 - 88, 65536 - 87, 65536, 65537] {
        let engine = elf(&entries("LNS"), engine_len);
        for len in [0, 1, 4095, 4096, 4097, 65535, 65536, 65537] {
            let archive = vec![7; len];
            let bytes = bench.graft(&engine, &archive).unwrap();
            let inspected = Engine::inspect(Cursor::new(&bytes)).unwrap();
            let span = Span {
                offset: (engine_len as u64 + 88).next_multiple_of(65536),
                len: len as u64,
            };
            assert_eq!(inspected.archive(), Some(span));
            assert_eq!(bytes[span.offset as usize..][..len], archive);
            assert_eq!(ungraft(&bytes), engine);
        }
    }
}

#[test]
fn the_archive_of_another_file_is_mapped_and_stays_when_that_is_closed() {
    let bench = Bench::new();
    let engine = elf(&entries("LLNS"), 70_000);
    for archive in [&b"archive"[..], b""] {
        let bytes = bench.graft(&engine, archive).unwrap();
        let file = File::open(bench.file("other", &bytes)).unwrap();
        let span = Engine::inspect(&file).unwrap().archive().unwrap();
        let mapped = graft::map(&file, span).unwrap();
        drop(file);
        assert_eq!(mapped, archive);
    }
    let mut cut = bench.graft(&engine, b"archive").unwrap();
    cut.truncate(cut.len() - graft::SEAL_LEN as usize - 1);
    let cut = File::open(bench.file("cut", &cut)).unwrap();
    let inspected = Engine::inspect(&cut);
    assert!(matches!(inspected, Err(GraftError::CutShort { .. })));
}

#[test]
fn an_engine_for_either_machine_has_no_archive() {
    let mut bytes = elf(&entries("LNS"), 5000);
    for machine in [62, 183] {
        bytes[18] = machine;
        let engine = Engine::inspect(Cursor::new(&bytes)).unwrap();
        assert_eq!(engine.archive(), None);
    }
}

#[test]
fn the_alignment_is_the_engines_own_from_4_kib_to_64_kib() {
    for (align, expected) in [
        (0, 0x1000),
        (1, 0x1000),
        (0x1000, 0x1000),
        (0x4000, 0x4000),
        (0x20_0000, 0x10000),
    ] {
        let mut segment = load(0, 4096, 4096);
        segment.words[5] = align;
        let bytes = Bench::new()
            .graft(&elf(&[segment, other(4, 4)], 4096), b"x")
            .unwrap();
        assert_eq!(
            bytes[64 + 56 + 48..64 + 56 + 56],
            u64::to_le_bytes(expected),
            "{align}"
        );
    }
}

#[test]
fn the_archive_may_be_written_in_any_order_and_bytes_behind_it_are_ignored() {
    let bench = Bench::new();
    let engine = bench.file("engine", &elf(&entries("LN"), 4096));
    let path = bench.file("out", b"");
    let mut out = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    graft::graft(&engine, &mut out, |target| {
        target.seek(SeekFrom::Start(3))?;
        target.write_all(b"last")?;
        target.seek(SeekFrom::Start(0))?;
        target.write_all(b"fst")
    })
    .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(
        bytes[..bytes.len() - 48].ends_with(b"\0fstlast"),
        "the trailer ends with a byte of p_align"
    );
    bytes.extend(b"signature");
    assert_eq!(
        Engine::inspect(Cursor::new(&bytes))
            .unwrap()
            .archive()
            .unwrap()
            .len,
        7
    );
}

#[test]
fn the_output_must_be_empty_so_that_it_is_not_the_engine() {
    let bench = Bench::new();
    let content = elf(&entries("LN"), 4096);
    let engine = bench.file("engine", &content);
    let mut out = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&engine)
        .unwrap();
    let error = graft::graft(&engine, &mut out, |_| Ok(())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "output is not empty: it has 4096 bytes; give a new file"
    );
    assert_eq!(std::fs::read(&engine).unwrap(), content);
}

#[test]
fn an_archive_that_fails_leaves_no_graft_and_its_error_is_told() {
    let bench = Bench::new();
    let engine = bench.file("engine", &elf(&entries("LN"), 4096));
    let mut out = tempfile::tempfile().unwrap();
    let error = graft::graft(&engine, &mut out, |target| {
        target.write_all(b"half")?;
        Err(std::io::Error::other("module \"m\" is gone"))
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "cannot write the archive: module \"m\" is gone"
    );
    assert_eq!(Engine::inspect(&out).unwrap().archive(), None);

    let none = engine.with_file_name("none");
    let error = graft::graft(&none, &mut out, |_| Ok(())).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("none\": cannot open it: "), "{error}");
}

#[test]
fn an_archive_without_room_is_refused() {
    let bench = Bench::new();
    let engine = bench.file(
        "engine",
        &elf(&[load(0x7fff_fff0_0000, 4096, 4096), other(4, 4)], 4096),
    );
    let mut out = tempfile::tempfile().unwrap();
    let error = graft::graft(&engine, &mut out, |target| {
        target.seek(SeekFrom::Start((1 << 20) - 1))?;
        target.write_all(b"x")
    })
    .unwrap_err();
    let message = "archive too large: 1048576 bytes, the most is 68719476736; split it";
    assert_eq!(error.to_string(), message);
}
