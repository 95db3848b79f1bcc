//! What the digest at the end of a file finds.

use std::fs::File;
use std::path::Path;

use graft::{Engine, SEAL_LEN, Seal};

use crate::synthetic::{Bench, elf, entries};

fn seal(path: &Path) -> Seal {
    let file = File::open(path).unwrap();
    Engine::inspect(&file).unwrap().seal(&file).unwrap()
}

#[test]
fn any_change_of_a_sealed_file_is_found() {
    let bench = Bench::new();
    // Three pieces.
    let archive: Vec<u8> = (0..2_200_000).map(|i| (i % 251) as u8).collect();
    let good = bench
        .graft(&elf(&entries("LLNS"), 70_000), &archive)
        .unwrap();
    assert_eq!(seal(&bench.file("good", &good)), Seal::Intact);
    let (engine, end) = (300..70_000, good.len() - SEAL_LEN as usize);
    let places = [
        engine.start,
        69_999,
        70_000,
        131_072 - 89,
        131_072,
        1 << 20,
        end - 1,
        end,
    ];
    for at in places
        .into_iter()
        .chain(end..good.len())
        .chain(engine.step_by(10_000))
    {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        assert_eq!(
            seal(&bench.file("changed", &bytes)),
            Seal::Broken,
            "byte {at}"
        );
    }
    for (bytes, what) in [
        (good[..good.len() - 1].to_vec(), "without its last byte"),
        (good[..end + 1].to_vec(), "with the first of the seal"),
        ([&good[..], b"signature"].concat(), "with more behind it"),
        (
            [&good[..end], &good[end..], &good[end..]].concat(),
            "sealed twice",
        ),
    ] {
        assert_eq!(seal(&bench.file("changed", &bytes)), Seal::Broken, "{what}");
    }
}

#[test]
fn an_engine_has_no_seal_nor_has_a_graft_of_old() {
    let bench = Bench::new();
    let engine = elf(&entries("LLNS"), 70_000);
    let mut graft = bench.graft(&engine, b"archive").unwrap();
    graft.truncate(graft.len() - SEAL_LEN as usize);
    for bytes in [engine, graft] {
        assert_eq!(seal(&bench.file("file", &bytes)), Seal::None);
    }
}
