//! Archives, manifests and names that nobody meant: what opens lies inside its bytes, and nothing
//! panics or takes more memory than it may.

use std::fs::File;
use std::io::{self, Cursor, Write};
use std::sync::OnceLock;

use gomod::module;
use mutated::frugal;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::Bag;
use crate::archive::{Source, write};
use crate::building::{self, Made};
use crate::built::{HeldCache, LIST_NAME, OUTPUTS_NAME, Target};
use crate::closing;
use crate::digest::{copy, hex, sha256};
use crate::directory::{SUMS_NAME, parse_sums};
use crate::frames::{self, FRAME_BYTES};
use crate::index::INDEX_NAME;
use crate::manifest::{MANIFEST_NAME, Manifest};
use crate::place::{self, Place};

const MANIFESTS: [&str; 2] = [
    r#"{"format":1,"modules":[]}"#,
    r#"{"format":1,"modules":[{"path":"example.com/m","versions":[{"version":"v1.0.0","zip":"h1:x","go_mod":"h1:y","zip_bytes":7,"commit":"ab"},{"version":"v1.1.0","zip":"h1:x","zip_bytes":18446744073709551615}]}],"databases":[{"name":"sum.example","key":"k","size":9}],"proof":{"go":"go1.26","commands":[],"platforms":["linux/amd64"],"rows":[{"command":"go build","sealed":true,"online":null}]}}"#,
];

const PLACES: [&str; 6] = [
    "example.com/!m/@v/v1.0.0.zip",
    "a/b/example.com/m/@v/main.info",
    "example.com/m@v1.0.0/a/go.mod",
    "sumdb/sum.example/tile/8/0/000",
    "cache/download/example.com/m/@v/list",
    "README.md",
];

/// An archive with an answer that is kept as frames.
fn compact() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("frames");
    let mut frames = frames::Writer::new(File::create(&file).unwrap()).unwrap();
    frames
        .write_all(&b"module".repeat(FRAME_BYTES / 5))
        .unwrap();
    let (_, content) = frames.finish().unwrap();
    let manifest = MANIFESTS[1].replace(r#""format":1"#, r#""format":2"#);
    let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
    let entries = [
        ("c.example/m/@v/list", Source::Bytes(b"v1.0.0\n".to_vec())),
        (
            "c.example/m/@v/v1.0.0.zip.zst",
            Source::Frames(file, content),
        ),
        ("d.example/empty", Source::Bytes(Vec::new())),
    ];
    let mut out = Cursor::new(Vec::new());
    let entries = entries.iter().map(|(name, source)| (*name, source));
    write(&mut out, &manifest, entries).unwrap();
    out.into_inner()
}

/// Archives: one as it is written here, one with 64-bit fields in every header, and a compact one.
fn archives() -> &'static [Vec<u8>] {
    static ARCHIVES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ARCHIVES.get_or_init(|| {
        let entries: [(&str, &[u8]); 4] = [
            (MANIFEST_NAME, MANIFESTS[1].as_bytes()),
            ("c.example/m/@v/list", b"v1.0.0\n"),
            ("c.example/m/@v/v1.0.0.mod", b"module c.example/m\n"),
            ("d.example/empty", b""),
        ];
        let sources = entries.map(|(name, bytes)| (name, Source::Bytes(bytes.to_vec())));
        let manifest: Manifest = serde_json::from_str(MANIFESTS[1]).unwrap();
        let mut plain = Cursor::new(Vec::new());
        let sources = sources[1..].iter().map(|(name, source)| (*name, source));
        write(&mut plain, &manifest, sources).unwrap();
        let wide = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let line = |(name, bytes): &(&str, &[u8])| format!("{}  {name}\n", hex(&sha256(bytes)));
        let sums: String = entries.iter().map(line).collect();
        for (name, bytes) in entries.into_iter().chain([(SUMS_NAME, sums.as_bytes())]) {
            zip.start_file(name, wide).unwrap();
            zip.write_all(bytes).unwrap();
        }
        vec![
            plain.into_inner(),
            zip.finish().unwrap().into_inner(),
            compact(),
        ]
    })
}

