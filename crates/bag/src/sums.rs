//! Checksum databases in a bag: captured data in, served answers out.
//!
//! Captured data lies below `sumdb/<name>/` as a go command leaves it in
//! `$GOMODCACHE/cache/download/sumdb`: `lookup/<module>@<version>` and `tile/8/…`; besides,
//! `latest` and `heads/…` are signed heads that clients may know, and `key` is the verifier
//! key of a database that is not sum.golang.org.

mod name;

pub use name::{SumFile, sum_file};

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gomod::module::{self, ModuleError};
use sumdb::assemble::assemble;
use sumdb::assembled::{Assembled, Reason};
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::database::Database;
use sumdb::key::{SUM_GOLANG_ORG, VerifierKey};
use sumdb::self_test::self_test;

use crate::Fault;
use crate::archive::Source;
use crate::contents::Sums;
use crate::layout::Entries;
use crate::manifest::{HeldDatabase, HeldVersion, Manifest};
use crate::plain;

/// The largest captured answer that is read, in bytes: a full tile has 8 KiB, a record with
/// its head less than one.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// The databases that captured data proves, and what is worth a line.
#[derive(Debug, Default)]
pub struct Proved {
    /// The databases, by name.
    pub databases: Vec<Database>,
    /// What could not be proved, and what a client may run into.
    pub notes: Vec<String>,
}

/// What the bag will hold of each version, which a database must agree with.
pub fn expected(manifest: &Manifest) -> Vec<Expected> {
    let expected = |(path, version): (&str, &HeldVersion)| {
        Some(Expected {
            path: path.to_string(),
            version: version.version.clone(),
            zip_h1: version.zip.clone(),
            mod_h1: version.go_mod.clone()?,
        })
    };
    manifest.versions().filter_map(expected).collect()
}

/// Reads captured data, proves what it says of the modules of `manifest`, and tries the result
/// as a client would.
///
/// # Errors
/// Damaged or forged data, and any sum that is not the one of our own file: that is what the
/// database is for.
pub fn prove(sums: &Sums, manifest: &Manifest) -> Result<Proved, Vec<Fault>> {
    let (captures, mut faults) = read(sums);
    let expected = expected(manifest);
    let mut proved = Proved::default();
    for (name, (key, capture)) in captures {
        let file = format!("sumdb/{name}");
        let Some(key) = key else {
            // go keeps there what it was told of every database: of a bag's own log, say.
            if files_of(sums, &name).all(|file| is_of_module_cache(file)) {
                proved.notes.push(format!(
                    "left out: {file} of a module cache: records of another database, whose key is not known here"
                ));
                continue;
            }
            faults.push(Fault::new(
                &file,
                "is a database with an unknown key",
                format!("put its verifier key into {file}/key"),
            ));
            continue;
        };
        let remedy = "capture it again; if that does not help, the module was tampered with";
        match assemble(&key, &capture, &expected) {
            Err(e) => faults.push(Fault::new(&file, e, remedy)),
            Ok(assembled) => {
                proved.notes.extend(notes(&name, &assembled));
                let Some(database) = assembled.database else {
                    continue;
                };
                match self_test(&database) {
                    Err(e) => faults.push(Fault::new(&file, e, remedy)),
                    Ok(()) => proved.databases.push(database),
                }
            }
        }
    }
    if proved.databases.is_empty() && !expected.is_empty() {
        let all = versions(expected.len());
        let note = format!("no checksum data for {all}; a client without go.sum needs GONOSUMDB");
        proved.notes.push(note);
    }
    if faults.is_empty() {
        Ok(proved)
    } else {
        Err(faults)
    }
}

/// The captured files of the database `name`.
fn files_of<'s>(sums: &'s Sums, name: &'s str) -> impl Iterator<Item = &'s PathBuf> {
    let of = move |file: &str| sum_file(file).is_some_and(|(database, _)| database == name);
    let files = sums.iter().filter(move |(file, _)| of(file));
    files.flat_map(|(_, files)| files)
}

/// True where go keeps what databases told it, below its module cache.
fn is_of_module_cache(file: &Path) -> bool {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let folders: Vec<_> = file.iter().collect();
    folders
        .windows(3)
        .any(|three| three == ["cache", "download", "sumdb"])
}

type Captures = BTreeMap<String, (Option<VerifierKey>, Capture)>;

fn read(sums: &Sums) -> (Captures, Vec<Fault>) {
    let mut captures = Captures::new();
    let mut faults = Vec::new();
    for (name, files) in sums {
        let shown = format!("sumdb/{name}");
        let Some((database, kind)) = sum_file(name) else {
            faults.push(Fault::new(
                shown,
                "is no part of captured checksum data",
                "remove it",
            ));
            continue;
        };
        if kind == SumFile::Ignored {
            continue;
        }
        let (key, capture) = captures.entry(database.to_string()).or_insert_with(|| {
            let known = (database == "sum.golang.org").then(|| SUM_GOLANG_ORG.parse().ok());
            (known.flatten(), Capture::default())
        });
        for file in files {
            if let Err(rule) = take(database, &kind, file, key, capture) {
                faults.push(Fault::new(&shown, rule, "remove it, and capture it again"));
            }
        }
    }
    (captures, faults)
}

