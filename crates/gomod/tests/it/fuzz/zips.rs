//! Module zips.

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use gomod::module::ModuleVersion;
use gomod::modzip;
use mutated::frugal;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::raw_zip;

const FILES: [(&str, &[u8]); 4] = [
    ("go.mod", b"module example.com/m\n"),
    ("LICENSE", b"text text text text text text text"),
    ("a/b.go", b"package a\n"),
    ("empty", b""),
];

fn module() -> ModuleVersion {
    ModuleVersion::new("example.com/m", "v1.0.0").unwrap()
}

fn in_module(path: &str) -> String {
    format!("{}/{path}", module())
}

/// Sound zips, each of another kind: as packed here, stored and plain, with 64-bit fields, and
/// with CRCs behind the data.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut packed = Cursor::new(Vec::new());
        let files = FILES.map(|(path, content)| (path.to_owned(), content));
        modzip::create(&mut packed, &module(), files).unwrap();
        let plain = FILES.map(|(path, content)| (in_module(path), content.to_vec()));
        let large = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        let mut wide = ZipWriter::new(Cursor::new(Vec::new()));
        let mut streamed = ZipWriter::new_stream(Vec::new());
        for (path, content) in FILES {
            wide.start_file(in_module(path), large).unwrap();
            wide.write_all(content).unwrap();
            streamed
                .start_file(in_module(path), SimpleFileOptions::default())
                .unwrap();
            streamed.write_all(content).unwrap();
        }
        let wide = wide.finish().unwrap().into_inner();
        let streamed = streamed.finish().unwrap().into_inner();
        vec![packed.into_inner(), raw_zip::pack(&plain), wide, streamed]
    })
}

fn check(bytes: &[u8]) -> Result<modzip::ZipReport, Vec<modzip::ZipFault>> {
    modzip::check(&module(), bytes.len() as u64, Cursor::new(bytes))
}

/// What is the same each time.
mod once {
    use super::*;

    #[test]
    fn what_is_changed_is_sound_at_first() {
        for seed in seeds() {
            assert_eq!(check(seed).unwrap().files, FILES.len());
        }
    }

    #[test]
    fn no_length_is_believed() {
        for bytes in seeds().iter().flat_map(|seed| mutated::claims(seed)) {
            let checked = frugal(bytes.len(), || check(&bytes));
            let read = frugal(bytes.len(), || {
                modzip::for_each_file(Cursor::new(&bytes[..]), &module(), |_, content| {
                    std::io::copy(content, &mut std::io::sink()).map(drop)
                })
            });
            assert!(checked.is_err() || read.is_ok(), "{bytes:?}");
        }
    }
}

proptest! {
    #![proptest_config(mutated::config())]

    #[test]
    fn a_zip_that_passes_is_read_as_it_was_checked(bytes in mutated::bytes(seeds())) {
        let checked = frugal(bytes.len(), || check(&bytes));
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let read = frugal(2 * bytes.len(), || {
            modzip::for_each_file(Cursor::new(&bytes[..]), &module(), |path, content| {
                let mut read = Vec::new();
                content.read_to_end(&mut read)?;
                files.push((path.to_owned(), read));
                Ok(())
            })
        });
        let report = match checked {
            Ok(report) => report,
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                return Ok(());
            }
        };
        prop_assert!(read.is_ok(), "{:?}", read);
        prop_assert_eq!(files.len(), report.files);
        let sum: usize = files.iter().map(|(_, content)| content.len()).sum();
        prop_assert_eq!(sum as u64, report.unpacked_bytes);
        let go_mod = files.iter().find(|(path, _)| path == "go.mod");
        prop_assert_eq!(go_mod.map(|(_, content)| content), report.go_mod.as_ref());
        if report.directories == 0 {
            let mut again = Cursor::new(Vec::new());
            let files = files.iter().map(|(path, content)| (path.clone(), &content[..]));
            let created = modzip::create(&mut again, &module(), files).unwrap();
            prop_assert_eq!(&created.h1, &report.h1);
            prop_assert_eq!(check(again.get_ref()).unwrap().h1, report.h1);
        }
    }

    #[test]
    fn the_stored_form_is_the_same_module(bytes in mutated::bytes(seeds())) {
        let len = bytes.len();
        let form = frugal(len, || modzip::Stored::of(len as u64, &mut Cursor::new(&bytes[..])));
        let Some(form) = form else {
            return Ok(());
        };
        let mut stored = Vec::new();
        let written = form.write(&mut Cursor::new(&bytes[..]), &mut stored);
        let whole = stored.len() as u64 == form.len();
        prop_assert_eq!(whole, written.is_ok());
        if let Ok(report) = check(&bytes) {
            prop_assert!(whole);
            prop_assert_eq!(check(&stored), Ok(report));
        }
    }
}
