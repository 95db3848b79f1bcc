//! Bags with real modules and the proofs of sum.golang.org, and hosts without a network that
//! have one of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::support::bag::{Bag, stderr, text};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::place::Place;
use crate::support::public::{FEW, OLD_HEAD, captured, tree_of};
use crate::support::releases::believer;

/// All captured versions under the newest head; knows the old one.
pub static NEW: LazyLock<Bag> = LazyLock::new(|| packed("new", captured()));

/// A few versions as they would have been packed when the old head was the newest.
pub static OLD: LazyLock<Bag> =
    LazyLock::new(|| packed("old", tree_of(&FEW, Some(OLD_HEAD)).path()));

/// The same versions under the newest head, packed by somebody who knew no older bag.
pub static UNAWARE: LazyLock<Bag> = LazyLock::new(|| packed("unaware", tree_of(&FEW, None).path()));

/// Where the bag called `name` is written.
pub fn bag_file(name: &str) -> PathBuf {
    let place = Place::named("bags");
    std::fs::create_dir_all(place.path()).unwrap();
    place.path().join(name)
}

fn packed(name: &str, modules: &Path) -> Bag {
    Bag::packed(&["--import", text(modules)], bag_file(name)).0
}

/// A host without a network where bags are served.
pub struct Offline {
    namespace: Namespace,
}

impl Offline {
    /// A new one.
    pub fn new() -> Offline {
        Offline {
            namespace: Namespace::new(),
        }
    }

    /// Serves `bag` there.
    pub fn serve(&self, bag: &Bag) -> Gobag {
        self.serve_with(bag, &[])
    }

    /// The same with more arguments.
    pub fn serve_with(&self, bag: &Bag, arguments: &[&str]) -> Gobag {
        let mut command = self.namespace.command(bag.bin());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments);
        Gobag::start(command)
    }

    /// A program there, with the environment of the tests.
    pub fn command(&self, program: &str) -> Command {
        self.namespace.command(program)
    }

    /// The body of `path`, which `gobag` must have.
    pub fn get(&self, gobag: &Gobag, path: &str) -> Vec<u8> {
        let url = format!("{}{path}", gobag.url());
        let output = self
            .command("curl")
            .args(["--silent", "--fail", &url])
            .output();
        let output = output.expect("this test needs curl: apt-get install curl");
        assert!(output.status.success(), "{url}");
        output.stdout
    }

    /// A new user there, who believes what sum.golang.org says.
    pub fn user(&self, proxy: &str) -> Go {
        believer(proxy).through(&self.namespace.words())
    }
}

/// The file in which a user's go command notes the newest head that it has seen.
pub fn latest_file(go: &Go) -> PathBuf {
    go.work().join("../go/pkg/sumdb/sum.golang.org/latest")
}

/// Lets a user have seen `head`.
pub fn knows(go: &Go, head: &str) {
    let file = latest_file(go);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, head).unwrap();
}

/// The value of a variable in a shell that did what `gobag env` prints, if it is set there.
pub fn setting(bag: &Bag, arguments: &[&str], name: &str) -> Option<String> {
    let script = "eval \"$(\"$0\" env \"$@\")\" && env";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(bag.bin())
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let start = format!("{name}=");
    let value = text.lines().find_map(|line| line.strip_prefix(&start))?;
    Some(value.to_owned())
}

/// All requests that were answered, as `path status`; the server is ended, so that none is missing.
pub fn requests(gobag: Gobag) -> Vec<String> {
    let (_, lines) = gobag.terminate();
    let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
    words
        .filter(|words| words.get(2) == Some(&"GET"))
        .map(|words| format!("{} {}", words[3], words[4]))
        .collect()
}
