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
        let go = || {
            let agent = request.user_agent.as_deref();
            agent.is_some_and(|agent| agent.starts_with("Go-http-client/"))
        };
        match self {
            Wire::Auto => self.depends_on_client(request) && go(),
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
        let go = Some("Go-http-client/1.1");
        for (near, direct, agent, want) in [
            (true, true, go, [true, true, false]),
            (false, true, go, [false, true, false]),
            (true, false, go, [false, true, false]),
            (true, true, Some("curl/8.0"), [false, true, false]),
            (true, true, None, [false, true, false]),
        ] {
            let request = Request {
                user_agent: agent.map(str::to_string),
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
