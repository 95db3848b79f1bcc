//! Files that were cut short, or changed in some place: what is said instead of served.

use std::fs::OpenOptions;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::bag::{Bag, stderr, text};
use crate::support::zoo::ZOO;

/// The digest at the end, and the record before the archive.
const SEAL: usize = 48;
const RECORD: usize = 88;

/// Where the parts of a packed bag lie in its file.
struct Parts {
    engine: usize,
    archive: Range<usize>,
    /// Its entry in the program header table.
    entry: usize,
}

fn parts(bytes: &[u8]) -> Parts {
    let number = |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
    let mark = bytes[..4096].windows(8).position(|w| w == b"gobagARC");
    let entry = mark.expect("an entry for the archive") - 24;
    let (begin, len) = (number(entry + 8), number(entry + 32));
    Parts {
        engine: number(begin - RECORD + 16),
        archive: begin..begin + len,
        entry,
    }
}

/// The zoo, as bytes.
fn zoo() -> Vec<u8> {
    std::fs::read(ZOO.bin()).unwrap()
}

fn run(bag: &Bag, args: &[&str]) -> Output {
    let mut command = Command::new(bag.bin());
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

/// One line on stderr, nothing on stdout, and exit code 1; returns the line.
#[track_caller]
fn refusal(output: &Output, what: &str) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
    assert!(output.stdout.is_empty(), "{what}: {output:?}");
    assert!(said.starts_with("gobag: "), "{what}: {said}");
    assert_eq!(said.lines().count(), 1, "{what}: {said}");
    said
}

/// What a person types, and all of it reads the archive.
fn commands(folder: &Path) -> Vec<Vec<&str>> {
    let never = text(folder);
    vec![
        vec!["list"],
        vec!["version"],
        vec!["verify"],
        vec!["digest"],
        vec!["env"],
        vec!["doctor", never],
        vec!["diff", text(ZOO.bin())],
        vec!["unpack", never],
        vec!["exec", "--", "true"],
        vec!["serve", "--listen", "127.0.0.1:0"],
        vec!["serve", "--listen", "127.0.0.1:0", "--stock"],
    ]
}

#[test]
fn a_bag_cut_short_says_so_whatever_it_is_asked_for() {
    let (bytes, folder) = (zoo(), tempfile::tempdir().unwrap());
    let Parts {
        engine, archive, ..
    } = parts(&bytes);
    let (begin, end) = (archive.start, archive.end);
    let lengths = [
        engine - 1,
        engine,
        engine + 1,
        begin - RECORD,
        begin - 1,
        begin,
        begin + 1,
        begin + 4096,
        (begin + end) / 2,
        end - 4096,
        end - 1,
        end,
        end + 1,
        bytes.len() - 1,
    ];
    for len in lengths {
        let bag = Bag::written(&bytes[..len]);
        // What is behind the archive is not told by the headers.
        let needs = if len < end { end } else { end + SEAL };
        let text = format!("is cut short: it has {len} bytes and needs {needs}; copy it again");
        for command in commands(&folder.path().join("new")) {
            let said = refusal(&run(&bag, &command), &format!("{len} bytes, {command:?}"));
            assert!(said.contains(&text), "{command:?}: {said}");
            assert!(said.contains(bag.bin().to_str().unwrap()), "{said}");
        }
        let output = ZOO.run(["verify", bag.bin().to_str().unwrap()]);
        let said = refusal(&output, "verified by another");
        assert!(said.contains(&text), "{said}");
    }
}

#[test]
fn a_bag_whose_program_is_cut_short_is_found_by_another() {
    let bytes = zoo();
    let engine = parts(&bytes).engine;
    for len in [0, 1, 63, 64, 1000, 4096, engine / 2, engine - 1] {
        let bag = Bag::written(&bytes[..len]);
        for command in ["verify", "digest"] {
            let output = ZOO.run([command, bag.bin().to_str().unwrap()]);
            refusal(&output, &format!("{len} bytes, {command}"));
        }
    }
}

