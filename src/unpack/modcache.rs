//! A ready GOMODCACHE, written from a bag (go.dev/ref/mod#module-cache).
//!
//! It is what `go mod download` leaves behind, without its lock files: below `cache/download`
//! the files of a proxy, each zip with its `.ziphash`, and the answers of the checksum
//! database; beside it the source of every module version. Every source is hashed while it is
//! written and must be what the bag records.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bag::{Answer, Bag, TOOLCHAIN, digest};
use gomod::dirhash::Hash1;
use gomod::module::ModuleVersion;
use gomod::modzip;
use rayon::prelude::*;

use crate::carried::toolchains;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::Progress;
use crate::unpack::{toolchain, tree};

/// What a module cache was given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Module versions whose source was extracted.
    pub extracted: usize,
    /// Toolchains of other platforms: go extracts one from its zip when it is first used.
    pub foreign: usize,
    /// Versions that Go refuses, which stay zips.
    pub invalid: usize,
}

/// A version with a zip.
struct Job {
    module: ModuleVersion,
    h1: String,
    zip_bytes: u64,
}

/// Writes `bag` as a GOMODCACHE to `dir`, which is not there or is empty.
///
/// Files are 0444 and the folders of a module 0555, as go leaves them; with `rw` the folders
/// can be written, as with `-modcacherw`. Nothing is in `dir` before everything has been
/// written, and nothing is left after an error or a signal.
///
/// # Errors
/// A file cannot be written, or a zip is not what the bag records.
pub fn write(bag: &Bag<'_>, dir: &Path, rw: bool) -> Result<Written> {
    let there = dir.is_dir();
    let parent = match dir.parent() {
        _ if there => dir,
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).context(parent.display())?;
    let partial = partial_folder(parent).context(parent.display())?;
    cleanup::remove_at_signal(partial.path());
    cleanup::handle_signals("the module cache was not written")?;
    let (jobs, mut written) = jobs(bag)?;
    write_downloads(bag, &jobs, &partial.path().join("cache/download"))?;
    let progress = Progress::new("extracting", jobs.len());
    let sources = jobs.par_iter().with_max_len(1).map(|job| {
        let source = extract(bag, job, partial.path()).context(&job.module)?;
        progress.step();
        Ok(source)
    });
    let sources: Vec<Option<PathBuf>> = sources.collect::<Result<_>>()?;
    drop(progress);
    let sources: Vec<PathBuf> = sources.into_iter().flatten().collect();
    written.extracted = sources.len();
    written.foreign = jobs.len() - sources.len();

    // From here on a signal comes too late.
    cleanup::commit();
    if there {
        // A mount point cannot be renamed: what was made inside moves up instead.
        for entry in fs::read_dir(partial.path()).context(dir.display())? {
            let entry = entry.context(dir.display())?;
            fs::rename(entry.path(), dir.join(entry.file_name())).context(dir.display())?;
        }
    } else {
        fs::rename(partial.path(), dir).context(dir.display())?;
    }
    cleanup::keep(partial.path());
    drop(partial);
    if !rw {
        sources
            .par_iter()
            .try_for_each(|source| make_read_only(&dir.join(source)).context(source.display()))?;
    }
    Ok(written)
}

/// A new folder in `parent`, with the mode that any new folder has.
fn partial_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gobag-partial-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent)
}

/// What is to be extracted, the largest first, so that no thread is left with it at the end.
fn jobs(bag: &Bag<'_>) -> Result<(Vec<Job>, Written)> {
    let (mut jobs, mut written) = (Vec::new(), Written::default());
    for (path, version) in bag.manifest()?.complete() {
        match &version.zip {
            Some(h1) if !version.invalid => jobs.push(Job {
                module: ModuleVersion::new(path, &version.version).context(path)?,
                h1: h1.clone(),
                zip_bytes: version.zip_bytes,
            }),
            _ => written.invalid += 1,
        }
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.zip_bytes));
    Ok((jobs, written))
}

