//! The stored form of zips.

use super::*;

fn of(zip: &[u8]) -> Option<Stored> {
    Stored::of(zip.len() as u64, &mut Cursor::new(zip))
}

fn written(form: &Stored, zip: &[u8]) -> (Vec<u8>, io::Result<()>) {
    let mut out = Vec::new();
    let ended = form.write(&mut Cursor::new(zip), &mut out);
    (out, ended)
}

#[test]
fn has_the_same_content_and_hash_and_nothing_compressed() {
    let long = b"package a // and so on\n".repeat(9000);
    let with_descriptor = {
        let mut raw = deflated("d.go", b"package d");
        raw.flags = 8;
        raw.behind = [&b"PK\x07\x08"[..], &raw.crc32.to_le_bytes(), &[0; 8]].concat();
        raw
    };
    let zips = [
        pack(&[file("go.mod"), deflated("a.go", &long), deflated("b", b"")]),
        pack(&[
            stored("example.com/m@v1.0.0/d/", b""),
            deflated("d/é", b"x"),
        ]),
        pack(&[with_descriptor]),
    ];
    for zip in zips {
        let form = of(&zip).unwrap();
        let (bytes, ended) = written(&form, &zip);
        ended.unwrap();
        assert_eq!(bytes.len() as u64, form.len());
        assert_eq!(check_bytes(&bytes).unwrap(), check_bytes(&zip).unwrap());
        let mut read = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(
            read.len(),
            zip::ZipArchive::new(Cursor::new(&zip)).unwrap().len()
        );
        for i in 0..read.len() {
            let entry = read.by_index(i).unwrap();
            assert_eq!(entry.compression(), zip::CompressionMethod::Stored);
        }
        // It is its own stored form.
        assert_eq!(of(&bytes), None);
    }
}

#[test]
fn there_is_none_of_what_gains_nothing_or_cannot_be_read() {
    let with = |change: fn(&mut Raw)| {
        let mut raw = deflated("a.go", b"package a");
        change(&mut raw);
        of(&pack(&[raw])).is_some()
    };
    assert!(with(|_| ()));
    assert!(!with(|raw| raw.method = 0));
    assert!(!with(|raw| raw.method = 9));
    assert!(!with(|raw| raw.size = 600 << 20));
    assert!(!with(|raw| raw.size = u32::MAX));
    assert!(!with(|raw| raw.name = b"example.com/m@v1.0.0/d/".to_vec()));
    assert_eq!(of(b""), None);
    assert_eq!(of(b"PK\x05\x06"), None);
    let of_many = |count: usize, name: &str| {
        let files = (1..count).map(|i| file(&format!("{name}{i}")));
        let all: Vec<Raw> = files.chain([deflated("a", b"a")]).collect();
        of(&pack(&all)).is_some()
    };
    assert!(of_many(8192, "") && !of_many(8193, ""));
    let long = "n".repeat(500);
    assert!(of_many(900, &long) && !of_many(1100, &long));
}

#[test]
fn what_is_damaged_ends_short() {
    let mut zip = pack(&[
        deflated("a.go", &b"package a\n".repeat(9000)),
        file("go.mod"),
    ]);
    let form = of(&zip).unwrap();
    assert!(written(&form, &zip).1.is_ok());
    let at = zip.len() / 4;
    zip[at] ^= 0xff;
    let (out, ended) = written(&form, &zip);
    assert!(ended.is_err() && (out.len() as u64) < form.len());
}
