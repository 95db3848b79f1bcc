//! The index: finds an entry of a bag by name, without copying any.

use std::collections::HashMap;

use crate::archive::{self, ArchiveError, Method, SUMS_NAME};
use crate::manifest::{FORMAT, HeldModule, MANIFEST_NAME, Manifest};

/// An open bag: its bytes, where each entry lies in them, and its manifest.
#[derive(Debug)]
pub struct Bag<'a> {
    bytes: &'a [u8],
    entries: HashMap<Box<str>, Entry>,
    manifest: Manifest,
}

/// One entry: how it lies in the bag and how long its answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// How its bytes lie in the bag.
    pub method: Method,
    /// The length of the answer in bytes.
    pub answer_len: u64,
    /// The SHA-256 of the answer.
    pub sha256: [u8; 32],
    begin: usize,
    end: usize,
}

impl<'a> Bag<'a> {
    /// Opens the bag in `bytes`. Every offset is checked here, once; contents are not (see
    /// [`Bag::damaged_entries`]).
    ///
    /// # Errors
    /// The bytes are no bag, a damaged one, or one of a newer format.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let damaged = |what: String| ArchiveError::Damaged(what);
        let members = archive::members(bytes)?;
        let slice = |name: &str| {
            let member = members.iter().find(|m| m.name == name);
            let member = member.ok_or_else(|| damaged(format!("{name} is missing")))?;
            Ok(&bytes[member.offset as usize..(member.offset + member.len) as usize])
        };
        let sums = std::str::from_utf8(slice(SUMS_NAME)?).map_err(|e| damaged(e.to_string()))?;
        let sums: HashMap<&str, [u8; 32]> = archive::parse_sums(sums)?.into_iter().collect();
        let manifest: Manifest = serde_json::from_slice(slice(MANIFEST_NAME)?)
            .map_err(|e| damaged(format!("{MANIFEST_NAME}: {e}")))?;
        if manifest.format > FORMAT {
            return Err(ArchiveError::Newer(manifest.format, FORMAT));
        }
        let mut entries = HashMap::with_capacity(members.len());
        for member in &members {
            if member.name == SUMS_NAME {
                continue;
            }
            if !is_legal(&member.name) {
                return Err(damaged(format!(
                    "entry {:?} has no legal name",
                    member.name
                )));
            }
            let sha256 = *sums
                .get(member.name.as_str())
                .ok_or_else(|| damaged(format!("{SUMS_NAME} has no line for {:?}", member.name)))?;
            let begin = member.offset as usize;
            let entry = Entry {
                method: member.method,
                answer_len: member.len,
                sha256,
                begin,
                end: begin + member.len as usize,
            };
            entries.insert(member.name.as_str().into(), entry);
        }
        Ok(Bag {
            bytes,
            entries,
            manifest,
        })
    }

    /// The entry with this name, such as `example.com/m/@v/v1.0.0.zip`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The bytes of an entry's answer.
    pub fn bytes(&self, entry: &Entry) -> &'a [u8] {
        match entry.method {
            Method::Stored => &self.bytes[entry.begin..entry.end],
        }
    }

    /// The answer to the entry with this name.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.entry(name).map(|entry| self.bytes(entry))
    }

    /// The names of all entries but the sums, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.entries.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }

    /// What the bag says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The module with this (unescaped) path.
    pub fn module(&self, path: &str) -> Option<&HeldModule> {
        let modules = &self.manifest.modules;
        modules
            .binary_search_by(|m| m.path.as_str().cmp(path))
            .ok()
            .map(|i| &modules[i])
    }

    /// The whole archive.
    pub fn archive(&self) -> &'a [u8] {
        self.bytes
    }

    /// The names of entries whose bytes do not have the SHA-256 that the bag records, sorted.
    pub fn damaged_entries(&self) -> Vec<&str> {
        let is_damaged = |name: &&str| {
            self.entry(name)
                .is_some_and(|e| archive::sha256(self.bytes(e)) != e.sha256)
        };
        self.names().into_iter().filter(is_damaged).collect()
    }
}

/// Names become paths when a bag is unpacked: none may lead out of the folder.
fn is_legal(name: &str) -> bool {
    let legal = |element: &str| !matches!(element, "" | "." | "..");
    !name.contains(['\\', ':', '\0']) && name.split('/').all(legal)
}

#[cfg(test)]
mod tests {
    use super::is_legal;

    #[test]
    fn refuses_names_that_lead_out_of_a_folder() {
        for (name, want) in [
            ("a/@v/list", true),
            ("bag.json", true),
            ("../a", false),
            ("a/../b", false),
            ("/a", false),
            ("a//b", false),
            ("a\\b", false),
            ("c:/a", false),
            ("", false),
        ] {
            assert_eq!(is_legal(name), want, "{name:?}");
        }
    }
}
