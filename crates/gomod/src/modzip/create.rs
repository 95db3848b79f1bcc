//! Writes module zips.

use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::collision::Collisions;
use super::fault::{ZipFault, ZipRule};
use super::inspect::{check_go_mod_name, check_special_size};
use super::{MAX_CONTENT_BYTES, MAX_ZIP_BYTES};
use crate::dirhash::Hash1;
use crate::module::{self, ModuleVersion, clean, file_path_fault};

/// A zip that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// The hash of its files.
    pub h1: String,
    /// How many files it has.
    pub files: usize,
    /// The size of the files in bytes.
    pub unpacked_bytes: u64,
    /// The size of the zip in bytes.
    pub zip_bytes: u64,
}

/// A zip that could not be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what the fields mean")]
pub enum CreateError {
    /// The zip would not be a module's.
    #[error(transparent)]
    Fault(#[from] ZipFault),
    /// A file could not be read.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// Its path below the module's root.
        path: String,
        source: io::Error,
    },
    /// The zip could not be written.
    #[error("cannot write the zip: {0}")]
    Write(io::Error),
}

/// Writes the zip of a module, in the order of `files`: paths below the root, and readers of the
/// contents.
///
/// The bytes depend on nothing but the arguments: everything is deflated, no time and no mode is
/// kept, and there are no directories. Contents stream through.
///
/// # Errors
/// The first fault that [`super::check`] would find, or a file that cannot be read, or `out` that
/// cannot be written.
pub fn create<W: Write + Seek, R: Read>(
    out: W,
    module: &ModuleVersion,
    files: impl IntoIterator<Item = (String, R)>,
) -> Result<Created, CreateError> {
    module::check(&module.path, &module.version)
        .map_err(|e| ZipFault::of_whole(ZipRule::Module(e)))?;
    let prefix = module.zip_prefix();
    let mut writer = ZipWriter::new(out);
    let mut collisions = Collisions::default();
    let mut hash = Hash1::new();
    let mut created = Created::default();
    for (path, mut reader) in files {
        let name = format!("{prefix}{path}");
        check_path(&path, &name, &mut collisions)
            .map_err(|rule| ZipFault::of_entry(&path, rule))?;
        writer
            .start_file(&name, options())
            .map_err(|e| CreateError::Write(e.into()))?;
        let sha256 = copy(&path, &mut reader, &mut writer, &mut created.unpacked_bytes)?;
        hash.add(name, sha256);
        created.files += 1;
    }
    let mut out = writer.finish().map_err(|e| CreateError::Write(e.into()))?;
    created.zip_bytes = out.seek(SeekFrom::End(0)).map_err(CreateError::Write)?;
    if created.zip_bytes > MAX_ZIP_BYTES {
        return Err(ZipFault::of_whole(ZipRule::ZipSize(created.zip_bytes)).into());
    }
    created.h1 = hash.finish().expect("a legal path has no line feed");
    Ok(created)
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

fn check_path(path: &str, name: &str, collisions: &mut Collisions) -> Result<(), ZipRule> {
    if name.len() > usize::from(u16::MAX) {
        return Err(ZipRule::NameLength);
    }
    if !clean(path) {
        return Err(ZipRule::NotClean);
    }
    file_path_fault(path).map_or(Ok(()), |fault| Err(ZipRule::Path(fault)))?;
    check_go_mod_name(path)?;
    collisions.check(path, false)
}

/// Copies a file and hashes it. Fails as soon as a limit is passed.
fn copy(
    path: &str,
    reader: &mut impl Read,
    writer: &mut impl Write,
    total: &mut u64,
) -> Result<[u8; 32], CreateError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let n = match reader.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => {
                return Err(CreateError::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        size += n as u64;
        *total += n as u64;
        check_special_size(path, size).map_err(|rule| ZipFault::of_entry(path, rule))?;
        if *total > MAX_CONTENT_BYTES {
            return Err(ZipFault::of_whole(ZipRule::ContentSize).into());
        }
        hash.update(&buffer[..n]);
        writer.write_all(&buffer[..n]).map_err(CreateError::Write)?;
    }
}
