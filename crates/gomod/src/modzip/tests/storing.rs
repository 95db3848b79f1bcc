//! The stored form of zips.

use super::*;

fn of(zip: &[u8]) -> Option<Stored> {
    Stored::of(zip.len() as u64, &mut Cursor::new(zip))
}

fn written(form: &Stored, zip: &[u8], part: std::ops::Range<u64>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    form.write(part, &mut Cursor::new(zip), &mut out)?;
    Ok(out)
}

fn whole(zip: &[u8]) -> Vec<u8> {
    let form = of(zip).unwrap();
    written(&form, zip, 0..form.len()).unwrap()
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
        let bytes = whole(&zip);
        assert_eq!(bytes.len() as u64, form.len());
        assert_eq!(check_bytes(&bytes), check_bytes(&zip));
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
fn every_part_is_a_part_of_the_whole() {
    let zip = pack(&[
        file("go.mod"),
        deflated("a.go", &b"0123456789".repeat(20_000)),
        stored("example.com/m@v1.0.0/d/", b""),
        deflated("z.go", b"package z"),
    ]);
    let (form, bytes) = (of(&zip).unwrap(), whole(&zip));
    let len = bytes.len();
    let mut places: Vec<usize> = (0..len).step_by(9973).collect();
    places.extend((0..120).step_by(3));
    places.extend((len - 400..=len).step_by(7));
    for begin in places.iter().copied().step_by(2) {
        for end in places.iter().copied().filter(|end| *end >= begin) {
            let part = written(&form, &zip, begin as u64..end as u64).unwrap();
            assert!(part == bytes[begin..end], "{begin}..{end}");
        }
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
    let many: Vec<Raw> = (0..65_535).map(|i| file(&i.to_string())).collect();
    let many: Vec<Raw> = many.into_iter().chain([deflated("a", b"a")]).collect();
    assert_eq!(of(&pack(&many)), None);
}

#[test]
fn what_is_damaged_ends_short() {
    let mut zip = pack(&[
        deflated("a.go", &b"package a\n".repeat(9000)),
        file("go.mod"),
    ]);
    let form = of(&zip).unwrap();
    assert!(written(&form, &zip, 0..form.len()).is_ok());
    let at = zip.len() / 4;
    zip[at] ^= 0xff;
    let mut out = Vec::new();
    let ended = form.write(0..form.len(), &mut Cursor::new(&zip), &mut out);
    assert!(ended.is_err() && (out.len() as u64) < form.len());
}
