//! In which form the zip of a module is sent: as it lies in the bag, or its stored form, in which
//! nothing is compressed. Both have the same `h1:`. The second is several times as long, and a go
//! command, which unpacks each zip twice, is done with it sooner where the way is short.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::request::Request;
use crate::terminal::choice::choose;

/// How many stored forms are written at once: each takes a quarter of a megabyte, and the directory of
/// its zip, which is little more than a megabyte. Whoever comes then gets the zip as it is.
const MOST: usize = 64;

/// Which form is sent to whom: `serve --wire`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// The stored form to go commands on this host, and else what lies in the bag.
    Auto,
    /// The stored form to everybody, as far as [`Encoders`] go.
    Stored,
    /// What lies in the bag.
    #[default]
    Small,
}

impl FromStr for Forms {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = [
            ("auto", Forms::Auto),
            ("stored", Forms::Stored),
            ("small", Forms::Small),
        ];
        choose(text, &words)
    }
}

impl Forms {
    /// True where the stored form is sent.
    pub fn is_stored(self, request: &Request) -> bool {
        match self {
            Forms::Auto => self.depends_on_client(request) && request.is_go,
            Forms::Stored => true,
            Forms::Small => false,
        }
    }

    /// True where a zip that the bag holds as frames, whose stored form is several times as long, is
    /// coded as gzip on its way to whoever takes that: to another host, or through a server in between.
    pub fn is_coded(self, request: &Request) -> bool {
        self != Forms::Stored && !(request.is_near && request.is_direct)
    }

    /// True where a client of another kind, at the same place, would get another form.
    pub fn depends_on_client(self, request: &Request) -> bool {
        self == Forms::Auto && request.is_near && request.is_direct
    }
}

/// What writes stored forms just now.
#[derive(Debug, Default)]
pub struct Encoders(Arc<AtomicUsize>);

/// One of them, at work until it is dropped.
#[derive(Debug)]
pub struct Encoder(Arc<AtomicUsize>);

impl Encoders {
    /// Takes one; none where as many are at work as may be.
    pub fn take(&self) -> Option<Encoder> {
        let encoder = Encoder(self.0.clone());
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(encoder)
    }
}

impl Drop for Encoder {
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
                let forms: Forms = wire.parse().unwrap();
                let coded = wire != "stored" && !(near && direct);
                assert_eq!(forms.is_coded(&request), coded, "{request:?}");
                forms.is_stored(&request)
            });
            assert_eq!(told, want, "{request:?}");
        }
    }

    #[test]
    fn no_more_than_there_are_places() {
        let encoders = Encoders::default();
        let mut held: Vec<Encoder> = (0..MOST).map(|_| encoders.take().unwrap()).collect();
        assert!(encoders.take().is_none());
        held.pop();
        assert!(encoders.take().is_some());
    }
}
