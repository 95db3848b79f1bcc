//! The files of a zip by its directory, and the content of one of them: nothing else is inflated.

use std::io::{self, ErrorKind, Read, Seek};

use super::content::Content;
use super::directory::{Entry, Most};
use super::{named, sound};
use crate::module::ModuleVersion;

/// What a directory may hold that is read to show a page of it, so that one takes some ten megabytes at
/// most. Toolchains have half of these entries.
const MOST: Most = Most {
    entries: 1 << 15,
    name_bytes: 4 << 20,
};

/// The files of a zip.
#[derive(Debug)]
pub struct Listing {
    entries: Vec<Entry>,
    /// Each with its place among the entries, in order of their paths.
    files: Vec<(usize, String)>,
}

impl Listing {
    /// Reads the directory of the zip of a module.
    ///
    /// # Errors
    /// A fault that needs no content to be told, or more than 32,768 entries or 4 MiB of names, of kind
    /// `InvalidData`; those of reading.
    pub fn read<R: Read + Seek>(reader: &mut R, module: &ModuleVersion) -> io::Result<Self> {
        let (entries, mut files) = sound(module, reader, &MOST)?;
        files.sort_by(|one, other| one.1.cmp(&other.1));
        Ok(Listing { entries, files })
    }

    /// The files in order: each path below the module's root, and its size in bytes.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        let files = self.files.iter();
        files.map(|(place, path)| (path.as_str(), self.entries[*place].size))
    }

    /// The size of the file with this path in bytes; none where there is no such file.
    pub fn size(&self, path: &str) -> Option<u64> {
        Some(self.entry(path)?.size)
    }

    /// The content of the file with this path, from the zip that this is of: as many bytes as
    /// [`Listing::size`] says.
    ///
    /// # Errors
    /// There is no such file; it is damaged; those of reading.
    pub fn content<R: Read + Seek>(&self, reader: &mut R, path: &str) -> io::Result<Vec<u8>> {
        let entry = self.entry(path).ok_or(ErrorKind::NotFound)?;
        let mut content = Vec::new();
        let read = Content::open(reader, entry).and_then(|mut c| c.read_to_end(&mut content));
        read.map_err(|e| named(entry, e))?;
        Ok(content)
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let found = self
            .files
            .binary_search_by(|(_, file)| file.as_str().cmp(path));
        found.ok().map(|at| &self.entries[self.files[at].0])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::create;
    use super::*;

    #[test]
    fn files_are_told_in_order_and_read_one_by_one() {
        let module = ModuleVersion::new("example.com/m", "v1.0.0").unwrap();
        let files = [
            ("go.mod", "module example.com/m\n"),
            ("b/b.go", "package b\n"),
            ("a.go", ""),
        ];
        let mut zip = Cursor::new(Vec::new());
        let given = files.map(|(name, text)| (name.to_string(), text.as_bytes()));
        create(&mut zip, &module, given).unwrap();
        let listing = Listing::read(&mut zip, &module).unwrap();
        let told: Vec<_> = listing.files().collect();
        assert_eq!(told, [("a.go", 0), ("b/b.go", 10), ("go.mod", 21)]);
        assert_eq!(listing.content(&mut zip, "b/b.go").unwrap(), b"package b\n");
        assert_eq!(listing.content(&mut zip, "a.go").unwrap(), b"");
        assert_eq!(
            (listing.size("go.mod"), listing.size("b")),
            (Some(21), None)
        );
        assert!(listing.content(&mut zip, "b").is_err());
        let other = ModuleVersion::new("example.com/n", "v1.0.0").unwrap();
        assert!(Listing::read(&mut zip, &other).is_err());
    }
}
