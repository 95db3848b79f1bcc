//! A file that carries a bag, this program's own or another: whether it is there in full and as it
//! was written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bag::digest::{self, hex};
use bag::{ArchiveError, Bag};
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
    /// It is shorter than its headers say, or they do not fit together.
    pub fn own() -> Result<Option<Self>> {
        let name = std::env::current_exe().unwrap_or_else(|_| "this program".into());
        let Ok(file) = own_program().and_then(File::open) else {
            return Ok(None);
        };
        match Engine::inspect(&file) {
            // A loader that was started with this program as its argument is the program then.
            Ok(engine) if engine.archive().is_some() == graft::mapped().is_some() => {
                Ok(Some(Carrier { name, file, engine }))
            }
            Err(e @ (GraftError::CutShort { .. } | GraftError::Damaged { .. })) => {
                Err(unfit(&name, e))
            }
            // Nobody grafts onto what runs on another system.
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// The executable `file`, which must carry a packed bag.
    ///
    /// # Errors
    /// It is no executable of a known kind, or not there in full, or carries no packed bag.
    pub fn open(file: &Path) -> Result<Self> {
        // To open a pipe would wait for whoever writes to it.
        if !fs::metadata(file).context(file.display())?.is_file() {
            let text = "is no plain file; name a bag";
            return Err(Error::new(format!("{} {text}", file.display())));
        }
        let opened = File::open(file).context(file.display())?;
        let engine = Engine::inspect(&opened).map_err(|e| unfit(file, e))?;
        if engine.archive().is_none() {
            return Err(Error::new(format!(
                "{} carries no packed bag; one that cargo built verifies itself: run it",
                file.display()
            )));
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

    /// The bag that it carries as a packed one.
    ///
    /// # Errors
    /// It is damaged, of a newer gobag, or not there in full.
    pub fn bag(&self) -> Result<Bag<'static>> {
        let bag = bag_in(self.archive()?.unwrap_or_default(), self.name.display())?;
        self.has_all_of(&bag)?;
        Ok(bag)
    }

    /// The archive that it carries; none where that is part of its program, as cargo builds it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn archive(&self) -> Result<Option<&'static [u8]>> {
        let span = self.engine.archive();
        let mapped = span.map(|span| graft::map(&self.file, span)).transpose();
        mapped.context(self.name.display())
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
    let again = |e: &ArchiveError| match e {
        ArchiveError::Damaged(_) => "; copy it again",
        ArchiveError::Newer(..) => "",
    };
    Bag::open(archive).map_err(|e| Error::new(format!("{what}: {e}{}", again(&e))))
}

fn unfit(name: &Path, error: GraftError) -> Error {
    match error {
        GraftError::CutShort { end, len, .. } => cut_short(name, len, end),
        GraftError::Damaged { reason } => Error::new(format!(
            "{} is damaged: {reason}; copy it again",
            name.display()
        )),
        other => Error::new(format!("{}: {other}", name.display())),
    }
}

fn cut_short(name: &Path, len: u64, end: u64) -> Error {
    Error::new(format!(
        "{} is cut short: it has {len} bytes and needs {end}; copy it again",
        name.display()
    ))
}
