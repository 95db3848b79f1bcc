//! The cases of Go's `zip/testdata`, and the library's own files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Cursor};
use std::path::Path;

use gomod::dirhash::{Hash1, hash_go_mod, sha256_of};
use gomod::info::Info;
use gomod::modfile::ModFile;
use gomod::module::ModuleVersion;
use gomod::modzip::{self, FolderEntry, Kind, Plan};

use crate::txtar::Case;
use crate::{go, raw_zip, txtar};

/// A part of Go's message, and a part of ours that means the same.
const MESSAGES: &[(&str, &str)] = &[
    ("is not canonical", "is not canonical"),
    ("should be v0 or v1, not v2", "should be v0 or v1"),
    (
        "missing dot in first path element",
        "no dot in the first element",
    ),
    ("invalid UTF-8", "invalid character '\u{fffd}'"),
    ("invalid char '\\''", "invalid character '\\''"),
    (
        "is both a file and a directory",
        "is both a file and a directory",
    ),
    ("case-insensitive file name collision", "in case only"),
    ("multiple entries for file", "the file is there twice"),
    (
        "go.mod files must have lowercase names",
        "go.mod is not written in lower case",
    ),
    (
        "go.mod file not in module root directory",
        "go.mod is not at the root",
    ),
    ("path does not have prefix", "the name does not begin with"),
    ("file path is not clean", "the path is not clean"),
    (
        "file is inserted by 'hg archive'",
        "was written by hg archive",
    ),
    (
        "directory is a version control repository",
        "belongs to a version control system",
    ),
    ("is in vendor directory", "is in a vendor directory"),
    ("is in another module", "is in another module"),
];

/// Our words for a message of Go's.
fn ours(theirs: &str) -> &'static str {
    let known = MESSAGES.iter().find(|(go, _)| theirs.contains(go));
    known
        .unwrap_or_else(|| panic!("unknown message {theirs:?}"))
        .1
}

/// The hash that a case's files lead to, or the first message.
type Outcome = Result<String, String>;

#[test]
fn agrees_with_go_on_its_own_cases_and_files() {
    let library = go::library();
    let testdata = library.dir.join("zip/testdata");
    let counts = [
        ("create", 16, create as fn(&Case) -> Outcome),
        ("create_from_dir", 13, create_from_dir),
        ("unzip", 15, unzip),
    ]
    .map(|(folder, count, run)| {
        let cases = cases(&testdata.join(folder));
        for (name, case) in &cases {
            let name = format!("{folder}/{name}");
            match run(case) {
                Ok(hash) => assert_eq!(
                    (hash.as_str(), ""),
                    (case.hash.as_str(), case.want_err.as_str()),
                    "{name}"
                ),
                Err(message) => {
                    assert!(!case.want_err.is_empty(), "{name}: {message}");
                    assert!(message.contains(ours(&case.want_err)), "{name}: {message}");
                }
            }
        }
        assert_eq!(cases.len(), count, "{folder}");
        cases.len()
    });
    let checks = [
        ("check_files", 4, check_files as fn(&Case) -> Findings),
        ("check_dir", 4, check_dir),
        ("check_zip", 2, check_zip),
    ]
    .map(|(folder, count, run)| {
        let cases = cases(&testdata.join(folder));
        for (name, case) in &cases {
            let want = case.files.iter().find(|(name, _)| name == "want").unwrap();
            let want = Findings::parse(&String::from_utf8_lossy(&want.1).replace("$work/", ""));
            let mut got = run(case);
            if folder == "check_zip" && !got.invalid.is_empty() {
                // Of a zip with faults, only these are reported.
                got.valid = want.valid.clone();
            }
            assert_eq!(got, want, "{folder}/{name}");
        }
        assert_eq!(cases.len(), count, "{folder}");
        cases.len()
    });
    assert_eq!(counts.iter().chain(&checks).sum::<usize>(), 54);
    agrees_on_the_library_itself(&library);
}

/// The library's zip, `.mod` and `.info`, as they came from a proxy.
fn agrees_on_the_library_itself(library: &go::Library) {
    let size = library.zip.metadata().unwrap().len();
    let report = modzip::check(&go::module(), size, File::open(&library.zip).unwrap()).unwrap();
    assert_eq!(report.h1, library.sum);
    let go_mod = std::fs::read(&library.go_mod).unwrap();
    assert_eq!(hash_go_mod(&go_mod), library.go_mod_sum);
    assert_eq!(report.go_mod.as_deref(), Some(&go_mod[..]));
    let parsed = ModFile::parse_strict(&go_mod).unwrap();
    assert_eq!(parsed.module.as_deref(), Some("golang.org/x/mod"));
    let info = Info::parse(&std::fs::read(&library.info).unwrap()).unwrap();
    assert_eq!(info.version, go::module().version);
    let mut files = Vec::new();
    modzip::for_each_file(
        File::open(&library.zip).unwrap(),
        &go::module(),
        |path, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            files.push((path.to_owned(), Cursor::new(bytes)));
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(files.len(), report.files);
    let created = modzip::create(Cursor::new(Vec::new()), &go::module(), files).unwrap();
    assert_eq!(created.h1, library.sum);
}

fn cases(folder: &Path) -> Vec<(String, Case)> {
    let mut names: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, txtar::parse(&std::fs::read(path).unwrap()))
    };
    names
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .map(|path| read(path))
        .collect()
}

fn regular_files(case: &Case) -> Vec<FolderEntry> {
    let entry = |(path, content): &(String, Vec<u8>)| FolderEntry {
        path: path.clone(),
        kind: Kind::Regular,
        size: content.len() as u64,
    };
    case.files
        .iter()
        .filter(|(path, _)| path != "want")
        .map(entry)
        .collect()
}

