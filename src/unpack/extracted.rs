//! A toolchain of a bag, and as it was extracted. One lies in a folder of its own, whose name holds the hash that the bag records: `go`, which is
//! the GOROOT, and `complete`, which was written last. Nothing else is taken for one.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bag::{Answer, Bag, TOOLCHAIN, digest, plain};
use gomod::module::ModuleVersion;
use gomod::modzip;

use super::{alone, in_use, partial, toolchain};
use crate::carried::toolchains::{held, is_toolchain, meant_by, platform};
use crate::error::{Context, Error, Result};
use crate::process::caches;
use crate::process::{cleanup, room};
use crate::terminal::nearest::nearest;

/// The folder in it that is the GOROOT.
const GO: &str = "go";

/// The file that tells that all of it is there, by the hash that the bag records.
const COMPLETE: &str = "complete";

/// The longest such file that is read, in bytes.
const MAX_MARKER_BYTES: u64 = 4096;

/// A toolchain of a bag.
#[derive(Debug)]
pub struct Held<'a> {
    /// Its name, such as `go1.27.3`.
    pub name: String,
    module: ModuleVersion,
    h1: String,
    zip: Answer<'a>,
}

/// True for a folder that holds a toolchain which was extracted before.
pub fn is_kept(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("go") && folder.join(COMPLETE).is_file()
}

impl<'a> Held<'a> {
    /// The toolchain `wanted` of `bag`, or its newest for this platform.
    ///
    /// # Errors
    /// The bag has no such toolchain, or there can be none with that name.
    pub fn of(bag: &'a Bag<'_>, wanted: Option<&str>) -> Result<Self> {
        let platform = platform();
        let manifest = bag.manifest()?;
        let held = held(manifest.module(TOOLCHAIN), &platform);
        let wrong = wanted.filter(|name| !is_toolchain(name));
        let Some((newest, _)) = held.first() else {
            if let Some(name) = wrong {
                let meant = meant_by(name);
                let meant = meant.unwrap_or_else(|| "a name such as go1.26.8".into());
                let text = format!("--go {name} is no release of Go; write {meant}");
                return Err(Error::usage(text));
            }
            return Err(Error::new(format!(
                "this bag holds no Go toolchain for {platform}; pack one with --toolchain auto"
            )));
        };
        let wanted = wanted.unwrap_or(newest);
        let Some((name, version)) = held.iter().find(|(name, _)| *name == wanted) else {
            let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
            let called = format!("go{}", wanted.strip_prefix("go").unwrap_or(wanted));
            let meant = nearest(&called, names.iter().copied()).unwrap_or(newest);
            let names = names.join(", ");
            let text = format!(
                "this bag holds no {wanted} for {platform}; it has {names}: write --go {meant}"
            );
            return Err(match wrong {
                Some(_) => Error::usage(text),
                None => Error::new(text),
            });
        };
        let module = ModuleVersion::new(TOOLCHAIN, &version.version).context(name)?;
        let zip = bag
            .find(&format!("{}.zip", module.escaped()))
            .ok_or_else(|| Error::new(format!("{name}: its zip is missing from the bag")))?;
        Ok(Held {
            h1: version.zip.clone().unwrap_or_default(),
            name: name.to_string(),
            module,
            zip,
        })
    }

    /// Its GOROOT, where it was extracted before. Nothing is changed.
    ///
    /// # Errors
    /// The folder for it is not this user's alone, or no program starts there.
    pub fn look(&self) -> Result<Option<PathBuf>> {
        match caches::look()? {
            (cache, remedy, true) => self.found_in(&cache, remedy),
            (folder, remedy, false) => room::starts_programs(&folder, remedy).map(|()| None),
        }
    }

    /// Fails where to extract it would, as far as can be told; tells the folder where that would wait
    /// for another gobag. Nothing is changed.
    ///
    /// # Errors
    /// As there.
    pub fn look_for_room(&self) -> Result<Option<PathBuf>> {
        let (cache, remedy, counts) = caches::look()?;
        self.fits(&cache, remedy)?;
        let contained = toolchain::hash(&self.module, self.zip)?;
        if contained != self.h1 {
            return Err(self.unlike(&contained));
        }
        if !counts {
            return Ok(None);
        }
        room::may_look(&cache, remedy)?;
        let is_held = alone::is_held(&cache, remedy)?;
        Ok(is_held.then_some(cache))
    }

    /// Its folder in the cache folder `cache`.
    fn folder(&self, cache: &Path) -> PathBuf {
        let short = digest::hex(&digest::sha256(self.h1.as_bytes())[..6]);
        cache.join(format!("{}.{}-{short}", self.name, platform()))
    }

    /// Its GOROOT in `cache`, where it was extracted to that as a whole.
    ///
    /// # Errors
    /// No program starts there, or is found.
    fn found_in(&self, cache: &Path, remedy: &str) -> Result<Option<PathBuf>> {
        room::starts_programs(cache, remedy)?;
        let folder = self.folder(cache);
        let marker = plain::read(&folder.join(COMPLETE), MAX_MARKER_BYTES).unwrap_or_default();
        let is_whole = caches::is_private(&folder) && marker == self.h1.as_bytes();
        let go_root = folder.join(GO);
        Ok((is_whole && has_go(&go_root)).then_some(go_root))
    }

