//! Threads that wait for connections: one that has ended its connection takes the next.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Threads beyond [`KEPT`] that wait for this long end.
const SPARE_TIME: Duration = Duration::from_secs(10);

/// Threads that wait for as long as it takes.
const KEPT: usize = 8;

/// A pool of threads, which do the same with each job.
#[derive(Debug)]
pub struct Pool<J> {
    state: Mutex<State<J>>,
    came: Condvar,
    stack_bytes: usize,
}

#[derive(Debug)]
struct State<J> {
    /// What waits to be taken; never more than `waiting`.
    jobs: VecDeque<J>,
    /// The threads that wait.
    waiting: usize,
}

impl<J: Send + 'static> Pool<J> {
    /// A pool without threads, which have stacks of this many bytes.
    pub fn new(stack_bytes: usize) -> Self {
        Pool {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                waiting: 0,
            }),
            came: Condvar::new(),
            stack_bytes,
        }
    }

    /// Gives a job to a thread that waits, or to a new one, which will do `work` with it and with
    /// those that follow.
    ///
    /// # Errors
    /// No thread can be started; `job` is dropped.
    pub fn give<W>(self: &Arc<Self>, job: J, work: &Arc<W>) -> io::Result<()>
    where
        W: Fn(J) + Send + Sync + 'static,
    {
        let mut state = self.lock();
        if state.jobs.len() < state.waiting {
            state.jobs.push_back(job);
            self.came.notify_one();
            return Ok(());
        }
        drop(state);
        let (pool, work) = (self.clone(), work.clone());
        let thread = thread::Builder::new()
            .name("answer".into())
            .stack_size(self.stack_bytes);
        let run = move || {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                work(job);
                next = pool.wait();
            }
        };
        thread.spawn(run).map(drop)
    }

    /// The next job; none where there was none for long.
    fn wait(&self) -> Option<J> {
        let mut state = self.lock();
        state.waiting += 1;
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.waiting -= 1;
                return Some(job);
            }
            if state.waiting <= KEPT {
                state = self.came.wait(state).unwrap_or_else(|p| p.into_inner());
                continue;
            }
            let waited = self.came.wait_timeout(state, SPARE_TIME);
            let (now, waited) = waited.unwrap_or_else(|p| p.into_inner());
            state = now;
            if waited.timed_out() && state.jobs.is_empty() && state.waiting > KEPT {
                state.waiting -= 1;
                return None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(|p| p.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn threads_are_used_again() {
        let pool = Arc::new(Pool::new(64 << 10));
        let (sender, receiver) = channel();
        let work = Arc::new(move |job: u32| {
            let _ = sender.send((job, thread::current().id()));
        });
        let mut threads = std::collections::HashSet::new();
        for job in 0..100 {
            pool.give(job, &work).unwrap();
            let (done, thread) = receiver.recv().unwrap();
            assert_eq!(done, job);
            threads.insert(thread);
        }
        assert!(threads.len() < 20, "{}", threads.len());
    }
}