/// As a walk over the case's files would find them: each once, and the directories too.
fn walked(case: &Case) -> Vec<FolderEntry> {
    let mut found = BTreeMap::new();
    for file in regular_files(case) {
        for (end, _) in file.path.match_indices('/') {
            let path = file.path[..end].to_owned();
            found.insert(
                path.clone(),
                FolderEntry {
                    path,
                    kind: Kind::Directory,
                    size: 0,
                },
            );
        }
        found.insert(file.path.clone(), file);
    }
    found.into_values().collect()
}

fn go_mod(case: &Case) -> Option<&[u8]> {
    case.files
        .iter()
        .find(|(path, _)| path == "go.mod")
        .map(|(_, content)| &content[..])
}

fn create(case: &Case) -> Outcome {
    create_planned(case, &modzip::plan(&regular_files(case), go_mod(case)))
}

fn create_from_dir(case: &Case) -> Outcome {
    create_planned(case, &modzip::plan(&walked(case), go_mod(case)))
}

fn create_planned(case: &Case, plan: &Plan) -> Outcome {
    let module = ModuleVersion::new(&case.path, &case.version).map_err(|e| e.to_string())?;
    if let Some(fault) = plan.faults.first() {
        return Err(fault.to_string());
    }
    let contents: BTreeMap<&str, &[u8]> = case
        .files
        .iter()
        .map(|(path, content)| (path.as_str(), &content[..]))
        .collect();
    let files = plan
        .included
        .iter()
        .map(|path| (path.clone(), contents[path.as_str()]));
    let mut zip = Cursor::new(Vec::new());
    let created = modzip::create(&mut zip, &module, files).map_err(|e| e.to_string())?;
    let report = modzip::check(&module, created.zip_bytes, &mut zip).unwrap();
    assert_eq!(report.h1, created.h1);
    Ok(created.h1)
}

fn unzip(case: &Case) -> Outcome {
    let module = ModuleVersion::new(&case.path, &case.version).map_err(|e| e.to_string())?;
    let zip = raw_zip::pack(&case.files);
    let checked = modzip::check(&module, zip.len() as u64, Cursor::new(&zip));
    let mut hash = Hash1::new();
    let extracted = modzip::for_each_file(Cursor::new(&zip), &module, |path, content| {
        hash.add(format!("{module}/{path}"), sha256_of(content)?);
        io::Result::Ok(())
    });
    assert_eq!(checked.is_ok(), extracted.is_ok());
    let report = checked.map_err(|faults| faults[0].to_string())?;
    let h1 = hash.finish().unwrap();
    assert_eq!(report.h1 == h1, report.directories == 0);
    Ok(h1)
}

/// What is to become of files: names, and our words of why not.
#[derive(Debug, Default, PartialEq, Eq)]
struct Findings {
    valid: BTreeSet<String>,
    omitted: BTreeSet<(String, &'static str)>,
    invalid: BTreeSet<(String, &'static str)>,
}

impl Findings {
    /// Reads Go's list.
    fn parse(text: &str) -> Findings {
        let mut findings = Findings::default();
        let mut section = "";
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let "valid:" | "omitted:" | "invalid:" = line {
                section = line;
            } else if section == "valid:" {
                findings.valid.insert(line.to_owned());
            } else {
                let (name, message) = line.split_once(": ").unwrap();
                let finding = (name.to_owned(), ours(message));
                match section {
                    "omitted:" => findings.omitted.insert(finding),
                    _ => findings.invalid.insert(finding),
                };
            }
        }
        findings
    }

    fn of_plan(plan: Plan) -> Findings {
        let words = |message: String| {
            let known = MESSAGES.iter().find(|(_, ours)| message.contains(ours));
            known
                .unwrap_or_else(|| panic!("unknown message {message:?}"))
                .1
        };
        Findings {
            valid: plan.included.into_iter().collect(),
            omitted: plan
                .omitted
                .into_iter()
                .map(|(path, why)| (path, words(why.to_string())))
                .collect(),
            invalid: plan
                .faults
                .into_iter()
                .map(|fault| (fault.entry.clone().unwrap(), words(fault.rule.to_string())))
                .collect(),
        }
    }
}

fn check_files(case: &Case) -> Findings {
    let files = regular_files(case);
    let mut findings = Findings::of_plan(modzip::plan(&files, go_mod(case)));
    // Where a directory is left out, Go's list has its files.
    findings.omitted = std::mem::take(&mut findings.omitted)
        .into_iter()
        .flat_map(|(path, why)| {
            let is_in = |file: &&FolderEntry| Path::new(&file.path).starts_with(&path);
            files
                .iter()
                .filter(is_in)
                .map(|file| (file.path.clone(), why))
                .collect::<Vec<_>>()
        })
        .collect();
    findings
}

fn check_dir(case: &Case) -> Findings {
    Findings::of_plan(modzip::plan(&walked(case), go_mod(case)))
}

fn check_zip(case: &Case) -> Findings {
    let module = ModuleVersion::new(&case.path, &case.version).unwrap();
    let files: Vec<_> = case
        .files
        .iter()
        .filter(|(name, _)| name != "want")
        .cloned()
        .collect();
    let zip = raw_zip::pack(&files);
    let faults = modzip::check(&module, zip.len() as u64, Cursor::new(&zip))
        .err()
        .unwrap_or_default();
    let valid = if faults.is_empty() {
        files.into_iter().map(|(name, _)| name).collect()
    } else {
        Vec::new()
    };
    Findings::of_plan(Plan {
        included: valid,
        omitted: Vec::new(),
        faults,
    })
}
