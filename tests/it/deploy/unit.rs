//! The unit of systemd: judged by systemd itself, and held against what a server asks of the kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::PAPER;
use crate::support::bag::{Bag, stderr, text};
use crate::support::gobag::Gobag;
use crate::support::paper;
use crate::support::zoo::ZOO;

/// The unit with the program of `bag`, in a file that is called as the paper has it.
fn unit(folder: &Path, bag: &Bag) -> std::path::PathBuf {
    let unit = paper::adapted(
        &paper::block(PAPER, "ini", "[Install]"),
        &[("/usr/local/lib/gobag/app-bag", text(bag.bin()))],
    );
    let file = folder.join("gobag.service");
    std::fs::write(&file, unit).unwrap();
    file
}

fn analyzed(arguments: &[&str]) -> String {
    let output = Command::new("systemd-analyze").args(arguments).output();
    let output = output.expect("this test needs systemd-analyze: apt-get install systemd");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let said = stderr(&output);
    // It may know no list of the kernel's.
    let said = said
        .lines()
        .filter(|line| !line.starts_with("# Not showing"));
    assert_eq!(said.collect::<Vec<_>>(), [""; 0], "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn systemd_takes_the_unit_and_gives_it_the_score_that_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = unit(dir.path(), &ZOO);
    analyzed(&["verify", text(&file)]);
    let told = analyzed(&["security", "--offline=true", "--no-pager", text(&file)]);
    let score = told
        .lines()
        .find_map(|line| line.split_once("exposure level for gobag.service: "));
    let (_, score) = score.unwrap_or_else(|| panic!("{told}"));
    let score = score.split(' ').next().unwrap();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAPER)).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let claim = format!("gives it {score}, where 10 is the worst");
    assert!(words.join(" ").contains(&claim), "{score}: {told}");
    // With the passwords handed over, which it may not read itself.
    let login = paper::adapted(
        &paper::block(PAPER, "ini", "LoadCredential"),
        &[("/usr/local/lib/gobag/app-bag", self::text(ZOO.bin()))],
    );
    let folder = dir.path().join("gobag.service.d");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("login.conf"), login).unwrap();
    analyzed(&["verify", self::text(&file)]);
    let with_login = analyzed(&[
        "security",
        "--offline=true",
        "--no-pager",
        self::text(&file),
    ]);
    assert!(with_login.contains(&format!("exposure level for gobag.service: {score} ")));
}

/// The system calls in each group of systemd, which may name other groups.
fn groups() -> BTreeMap<String, Vec<String>> {
    let mut groups = BTreeMap::<_, Vec<String>>::new();
    let mut group = String::new();
    for line in analyzed(&["syscall-filter", "--no-pager"]).lines() {
        if line.starts_with('@') {
            group = line.trim().to_owned();
        } else if !line.trim().is_empty() && !line.trim().starts_with('#') {
            groups
                .entry(group.clone())
                .or_default()
                .push(line.trim().to_owned());
        }
    }
    groups
}

fn add(name: &str, groups: &BTreeMap<String, Vec<String>>, calls: &mut BTreeSet<String>) {
    match groups.get(name) {
        Some(names) => names.iter().for_each(|name| add(name, groups, calls)),
        None => {
            calls.insert(name.to_owned());
        }
    }
}

/// What the lines of the unit allow: as systemd reads them, one after the other.
fn allowed(unit: &str) -> BTreeSet<String> {
    let (groups, mut allowed) = (groups(), BTreeSet::new());
    // Always, says systemd.exec(5).
    add("@default", &groups, &mut allowed);
    allowed.insert("execve".to_owned());
    for line in unit
        .lines()
        .filter_map(|line| line.strip_prefix("SystemCallFilter="))
    {
        let (names, refuses) = match line.strip_prefix('~') {
            Some(names) => (names, true),
            None => (line, false),
        };
        for name in names.split(' ') {
            let mut calls = BTreeSet::new();
            add(name, &groups, &mut calls);
            match refuses {
                true => allowed.retain(|call| !calls.contains(call)),
                false => allowed.extend(calls),
            }
        }
    }
    allowed
}

#[test]
fn a_server_asks_for_nothing_that_the_unit_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let unit = std::fs::read_to_string(unit(dir.path(), &ZOO)).unwrap();
    let allowed = allowed(&unit);
    assert!(
        allowed.contains("read") && !allowed.contains("mount"),
        "{allowed:?}"
    );
    let trace = dir.path().join("trace");
    let mut command = Command::new("strace");
    // -D: who is ended is the server.
    command
        .args(["-f", "-D", "-qq", "-o", text(&trace)])
        .arg(ZOO.bin());
    command.args(["serve", "--listen", "127.0.0.1:0", "--sandbox", "require"]);
    let gobag = Gobag::start(command);
    for path in [
        "/",
        "/zoo.test/mixed/@v/list",
        "/zoo.test/mixed/@v/v1.0.0.zip",
        "/none/@v/list",
    ] {
        gobag.get(path);
    }
    gobag.terminate();
    let trace = std::fs::read_to_string(trace).unwrap();
    let calls = trace.lines().filter_map(|line| {
        let (_, call) = line.split_once(' ')?;
        let (name, _) = call.trim_start().split_once('(')?;
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
            .then(|| name.to_owned())
    });
    let calls: BTreeSet<String> = calls.collect();
    assert!(
        calls.contains("landlock_restrict_self") && calls.contains("seccomp"),
        "{calls:?}"
    );
    let refused: Vec<&String> = calls.difference(&allowed).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
