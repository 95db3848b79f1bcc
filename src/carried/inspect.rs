//! What is in a bag, and how much room each part of it takes.

use bag::built::{BuildCache, HeldCache};
use bag::manifest::{Base, HeldDatabase, Manifest, Proof};
use bag::{Bag, TOOLCHAIN, vulndb};
use serde::Serialize;
use sumdb::head::SignedHead;
use sumdb::key::VerifierKey;

use super::carrier::Carrier;
use super::summary::{Cached, largest, summary, targets};
use super::{older, verdict};
use crate::error::Result;
use crate::terminal::printable::printable;
use crate::terminal::size::{count, size};

/// How many of the largest modules are named.
const LARGEST: usize = 10;

/// What is in a file that carries a bag.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// The file; none where the system does not tell which it is.
    pub file: Option<String>,
    /// Its length in bytes.
    pub bytes: Option<u64>,
    /// The format of the bag.
    pub format: u32,
    /// How many modules can be downloaded.
    pub modules: usize,
    /// How many versions of them.
    pub versions: usize,
    /// What each part takes.
    pub sizes: Sizes,
    /// The largest modules: `path@version` and bytes, as the bag holds them.
    pub largest: Vec<(String, u64)>,
    /// The checksum databases that it has proofs of.
    pub databases: Vec<Database>,
    /// The older bags that it builds on.
    pub base: Vec<Base>,
    /// What was proved of it.
    pub proof: Option<Proof>,
    /// What was compiled before.
    pub build_cache: Option<Cached>,
    /// All of it in a line.
    #[serde(skip)]
    summary: String,
}

/// Bytes of a file that carries a bag, by what they are for. Together they are all of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The program itself; none where its file is not known.
    pub program: Option<u64>,
    /// The zips of modules.
    pub module_zips: u64,
    /// The zips of Go toolchains.
    pub toolchains: u64,
    /// Records, tiles and heads of checksum databases.
    pub checksum_data: u64,
    /// A vulnerability database.
    pub vulnerabilities: u64,
    /// What was compiled before.
    pub build_cache: u64,
    /// Lists, `.mod` and `.info` files, the manifest, the index and the directory.
    pub other: u64,
}

/// A checksum database of a bag. When its head was signed nobody knows: a head does not tell.
#[derive(Debug, Serialize)]
pub struct Database {
    /// The database's name.
    pub name: String,
    /// How many records the tree has under the bag's head.
    pub records: u64,
    /// The hash of that tree, in base64; none where the head is damaged.
    pub hash: Option<String>,
    /// True for the bag's own log.
    pub own: bool,
    /// Older heads whose clients can use the bag.
    pub older_heads: usize,
    /// `path@version` of what has no record there.
    pub unrecorded: Vec<String>,
}

/// Looks at `bag`, which lies in the file of `carrier`.
///
/// # Errors
/// It is damaged, or its file cannot be read.
pub fn inspect(
    bag: &Bag<'_>,
    manifest: &Manifest,
    carrier: Option<&Carrier>,
) -> Result<Inspection> {
    let about = bag.about();
    let bytes = carrier.map(Carrier::bytes).transpose()?;
    let built = HeldCache::of(bag)?;
    let built = built.first().map(|held| &held.list);
    let archive = bag.archives().next().map_or(0, |bytes| bytes.len() as u64);
    let answers = bag.answers();
    let answers = answers.map(|(name, answer)| (name, answer.held().len() as u64));
    let largest = largest(manifest).into_iter().take(LARGEST);
    Ok(Inspection {
        file: carrier.map(|carrier| carrier.name().display().to_string()),
        bytes,
        format: about.format,
        modules: about.modules,
        versions: about.versions,
        sizes: Sizes::of(
            bytes,
            archive,
            answers,
            built.map_or(0, BuildCache::held_bytes),
        ),
        largest: largest.collect(),
        databases: about
            .databases
            .iter()
            .map(|held| database(bag, held))
            .collect(),
        base: about.base.clone(),
        proof: about.proof.clone(),
        build_cache: built.map(Cached::of),
        summary: summary(about),
    })
}