#[test]
fn what_is_no_bag_is_refused_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let (empty, words) = (folder.path().join("empty"), folder.path().join("words"));
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&words, "#!/bin/sh\n").unwrap();
    let none = folder.path().join("none");
    let null = Path::new("/dev/null");
    for file in [folder.path(), &pipe, &empty, &words, &none, null] {
        for command in ["verify", "digest", "diff"] {
            let said = refusal(&ZOO.run([command, text(file)]), command);
            assert!(said.contains(text(file)), "{said}");
        }
    }
}

#[test]
fn a_bag_with_an_odd_name_tells_its_digest() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"bag\xff\n"));
    let copied = Command::new("cp").arg(ZOO.bin()).arg(&odd).status();
    assert!(copied.unwrap().success());
    let bag = Bag::at(odd);
    assert_eq!(bag.ok(["digest"]), ZOO.ok(["digest"]));
    let told: serde_json::Value = serde_json::from_str(&bag.ok(["digest", "--json"])).unwrap();
    assert!(told["file"].as_str().unwrap().contains("bag"), "{told}");
    assert_eq!(bag.ok(["verify"]), ZOO.ok(["verify"]));
}

/// A file of these bytes, which bits of are flipped.
struct Flipped {
    file: std::fs::File,
    path: tempfile::TempPath,
}

impl Flipped {
    fn new(bytes: &[u8]) -> Flipped {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        std::fs::write(&path, bytes).unwrap();
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.unwrap();
        Flipped { file, path }
    }

    /// Runs `look` while a bit is another.
    fn with<T>(&self, at: usize, bit: u32, look: impl FnOnce(&str) -> T) -> T {
        let mut byte = [0];
        self.file.read_exact_at(&mut byte, at as u64).unwrap();
        let flip = |byte: u8| self.file.write_all_at(&[byte], at as u64).unwrap();
        flip(byte[0] ^ (1 << bit));
        let seen = look(self.path.to_str().unwrap());
        flip(byte[0]);
        seen
    }
}

/// Numbers that are the same each time (Marsaglia's xorshift64).
fn dice() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

/// Places in the headers before entries of the zip that nothing reads: versions and times.
fn unused(bytes: &[u8], archive: &Range<usize>) -> Vec<usize> {
    let heads = archive
        .clone()
        .filter(|at| bytes[*at..].starts_with(b"PK\x03\x04"));
    let fields = |at: usize| [4, 5, 10, 11, 12, 13].map(|field| at + field);
    heads.flat_map(fields).collect()
}