    /// Fails where it could not be extracted to `cache`, whatever its files are.
    fn fits(&self, cache: &Path, remedy: &str) -> Result<()> {
        room::may_write(cache, remedy)?;
        let zip = self.zip.reader().context(&self.module)?;
        let (files, bytes) = modzip::unpacked(zip, &self.module).map_err(Error::new)?;
        // Half a block of each file is wasted, as a rule.
        let bytes = bytes + files as u64 * 2048;
        room::room_for(cache, bytes, &format!("{} ({remedy})", self.name))
    }

    /// What its zip is refused with that contains files of the hash `contained`.
    fn unlike(&self, contained: &str) -> Error {
        let (module, h1) = (&self.module, &self.h1);
        Error::new(format!(
            "{module} contains {contained}, the bag records {h1}"
        ))
    }

    /// Extracts it to the cache folder `cache`, unless that was done, and returns its GOROOT. `remedy` names
    /// another folder.
    ///
    /// # Errors
    /// It does not have the hash that the bag records, or `cache` is no folder for it: not this user's alone,
    /// without room, or one where no program starts; or what lies there is in use and not whole.
    pub fn extracted_to(&self, cache: &Path, remedy: &str) -> Result<PathBuf> {
        if let Some(there) = self.found_in(cache, remedy)? {
            return Ok(there);
        }
        self.fits(cache, remedy)?;
        room::may_look(cache, remedy)?;
        let _alone = alone::hold(cache, remedy)?;
        // Another gobag may have been faster.
        if let Some(there) = self.found_in(cache, remedy)? {
            return Ok(there);
        }
        partial::sweep(cache).context(cache.display())?;
        let partial = partial::folder_in(cache).context(cache.display())?;
        let cannot = format!("cannot extract {} to {}", self.name, cache.display());
        let failed = |e| Error::new(format!("{cannot}: {e}; {remedy}"));
        let written = toolchain::write(&self.module, self.zip, &partial.path().join(GO));
        let contained = written.map_err(failed)?;
        // The hash of a zip with folders in it is another than that of its files.
        if contained != self.h1 && toolchain::hash(&self.module, self.zip)? != self.h1 {
            return Err(self.unlike(&contained));
        }
        let settled = settle(partial.path());
        let settled = settled.and_then(|()| fs::write(partial.path().join(COMPLETE), &self.h1));
        settled.map_err(failed)?;
        let folder = self.folder(cache);
        if folder.symlink_metadata().is_ok() && !in_use::remove_unless(&folder, cache)? {
            let folder = folder.display();
            let text = format!(
                "{folder} is in use by another gobag, and not whole or not this user's alone; wait for that, or {remedy}"
            );
            return Err(Error::new(text));
        }
        fs::rename(partial.path(), &folder).context(folder.display())?;
        cleanup::keep(&partial.keep());
        Ok(folder.join(GO))
    }

    /// The first file of the toolchain at `go_root` that is not as it was extracted.
    ///
    /// # Errors
    /// The zip or the folder cannot be read.
    pub fn difference(&self, go_root: &Path) -> io::Result<Option<String>> {
        let (mut known, mut found) = (HashSet::new(), None);
        modzip::for_each_file(self.zip.reader()?, &self.module, |name, content| {
            let mut wanted = Vec::new();
            content.read_to_end(&mut wanted)?;
            for name in std::iter::once(name.to_string()).chain(toolchain::copied_to(name)) {
                let file = go_root.join(&name);
                let is_plain = file.symlink_metadata().is_ok_and(|data| data.is_file());
                if !(is_plain
                    && plain::read(&file, wanted.len() as u64).is_ok_and(|held| held == wanted))
                {
                    found.get_or_insert(name);
                }
                known.insert(file);
            }
            Ok(())
        })?;
        for entry in walkdir::WalkDir::new(go_root).into_iter().flatten() {
            if !entry.file_type().is_dir() && !known.contains(entry.path()) {
                let name = entry.path().strip_prefix(go_root).unwrap_or(entry.path());
                found.get_or_insert(name.display().to_string());
            }
        }
        Ok(found)
    }
}

/// Whether a go command lies in `go_root`, and none of the folders to it is a link to elsewhere.
fn has_go(go_root: &Path) -> bool {
    let is = |path: &Path, fits: fn(&fs::Metadata) -> bool| {
        path.symlink_metadata().is_ok_and(|data| fits(&data))
    };
    let folder = |data: &fs::Metadata| data.is_dir();
    let program = |data: &fs::Metadata| {
        #[cfg(unix)]
        let starts = std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o100 != 0;
        #[cfg(not(unix))]
        let starts = true;
        data.is_file() && starts
    };
    let bin = go_root.join("bin");
    let go = bin
        .join("go")
        .with_extension(std::env::consts::EXE_EXTENSION);
    is(go_root, folder) && is(&bin, folder) && is(&go, program)
}

/// Has all that was written below `folder` outlast a power cut, before a marker says that it is
/// there.
fn settle(folder: &Path) -> io::Result<()> {
    // One call is less than one for each of ten thousand files.
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(fs::File::open(folder)?)?;
    #[cfg(all(unix, not(target_os = "linux")))]
    rustix::fs::sync();
    let _ = folder;
    Ok(())
}