impl Sizes {
    /// Those of a file of `file` bytes with an archive of `archive` bytes in it, in which the `answers`
    /// have a name and a length each.
    fn of<'a>(
        file: Option<u64>,
        archive: u64,
        answers: impl Iterator<Item = (&'a str, u64)>,
        build_cache: u64,
    ) -> Self {
        let mut sizes = Sizes {
            program: file.map(|file| file.saturating_sub(archive)),
            build_cache,
            ..Sizes::default()
        };
        for (name, len) in answers {
            let toolchain = name.strip_prefix(TOOLCHAIN);
            let kind = match name {
                _ if name.starts_with("sumdb/") => &mut sizes.checksum_data,
                _ if name.starts_with(vulndb::ROOT) => &mut sizes.vulnerabilities,
                _ if !name.ends_with(".zip") => continue,
                _ if toolchain.is_some_and(|rest| rest.starts_with("/@v/")) => {
                    &mut sizes.toolchains
                }
                _ => &mut sizes.module_zips,
            };
            *kind = kind.saturating_add(len);
        }
        let told = [
            sizes.module_zips,
            sizes.toolchains,
            sizes.checksum_data,
            sizes.vulnerabilities,
            sizes.build_cache,
        ];
        let told = told.into_iter().fold(0, u64::saturating_add);
        sizes.other = archive.saturating_sub(told);
        sizes
    }

    /// A line for each that there is.
    fn lines(&self) -> String {
        let all = [
            ("program", self.program.unwrap_or_default()),
            ("module zips", self.module_zips),
            ("toolchains", self.toolchains),
            ("checksum data", self.checksum_data),
            ("vulnerabilities", self.vulnerabilities),
            ("build cache", self.build_cache),
            ("lists, index", self.other),
        ];
        let some = all.iter().filter(|(_, bytes)| *bytes > 0);
        some.map(|(what, bytes)| format!("  {what:<16}{:>9}\n", size(*bytes)))
            .collect()
    }
}

fn database(bag: &Bag<'_>, held: &HeldDatabase) -> Database {
    let head = || {
        let key: VerifierKey = held.key.parse().ok()?;
        let note = bag.get(&format!("sumdb/{}/latest", held.name))?;
        let signed = SignedHead::open(&key, note).ok()?;
        Some(signed.head().hash.to_string())
    };
    Database {
        name: held.name.clone(),
        records: held.size,
        hash: head(),
        own: held.own,
        older_heads: held.heads.len(),
        unrecorded: held.unrecorded.clone(),
    }
}

impl Database {
    fn line(&self) -> String {
        let own = if self.own { ", the bag's own log" } else { "" };
        let mut text = format!(
            "{}{own}: a head of {}, which does not tell when it was signed",
            printable(&self.name),
            count(self.records, "record")
        );
        if self.older_heads > 0 {
            let heads = count(self.older_heads, "older head");
            text += &format!("; clients of {heads} can use it");
        }
        if !self.unrecorded.is_empty() {
            let versions = count(self.unrecorded.len(), "version");
            text += &format!("; {versions} without a record in it");
        }
        text + "\n"
    }
}

impl Inspection {
    /// Lines for a person.
    pub fn lines(&self) -> String {
        let mut text = match (&self.file, self.bytes) {
            (Some(file), Some(bytes)) => {
                format!(
                    "{}: {}, {} in all\n",
                    printable(file),
                    self.summary,
                    size(bytes)
                )
            }
            _ => format!("{}\n", self.summary),
        };
        text += &self.sizes.lines();
        if !self.largest.is_empty() {
            text += "largest:\n";
        }
        for (module, bytes) in &self.largest {
            text += &format!("  {:>9}  {}\n", size(*bytes), printable(module));
        }
        text.extend(self.databases.iter().map(Database::line));
        text += &older::table(&self.base);
        text += &match &self.proof {
            Some(proof) => verdict::table(proof),
            None => "nothing was proved of it\n".to_string(),
        };
        if let Some(built) = &self.build_cache {
            text += &format!("compiled before: {}\n", targets(&built.targets));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_once() {
        let answers = [
            ("a.test/m/@v/v1.0.0.zip", 100),
            ("a.test/m/@v/v1.0.0.mod", 3),
            (
                "golang.org/toolchain/@v/v0.0.1-go1.27.3.linux-amd64.zip",
                1000,
            ),
            ("golang.org/toolchains/@v/v1.0.0.zip", 10),
            ("sumdb/sum.golang.org/latest", 7),
            ("sumdb/sum.golang.org/lookup/a.zip", 8),
            ("vulndb/index/db.json.gz", 5),
        ];
        let sizes = |file| Sizes::of(file, 2000, answers.into_iter(), 500);
        let want = Sizes {
            program: Some(3000),
            module_zips: 110,
            toolchains: 1000,
            checksum_data: 15,
            vulnerabilities: 5,
            build_cache: 500,
            other: 370,
        };
        assert_eq!(sizes(Some(5000)), want);
        assert_eq!(sizes(None).program, None);
        assert_eq!(
            want.lines(),
            "  program            3.0 kB\n\
             \x20 module zips         110 B\n\
             \x20 toolchains         1.0 kB\n\
             \x20 checksum data        15 B\n\
             \x20 vulnerabilities       5 B\n\
             \x20 build cache         500 B\n\
             \x20 lists, index        370 B\n"
        );
    }
}
