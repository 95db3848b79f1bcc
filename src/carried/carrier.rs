//! A file that carries a bag, this program's own or another: whether it is there in full and as it
//! was written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::digest::{self, hex};
use graft::{Engine, GraftError, SEAL_LEN, Seal};

use crate::error::{Context, Error, Result};
use crate::process::hidden::own_program;

/// An executable, and what its headers say.
#[derive(Debug)]
pub struct Carrier {
    name: PathBuf,
    file: File,
    engine: Engine,
}

impl Carrier {
    /// This program's own file; none where the system does not tell which that is, as without
    /// `/proc`.
    ///
    /// # Errors
    /// It is shorter than its headers say, or they do not fit together, or hide a packed bag.
    pub fn own() -> Result<Option<Self>> {
        let name = std::env::current_exe().unwrap_or_else(|_| "this program".into());
        let Ok(file) = own_program().and_then(File::open) else {
            return Ok(None);
        };
        let engine = match Engine::inspect(&file) {
            Err(e @ (GraftError::CutShort { .. } | GraftError::Damaged { .. })) => {
                return Err(unfit(&name, e));
            }
            inspected => inspected.ok(),
        };
        let packed = graft::mapped().is_some();
        let archive = engine.as_ref().is_some_and(|e| e.archive().is_some());
        // The bag that cargo embedded must not answer for the one that was packed.
        if !(packed && archive) {
            refuse_hidden(&name, &file)?;
        }
        // A loader that was started with this program as its argument is the program then; and
        // nobody grafts onto what runs on another system.
        let engine = engine.filter(|_| archive == packed);
        Ok(engine.map(|engine| Carrier { name, file, engine }))
    }

    /// The executable `file`, which must carry a packed bag.
    ///
    /// # Errors
    /// It is no executable of a known kind, or not there in full, or carries no packed bag.
    pub fn open(file: &Path) -> Result<Self> {
        let remedy = format!(
            "one that cargo built must be packed first: {} pack --add -o NEW",
            file.display()
        );
        Carrier::open_or(file, &remedy)
    }

    /// The same with another `remedy` for a program that nothing was grafted onto.
    ///
    /// # Errors
    /// As [`Carrier::open`].
    pub fn open_or(file: &Path, remedy: &str) -> Result<Self> {
        // To open a pipe would wait for whoever writes to it.
        if !fs::metadata(file).context(file.display())?.is_file() {
            let text = "is no plain file; name a bag";
            return Err(Error::new(format!("{} {text}", file.display())));
        }
        let opened = File::open(file).context(file.display())?;
        let engine = Engine::inspect(&opened).map_err(|e| unfit(file, e))?;
        if engine.archive().is_none() {
            refuse_hidden(file, &opened)?;
            let text = format!("{} carries no packed bag; {remedy}", file.display());
            return Err(Error::new(text));
        }
        Ok(Carrier {
            name: file.to_path_buf(),
            file: opened,
            engine,
        })
    }

    /// Where the file lies.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What its headers say.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The bag that it carries as a packed one.
    ///
    /// # Errors
    /// It is damaged, of a newer gobag, or not there in full.
    pub fn bag(&self) -> Result<Bag<'static>> {
        let span = self.engine.archive();
        let mapped = span.map(|span| graft::map(&self.file, span)).transpose();
        let archive = mapped.context(self.name.display())?.unwrap_or_default();
        let bag = bag_in(archive, self.name.display())?;
        self.has_all_of(&bag)?;
        Ok(bag)
    }

    /// Fails where the file ends before the digest that a grafted `bag` has behind it, if it is not
    /// of an older gobag.
    ///
    /// # Errors
    /// It is cut short.
    pub fn has_all_of(&self, bag: &Bag<'_>) -> Result<()> {
        let (Some(span), Some(_)) = (self.engine.archive(), bag.closing()) else {
            return Ok(());
        };
        let (len, end) = (self.bytes()?, span.offset + span.len + SEAL_LEN);
        match len < end {
            true => Err(cut_short(&self.name, len, end)),
            false => Ok(()),
        }
    }

    /// Compares the digest at the end with all bytes before it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn seal(&self) -> Result<Seal> {
        self.engine.seal(&self.file).context(self.name.display())
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self) -> Result<u64> {
        let data = self.file.metadata().context(self.name.display())?;
        Ok(data.len())
    }

    /// The SHA-256 of all of it in hex, as sha256sum prints it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sha256(&self) -> Result<String> {
        let all = || {
            let mut file = &self.file;
            io::Seek::rewind(&mut file)?;
            digest::copy(file, io::sink())
        };
        Ok(hex(&all().context(self.name.display())?))
    }
}

/// Opens the bag in `archive`; `what` it is where it cannot be read.
///
/// # Errors
/// It is damaged, or of a newer gobag.
pub fn bag_in<'a>(archive: &'a [u8], what: impl std::fmt::Display) -> Result<Bag<'a>> {
    Bag::open(archive).map_err(Error::from).context(what)
}

/// Fails where `file`, whose headers do not tell of an archive, ends as a packed bag does.
fn refuse_hidden(name: &Path, file: &File) -> Result<()> {
    match graft::has_seal(file).context(name.display())? {
        true => Err(damaged(name, "its headers hide the bag in it")),
        false => Ok(()),
    }
}

fn unfit(name: &Path, error: GraftError) -> Error {
    match error {
        GraftError::CutShort { end, len, .. } => cut_short(name, len, end),
        GraftError::Damaged { reason } => damaged(name, &reason),
        other => Error::new(format!("{}: {other}", name.display())),
    }
}

fn damaged(name: &Path, reason: &str) -> Error {
    let name = name.display();
    Error::new(format!("{name} is damaged: {reason}; copy it again"))
}

fn cut_short(name: &Path, len: u64, end: u64) -> Error {
    Error::new(format!(
        "{} is cut short: it has {len} bytes and needs {end}; copy it again",
        name.display()
    ))
}
