//! A Go vulnerability database in a bag: its files in, checked, and what is served of it out.
//!
//! Each file is served as it is, and once more as gzip, which is what govulncheck asks for.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use zip::ZipArchive;

use crate::Fault;
use crate::archive::Source;
use crate::contents::Vulns;
use crate::layout::Entries;
use crate::plain;
use crate::vulndb::{INDEX, ROOT, is_part, named};

/// Checks the files of a database, and adds what is served of it; nothing where there is none.
///
/// # Errors
/// Every file that is missing, cannot be read, or is not what its name says.
pub fn add(entries: &mut Entries, files: &Vulns) -> Result<(), Vec<Fault>> {
    if files.is_empty() {
        return Ok(());
    }
    let missing = INDEX.iter().filter(|name| !files.contains_key(**name));
    let mut faults: Vec<Fault> = missing
        .map(|name| fault(name, "is missing from the vulnerability database"))
        .collect();
    let read = files.par_iter().map(|(name, file)| {
        let text = plain::read_text(file).map_err(|e| fault(name, e))?;
        let named = named(name, &text).map_err(|e| fault(name, e))?;
        let coded = coded(&text).map_err(|e| fault(name, e))?;
        Ok((name, text, named, coded))
    });
    let read: Vec<Result<_, Fault>> = read.collect();
    let mut wanted = BTreeSet::new();
    for read in read {
        match read {
            Err(fault) => faults.push(fault),
            Ok((name, text, named, coded)) => {
                wanted.extend(named);
                entries.insert(format!("{ROOT}{name}"), Source::Bytes(text));
                entries.insert(format!("{ROOT}{name}.gz"), Source::Bytes(coded));
            }
        }
    }
    let wanted = wanted.into_iter().map(|id| format!("ID/{id}.json"));
    let lost = wanted.filter(|name| !files.contains_key(name));
    faults.extend(lost.map(|name| fault(&name, "is missing, and the index names it")));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults),
    }
}

fn fault(name: &str, what: impl std::fmt::Display) -> Fault {
    let remedy = "fetch the database again, as a whole";
    Fault::new(format!("{ROOT}{name}"), what, remedy)
}

/// Writes the files of a database from a zip of one to the folder `dir`; what else is in the zip is
/// passed over.
///
/// # Errors
/// It is no zip, or holds a file that is too long to be one of a database; a file cannot be read or
/// written.
pub fn extract(zip: &File, dir: &Path) -> io::Result<()> {
    let mut zip = ZipArchive::new(zip)?;
    for n in 0..zip.len() {
        // What is no part may be anything.
        let name = zip.name_for_index(n).and_then(Result::ok);
        let Some(name) = name.map(String::from).filter(|name| is_part(name)) else {
            continue;
        };
        let entry = zip.by_index(n)?;
        let mut text = Vec::new();
        let most = plain::MAX_TEXT_BYTES;
        entry.take(most + 1).read_to_end(&mut text)?;
        if text.len() as u64 > most {
            let text = format!("{name} is longer than {most} bytes, the most that is read");
            return Err(io::Error::new(ErrorKind::FileTooLarge, text));
        }
        let out = dir.join(&name);
        fs::create_dir_all(out.parent().unwrap_or(dir))?;
        fs::write(&out, text)?;
    }
    Ok(())
}

/// `text` as gzip, without a name and a time.
fn coded(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(text)?;
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_part_of_a_database_may_be_anything() {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for name in ["index/db.json", "odd"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(b"{}").unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let headers = [&b"PK\x03\x04"[..], b"PK\x01\x02"];
        for (odd, lies_there) in [("odd", true), ("index/db.json", false)] {
            let mut bytes = bytes.clone();
            for (header, flags, named) in [(headers[0], 6, 30), (headers[1], 8, 46)] {
                let is_its = |at: &usize| {
                    bytes[*at..].starts_with(header)
                        && bytes[at + named..].starts_with(odd.as_bytes())
                };
                let at = (0..bytes.len()).find(is_its).unwrap();
                // It is said to be encrypted, and to have a name in UTF-8.
                bytes[at + flags] |= 1;
                bytes[at + flags + 1] |= 8;
                if odd == "odd" {
                    bytes[at + named] = 0xff;
                }
            }
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("zip");
            fs::write(&file, bytes).unwrap();
            let extracted = extract(&File::open(&file).unwrap(), dir.path());
            assert_eq!(extracted.is_ok(), lies_there, "{odd}: {extracted:?}");
            assert_eq!(dir.path().join("index/db.json").exists(), lies_there);
        }
    }

    #[test]
    fn a_database_is_whole_and_served_twice() {
        let dir = tempfile::tempdir().unwrap();
        let files = |names: &[(&str, &str)]| -> Vulns {
            let written = names.iter().map(|(name, text)| {
                let file = dir.path().join(name.replace('/', "_"));
                std::fs::write(&file, text).unwrap();
                (name.to_string(), file)
            });
            written.collect()
        };
        let all = [
            ("index/db.json", r#"{"modified":"2026-01-01T00:00:00Z"}"#),
            (
                "index/modules.json",
                r#"[{"path":"a.test","vulns":[{"id":"A"}]}]"#,
            ),
            ("index/vulns.json", r#"[{"id":"A"}]"#),
            ("ID/A.json", r#"{"id":"A"}"#),
        ];
        let mut entries = Entries::new();
        add(&mut entries, &files(&all)).unwrap();
        assert_eq!(entries.len(), 8);
        let Some(Source::Bytes(coded)) = entries.get("vulndb/ID/A.json.gz") else {
            panic!("{entries:?}");
        };
        let mut text = String::new();
        flate2::read::GzDecoder::new(&coded[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, all[3].1);

        let faults = |n: usize| {
            let mut some = all.to_vec();
            some.remove(n);
            let faults = add(&mut Entries::new(), &files(&some)).unwrap_err();
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(faults(0).starts_with("vulndb/index/db.json: is missing from the"));
        assert!(faults(3).starts_with("vulndb/ID/A.json: is missing, and the index names it"));
        add(&mut entries, &Vulns::new()).unwrap();
    }
}
