//! The processes that come of this one, also those that left the group of their parent.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// Those that were there before: a shell that executed this program may have started them.
static STRANGERS: OnceLock<HashSet<i32>> = OnceLock::new();

/// From now on a process whose parent ends becomes a child of this one and not of `init`, so
/// that [`kill_all`] finds it.
pub fn adopt() {
    spare_all();
    // Without it, what has detached itself goes its own way.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Those that are there now are left alone.
pub fn spare_all() {
    STRANGERS.get_or_init(|| of_this_process().into_iter().collect());
}

/// Kills all of them until none is left, for a second at most: what belongs to another user
/// stays.
pub fn kill_all() {
    let strangers = STRANGERS.get_or_init(HashSet::new);
    let deadline = Instant::now() + Duration::from_secs(1);
    let read = || {
        let mut found = of_this_process();
        found.retain(|id| !strangers.contains(id));
        found
    };
    kill_until_none(read, |found| {
        for id in found.iter().copied().filter_map(Pid::from_raw) {
            // It may have ended meanwhile.
            let _ = kill_process(id, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(2));
        Instant::now() < deadline
    });
}

/// Has `kill` do its work on what `read` finds until that is nothing twice in a row, or until
/// `kill` says false. One reading takes time: it misses a process that it comes to before the
/// parent, as happens once numbers begin anew, when that parent ends in between.
fn kill_until_none(mut read: impl FnMut() -> Vec<i32>, mut kill: impl FnMut(&[i32]) -> bool) {
    let mut none = 0;
    while none < 2 {
        let found = read();
        none = if found.is_empty() { none + 1 } else { 0 };
        if !kill(&found) {
            return;
        }
    }
}

/// The numbers of all living descendants.
fn of_this_process() -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some((id, parent)) = of_stat(&stat) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = Vec::new();
    let mut parents = vec![getpid().as_raw_nonzero().get()];
    while let Some(parent) = parents.pop() {
        let own = children.remove(&parent).unwrap_or_default();
        parents.extend(&own);
        found.extend(own);
    }
    found
}

/// A process and its parent, of `/proc/PID/stat` (proc_pid_stat(5)); none for one that has ended.
fn of_stat(stat: &str) -> Option<(i32, i32)> {
    // The name may hold anything, brackets among it.
    let (start, rest) = stat.rsplit_once(')')?;
    let id = start.split(' ').next()?.parse().ok()?;
    let mut rest = rest.split_whitespace();
    let state = rest.next()?;
    let parent = rest.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some((id, parent))
}

#[cfg(test)]
mod tests {
    use super::{kill_until_none, of_stat};

    #[test]
    fn kills_what_one_reading_missed() {
        for (readings, killed) in [
            (&[&[][..], &[]][..], vec![]),
            (&[&[7, 8], &[8], &[], &[]], vec![7, 8, 8]),
            // Its parent ended while it was read.
            (&[&[], &[7], &[], &[]], vec![7]),
            (&[&[8], &[], &[7], &[], &[]], vec![8, 7]),
        ] {
            let mut readings = readings.iter();
            let mut done = Vec::<i32>::new();
            let read = || readings.next().unwrap().to_vec();
            kill_until_none(read, |found| {
                done.extend(found);
                true
            });
            assert_eq!(done, killed);
            assert!(readings.next().is_none(), "each was read");
        }
        let mut tries = 0;
        kill_until_none(
            || vec![1],
            |_| {
                tries += 1;
                tries < 3
            },
        );
        assert_eq!(tries, 3, "what cannot be killed is left");
    }

    #[test]
    fn reads_numbers_around_any_name() {
        assert_eq!(of_stat("12 (a) b (c) S 7 12 12 0"), Some((12, 7)));
        assert_eq!(of_stat("12 (go) Z 7 12 12 0"), None);
        assert_eq!(of_stat(""), None);
    }
}
