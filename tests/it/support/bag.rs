//! A binary with a bag in it: the one that cargo built, or one packed for a test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::support::gobag::Gobag;

/// An executable `gobag` and the folder that goes with it when it is dropped.
pub struct Bag {
    bin: PathBuf,
    _dir: Option<TempDir>,
}

impl Bag {
    /// The binary that cargo built, with the repository's own `modules/` inside.
    pub fn example() -> Bag {
        Bag {
            bin: built().into(),
            _dir: None,
        }
    }

    /// A binary with the modules of `tree` inside, a folder laid out like `modules/`.
    ///
    /// Panics with what `gobag pack` says where the folder has a fault.
    pub fn of(tree: &Path) -> Bag {
        let dir = tempfile::tempdir().unwrap();
        let (bag, _) = Bag::packed(&["--import", text(tree)], dir.path().join("gobag"));
        Bag {
            _dir: Some(dir),
            ..bag
        }
    }

    /// The same with zips as they are, whatever `GOBAG_TESTS_COMPACT` says.
    pub fn plain(tree: &Path) -> Bag {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("gobag");
        let output = packing(&["--import", text(tree)], &bin).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        Bag {
            bin,
            _dir: Some(dir),
        }
    }

    /// What [`pack`] writes to `file`, and what it says; it must succeed.
    pub fn packed(arguments: &[&str], file: PathBuf) -> (Bag, String) {
        let output = pack(arguments, &file);
        assert!(output.status.success(), "{}", stderr(&output));
        (Bag::at(file), stderr(&output))
    }

    /// A binary that lies at `bin` already.
    pub fn at(bin: PathBuf) -> Bag {
        Bag { bin, _dir: None }
    }

    /// An executable of these bytes.
    pub fn written(bytes: &[u8]) -> Bag {
        let dir = tempfile::tempdir().unwrap();
        let (data, bin) = (dir.path().join("data"), dir.path().join("gobag"));
        std::fs::write(&data, bytes).unwrap();
        // By a process of its own: a program that we hold open for writing, or that a process
        // forked from us meanwhile holds open, cannot be started.
        let args = [data.as_os_str(), bin.as_os_str()];
        let copied = Command::new("install")
            .args(["-m", "755"])
            .args(args)
            .status();
        assert!(copied.unwrap().success());
        Bag {
            bin,
            _dir: Some(dir),
        }
    }

    /// What `gobag pack` says against `tree`, one fault a line. Panics where it has none.
    pub fn refuses(tree: &Path) -> String {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("gobag");
        let output = pack(&["--import", text(tree)], &bin);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "exit code; it said: {said}");
        assert!(
            !bin.exists(),
            "a faulty bag is not written; it said: {said}"
        );
        said
    }

    /// Where the executable lies.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Runs a command of it to the end.
    pub fn run<const N: usize>(&self, args: [&str; N]) -> Output {
        Command::new(&self.bin).args(args).output().unwrap()
    }

    /// Runs a command that must succeed and returns its standard output.
    pub fn ok<const N: usize>(&self, args: [&str; N]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts serving it on a free port.
    pub fn serve(&self) -> Gobag {
        self.serve_with([])
    }

    /// Starts serving it on a free port with more arguments.
    pub fn serve_with<const N: usize>(&self, args: [&str; N]) -> Gobag {
        self.serve_as(&args)
    }

    /// The same with any number of them.
    pub fn serve_as(&self, args: &[&str]) -> Gobag {
        let mut command = Command::new(&self.bin);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.args(args);
        Gobag::start(command)
    }
}

/// What a program wrote to its standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The program that these tests are of: the one that cargo built for them, or the one that
/// somebody who may not run that names in `GOBAG_PROGRAM`.
pub fn built() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("GOBAG_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_gobag").to_owned())
    });
    &PROGRAM
}

/// The search path with that program in front.
pub fn path_with_built() -> String {
    let bin = Path::new(built()).parent().unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

/// `--compact` where all bags of these tests are to be that, by `GOBAG_TESTS_COMPACT`.
pub fn compact() -> Option<&'static str> {
    std::env::var_os("GOBAG_TESTS_COMPACT").map(|_| "--compact")
}

/// Packs into `file` without a network, nor a look at what was packed.
pub fn pack(arguments: &[&str], file: &Path) -> Output {
    let mut command = packing(arguments, file);
    command.args(compact()).output().unwrap()
}

fn packing(arguments: &[&str], file: &Path) -> Command {
    let mut command = Command::new(built());
    command.args(["pack", "--no-prove", "--no-sums", "-o", text(file)]);
    command.args(arguments);
    command
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
