//! The real `go` command, with an environment built from nothing.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::bag::stderr;
use crate::support::place::kept;

/// The settings of this machine that tell where modules come from.
const OUTSIDE: [&str; 6] = [
    "GOPROXY",
    "GOSUMDB",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The settings of a clock of one's own: `tests/run clock`.
pub const CLOCK: [&str; 5] = [
    "TZ",
    "LD_PRELOAD",
    "FAKETIME",
    "FAKETIME_DONT_FAKE_MONOTONIC",
    "NO_FAKE_STAT",
];

/// A user of `go` who has just been born: no settings, no cache, one proxy.
pub struct Go {
    home: TempDir,
    env: Vec<(String, String)>,
    through: Vec<String>,
}

impl Go {
    /// One whose `GOPROXY` is `proxy`, and who asks no checksum database.
    pub fn new(proxy: &str) -> Go {
        let home = tempfile::Builder::new().prefix("go").tempdir().unwrap();
        std::fs::create_dir(home.path().join("work")).unwrap();
        let cache = kept().join("go-build");
        let folder = |name: &str| home.path().join(name).display().to_string();
        let env = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", folder("")),
            ("GOPATH", folder("go")),
            ("GOMODCACHE", folder("mod")),
            // What is compiled depends on its source alone, so that all tests may share it.
            ("GOCACHE", cache.display().to_string()),
            ("GOENV", "off".to_owned()),
            ("GOFLAGS", "-modcacherw".to_owned()),
            ("GOTOOLCHAIN", "local".to_owned()),
            ("GOTELEMETRY", "off".to_owned()),
            ("GOPROXY", proxy.to_owned()),
            ("GONOSUMDB", "*".to_owned()),
            ("CGO_ENABLED", "0".to_owned()),
        ];
        let env = env.map(|(key, value)| (key.to_owned(), value));
        let go = Go {
            home,
            env: env.into(),
            through: Vec::new(),
        };
        go.with_ours(&CLOCK)
    }

    /// One on the connected side, who asks the proxy that this machine is set up with, and has
    /// the true time, without which no certificate is valid.
    pub fn online() -> Go {
        let mut go = Go::new("").with("GOPROXY", "").with("GONOSUMDB", "");
        go.env.retain(|(key, _)| !CLOCK.contains(&key.as_str()));
        go.with_ours(&OUTSIDE)
    }

    /// The same with those of these settings that the test itself was started with.
    fn with_ours(mut self, keys: &[&str]) -> Go {
        for key in keys {
            if let Ok(value) = std::env::var(key) {
                self = self.with(key, &value);
            }
        }
        self
    }

    /// The same with another setting, or the setting left to `go` where `value` is empty.
    pub fn with(mut self, key: &str, value: &str) -> Go {
        self.env.retain(|(known, _)| known != key);
        if !value.is_empty() {
            self.env.push((key.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same, started by another program with arguments, such as `nsenter`.
    pub fn through(mut self, program: &[&str]) -> Go {
        self.through = program.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// The folder that commands run in.
    pub fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    /// The module cache.
    pub fn modcache(&self) -> PathBuf {
        self.home.path().join("mod")
    }

    /// Writes a file below the folder that commands run in.
    pub fn write(&self, name: &str, text: &str) -> &Go {
        let file = self.work().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    /// The text of such a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.work().join(name)).unwrap()
    }

    /// Writes `go.mod` of a main module `main.test` that requires `modules`, each `path version`.
    pub fn requires(&self, go_line: &str, modules: &[&str]) -> &Go {
        let mut text = format!("module main.test\n\ngo {go_line}\n");
        for module in modules {
            text.push_str(&format!("\nrequire {module}\n"));
        }
        self.write("go.mod", &text)
    }

    /// Runs `go` with `args`, told in one string with blanks between them.
    pub fn run(&self, args: &str) -> Output {
        self.run_in("", args)
    }

    /// The same in a folder below.
    pub fn run_in(&self, folder: &str, args: &str) -> Output {
        self.command("go")
            .current_dir(self.work().join(folder))
            .args(args.split_whitespace())
            .output()
            .expect("these tests need the go command, 1.24 or newer: https://go.dev/dl/")
    }

    /// Runs `go` and returns its standard output; it must succeed.
    pub fn ok(&self, args: &str) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "go {args}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `go` and returns its standard error; it must succeed.
    pub fn says(&self, args: &str) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "go {args}: {}", stderr(&output));
        stderr(&output)
    }

    /// Runs `go` and returns its standard error; it must fail.
    pub fn fails(&self, args: &str) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "go {args}: succeeded");
        stderr(&output)
    }

    /// Any program with the same environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = match self.through.as_slice() {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command
            .env_clear()
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .current_dir(self.work());
        command
    }
}