/// Writes every answer of the bag, and the hash of every zip.
fn write_downloads(bag: &Bag<'_>, jobs: &[Job], dir: &Path) -> Result<()> {
    let answers: Vec<(&str, Answer<'_>)> = bag.answers().collect();
    let folders = answers.iter().filter_map(|(n, _)| Path::new(n).parent());
    let folders: HashSet<&Path> = folders.collect();
    for folder in folders {
        let folder = dir.join(folder);
        new_folder(&folder).context(folder.display())?;
    }
    let write = |name: &str, answer: Answer<'_>| {
        let file = dir.join(name);
        let _gate = cleanup::gate();
        tree::write_answer(answer, &file).context(file.display())
    };
    answers
        .par_iter()
        .try_for_each(|(name, answer)| write(name, *answer))?;
    jobs.par_iter().try_for_each(|job| {
        let name = format!("{}.ziphash", job.module.escaped());
        write(&name, Answer::Plain(job.h1.as_bytes()))
    })
}

/// Extracts one version below `dir` and returns the folder's name there; none for a toolchain
/// of another platform.
fn extract(bag: &Bag<'_>, job: &Job, dir: &Path) -> Result<Option<PathBuf>> {
    let module = &job.module;
    let zip = bag
        .find(&format!("{}.zip", module.escaped()))
        .ok_or_else(|| Error::new("its .zip is missing"))?;
    let (path, version) = (module.escaped_path(), module.escaped_version());
    let name = PathBuf::from(format!("{path}@{version}"));
    let to = dir.join(&name);
    if module.path != TOOLCHAIN {
        new_folder(&to).context(to.display())?;
        let h1 = extract_source(module, zip, &to).context("cannot extract")?;
        // The hash of a zip with folders in it is another than that of its files.
        if h1 == job.h1 || toolchain::hash(module, zip)? == job.h1 {
            return Ok(Some(name));
        }
    } else if !module.version.ends_with(&toolchains::platform()) {
        return Ok(None);
    } else {
        let h1 = toolchain::write(module, zip, &to).context("cannot extract")?;
        if h1 == job.h1 || toolchain::hash(module, zip)? == job.h1 {
            return Ok(Some(name));
        }
    }
    Err(Error::new(format!(
        "its .zip is not the one with {} that the bag records",
        job.h1
    )))
}

/// Writes the files of a zip to the folder `dir`, and returns their hash.
fn extract_source(module: &ModuleVersion, zip: Answer<'_>, dir: &Path) -> io::Result<String> {
    let mut hash = Hash1::new();
    let mut made = HashSet::new();
    modzip::for_each_file(zip.reader()?, module, |name, content| {
        let _gate = cleanup::gate();
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        if made.insert(folder.to_owned()) {
            fs::create_dir_all(dir.join(folder))?;
        }
        let file = new_file(&dir.join(name))?;
        let sha256 = digest::copy(content, file)?;
        hash.add(format!("{module}/{name}"), sha256);
        Ok(())
    })?;
    hash.finish()
        .map_err(|e| io::Error::new(ErrorKind::InvalidData, e))
}

fn new_folder(dir: &Path) -> io::Result<()> {
    let _gate = cleanup::gate();
    fs::create_dir_all(dir)
}

/// A file that can be written through this handle alone.
fn new_file(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o444);
    options.open(file)
}

/// Takes the right to write from a folder and all that is in it; folders that hold others come
/// after those.
#[cfg(unix)]
fn make_read_only(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for entry in walkdir::WalkDir::new(dir).contents_first(true) {
        let entry = entry?;
        let mode = entry.metadata()?.permissions().mode();
        if mode & 0o222 != 0 {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode & !0o222))?;
        }
    }
    Ok(())
}

/// Folders have no such mode elsewhere.
#[cfg(not(unix))]
fn make_read_only(_dir: &Path) -> io::Result<()> {
    Ok(())
}
