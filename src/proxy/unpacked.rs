//! Zips that the bag holds as frames, unpacked a frame at a time as they are sent.
//!
//! Whoever waits for a client holds nothing of it: a decoder is borrowed for as long as a frame is
//! unpacked and the system takes some of it. It may be the same one the next time, with the frame
//! still in it, as long as no more zips are sent at once than there are decoders.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bag::frames::{Decoder, Reader, Table};

use crate::process::memory::{Mapped, is_read_with_care};

/// How many decoders there are at most, each with a frame.
const MOST: usize = 64;

/// How many are kept when nothing is sent.
const KEPT: usize = 4;

/// A part of what frames hold, or all of it.
#[derive(Debug, Clone)]
pub struct Unpacked {
    packed: &'static [u8],
    /// How much they hold.
    len: u64,
    /// What is sent of it.
    begin: u64,
    end: u64,
    decoders: Decoders,
}

impl Unpacked {
    /// All that the frames in `packed` hold, which is `len` bytes.
    pub fn new(packed: &'static [u8], len: u64, decoders: &Decoders) -> Self {
        Unpacked {
            packed,
            len,
            begin: 0,
            end: len,
            decoders: decoders.clone(),
        }
    }

    /// The bytes from `first` to `last` of it alone.
    pub fn part(self, first: u64, last: u64) -> Self {
        Unpacked {
            begin: first,
            end: last + 1,
            ..self
        }
    }

    /// How many bytes that is.
    pub fn len(&self) -> u64 {
        self.end - self.begin
    }

    /// What unpacks it.
    pub fn decoders(&self) -> &Decoders {
        &self.decoders
    }

    fn source(&self) -> Mapped<'static> {
        Mapped::read_with_care(self.packed, self.decoders.with_care)
    }

    /// Where the frames lie.
    ///
    /// # Errors
    /// They are damaged, or cannot be read.
    pub fn table(&self) -> io::Result<Table> {
        Table::read(&mut self.source(), self.packed.len() as u64, self.len)
    }

    /// Gives `work` what is to be sent behind the first `sent` bytes, up to the end of a frame.
    ///
    /// # Errors
    /// The frame is damaged, or cannot be read.
    pub fn piece<T>(
        &self,
        table: &Table,
        sent: u64,
        work: impl FnOnce(&[u8]) -> T,
    ) -> io::Result<T> {
        let (whose, at) = (self.packed.as_ptr().addr(), self.begin + sent);
        let mut decoder = self.decoders.take(|d| d.has(whose, table, at))?;
        let piece = decoder.at(&mut self.source(), whose, table, at);
        let left = self.len() - sent;
        let done = piece.map(|piece| {
            let len = usize::try_from(left).unwrap_or(usize::MAX);
            work(&piece[..piece.len().min(len)])
        });
        self.decoders.give_back(decoder);
        done
    }

    /// Reads what is sent, with a decoder of its own.
    ///
    /// # Errors
    /// As [`Unpacked::table`].
    pub fn reader(&self) -> io::Result<impl Read + use<>> {
        let mut reader = Reader::new(self.source(), self.packed.len() as u64, self.len)?;
        reader.seek(SeekFrom::Start(self.begin))?;
        Ok(reader.take(self.len()))
    }
}

/// Decoders that are lent.
#[derive(Debug, Clone)]
pub struct Decoders {
    pool: Arc<Pool>,
    /// Whether what cannot be read is an error, and not the end of the process.
    with_care: bool,
}

#[derive(Debug, Default)]
struct Pool {
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Those that nobody has, the one that was used last at the end.
    free: Vec<Decoder>,
    /// How many somebody has.
    lent: usize,
    /// How many zips are sent.
    sent: usize,
}

impl Default for Decoders {
    fn default() -> Self {
        Decoders {
            pool: Arc::default(),
            with_care: is_read_with_care(),
        }
    }
}

impl Decoders {
    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.pool.state.lock();
        state.unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// One of them: one that `is_wanted` if there is one, a new one as long as there may be more, or
    /// else the one that was used first. Waits while all are lent, which is never for long.
    fn take(&self, is_wanted: impl Fn(&Decoder) -> bool) -> io::Result<Decoder> {
        let mut state = self.state();
        loop {
            if let Some(at) = state.free.iter().position(&is_wanted) {
                state.lent += 1;
                return Ok(state.free.remove(at));
            }
            if state.free.len() + state.lent < state.sent.clamp(1, MOST) {
                state.lent += 1;
                drop(state);
                return Decoder::new().inspect_err(|_| self.state().lent -= 1);
            }
            if !state.free.is_empty() {
                state.lent += 1;
                return Ok(state.free.remove(0));
            }
            let waited = self.pool.returned.wait(state);
            state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }

    fn give_back(&self, decoder: Decoder) {
        let mut state = self.state();
        state.lent -= 1;
        state.free.push(decoder);
        drop(state);
        self.pool.returned.notify_one();
    }

    /// One more zip is sent until what this returns is dropped.
    pub fn begin(&self) -> Sending<'_> {
        self.state().sent += 1;
        Sending(self)
    }
}

/// A zip that is sent.
#[derive(Debug)]
pub struct Sending<'a>(&'a Decoders);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.sent -= 1;
        let most = state.sent.max(KEPT).saturating_sub(state.lent);
        let too_many = state.free.len().saturating_sub(most);
        let gone: Vec<Decoder> = state.free.drain(..too_many).collect();
        drop(state);
        drop(gone);
    }
}
