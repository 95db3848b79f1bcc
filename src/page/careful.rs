//! What pages read of a bag: its file may go away meanwhile, and a page is as long as it is.

use std::io::{self, ErrorKind, Read, Seek};

use bag::described::HeldDescribed;
use bag::{Answer, Bag, Care};
use gomod::info::Info;
use gomod::modfile::ModFile;
use gomod::module;

use super::place::Version;
use crate::feeds::once::Once;
use crate::process::memory::{Mapped, copied, is_read_with_care};

/// The longest `.info` or `.mod` that is read, in bytes.
const MAX_TEXT_BYTES: u64 = 512 << 10;

/// A bag that is read with care.
#[derive(Debug)]
pub struct Careful<'a> {
    bag: &'a Bag<'static>,
    with_care: bool,
}

impl<'a> Careful<'a> {
    /// Reads `bag`.
    pub fn new(bag: &'a Bag<'static>) -> Self {
        Careful {
            bag,
            with_care: is_read_with_care(),
        }
    }

    /// The bag, of which the index alone may be read.
    pub fn bag(&self) -> &'a Bag<'static> {
        self.bag
    }

    /// The text of a short answer; none where there is no such answer.
    ///
    /// # Errors
    /// It cannot be read, or is longer than 512 KiB.
    pub fn text(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(answer) = self.bag.find(name) else {
            return Ok(None);
        };
        if answer.len() > MAX_TEXT_BYTES {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut text = Vec::new();
        answer
            .read_by(|bytes| self.mapped(bytes))?
            .read_to_end(&mut text)?;
        Ok(Some(text))
    }

    fn mapped(&self, bytes: &'static [u8]) -> Mapped<'static> {
        Mapped::read_with_care(bytes, self.with_care)
    }

    /// What `@latest` or the `.info` of a version tells; none where there is none that can be read.
    pub fn info(&self, name: &str) -> Option<Info> {
        Info::parse(&self.text(name).ok()??).ok()
    }

    /// The latest version of a module, as `@latest` answers.
    pub fn latest(&self, path: &str) -> Option<String> {
        let escaped = module::escape_path(path).ok()?;
        Some(self.info(&format!("{escaped}/@latest"))?.version)
    }

    /// True where the bag has a version of this module that can be downloaded.
    pub fn has_any(&self, path: &str) -> bool {
        let latest = module::escape_path(path).map(|escaped| format!("{escaped}/@latest"));
        latest.is_ok_and(|latest| self.bag.entry(&latest).is_some())
    }

    /// What the go.mod of a version says; nothing where that cannot be read.
    pub fn go_mod(&self, version: &Version<'_>) -> Option<ModFile> {
        let name = format!("{}.mod", stem(version)?);
        ModFile::parse(&self.text(&name).ok()??).ok()
    }

    /// How many bytes the zip of a version has; none where the bag has none.
    pub fn zip_len(&self, version: &Version<'_>) -> Option<u64> {
        Some(self.zip_answer(version)?.len())
    }

    /// True where the bag has all of this version.
    pub fn has(&self, version: &Version<'_>) -> bool {
        self.zip_answer(version).is_some()
    }

    /// Reads the zip of a version.
    ///
    /// # Errors
    /// The bag has none, or it cannot be read.
    pub fn zip(&self, version: &Version<'_>) -> io::Result<impl Read + Seek + use<>> {
        let zip = self.zip_answer(version).ok_or(ErrorKind::NotFound)?;
        zip.read_by(|bytes| self.mapped(bytes))
    }

    fn zip_answer(&self, version: &Version<'_>) -> Option<Answer<'static>> {
        self.bag.find(&format!("{}.zip", stem(version)?))
    }
}

/// What the names of a version's answers begin with.
pub fn stem(version: &Version<'_>) -> Option<String> {
    let path = module::escape_path(version.path).ok()?;
    let version = module::escape_version(version.version).ok()?;
    Some(format!("{path}/@v/{version}"))
}

/// What is known of the modules of a bag for people, read at the first page that tells of it.
#[derive(Debug, Default)]
pub struct Described(Once<Vec<HeldDescribed<'static>>>);

impl Described {
    /// What is known of `bag`; nothing where that cannot be read just now.
    pub fn of(&self, bag: &Bag<'static>) -> &[HeldDescribed<'static>] {
        let read = || HeldDescribed::of(&bag.with_care(Care::new(copied)));
        self.0.get(read).map_or(&[], Vec::as_slice)
    }
}
