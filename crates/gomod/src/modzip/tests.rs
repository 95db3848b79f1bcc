//! Whole zips, sound and hostile.

use std::io::Cursor;

use super::*;

fn module() -> ModuleVersion {
    ModuleVersion::new("example.com/m", "v1.0.0").unwrap()
}

/// An entry as it is to be written, with whatever lies.
struct Raw {
    name: Vec<u8>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    crc32: u32,
    size: u32,
    /// Where the directory says that it is, if that is a lie.
    offset: Option<u32>,
    extra: Vec<u8>,
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn stored(name: &str, content: &[u8]) -> Raw {
    let (data, crc32, size) = (content.to_vec(), crc32(content), content.len() as u32);
    Raw {
        name: name.into(),
        data,
        method: 0,
        flags: 0,
        crc32,
        size,
        offset: None,
        extra: Vec::new(),
    }
}

/// Below the module's prefix.
fn file(path: &str) -> Raw {
    stored(&format!("example.com/m@v1.0.0/{path}"), b"content")
}

fn deflated(path: &str, content: &[u8]) -> Raw {
    let mut raw = stored(&format!("example.com/m@v1.0.0/{path}"), content);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    io::Write::write_all(&mut encoder, content).unwrap();
    raw.data = encoder.finish().unwrap();
    raw.method = 8;
    raw
}

fn pack(entries: &[Raw]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for e in entries {
        let offset = e.offset.unwrap_or(zip.len() as u32);
        let mut shared = Vec::new();
        for field in [20, e.flags, e.method, 0, 0] {
            shared.extend(field.to_le_bytes());
        }
        for field in [e.crc32, e.data.len() as u32, e.size] {
            shared.extend(field.to_le_bytes());
        }
        shared.extend((e.name.len() as u16).to_le_bytes());
        zip.extend(b"PK\x03\x04");
        zip.extend(&shared);
        zip.extend([0, 0]);
        zip.extend(&e.name);
        zip.extend(&e.data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        directory.extend((e.extra.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(&e.name);
        directory.extend(&e.extra);
    }
    let start = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    for count in [entries.len() as u16; 2] {
        zip.extend(count.to_le_bytes());
    }
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn check_bytes(zip: &[u8]) -> Result<ZipReport, Vec<String>> {
    check(&module(), zip.len() as u64, Cursor::new(zip))
        .map_err(|faults| faults.iter().map(ZipFault::to_string).collect())
}

fn faults(entries: &[Raw]) -> Vec<String> {
    check_bytes(&pack(entries)).unwrap_err()
}

#[test]
fn reports_what_a_sound_zip_holds() {
    let mut streamed = deflated("a/b.go", b"package a");
    streamed.flags = 8;
    streamed.data.extend(b"PK\x07\x08");
    streamed.data.extend(streamed.crc32.to_le_bytes());
    // What follows the deflate stream belongs to nobody.
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
fn names_every_fault_of_every_entry() {
    let mut not_utf8 = file("x");
    not_utf8.name.push(0xff);
    let got = faults(&[
        stored("noprefix", b""),
        stored("example.com/m@v1.0.1/a", b""),
        file("a/../b"),
        file("a//b"),
        file("/a"),
        file("../a"),
        file("a\\b"),
        file("CON.go"),
        not_utf8,
        file("dup"),
        file("dup"),
        file("Dup"),
        file("dup/x"),
        file("GO.MOD"),
        file("sub/go.mod"),
        file("sub/Go.Mod"),
        file("sound.go"),
    ]);
    let at = |name: &str, rest: &str| format!("entry \"{name}\": {rest}");
    let root = |path: &str, rest: &str| format!("entry \"example.com/m@v1.0.0/{path}\": {rest}");
    let prefix = "the name does not begin with \"example.com/m@v1.0.0/\"; pack all files below path@version/";
    let clean = "the path is not clean; name the file by its shortest path below the module's root";
    assert_eq!(
        got,
        [
            at("noprefix", prefix),
            at("example.com/m@v1.0.1/a", prefix),
            root("a/../b", clean),
            root("a//b", clean),
            root("/a", "leading, trailing or double slash; rename the file"),
            root("../a", "element \"..\" consists of dots; rename the file"),
            root("a\\\\b", "invalid character '\\\\'; rename the file"),
            root(
                "CON.go",
                "\"CON\" is a reserved name on Windows; rename the file"
            ),
            root("x\u{fffd}", "the name is not UTF-8; rename the file"),
            root("dup", "the file is there twice; remove one of the two"),
            root(
                "Dup",
                "\"Dup\" differs from \"dup\" in case only; rename one of the two"
            ),
            root(
                "dup/x",
                "\"dup\" is both a file and a directory; rename one of the two"
            ),
            root(
                "GO.MOD",
                "go.mod is not written in lower case; rename the file to go.mod"
            ),
            root(
                "sub/go.mod",
                "go.mod is not at the root of the module; leave out directories that are modules of their own"
            ),
            root(
                "sub/Go.Mod",
                "\"sub/Go.Mod\" differs from \"sub/go.mod\" in case only; rename one of the two"
            ),
        ]
    );
}

#[test]
fn refuses_contents_that_are_not_what_the_directory_says() {
    let tweak = |f: &dyn Fn(&mut Raw)| {
        let mut raw = deflated("f", &b"content ".repeat(100));
        f(&mut raw);
        faults(&[raw]).join("\n")
    };
    let says =
        |rest: &str| format!("entry \"example.com/m@v1.0.0/f\": {rest}; fetch the zip again");
    assert_eq!(
        tweak(&|r| r.crc32 ^= 1),
        says("the checksum of the content is wrong")
    );
    assert_eq!(
        tweak(&|r| r.size -= 1),
        says("the content is longer than the 799 bytes that the directory says")
    );
    assert_eq!(
        tweak(&|r| r.size += 1),
        says("the content is shorter than the 801 bytes that the directory says, or cut off")
    );
    // All bytes are there, but not the end of the stream.
    assert_eq!(
        tweak(&|r| r.data.truncate(r.data.len() - 1)),
        says("the content is shorter than the 800 bytes that the directory says, or cut off")
    );
    assert_eq!(
        tweak(&|r| r.data.fill(0xff)),
        says("the content is not a deflate stream")
    );
    assert_eq!(
        tweak(&|r| r.offset = Some(1)),
        says("there is no entry where the directory says")
    );
    assert_eq!(
        tweak(&|r| r.offset = Some(u32::MAX - 1)),
        says("there is no entry where the directory says")
    );
    assert_eq!(
        tweak(&|r| r.method = 12),
        "entry \"example.com/m@v1.0.0/f\": compression method 12 is neither store (0) nor deflate (8); \
         pack the zip again with deflate"
    );
    // A checksum that is to follow the data, and does not.
    assert_eq!(
        tweak(&|r| r.flags = 8),
        says("the checksum of the content is wrong")
    );
}

#[test]
fn takes_what_go_takes() {
    let mut never_filled_in = deflated("f", b"content");
    never_filled_in.crc32 = 0;
    assert!(check_bytes(&pack(&[never_filled_in])).is_ok());
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
fn refuses_what_is_too_large() {
    let sized = |path: &str, size: u64| {
        let mut raw = file(path);
        raw.size = size as u32;
        raw
    };
    assert_eq!(
        faults(&[sized("a", MAX_CONTENT_BYTES - 9), sized("b", 10)]),
        ["the files have more than 524288000 bytes together; split the module or leave files out"]
    );
    assert_eq!(
        faults(&[
            sized("go.mod", MAX_GO_MOD_BYTES + 1),
            sized("LICENSE", MAX_LICENSE_BYTES + 1)
        ])[..2],
        [
            "entry \"example.com/m@v1.0.0/go.mod\": go.mod has 16777217 bytes, more than 16777216; shorten the file",
            "entry \"example.com/m@v1.0.0/LICENSE\": LICENSE has 16777217 bytes, more than 16777216; shorten the file",
        ]
    );
    let too_large = check(&module(), MAX_ZIP_BYTES + 1, Cursor::new([])).unwrap_err();
    assert_eq!(
        too_large[0].to_string(),
        "the zip has 524288001 bytes, more than 524288000; split the module or leave files out"
    );
}

#[test]
fn does_not_read_entries_that_overlap() {
    let mut entries = vec![file("a")];
    entries[0].data = vec![0; 4000];
    for i in 0..50 {
        let mut again = file(&format!("b{i}"));
        again.offset = Some(0);
        again.data = Vec::new();
        entries.push(again);
    }
    let mut zip = pack(&entries);
    // Every entry claims the data of the first.
    let claim = 4000_u32.to_le_bytes();
    let mut at = 0;
    while let Some(i) = zip[at..].windows(4).position(|w| w == b"PK\x01\x02") {
        at += i;
        zip[at + 20..at + 24].copy_from_slice(&claim);
        at += 4;
    }
    assert_eq!(
        check_bytes(&zip).unwrap_err(),
        ["entries overlap; fetch the zip again"]
    );
}

#[test]
fn refuses_what_is_no_zip() {
    let missing = "not a zip: there is no end of a central directory; fetch the zip again";
    let damaged = "not a zip: the end of the central directory is damaged; fetch the zip again";
    let sound = pack(&[file("f")]);
    let end = sound.len() - 22;
    let patched = |at: usize, bytes: &[u8]| {
        let mut zip = sound.clone();
        zip[end + at..end + at + bytes.len()].copy_from_slice(bytes);
        zip
    };
    for (zip, want) in [
        (Vec::new(), missing),
        (b"<html>".to_vec(), missing),
        (sound[..sound.len() - 1].to_vec(), missing),
        (patched(20, &[1]), missing),
        (patched(12, &[0xff; 4]), damaged),
        (
            patched(10, &[2, 0]),
            "not a zip: the central directory is cut off; fetch the zip again",
        ),
        // Go corrects a wrong offset of the directory, and then looks for the entries elsewhere.
        (
            patched(16, &[0xff, 0xff, 0xff, 0x7f]),
            "entry \"example.com/m@v1.0.0/f\": there is no entry where the directory says; fetch the zip again",
        ),
    ] {
        assert_eq!(check_bytes(&zip).unwrap_err(), [want]);
    }
}

#[test]
fn survives_any_damage() {
    let zip = pack(&[file("go.mod"), deflated("a/a.go", b"package a"), file("b")]);
    for at in 0..zip.len() {
        for byte in [0, 1, 0x7f, 0xff, zip[at] ^ 0x80] {
            let mut damaged = zip.clone();
            damaged[at] = byte;
            drop(check_bytes(&damaged));
            drop(for_each_file(Cursor::new(&damaged), &module(), |_, r| {
                io::copy(r, &mut io::sink()).map(drop)
            }));
        }
        drop(check_bytes(&zip[..at]));
        drop(check_bytes(&zip[at..]));
    }
}

#[test]
fn writes_what_it_takes_and_always_the_same() {
    let files = [
        ("go.mod", "module example.com/m\n"),
        ("a/ä b.go", "package a\n"),
        ("empty", ""),
    ];
    let write = || {
        let mut zip = Cursor::new(Vec::new());
        let readers = files.map(|(path, content)| (path.to_owned(), content.as_bytes()));
        let created = create(&mut zip, &module(), readers).unwrap();
        (zip.into_inner(), created)
    };
    let (zip, created) = write();
    assert_eq!((zip.clone(), created.clone()), write());
    let report = check_bytes(&zip).unwrap();
    assert_eq!(report.h1, created.h1);
    assert_eq!((report.files, report.directories), (3, 0));
    assert_eq!((created.files, created.unpacked_bytes), (3, 31));
    assert_eq!(created.zip_bytes, zip.len() as u64);
    let mut read = Vec::new();
    for_each_file(Cursor::new(&zip), &module(), |path, content| {
        read.push((path.to_owned(), io::read_to_string(content)?));
        Ok(())
    })
    .unwrap();
    assert_eq!(
        read,
        files.map(|(path, content)| (path.to_owned(), content.to_owned()))
    );
}

#[test]
fn writes_nothing_that_it_would_refuse() {
    for (paths, want) in [
        (
            &["a", "a"][..],
            "entry \"a\": the file is there twice; remove one of the two",
        ),
        (
            &["a", "A"],
            "entry \"A\": \"A\" differs from \"a\" in case only; rename one of the two",
        ),
        (
            &["a/"],
            "entry \"a/\": the path is not clean; name the file by its shortest path below the module's root",
        ),
        (
            &["a/go.mod"],
            "entry \"a/go.mod\": go.mod is not at the root of the module; \
             leave out directories that are modules of their own",
        ),
        (
            &["a:b"],
            "entry \"a:b\": invalid character ':'; rename the file",
        ),
    ] {
        let files = paths.iter().map(|path| ((*path).to_owned(), io::empty()));
        let got = create(Cursor::new(Vec::new()), &module(), files).unwrap_err();
        assert_eq!(got.to_string(), want);
    }
    let endless = [("go.mod".to_owned(), io::repeat(b'\n'))];
    assert!(matches!(
        create(Cursor::new(Vec::new()), &module(), endless),
        Err(CreateError::Fault(ZipFault {
            rule: ZipRule::GoModSize(_),
            ..
        }))
    ));
    let long = ["a".repeat(70_000)].map(|path| (path, io::empty()));
    assert!(matches!(
        create(Cursor::new(Vec::new()), &module(), long),
        Err(CreateError::Fault(ZipFault {
            rule: ZipRule::NameLength,
            ..
        }))
    ));
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

fn candidates(paths: &[&str]) -> Vec<Candidate> {
    let candidate = |path: &&str| {
        let (path, kind) = match path.strip_suffix('/') {
            Some(path) => (path, Kind::Directory),
            None => path
                .strip_suffix('@')
                .map_or((*path, Kind::Regular), |path| (path, Kind::Other)),
        };
        Candidate {
            path: path.to_owned(),
            kind,
            size: 1,
        }
    };
    paths.iter().map(candidate).collect()
}

#[test]
fn plans_a_directory() {
    let files = candidates(&[
        "go.mod",
        "a-b",
        "a/b.go",
        "link@",
        ".git/",
        ".git/config",
        "a/.hg/",
        "a/.svn/x",
        "sub/",
        "sub/go.mod@",
        "sub/x/y.go",
        "vendor/modules.txt",
        "vendor/x/",
        "vendor/x/.git/config",
        "vendor/x/x.go",
        ".hg_archival.txt",
        "a/.hg_archival.txt",
        "c/go.mod/x.go",
        ".bzr",
    ]);
    let plan = plan(&files, Some(b"module m\ngo 1.23\n"));
    assert_eq!(
        plan.included,
        [
            ".bzr",
            "a-b",
            "a/.hg_archival.txt",
            "a/b.go",
            "c/go.mod/x.go",
            "go.mod",
            "vendor/modules.txt"
        ]
    );
    let omitted: Vec<String> = plan
        .omitted
        .iter()
        .map(|(path, reason)| format!("{path} {reason}"))
        .collect();
    assert_eq!(
        omitted,
        [
            ".git belongs to a version control system",
            "a/.hg belongs to a version control system",
            "a/.svn belongs to a version control system",
            "link is not a regular file",
            "sub is in another module",
            "vendor/x/.git/config is in a vendor directory",
            "vendor/x/x.go is in a vendor directory",
            ".hg_archival.txt was written by hg archive",
        ]
    );
    assert_eq!(plan.faults, []);
}

#[test]
fn plans_a_commit_without_looking_for_version_control() {
    let files = candidates(&["a/.hg/x", "sub/GO.MOD", "sub/x.go", "link@", "dir/"]);
    let plan = plan_files(&files, None);
    assert_eq!(plan.included, ["a/.hg/x"]);
    assert_eq!(
        plan.omitted,
        [
            ("dir".to_owned(), OmitReason::NotRegular),
            ("link".to_owned(), OmitReason::NotRegular),
            ("sub/GO.MOD".to_owned(), OmitReason::NestedModule),
            ("sub/x.go".to_owned(), OmitReason::NestedModule),
        ]
    );
}

#[test]
fn plans_nothing_that_is_too_large() {
    let sized = |path: &str, size| Candidate {
        path: path.to_owned(),
        kind: Kind::Regular,
        size,
    };
    for (files, want) in [
        (vec![sized("a", MAX_CONTENT_BYTES)], ""),
        (vec![sized("a", 10), sized("b", MAX_CONTENT_BYTES - 10)], ""),
        (
            vec![
                sized("go.mod", MAX_GO_MOD_BYTES),
                sized("LICENSE", MAX_LICENSE_BYTES),
            ],
            "",
        ),
        (
            vec![sized("a", 10), sized("b", MAX_CONTENT_BYTES - 9)],
            "the files have more than 524288000 bytes together; split the module or leave files out",
        ),
        (
            vec![sized("a", u64::MAX), sized("b", u64::MAX)],
            "the files have more than 524288000 bytes together; split the module or leave files out",
        ),
        (
            vec![sized("go.mod", MAX_GO_MOD_BYTES + 1)],
            "entry \"go.mod\": go.mod has 16777217 bytes, more than 16777216; shorten the file",
        ),
    ] {
        let faults = plan(&files, None).faults;
        assert_eq!(
            faults.iter().map(ZipFault::to_string).collect::<String>(),
            want
        );
    }
}