#[test]
fn verify_finds_a_flip_wherever_it_is() {
    let bytes = zoo();
    let Parts {
        engine, archive, ..
    } = parts(&bytes);
    let unused = unused(&bytes, &archive);
    assert!(unused.len() > 100, "{unused:?}");
    let flipped = Flipped::new(&bytes);
    let verify = |path: &str| ZOO.run(["verify", path]);
    let whole = verify(flipped.path.to_str().unwrap());
    assert!(whole.status.success(), "{}", stderr(&whole));

    let mut dice = dice();
    let span = |range: Range<usize>| {
        move |dice: &mut dyn FnMut(usize) -> usize| range.start + dice(range.len())
    };
    type Place<'a> = Box<dyn Fn(&mut dyn FnMut(usize) -> usize) -> usize + 'a>;
    let table: [(&str, usize, Place<'_>); 6] = [
        ("engine", 50, Box::new(span(0..engine))),
        (
            "record",
            50,
            Box::new(span(archive.start - RECORD..archive.start)),
        ),
        ("zeros", 10, Box::new(span(engine..archive.start - RECORD))),
        ("archive", 50, Box::new(span(archive.clone()))),
        (
            "unused fields",
            50,
            Box::new(|dice| unused[dice(unused.len())]),
        ),
        ("seal", 50, Box::new(span(archive.end..bytes.len()))),
    ];
    for (part, times, place) in table {
        for _ in 0..times {
            let (at, bit) = (place(&mut dice), dice(8) as u32);
            let what = format!("{part}, byte {at}, bit {bit}");
            let output = flipped.with(at, bit, verify);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
            assert!(output.stdout.is_empty(), "{what}: {output:?}");
            let lines = said.lines().all(|line| line.starts_with("gobag: "));
            assert!(lines && !said.is_empty(), "{what}: {said}");
        }
    }
}

#[test]
fn a_bag_finds_a_flip_in_itself() {
    let bytes = zoo();
    let Parts { archive, entry, .. } = parts(&bytes);
    let unused = unused(&bytes, &archive);
    let index = bytes.windows(12).rposition(|w| w == b"gobag index:");
    let index = index.expect("the end of the index");
    // What is said at every start, and by verify alone.
    let table = [
        // The mark of the archive, and p_type.
        (entry + 24, true, "is damaged: "),
        (entry, true, "is damaged: "),
        // The system that the program is for, which Linux does not read.
        (7, true, "is damaged: "),
        (archive.start - RECORD, true, "is damaged: "),
        (index - 100, true, "the bag is damaged: bag.index "),
        (archive.end - 300, false, "the bag is damaged: "),
        (archive.end - 70, true, "the bag is damaged: "),
        (unused[40], false, "by the digest at its end"),
        (bytes.len() - 1, false, "by the digest at its end"),
        (bytes.len() - SEAL, false, "by the digest at its end"),
    ];
    for (at, at_start, text) in table {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let bag = Bag::written(&bytes);
        let output = bag.run(["verify"]);
        assert_eq!(output.status.code(), Some(1), "byte {at}: {output:?}");
        assert!(output.stdout.is_empty(), "byte {at}: {output:?}");
        assert!(
            stderr(&output).contains(text),
            "byte {at}: {}",
            stderr(&output)
        );
        for command in [&["list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            if at_start {
                let said = refusal(&run(&bag, command), &format!("byte {at}, {command:?}"));
                assert!(said.contains("; copy it again"), "{said}");
            }
        }
        if !at_start {
            bag.ok(["list"]);
        }
    }
}

#[test]
fn a_bag_of_before_there_were_digests_is_read_and_verified() {
    let mut bytes = zoo();
    let Parts { archive, entry, .. } = parts(&bytes);
    // Neither the digest at the end, nor the comment of the zip.
    let comment = bytes[..archive.end].windows(4).rposition(|w| w == b"SHA-");
    let end = comment.expect("a comment");
    bytes.truncate(end);
    bytes[end - 2..].fill(0);
    let len = (end - archive.start) as u64;
    bytes[entry + 32..entry + 40].copy_from_slice(&len.to_le_bytes());
    bytes[entry + 40..entry + 48].copy_from_slice(&len.to_le_bytes());
    let bag = Bag::written(&bytes);
    assert_eq!(bag.ok(["list"]), ZOO.ok(["list"]));
    let unchecked = "the program itself was not checked: the file has no digest at its end";
    let path = bag.bin().to_str().unwrap();
    for said in [bag.ok(["verify"]), ZOO.ok(["verify", path])] {
        let line = said.lines().nth(1).unwrap();
        assert!(line.starts_with(unchecked), "{said}");
    }
    assert_eq!(bag.ok(["diff", text(ZOO.bin())]), "");
}

#[test]
fn verify_says_what_it_has_checked() {
    let said = ZOO.ok(["verify"]);
    let told = "the file is as it was written, by the digest at its end";
    assert_eq!(said.lines().nth(1), Some(told), "{said}");
    assert_eq!(Bag::example().ok(["verify", text(ZOO.bin())]), said);

    let said = Bag::example().ok(["verify"]);
    let unchecked = "the program itself was not checked: the file has no digest at its end, as cargo or an older gobag made it";
    assert_eq!(said.lines().nth(1), Some(unchecked), "{said}");
    let output = ZOO.run(["verify", text(Bag::example().bin())]);
    let said = refusal(&output, "one that cargo built");
    let remedy = "carries no packed bag; one that cargo built verifies itself: run it";
    assert!(said.contains(remedy), "{said}");
    let example = Bag::example();
    let example = text(example.bin());
    let remedy = format!(
        "{example} carries no packed bag; one that cargo built must be packed first: {example} pack --add -o NEW"
    );
    for args in [
        &["diff", example][..],
        &["digest", example],
        &["list", "--with", example],
    ] {
        let said = refusal(&run(&ZOO, args), "one that cargo built");
        assert!(said.contains(&remedy), "{said}");
    }
    let help = ZOO.ok(["verify", "--help"]);
    assert!(help.contains("This finds accidents"), "{help}");
}
