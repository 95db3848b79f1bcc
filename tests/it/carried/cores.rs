//! How many cores work on a bag.

use std::process::Command;

use crate::support::bag::{Bag, text};
use crate::support::tree::Tree;

/// The first processor that this process may use.
fn processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let first = allowed.unwrap().trim().split([',', '-']).next();
    first.unwrap().to_owned()
}

/// How many threads `bag verify` starts, by way of `through`.
fn threads(through: &[&str], bag: &Bag) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let words = [
        "strace",
        "-f",
        "-e",
        "trace=clone,clone3",
        "-o",
        text(&trace),
    ];
    let words = [through, &words, &[text(bag.bin()), "verify"]].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_remove("RAYON_NUM_THREADS");
    let output = command
        .output()
        .expect("this test needs strace and taskset");
    assert!(output.status.success(), "{words:?}: {output:?}");
    let trace = std::fs::read_to_string(trace).unwrap();
    // One that was interrupted by another thread's line stands there twice.
    let begun = trace.lines().filter(|line| line.contains(" clone"));
    begun.count()
}

#[test]
fn verify_works_on_every_core_and_on_no_other() {
    let tree = Tree::new();
    for number in 0..20 {
        tree.module(&format!("cores.test/m{number}"), "v1.0.0");
    }
    let bag = tree.bag();
    let all = std::thread::available_parallelism().unwrap().get();
    let processor = processor();
    let one = threads(&["taskset", "-c", &processor], &bag);
    assert_eq!(one, 1, "a thread for each core that it may use");
    assert_eq!(threads(&[], &bag), all);
}
