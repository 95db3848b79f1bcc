//! Threads that wait for connections: one that has ended its connection takes the next.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Threads beyond [`KEPT`] that wait for this long end.
const SPARE_TIME: Duration = Duration::from_secs(3);

/// Threads that wait for as long as it takes.
const KEPT: usize = 8;

/// Memory that must be there when a thread is started, in bytes.
const HEADROOM_BYTES: usize = 1 << 20;

/// A pool of threads, which do the same with each job.
#[derive(Debug)]
pub struct Pool<J> {
    state: Mutex<State<J>>,
    stack_bytes: usize,
    most: usize,
}

#[derive(Debug)]
struct State<J> {
    /// Jobs for whichever thread is free or has started next.
    jobs: VecDeque<J>,
    /// The threads that wait. Who came last is woken first: so those that are too many wait long
    /// enough to end.
    waiting: Vec<(ThreadId, SyncSender<J>)>,
    /// How many threads there are.
    threads: usize,
}

impl<J: Send + 'static> Pool<J> {
    /// A pool without threads, of which there will be at most this many, with stacks of so many
    /// bytes. No more jobs than that are given to it at once.
    pub fn new(most: usize, stack_bytes: usize) -> Self {
        Pool {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                waiting: Vec::new(),
                threads: 0,
            }),
            stack_bytes,
            most,
        }
    }

    /// Gives a job to a thread that waits, or to a new one, which will do `work` with it and with
    /// those that follow.
    ///
    /// # Errors
    /// No thread can be started; then the next that is free does it, unless it is
    /// [taken back](Self::take_back).
    pub fn give<W>(self: &Arc<Self>, job: J, work: &Arc<W>) -> io::Result<()>
    where
        W: Fn(J) + Send + Sync + 'static,
    {
        let mut state = self.lock();
        let Some((_, seat)) = state.waiting.pop() else {
            state.jobs.push_back(job);
            // One that has just ended its job takes this one next.
            if state.threads >= self.most {
                return Ok(());
            }
            state.threads += 1;
            drop(state);
            return Counted(self.clone()).start(work);
        };
        // It waits for one, and gets no other.
        let _ = seat.try_send(job);
        Ok(())
    }

    /// The job that was given last, if nobody has begun with it.
    pub fn take_back(&self) -> Option<J> {
        self.lock().jobs.pop_back()
    }

    /// The next job; none where there was none for long.
    fn wait(&self, seat: &SyncSender<J>, inbox: &Receiver<J>) -> Option<J> {
        let own = thread::current().id();
        let mut state = self.lock();
        if let Some(job) = state.jobs.pop_front() {
            return Some(job);
        }
        state.waiting.push((own, seat.clone()));
        drop(state);
        if let Ok(job) = inbox.recv_timeout(SPARE_TIME) {
            return Some(job);
        }
        let mut state = self.lock();
        let spare = state.waiting.len() > KEPT;
        let at = state.waiting.iter().position(|(id, _)| *id == own);
        if let Some(at) = at.filter(|_| spare) {
            state.waiting.remove(at);
            return None;
        }
        drop(state);
        // It is kept, or has just been given one.
        inbox.recv().ok()
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// A thread of a pool, counted from before it starts until it ends; by a panic as well.
struct Counted<J: Send + 'static>(Arc<Pool<J>>);

impl<J: Send + 'static> Counted<J> {
    /// Starts it. Where that fails it is counted no more.
    fn start<W>(self, work: &Arc<W>) -> io::Result<()>
    where
        W: Fn(J) + Send + Sync + 'static,
    {
        // A thread for which memory is short after it was started would end the process.
        Vec::<u8>::new()
            .try_reserve_exact(HEADROOM_BYTES)
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let work = work.clone();
        let thread = thread::Builder::new()
            .name("answer".into())
            .stack_size(self.0.stack_bytes);
        let run = move || {
            let (seat, inbox) = sync_channel(1);
            while let Some(job) = self.0.wait(&seat, &inbox) {
                work(job);
            }
        };
        thread.spawn(run).map(drop)
    }
}

impl<J: Send + 'static> Drop for Counted<J> {
    fn drop(&mut self) {
        self.0.lock().threads -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn threads_are_used_again() {
        let pool = Arc::new(Pool::new(100, 64 << 10));
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

    #[test]
    fn there_are_never_more_threads_than_may_be() {
        let pool = Arc::new(Pool::new(1, 64 << 10));
        let (sender, receiver) = channel();
        let (go_on, gate) = channel();
        let gate = Mutex::new(gate);
        let work = Arc::new(move |job: u32| {
            gate.lock().unwrap().recv().unwrap();
            let _ = sender.send((job, thread::current().id()));
        });
        for job in 0..3 {
            pool.give(job, &work).unwrap();
        }
        (0..3).for_each(|_| go_on.send(()).unwrap());
        let done: Vec<(u32, ThreadId)> = receiver.iter().take(3).collect();
        let jobs: Vec<u32> = done.iter().map(|(job, _)| *job).collect();
        assert_eq!(jobs, [0, 1, 2]);
        assert!(done.iter().all(|(_, id)| *id == done[0].1));
    }

    #[test]
    fn a_job_that_panics_costs_no_later_one() {
        let pool = Arc::new(Pool::new(1, 64 << 10));
        let (sender, receiver) = channel();
        let work = Arc::new(move |job: Option<u32>| sender.send(job.unwrap()).unwrap());
        pool.give(None, &work).unwrap();
        while pool.lock().threads > 0 {
            thread::yield_now();
        }
        pool.give(Some(7), &work).unwrap();
        assert_eq!(receiver.recv(), Ok(7));
    }
}
