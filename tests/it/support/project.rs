//! A project on a host with a network, and what is packed from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::bag::{Bag, built, compact, stderr};
use crate::support::go::Go;
use crate::support::place::kept;
use crate::support::tree::files;

/// The commands that everyone uses, in a module that is tidy.
pub const EVERYDAY: &[&str] = &[
    "go build ./...",
    "go vet ./...",
    "go test -run='^$' ./...",
    "go mod tidy -diff",
    "go list -m all",
    "go mod vendor",
    "go mod verify",
];

/// A main package that imports these, and a test beside it.
pub fn program(imports: &[&str]) -> [(String, String); 2] {
    let imports: String = imports
        .iter()
        .map(|path| format!("import _ \"{path}\"\n"))
        .collect();
    let main = format!("// Command main is built.\npackage main\n\n{imports}\nfunc main() {{}}\n");
    let test = "package main\n\nimport \"testing\"\n\nfunc TestNothing(*testing.T) {}\n";
    [
        ("main.go".to_owned(), main),
        ("main_test.go".to_owned(), test.to_owned()),
    ]
}

/// A folder named `app`, and the user who works in it.
pub struct Project {
    go: Go,
}

impl Project {
    /// An empty one, of a user who reaches what this machine reaches and has a module cache
    /// that stays from test to test.
    pub fn online() -> Project {
        let cache = kept().join("modcache");
        let go = Go::online().with("GOFLAGS", SHARED);
        Project::of(go.with("GOMODCACHE", cache.to_str().unwrap()))
    }

    /// An empty one, of a user with an empty module cache who has `proxy` alone, and asks no
    /// checksum database.
    pub fn behind(proxy: &str) -> Project {
        Project::of(user(proxy).with("GONOSUMDB", "*"))
    }

    fn of(go: Go) -> Project {
        std::fs::create_dir(go.work().join("app")).unwrap();
        let tmp = go.work().join("tmp");
        std::fs::create_dir(&tmp).unwrap();
        Project {
            go: go.with("TMPDIR", tmp.to_str().unwrap()),
        }
    }

    /// The same with another setting of the user.
    pub fn with(self, key: &str, value: &str) -> Project {
        Project {
            go: self.go.with(key, value),
        }
    }

    /// The user.
    pub fn go(&self) -> &Go {
        &self.go
    }

    /// The project's own folder.
    pub fn dir(&self) -> PathBuf {
        self.go.work().join("app")
    }

    /// A file or folder outside the project.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.go.work().join(name)
    }

    /// What programs left in the folder for temporary files.
    pub fn left_over(&self) -> Vec<String> {
        names(&self.beside("tmp"))
    }

    /// Writes a file of it.
    pub fn file(&self, name: &str, text: &str) -> &Project {
        self.go.write(&format!("app/{name}"), text);
        self
    }

    /// Writes the files of a [`program`] into a folder of it.
    pub fn program(&self, folder: &str, imports: &[&str]) -> &Project {
        for (name, text) in program(imports) {
            self.file(&format!("{folder}{name}"), &text);
        }
        self
    }

    /// Runs a go command that must succeed in a folder of it.
    pub fn ok(&self, folder: &str, args: &str) -> &Project {
        let output = self.go.run_in(&format!("app/{folder}"), args);
        assert!(output.status.success(), "go {args}: {}", stderr(&output));
        self
    }

    /// The command that packs with these arguments, split at blanks, beside the project.
    pub fn command(&self, args: &str) -> Command {
        self.command_of(built().as_ref(), args)
    }

    /// The same with another program than the one that was built.
    pub fn command_of(&self, program: &Path, args: &str) -> Command {
        let mut command = self.go.command(program.to_str().unwrap());
        command.arg("pack").args(compact());
        command.args(args.split_whitespace());
        command
    }

    /// Packs to the end.
    pub fn pack(&self, args: &str) -> Output {
        self.command(args).output().unwrap()
    }

    /// Packs with typed lines that are run as well, which must succeed; returns what it said.
    pub fn packs_and_runs(&self, args: &str, lines: &[&str]) -> String {
        let mut command = self.command(args);
        command.args(lines.iter().flat_map(|line| ["--run", line]));
        let output = command.output().unwrap();
        let said = stderr(&output);
        assert!(output.status.success(), "pack {args}, {lines:?}: {said}");
        said
    }

    /// Packs, which must succeed and leave the project and no temporary file; returns what it
    /// said.
    pub fn packs(&self, args: &str) -> String {
        let before = content(&self.dir());
        let output = self.pack(args);
        let said = stderr(&output);
        assert!(output.status.success(), "pack {args}: {said}");
        assert_eq!(content(&self.dir()), before, "the project is unchanged");
        self.left_nothing();
        said
    }

    /// Packs the project with more arguments into the file `bag`, and returns that.
    pub fn bag(&self, args: &str) -> Bag {
        self.packs(&format!("app -o bag --no-prove {args}"));
        Bag::at(self.beside("bag"))
    }

    /// Packs, which must fail and write nothing; returns what it said.
    pub fn refused(&self, args: &str) -> String {
        let before = names(&self.go.work());
        let output = self.pack(args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "pack {args}: {said}");
        assert_eq!(names(&self.go.work()), before, "{said}");
        self.left_nothing();
        said
    }

    /// Panics if there are temporary files of ours.
    pub fn left_nothing(&self) {
        let left = self.left_over();
        assert!(left.iter().all(|name| !name.contains("gobag")), "{left:?}");
        let half = names(&self.go.work());
        assert!(
            half.iter().all(|name| !name.contains("partial")),
            "{half:?}"
        );
    }
}

/// With these, go compiles without a user's own paths, so that all share what is compiled.
const SHARED: &str = "-modcacherw -trimpath";

/// Someone with those flags.
pub fn user(proxy: &str) -> Go {
    Go::new(proxy).with("GOFLAGS", SHARED).with("GONOSUMDB", "")
}

/// All files of a folder with their bytes.
pub fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(folder)
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

/// The names in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A folder with links to these programs, which must be on `PATH`, and nothing else.
pub fn path_of(folder: &Path, programs: &[&str]) -> String {
    std::fs::create_dir_all(folder).unwrap();
    for program in programs {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path)
            .map(|dir| dir.join(program))
            .find(|file| file.is_file())
            .unwrap_or_else(|| panic!("these tests need {program}"));
        std::os::unix::fs::symlink(found, folder.join(program)).unwrap();
    }
    folder.display().to_string()
}
