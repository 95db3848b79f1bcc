//! The example `show_archive` as an engine, linked in each way that Linux loads, and how to graft
//! and run it.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use graft::ArchiveFile;
use tempfile::TempDir;

/// How a program is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// Position-independent, with an interpreter: what `cargo build` makes.
    Dynamic,
    /// The same by GNU ld, whose tables differ from those of lld: two notes, the first of them with
    /// properties.
    Gnu,
    /// Position-independent, without an interpreter.
    StaticPie,
    /// At fixed addresses, with an interpreter.
    Fixed,
    /// At fixed addresses, without an interpreter.
    StaticFixed,
}

impl Linked {
    pub const ALL: [Linked; 5] = [
        Linked::Dynamic,
        Linked::Gnu,
        Linked::StaticPie,
        Linked::Fixed,
        Linked::StaticFixed,
    ];

    fn rustc_args(self) -> &'static [&'static str] {
        match self {
            Linked::Dynamic => &["-Crelocation-model=pic"],
            Linked::Gnu => &["-Clink-arg=-fuse-ld=bfd"],
            Linked::StaticPie => &["-Ctarget-feature=+crt-static", "-Crelocation-model=pie"],
            Linked::Fixed => &["-Crelocation-model=static"],
            Linked::StaticFixed => &["-Ctarget-feature=+crt-static", "-Crelocation-model=static"],
        }
    }
}

/// A folder for grafted programs. Only one exists at a time: a process that another test starts
/// while a program is being written would inherit the open file, and Linux starts no program that
/// is open for writing.
pub struct Shop {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Shop {
    pub fn open() -> Shop {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Shop {
            folder: tempfile::tempdir().unwrap(),
            _alone: alone,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The engine, built by the cargo that builds the tests, in the folder that it builds in.
    pub fn engine(&self, linked: Linked) -> PathBuf {
        let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([
                "rustc",
                "--quiet",
                "--example",
                "show_archive",
                "--target-dir",
            ])
            .arg(target_dir);
        cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg("--")
            .args(linked.rustc_args());
        let status = cargo.status().unwrap();
        assert!(status.success(), "{cargo:?}");
        let engine = self.folder().join(format!("engine-{linked:?}"));
        std::fs::copy(target_dir.join("debug/examples/show_archive"), &engine).unwrap();
        engine
    }

    /// Grafts an archive and returns the program.
    pub fn graft(&self, engine: &Path, archive: &[u8]) -> PathBuf {
        self.graft_with(engine, |out| out.write_all(archive))
    }

    /// Grafts what `write_archive` writes and returns the program.
    pub fn graft_with(
        &self,
        engine: &Path,
        write_archive: impl FnOnce(&mut ArchiveFile<'_>) -> io::Result<()>,
    ) -> PathBuf {
        let program = self.folder().join("program");
        // There is none the first time.
        let _ = std::fs::remove_file(&program);
        let mut options = File::options();
        options.read(true).write(true).create_new(true).mode(0o755);
        let mut out = options.open(&program).unwrap();
        graft::graft(engine, &mut out, write_archive).unwrap();
        program
    }
}

/// What a command prints; it must succeed.
pub fn output(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
    format!("{}{stderr}", String::from_utf8_lossy(&stdout))
        .trim_end()
        .to_owned()
}

/// What a program prints with these arguments.
pub fn run(program: &Path, args: &[&str]) -> String {
    output(Command::new(program).args(args))
}

/// What `show_archive` prints for this archive.
pub fn shown(archive: &[u8]) -> String {
    let hash = archive.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{} {hash:016x}", archive.len())
}
