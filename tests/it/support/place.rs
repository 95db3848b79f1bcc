//! What is downloaded for the tests of the checksum database, and stays for the next run.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::support::go::Go;

/// A folder that is filled once, and kept until `target/` is removed.
pub struct Place {
    path: PathBuf,
}

impl Place {
    /// The one with this name.
    pub fn named(name: &str) -> Place {
        Place {
            path: Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("sums")
                .join(name),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it, unless that was done: whole, or not at all. Others wait meanwhile.
    pub fn once(&self, fill: impl FnOnce(&Path)) -> &Place {
        let _alone = self.lock();
        if self.path.exists() {
            return self;
        }
        let half = self.beside("half");
        if half.exists() {
            std::fs::remove_dir_all(&half).unwrap();
        }
        std::fs::create_dir_all(&half).unwrap();
        fill(&half);
        std::fs::rename(&half, &self.path).unwrap();
        self
    }

    /// Keeps other tests away from it, in this process and in others, until it is dropped.
    pub fn lock(&self) -> File {
        std::fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        let lock = File::create(self.beside("lock")).unwrap();
        lock.lock().unwrap();
        lock
    }

    /// Its name with a dot and `end`, since names hold dots themselves.
    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{end}"));
        name.into()
    }
}

/// The settings of this machine that tell where modules come from.
const OUTSIDE: [&str; 6] = [
    "GOPROXY",
    "GOSUMDB",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A new user on the connected side, who asks the proxy that this machine is set up with.
pub fn online() -> Go {
    let mut go = Go::new("").with("GOPROXY", "").with("GONOSUMDB", "");
    for key in OUTSIDE {
        if let Ok(value) = std::env::var(key) {
            go = go.with(key, &value);
        }
    }
    go
}