/// What tells of a build cache, and its outputs.
fn built() -> (Vec<u8>, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let made = ["net/http", "net"].map(|package| {
        let file = dir.path().join(package.replace('/', "-"));
        std::fs::write(&file, package.repeat(20)).unwrap();
        Made {
            package: package.into(),
            module: String::new(),
            what: "build".into(),
            action: hex(&sha256(package.as_bytes())),
            target: 0,
            output: hex(&sha256(package.repeat(20).as_bytes())),
            file,
        }
    });
    let mut outputs = Vec::new();
    let list = building::write(vec![Target::default()], &made, &mut outputs).unwrap();
    (serde_json::to_vec(&list).unwrap(), outputs)
}

/// The archives that have an index, each as what is before it, and the index without its CRC-32.
fn indexed() -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    let archives = archives().iter();
    archives.filter_map(|archive| {
        let (end, _) = closing::end(archive)?;
        let headers = archive.windows(4).rposition(|w| w == b"PK\x03\x04")?;
        let begin = headers + 30 + INDEX_NAME.len();
        Some((&archive[..begin], &archive[begin..end - 4]))
    })
}

/// An archive with this before its index, this index under a right CRC-32, and no directory.
fn with_index(before: &[u8], index: &[u8]) -> Vec<u8> {
    let crc = crc32fast::hash(index).to_le_bytes();
    let mut archive = [before, index, &crc].concat();
    let at = archive.len() as u32;
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0");
    archive.extend_from_slice(&at.to_le_bytes());
    let comment = closing::placeholder();
    archive.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    archive.extend_from_slice(comment.as_bytes());
    archive
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn what_is_changed_is_sound_at_first() {
        for bytes in archives() {
            let bag = Bag::open(bytes).unwrap();
            assert_eq!(bag.answers().count(), 3);
            assert_eq!(bag.damaged_entries(), [""; 0]);
            assert!(bag.check().is_ok());
        }
    }

    #[test]
    fn no_directory_is_needed_where_there_is_an_index() {
        assert_eq!(indexed().count(), 2);
        for (before, index) in indexed() {
            let archive = with_index(before, index);
            let bag = Bag::open(&archive).unwrap();
            assert_eq!((bag.answers().count(), bag.damaged_entries().len()), (3, 0));
            assert!(bag.known("example.com/m").is_some() && bag.manifest().is_ok());
            assert!(bag.check().is_err());
        }
    }

    #[test]
    fn no_length_is_believed() {
        for bytes in archives().iter().flat_map(|seed| mutated::claims(seed)) {
            if let Ok(bag) = frugal(bytes.len(), || Bag::open(&bytes)) {
                let _ = frugal(bytes.len(), || bag.damaged_entries().len());
                let _ = frugal(bytes.len(), || bag.check());
            }
        }
    }
}

