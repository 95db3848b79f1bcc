//! What a person, or a script, hears when a bag is packed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bag::manifest::{Manifest, Proof};
use bag::{TOOLCHAIN, digest};
use serde::Serialize;

use crate::carried::summary::{Cached, largest, summary, targets};
use crate::carried::verdict;
use crate::error::{Context, Result};
use crate::terminal::progress::{say, warn};
use crate::terminal::quoted::quoted;
use crate::terminal::size::size;

/// The longest file on FAT32, as most USB sticks are formatted: its length has 32 bits there.
const FAT32_MAX_BYTES: u64 = u32::MAX as u64;

/// How many of the largest modules are named.
const LARGEST: usize = 5;

/// How long each phase took.
#[derive(Debug)]
pub struct Phases {
    begin: Instant,
    took: Vec<(&'static str, Duration)>,
}

impl Phases {
    /// The first phase begins.
    pub fn begin() -> Self {
        Phases {
            begin: Instant::now(),
            took: Vec::new(),
        }
    }

    /// The phase `name` ends and another begins. One that comes again adds up.
    pub fn end(&mut self, name: &'static str) {
        let took = self.begin.elapsed();
        self.begin = Instant::now();
        match self.took.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += took,
            None => self.took.push((name, took)),
        }
    }
}

/// What was written, and what else there is to know.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// How many modules, and versions of them, can be downloaded from it.
    pub modules: usize,
    /// How many versions.
    pub versions: usize,
    /// What the Go toolchains in it take, in bytes.
    pub toolchain_bytes: u64,
    /// The largest modules: `path@version` and bytes.
    pub largest: Vec<(String, u64)>,
    /// The bytes of all modules, and of those that `go build ./...` needs, where that is known.
    pub module_bytes: u64,
    /// See `module_bytes`.
    pub build_bytes: Option<u64>,
    /// What is in it, in a line.
    #[serde(skip)]
    pub summary: String,
    /// The phases, and seconds.
    pub seconds: Vec<(&'static str, f64)>,
    /// Go commands that failed and modules that are missing, in a line each.
    pub failures: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// What was compiled for the proof and is carried.
    pub build_cache: Option<Cached>,
    /// What was proved.
    pub proof: Option<Proof>,
    /// When, where that was an earlier day or run: RFC 3339.
    pub proved_at: Option<String>,
    /// The go that the sealed host needs, where none is in it.
    pub needs_go: Option<String>,
    /// What else must travel.
    pub carry: Vec<PathBuf>,
    /// What comes next on the sealed host, with a command to be pasted.
    pub next: String,
}

