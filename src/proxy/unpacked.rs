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

/// How many are at work at once at least; else as many as there are processors, so that small answers
/// need not wait.
const FEWEST_AT_WORK: usize = 2;

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

    /// Gives `work` what is to be sent behind the first `sent` bytes, up to the end of a frame, and
    /// what `code` makes of it, which is kept with the frame.
    ///
    /// # Errors
    /// The frame is damaged, or cannot be read; those of `code`.
    pub fn piece<T>(
        &self,
        table: &Table,
        sent: u64,
        code: impl FnOnce(&[u8], &mut Vec<u8>) -> io::Result<()>,
        work: impl FnOnce(&[u8], &[u8]) -> T,
    ) -> io::Result<T> {
        let (whose, at) = (self.packed.as_ptr().addr(), self.begin + sent);
        let mut lent = self.decoders.take(|d| d.decoder.has(whose, table, at))?;
        let Some(Lendable {
            decoder,
            coded,
            coded_at,
        }) = &mut lent.what
        else {
            return Err(io::ErrorKind::Other.into());
        };
        let piece = decoder.at(&mut self.source(), whose, table, at)?;
        let left = usize::try_from(self.len() - sent).unwrap_or(usize::MAX);
        let piece = &piece[..piece.len().min(left)];
        if *coded_at != Some((whose, at)) {
            (*coded_at, _) = (None, coded.clear());
            code(piece, coded)?;
            *coded_at = Some((whose, at));
        }
        Ok(work(piece, coded))
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
    /// How many are lent at once.
    most_lent: usize,
}

#[derive(Debug, Default)]
struct Pool {
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Those that nobody has, the one that was used last at the end.
    free: Vec<Lendable>,
    /// How many somebody has.
    lent: usize,
    /// How many zips are sent.
    sent: usize,
}

/// A decoder, and what was made of the frame in it.
#[derive(Debug)]
struct Lendable {
    decoder: Decoder,
    coded: Vec<u8>,
    /// Whose it is, and where it begins.
    coded_at: Option<(usize, u64)>,
}

/// One that is given back when this is dropped.
#[derive(Debug)]
struct Lent<'a> {
    what: Option<Lendable>,
    decoders: &'a Decoders,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.decoders.state();
        state.lent -= 1;
        state.free.extend(self.what.take());
        drop(state);
        self.decoders.pool.returned.notify_one();
    }
}

impl Default for Decoders {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Decoders {
            pool: Arc::default(),
            with_care: is_read_with_care(),
            most_lent: processors.clamp(FEWEST_AT_WORK, MOST),
        }
    }
}

impl Decoders {
    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.pool.state.lock();
        state.unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// One of them: one that `is_wanted` if there is one, a new one as long as there may be more, or
    /// else the one that was used first. Waits while as many are lent as may be, which is never for long.
    fn take(&self, is_wanted: impl Fn(&Lendable) -> bool) -> io::Result<Lent<'_>> {
        let mut state = self.state();
        let what = loop {
            if state.lent >= self.most_lent {
                let waited = self.pool.returned.wait(state);
                state = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
                continue;
            }
            if let Some(at) = state.free.iter().position(&is_wanted) {
                break Some(state.free.remove(at));
            }
            if state.free.len() + state.lent < state.sent.clamp(1, MOST) {
                break None;
            }
            // There is one: fewer are lent than there may be.
            break (!state.free.is_empty()).then(|| state.free.remove(0));
        };
        state.lent += 1;
        drop(state);
        let mut lent = Lent {
            what,
            decoders: self,
        };
        if lent.what.is_none() {
            lent.what = Some(Lendable {
                decoder: Decoder::new()?,
                coded: Vec::new(),
                coded_at: None,
            });
        }
        Ok(lent)
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
        let gone: Vec<Lendable> = state.free.drain(..too_many).collect();
        drop(state);
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_lent_at_once_than_may_be_and_whoever_waits_gets_the_next() {
        let decoders = Decoders {
            most_lent: 3,
            ..Decoders::default()
        };
        let sending: Vec<Sending<'_>> = (0..9).map(|_| decoders.begin()).collect();
        let mut lent: Vec<Lent<'_>> = (0..3).map(|_| decoders.take(|_| true).unwrap()).collect();
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let lent = decoders.take(|_| false);
                        let at_once = decoders.state().lent;
                        lent.map(drop).is_ok() && at_once <= 3
                    })
                })
                .collect();
            lent.pop();
            assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap()));
        });
        assert_eq!(decoders.state().lent, 2);
        drop((lent, sending));
        let state = decoders.state();
        assert_eq!((state.lent, state.free.len(), state.sent), (0, KEPT, 0));
    }

    #[test]
    fn the_one_that_is_wanted_is_taken_and_else_the_one_that_was_used_first() {
        let decoders = Decoders::default();
        let _sending = [(); 2].map(|()| decoders.begin());
        let mark = |lent: &mut Lent<'_>, mark| {
            lent.what.as_mut().unwrap().coded_at = Some((mark, 0));
        };
        let [mut one, mut two] = [(); 2].map(|()| decoders.take(|_| false).unwrap());
        mark(&mut one, 1);
        mark(&mut two, 2);
        drop(one);
        drop(two);
        let marked = |lent: &Lent<'_>| lent.what.as_ref().unwrap().coded_at.unwrap().0;
        let is = |wanted| move |d: &Lendable| d.coded_at == Some((wanted, 0));
        for (wanted, got) in [(2, 2), (1, 1), (3, 2), (3, 1)] {
            let lent = decoders.take(is(wanted)).unwrap();
            assert_eq!(marked(&lent), got, "{wanted}");
        }
    }
}