/// Whatever is found in `bytes`, if they open, lies in them.
fn are_inside(bytes: &[u8], may_be_forged: bool) -> Result<(), TestCaseError> {
    let Ok(bag) = frugal(bytes.len(), || Bag::open(bytes)) else {
        return Ok(());
    };
    let damaged = frugal(bytes.len(), || bag.damaged_entries());
    let _ = frugal(bytes.len(), || bag.check());
    let inside = bytes.as_ptr_range();
    let together: usize = bag.answers().map(|(_, answer)| answer.held().len()).sum();
    prop_assert!(together <= bytes.len(), "{} bytes of answers", together);
    let mut last = "";
    for (name, answer) in bag.answers() {
        prop_assert!(last < name && !name.split('/').any(|part| matches!(part, "" | "." | "..")));
        last = name;
        let range = answer.held().as_ptr_range();
        prop_assert!(inside.start <= range.start && range.end <= inside.end);
        // A forged index can hold one name twice, or where it is not found.
        let found = bag.entry(name).filter(|_| bag.find(name) == Some(answer));
        prop_assert!(found.is_some() || may_be_forged);
        let Some(entry) = found else { continue };
        let read = frugal(bytes.len() + FRAME_BYTES, || {
            copy(answer.reader()?, io::sink())
        });
        let sound = read.is_ok_and(|sum| sum == entry.sha256);
        prop_assert_eq!(damaged.contains(&name), !sound);
    }
    Ok(())
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn an_archive_that_opens_has_its_answers_inside(bytes in mutated::bytes(archives())) {
        are_inside(&bytes, false)?;
    }

    #[test]
    fn an_index_that_opens_has_its_answers_inside(
        indexes in mutated::bytes(indexed().map(|(_, index)| index)),
    ) {
        for (before, _) in indexed() {
            are_inside(&with_index(before, &indexes), true)?;
        }
    }

    #[test]
    fn an_output_of_a_build_cache_is_what_its_id_tells_of(
        list in mutated::bytes([built().0]),
        outputs in mutated::bytes([built().1]),
    ) {
        let entries = [(LIST_NAME, list.0), (OUTPUTS_NAME, outputs.0)];
        let sources = entries.map(|(name, bytes)| (name, Source::Bytes(bytes)));
        let mut out = Cursor::new(Vec::new());
        let manifest: Manifest = serde_json::from_str(MANIFESTS[0]).unwrap();
        write(&mut out, &manifest, sources.iter().map(|(name, source)| (*name, source))).unwrap();
        let bytes = out.into_inner();
        let bag = Bag::open(&bytes).unwrap();
        if let Ok(caches) = frugal(bytes.len(), || HeldCache::of(&bag)) {
            for held in &caches {
                for output in &held.list.outputs {
                    let read = held.output(output);
                    prop_assert!(read.is_none_or(|read| hex(&sha256(&read)) == output.id));
                }
                let outputs = held.list.outputs.len();
                prop_assert!(held.list.actions.iter().all(|action| action.output < outputs));
            }
        }
    }

    #[test]
    fn manifests_and_sums_are_printed_back(text in mutated::bytes(MANIFESTS), sums in mutated::text([
        format!("{}  a/b\n# {}  7  c d\n", "0".repeat(64), "ab".repeat(32)),
    ])) {
        if let Ok(manifest) = frugal(text.len(), || serde_json::from_slice::<Manifest>(&text)) {
            let printed = serde_json::to_vec(&manifest).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Manifest>(&printed).unwrap(), manifest);
        }
        if let Ok(read) = frugal(sums.len(), || parse_sums(&sums)) {
            let entries = read.entries.iter();
            let entries = entries.map(|(name, sum)| format!("{}  {name}", hex(sum)));
            let answers = read.answers.iter().map(|(name, content)| {
                format!("# {}  {}  {name}", hex(&content.sha256), content.len)
            });
            for line in entries.chain(answers) {
                prop_assert!(sums.lines().any(|known| known == line));
            }
        }
    }

    #[test]
    fn a_place_is_told_of_any_path(file in mutated::text(PLACES)) {
        let _ = place::is_skipped_folder(&file);
        prop_assert!(place::capture_len(&file) <= file.len());
        match frugal(file.len(), || place::place(&file)) {
            Ok(Place::Proxy { path, version, .. }) => {
                prop_assert!(!path.split('/').any(|e| ["", ".", ".."].contains(&e)));
                prop_assert!(!path.contains(char::is_control));
                prop_assert_eq!(module::unescape(&module::escape(&path)), Ok(path));
                prop_assert!(module::escape_version(&version).is_ok());
            }
            Ok(Place::Source { path, version }) => {
                prop_assert_eq!(module::check(&path, &version), Ok(()));
            }
            Ok(Place::Sum { name }) => prop_assert!(file.ends_with(&name)),
            Ok(Place::Vuln { name }) => {
                prop_assert!(file.ends_with(&name) && place::is_legal(&name));
            }
            Ok(Place::Ignored) => {}
            Err(fault) => prop_assert!(!fault.to_string().is_empty()),
        }
    }
}
