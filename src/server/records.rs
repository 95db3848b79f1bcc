//! What is written down while serving, by one thread: the access log, the miss journal, troubles.
//!
//! Answers never wait for it. What comes while its queue is full is dropped and counted.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::feeds::counters::Counters;
use crate::server::answered::{Answered, Event};
use crate::server::journal::Journal;
use crate::server::log::Log;
use crate::terminal::print::print_error;
use crate::terminal::size::count;

/// How many events may wait to be written.
const QUEUE: usize = 4096;

/// Lines are written together up to so many bytes.
const BATCH_BYTES: usize = 64 << 10;

/// How long the end waits for what is still to be written.
const END_TIME: Duration = Duration::from_millis(500);

/// Takes events, from any thread.
#[derive(Debug, Clone)]
pub struct Records {
    queue: SyncSender<(Timestamp, Event)>,
    dropped: Arc<AtomicU64>,
    counters: Arc<Counters>,
    log: Log,
    journals: bool,
}

/// Ends when everything is written that was taken.
#[derive(Debug)]
pub struct Writing(Receiver<()>);

impl Records {
    /// Starts the thread that writes to standard error and the journal; `counters` keep how many
    /// lines were dropped.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(
        log: Log,
        journal: Option<Journal>,
        counters: Arc<Counters>,
    ) -> io::Result<(Self, Writing)> {
        let (queue, events) = sync_channel(QUEUE);
        let (done, writing) = sync_channel(1);
        let dropped = Arc::<AtomicU64>::default();
        let records = Records {
            queue,
            dropped: dropped.clone(),
            counters: counters.clone(),
            log,
            journals: journal.is_some(),
        };
        let writer = Writer {
            log,
            journal,
            dropped,
            counters,
        };
        thread::Builder::new().name("log".into()).spawn(move || {
            writer.write(&events);
            let _ = done.send(());
        })?;
        Ok((records, Writing(writing)))
    }

    /// Takes an event; never waits.
    pub fn take(&self, event: Event) {
        let wanted = match &event {
            Event::Answered(answered) if self.log == Log::Off => {
                self.journals && answered.miss.is_some()
            }
            Event::Trouble(_) if self.log == Log::Off => false,
            _ => true,
        };
        if wanted && self.queue.try_send((Timestamp::now(), event)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            self.counters.dropped_lines.add(1);
        }
    }
}

impl Writing {
    /// Waits a moment for what is to be written, once all [`Records`] are dropped.
    pub fn finish(self) {
        // Where it does not end in time nobody reads it, and nobody will.
        let _ = self.0.recv_timeout(END_TIME);
    }
}

/// What is said once.
#[derive(Default)]
struct Said {
    tls: bool,
    unwritten: bool,
}

struct Writer {
    log: Log,
    journal: Option<Journal>,
    dropped: Arc<AtomicU64>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Writes events until nobody can send one.
    fn write(mut self, events: &Receiver<(Timestamp, Event)>) {
        let mut said = Said::default();
        while let Ok(first) = events.recv() {
            let mut text = String::new();
            let mut lines = 0;
            let mut next = Some(first);
            while let Some((time, event)) = next {
                lines += 1;
                self.add(&mut text, time, event, &mut said);
                next = (text.len() < BATCH_BYTES)
                    .then(|| events.try_recv().ok())
                    .flatten();
            }
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 && self.log != Log::Off {
                let lines = count(dropped, "line");
                text += &note(&format!("the log lacks {lines}, which came too fast"));
            }
            if print_error(&text).is_err() {
                self.dropped.fetch_add(dropped + lines, Ordering::Relaxed);
                self.counters.dropped_lines.add(lines);
            }
        }
    }

    fn add(&mut self, text: &mut String, time: Timestamp, event: Event, said: &mut Said) {
        let answered = match event {
            Event::Answered(answered) => answered,
            Event::Greeting(greeting) => {
                *text += &greeting;
                return;
            }
            Event::Trouble(trouble) => {
                *text += &note(&trouble);
                return;
            }
        };
        *text += &self.log.format(time, &answered).unwrap_or_default();
        if let (Some(journal), Some(miss)) = (&mut self.journal, &answered.miss)
            && !journal.note(miss)
            && !mem::replace(&mut said.unwritten, true)
        {
            *text += &note("the journal of misses is full or cannot be written");
        }
        // Once: who does it once does it again.
        if answered.tls && self.log != Log::Off && !mem::replace(&mut said.tls, true) {
            *text += &hint(&answered);
        }
    }
}

fn note(text: &str) -> String {
    format!("gobag: {text}\n")
}

fn hint(answered: &Answered) -> String {
    let client = answered.client;
    note(&format!(
        "{client} speaks TLS, and was refused; its GOPROXY must begin with http://"
    ))
}