impl Report {
    /// A report on the finished `file`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(file: &Path, manifest: &Manifest) -> Result<Self> {
        let mut content = File::open(file).context(file.display())?;
        let bytes = content.metadata().context(file.display())?.len();
        let sha256 = digest::copy(&mut content, io::sink()).context(file.display())?;
        let mut largest = largest(manifest);
        let module_bytes = largest.iter().map(|(_, bytes)| bytes).sum();
        largest.truncate(LARGEST);
        let toolchains = manifest.complete().filter(|(path, _)| *path == TOOLCHAIN);
        let modules = manifest.modules.iter();
        Ok(Report {
            file: file.to_path_buf(),
            bytes,
            sha256: digest::hex(&sha256),
            modules: modules.filter(|m| m.complete().next().is_some()).count(),
            versions: manifest.complete().count(),
            toolchain_bytes: toolchains.map(|(_, v)| v.bytes()).sum(),
            largest,
            module_bytes,
            build_bytes: None,
            seconds: Vec::new(),
            summary: summary(&manifest.about()),
            failures: Vec::new(),
            notes: Vec::new(),
            build_cache: None,
            proof: None,
            proved_at: None,
            needs_go: None,
            carry: Vec::new(),
            next: String::new(),
        })
    }

    /// Tells a person all of it.
    ///
    /// # Errors
    /// The checksum cannot be written.
    pub fn tell(&mut self, phases: &Phases, checksum: bool) -> Result<()> {
        let seconds = |took: &Duration| (took.as_secs_f64() * 10.0).round() / 10.0;
        let took = phases.took.iter();
        self.seconds = took.map(|(name, took)| (*name, seconds(took))).collect();
        if let Some(at) = &self.proved_at {
            say(&format!(
                "proved at {at}, by an earlier run: archive, projects, go and commands are the same (--prove-anew runs them)"
            ));
        }
        match &self.proof {
            Some(proof) => say(verdict::table(proof).trim_end()),
            None => say("nothing was proved of it"),
        }
        if checksum {
            say(&format!("wrote {}", self.write_checksum()?.display()));
        }
        warning(self.bytes).into_iter().for_each(warn);
        self.lines().iter().for_each(|line| say(line));
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{}: {}, {} in all",
            self.file.display(),
            self.summary,
            size(self.bytes)
        )];
        if self.toolchain_bytes > 0 {
            lines.push(format!("  Go toolchains: {}", size(self.toolchain_bytes)));
        }
        if self.largest.len() > 1 {
            let named = self
                .largest
                .iter()
                .map(|(m, bytes)| format!("{m} ({})", size(*bytes)));
            lines.push(format!(
                "  largest: {}",
                named.collect::<Vec<_>>().join(", ")
            ));
        }
        if let Some(build) = self.build_bytes.filter(|build| *build < self.module_bytes) {
            lines.push(format!(
                "  modules: {}; with --profile build {}",
                size(self.module_bytes),
                size(build)
            ));
        }
        lines.extend(self.build_cache.iter().map(cached_line));
        let seconds = self
            .seconds
            .iter()
            .map(|(name, s)| format!("{name} {s:.1}"));
        lines.push(format!(
            "  seconds: {}",
            seconds.collect::<Vec<_>>().join(", ")
        ));
        lines.push(format!("  sha256: {}", self.sha256));
        if !self.carry.is_empty() {
            let named = self.carry.iter().map(|p| quoted(&p.display().to_string()));
            lines.push(format!(
                "carry it with {}",
                named.collect::<Vec<_>>().join(" ")
            ));
        }
        lines.extend(self.needs_go.iter().map(|go| {
            format!(
                "no Go is in it: the host needs its own, best {go}; or pack with --toolchain auto"
            )
        }));
        lines.push(self.next.clone());
        lines
    }

    /// Writes the checksum beside the file, as `sha256sum -c` reads it, and returns where.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write_checksum(&self) -> Result<PathBuf> {
        let beside = checksum_file(&self.file);
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let text = format!("{}  {name}\n", self.sha256);
        std::fs::write(&beside, text).context(beside.display())?;
        Ok(beside)
    }
}

/// What is told of a build cache.
fn cached_line(cached: &Cached) -> String {
    let (bytes, unpacked) = (size(cached.bytes), size(cached.unpacked_bytes));
    let told = targets(&cached.targets);
    format!("  build cache: {bytes}, {unpacked} on a disk (exec --cached): {told}")
}

/// Where the checksum of `file` is written.
pub fn checksum_file(file: &Path) -> PathBuf {
    let mut beside = file.to_path_buf().into_os_string();
    beside.push(".sha256");
    PathBuf::from(beside)
}

/// What is typed on the sealed host: `command` through the new bag.
pub fn next(file: &Path, command: &str) -> String {
    format!("{} {command}", quoted(&file.display().to_string()))
}

/// What may keep a file of as many bytes from being carried.
fn warning(bytes: u64) -> Option<&'static str> {
    (bytes > FAT32_MAX_BYTES)
        .then_some("it does not fit a FAT32 file system (4 GiB a file); format the stick as exFAT")
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn a_file_of_4_gib_does_not_fit_fat32() {
        assert_eq!(warning((4 << 30) - 1), None);
        assert!(warning(4 << 30).is_some_and(|text| text.contains("FAT32")));
    }
}
