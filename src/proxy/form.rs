//! In which form the zip of a module is sent: as it lies in the bag, or its stored form, in which
//! nothing is compressed. Both have the same `h1:`. The second is several times as long, and a go
//! command, which unpacks each zip twice, is done with it sooner where the way is short.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::request::Request;
use crate::terminal::choice::choose;

/// How many zips are sent in another form than they lie in, at once: each has a window of 192 KiB
/// and the directory of its zip in memory. Whoever comes then gets the zip as it is.
const MOST: usize = 64;

/// Which form is sent to whom.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// The stored form to go commands on this host, and else what lies in the bag.
    Auto,
    /// The stored form to everybody.
    Stored,
    /// What lies in the bag.
    #[default]
    Small,
}

impl FromStr for Wire {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("auto", Wire::Auto),
            ("stored", Wire::Stored),
            ("small", Wire::Small),
        ];
        choose(text, &words)
    }
}

impl Wire {
    /// True where the stored form is sent.
    pub fn is_stored(self, request: &Request) -> bool {
        match self {
            Wire::Auto => self.depends_on_client(request) && request.is_go,
            Wire::Stored => true,
            Wire::Small => false,
        }
    }

    /// True where a client of another kind, at the same place, would get another form.
    pub fn depends_on_client(self, request: &Request) -> bool {
        self == Wire::Auto && request.is_near && request.is_direct
    }
}

/// Those zips that are sent in another form than they lie in.
#[derive(Debug, Default)]
pub struct Recoding(Arc<AtomicUsize>);

/// A place among them, until it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<AtomicUsize>);

impl Recoding {
    /// Takes a place; none where there are as many as may be.
    pub fn take(&self) -> Option<Seat> {
        let seat = Seat(self.0.clone());
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_which_form() {
        for (near, direct, go, want) in [
            (true, true, true, [true, true, false]),
            (false, true, true, [false, true, false]),
            (true, false, true, [false, true, false]),
            (true, true, false, [false, true, false]),
        ] {
            let request = Request {
                is_go: go,
                is_near: near,
                is_direct: direct,
                ..Request::default()
            };
            let told = ["auto", "stored", "small"].map(|wire| {
                let wire: Wire = wire.parse().unwrap();
                wire.is_stored(&request)
            });
            assert_eq!(told, want, "{request:?}");
        }
    }

    #[test]
    fn no_more_than_there_are_places() {
        let recoding = Recoding::default();
        let mut seats: Vec<Seat> = (0..MOST).map(|_| recoding.take().unwrap()).collect();
        assert!(recoding.take().is_none());
        seats.pop();
        assert!(recoding.take().is_some());
    }
}
