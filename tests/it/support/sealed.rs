//! A host that has no network, to which a bag is carried.

use std::process::{Command, Output};

use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::namespace::Namespace;
use crate::support::project::{Project, user};

/// A host without a network, and a user without any file but a project.
pub struct Sealed {
    /// Held for as long as commands run in it.
    _namespace: Namespace,
    go: Go,
}

impl Sealed {
    /// One to which the project was carried.
    pub fn with_project(project: &Project) -> Sealed {
        let sealed = Sealed::empty();
        let copied = Command::new("cp")
            .arg("-RT")
            .arg(project.dir())
            .arg(sealed.go.work().join("app"))
            .status();
        assert!(copied.unwrap().success());
        sealed
    }

    /// One without a project; there is an empty folder for it.
    pub fn empty() -> Sealed {
        let namespace = Namespace::new();
        // The caches are where go has them by default.
        let go = user("").with("GOPATH", "").with("GOMODCACHE", "");
        let go = go.through(&namespace.words());
        std::fs::create_dir(go.work().join("app")).unwrap();
        Sealed {
            _namespace: namespace,
            go,
        }
    }

    /// The same with another setting of the user.
    pub fn with(self, key: &str, value: &str) -> Sealed {
        Sealed {
            go: self.go.with(key, value),
            ..self
        }
    }

    /// The user.
    pub fn go(&self) -> &Go {
        &self.go
    }

    /// `bag exec` with a shell that runs `lines` in a folder of the project, up to the first
    /// that fails.
    pub fn script(&self, bag: &Bag, folder: &str, lines: &[&str]) -> Output {
        let mut command = self.go.command(bag.bin().to_str().unwrap());
        let lines = lines.join("\n");
        command
            .args(["exec", "--", "sh", "-e", "-x", "-c", &lines])
            .current_dir(self.go.work().join(folder))
            .output()
            .unwrap()
    }

    /// The same, which must succeed; returns what was printed.
    pub fn runs(&self, bag: &Bag, folder: &str, lines: &[&str]) -> String {
        let output = self.script(bag, folder, lines);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = stderr(&output);
        assert!(output.status.success(), "{printed}{said}");
        printed
    }
}
