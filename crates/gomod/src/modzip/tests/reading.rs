//! Zips that are sound, if sloppy.

use super::*;

#[test]
fn reports_what_a_sound_zip_holds() {
    let report = check_bytes(&pack(&[
        stored("example.com/m@v1.0.0/go.mod", b"module example.com/m\n"),
        deflated("a/a.go", b"package a"),
    ]))
    .unwrap();
    assert_eq!(
        report.go_mod.as_deref(),
        Some(&b"module example.com/m\n"[..])
    );
    assert_eq!(
        (report.files, report.directories, report.unpacked_bytes),
        (2, 0, 30)
    );
    let mut hash = Hash1::new();
    hash.add(
        "example.com/m@v1.0.0/a/a.go",
        sha256_of(&b"package a"[..]).unwrap(),
    );
    hash.add(
        "example.com/m@v1.0.0/go.mod",
        sha256_of(&b"module example.com/m\n"[..]).unwrap(),
    );
    assert_eq!(report.h1, hash.finish().unwrap());
}

#[test]
fn counts_directories_into_the_hash() {
    let empty = |name: &str| stored(name, b"");
    let root = "example.com/m@v1.0.0/";
    let with = [
        empty(root),
        empty(&format!("{root}d/")),
        file("d/f"),
        empty(&format!("{root}d/")),
    ];
    let report = check_bytes(&pack(&with)).unwrap();
    assert_eq!((report.files, report.directories), (1, 3));
    assert_ne!(report.h1, check_bytes(&pack(&[file("d/f")])).unwrap().h1);
    let mut full = file("d/");
    full.name = format!("{root}d/").into_bytes();
    assert_eq!(
        faults(&[full]),
        [
            "entry \"example.com/m@v1.0.0/d/\": the entry is a directory but has content; \
          pack the zip again without directories"
        ]
    );
}

#[test]
fn takes_what_go_takes() {
    let mut never_filled_in = deflated("f", b"content");
    never_filled_in.crc32 = 0;
    assert!(check_bytes(&pack(&[never_filled_in])).is_ok());
    for signature in [&b"PK\x07\x08"[..], b""] {
        let mut streamed = deflated("f", b"content");
        streamed.flags = 8;
        streamed.behind = [signature, &streamed.crc32.to_le_bytes(), &[0; 8]].concat();
        assert!(check_bytes(&pack(&[streamed])).is_ok());
    }
    let mut padded = deflated("f", b"content");
    padded.data.extend(b"after the end of the stream");
    assert!(check_bytes(&pack(&[padded])).is_ok());
    let mut behind_something = b"#!/bin/sh\n".to_vec();
    behind_something.extend(pack(&[file("f")]));
    assert!(check_bytes(&behind_something).is_ok());
    let mut commented = pack(&[file("f")]);
    let len = commented.len();
    commented[len - 2] = 5;
    commented.extend(b"hello");
    assert!(check_bytes(&commented).is_ok());
    assert_eq!(
        check_bytes(&pack(&[])).unwrap().h1,
        "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
}

#[test]
fn reads_sizes_of_64_bits() {
    let mut raw = file("f");
    raw.size = u32::MAX;
    raw.extra = [
        &b"\x99\x99\x01\x00x\x01\x00\x08\x00"[..],
        &7_u64.to_le_bytes(),
    ]
    .concat();
    assert_eq!(check_bytes(&pack(&[raw])).unwrap().unpacked_bytes, 7);
    let mut cut_off = file("f");
    cut_off.size = u32::MAX;
    cut_off.extra = b"\x01\x00\x04\x00aaaa".to_vec();
    assert_eq!(
        faults(&[cut_off]),
        ["not a zip: the central directory is cut off; fetch the zip again"]
    );
}

#[test]
fn stops_at_the_first_file_that_is_wrong() {
    let mut wrong = file("b");
    wrong.crc32 ^= 1;
    let zip = pack(&[file("a"), wrong, file("c")]);
    let mut seen = Vec::new();
    let error = for_each_file(Cursor::new(&zip), &module(), |path, content| {
        seen.push(path.to_owned());
        io::copy(content, &mut io::sink()).map(drop)
    })
    .unwrap_err();
    assert_eq!(seen, ["a", "b"]);
    assert_eq!(
        error.to_string(),
        "entry \"example.com/m@v1.0.0/b\": the checksum of the content is wrong; fetch the zip again"
    );
    let named =
        for_each_file(Cursor::new(pack(&[file("a:")])), &module(), |_, _| Ok(())).unwrap_err();
    assert_eq!(
        named.to_string(),
        "entry \"example.com/m@v1.0.0/a:\": invalid character ':'; rename the file"
    );
}