fn take(
    database: &str,
    kind: &SumFile,
    file: &Path,
    key: &mut Option<VerifierKey>,
    capture: &mut Capture,
) -> Result<(), String> {
    let bytes = plain::read(file, MAX_ANSWER_BYTES).map_err(|e| match e.kind() {
        ErrorKind::FileTooLarge => e.to_string(),
        _ => format!("cannot be read: {e}"),
    })?;
    match kind {
        SumFile::Lookup(path, version) => {
            capture.lookups.push(Lookup {
                path: path.clone(),
                version: version.clone(),
                bytes,
            });
        }
        SumFile::Tile(tile) => capture
            .tiles
            .insert(*tile, &bytes)
            .map_err(|e| e.to_string())?,
        SumFile::Head => capture.heads.push(bytes),
        SumFile::Key => {
            let text = String::from_utf8(bytes).map_err(|e| e.to_string())?;
            let named: VerifierKey = text.trim().parse().map_err(|e| format!("{e}"))?;
            if named.name() != database {
                return Err(format!("is the key of {}, not of {database}", named.name()));
            }
            if key.as_ref().is_some_and(|known| *known != named) {
                return Err(format!(
                    "is not the key of {database} that is known already"
                ));
            }
            *key = Some(named);
        }
        SumFile::Ignored => {}
    }
    Ok(())
}

fn versions(n: usize) -> String {
    match n {
        1 => "1 version".to_string(),
        n => format!("{n} versions"),
    }
}

/// A line for each version that was captured and cannot be proved, one that counts those that
/// were not captured, and one for each head that clients may know and that leads nowhere.
fn notes(name: &str, assembled: &Assembled) -> Vec<String> {
    let unprovable = assembled.unprovable.iter();
    let (missing, lost): (Vec<_>, Vec<_>) = unprovable.partition(|u| u.reason == Reason::NoLookup);
    let missing = missing.len();
    let mut notes: Vec<String> = lost
        .iter()
        .map(|u| {
            format!(
                "sumdb/{name}: {}@{} cannot be proved: {}",
                u.path, u.version, u.reason
            )
        })
        .collect();
    if missing > 0 {
        notes.push(format!(
            "sumdb/{name}: no checksum data for {}; \
             a client without go.sum needs GONOSUMDB for them",
            versions(missing)
        ));
    }
    // Of a database that is not in the bag no client asks for anything.
    let heads = assembled.unlinked_heads.iter();
    notes.extend(heads.filter(|_| assembled.database.is_some()).map(|head| {
        let size = head.head().size;
        format!(
            "sumdb/{name}: a client that knows the head of {size} records cannot use this bag; \
             capture the tiles of that head"
        )
    }));
    notes
}

/// Adds the answers of a database to the `entries` of a bag, and returns what it is. `whole` is
/// what the bag holds with those that it builds on; `own` marks a log that the bag's maker signed.
///
/// # Errors
/// A path or version that cannot be escaped.
pub fn add(
    entries: &mut Entries,
    whole: &Manifest,
    database: &Database,
    own: bool,
) -> Result<HeldDatabase, ModuleError> {
    let at = format!("sumdb/{}", database.name);
    let mut put = |name: String, bytes: &[u8]| {
        entries.insert(format!("{at}/{name}"), Source::Bytes(bytes.to_vec()))
    };
    let note = database.head.note_bytes();
    put("supported".to_string(), b"");
    put("latest".to_string(), note);
    put("key".to_string(), format!("{}\n", database.key).as_bytes());
    for ((path, version), found) in &database.records {
        let name = format!(
            "lookup/{}@{}",
            module::escape(path),
            module::escape_version(version)?
        );
        put(name, &found.answer(note));
    }
    for (tile, bytes) in database.tiles.iter() {
        put(tile.to_string(), bytes);
    }
    let has_record = |path: &str, version: &HeldVersion| {
        let name = (path.to_string(), version.version.clone());
        database.records.contains_key(&name)
    };
    let unrecorded = whole
        .versions()
        .filter(|(path, version)| !has_record(path, version))
        // No client asks for what go refuses to name.
        .filter(|(path, version)| module::check(path, &version.version).is_ok())
        .map(|(path, version)| format!("{path}@{}", version.version))
        .collect();
    let text = |note: &[u8]| String::from_utf8_lossy(note).into_owned();
    Ok(HeldDatabase {
        name: database.name.clone(),
        key: database.key.to_string(),
        size: database.head.head().size,
        own,
        heads: database
            .older_heads
            .iter()
            .map(|h| text(h.note_bytes()))
            .collect(),
        unrecorded,
    })
}

#[cfg(test)]
mod tests {
    use sumdb::hash::EMPTY_TREE;
    use sumdb::head::{Head, SignedHead};
    use sumdb::key::SignerKey;
    use sumdb::own::build_own_log;

    use super::*;

    #[test]
    fn a_head_is_told_where_its_database_is_in_the_bag() {
        let signer = SignerKey::from_seed("sum.example", [1; 32]).unwrap();
        let (size, hash) = (7, EMPTY_TREE);
        let head = SignedHead::sign(&Head { size, hash }, &signer).unwrap();
        let module = Expected {
            path: "example.com/m".into(),
            version: "v1.0.0".into(),
            zip_h1: None,
            mod_h1: "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
        };
        let database = build_own_log(&signer, &[module]).unwrap();
        for (database, told) in [(None, false), (Some(database), true)] {
            let assembled = Assembled {
                database,
                unprovable: Vec::new(),
                unlinked_heads: vec![head.clone()],
            };
            let notes = notes("sum.example", &assembled);
            let has = notes
                .iter()
                .any(|note| note.contains("the head of 7 records"));
            assert_eq!(has, told, "{notes:?}");
        }
    }
}
