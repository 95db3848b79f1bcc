//! Damaged and malicious zips.

use super::*;

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
        ["entries overlap or reach beyond the end; fetch the zip again"]
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
