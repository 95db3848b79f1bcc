//! Who may log in: the users of `--auth FILE`, their passwords checked by bcrypt.
//!
//! A check takes a tenth of a second of a processor, and that is its point. So one runs at a
//! time, and a login that was right is remembered and costs a SHA-256 from then on. It is
//! remembered under a key that only this process has; each user has one password, hence one
//! such hash. Logins that fail slow the address that they come from.
//!
//! bcrypt reads the first 72 bytes of a password and stops at a NUL. Longer passwords are
//! refused, although htpasswd takes them: of a token that begins like all others, what makes it
//! a secret might be cut off.

pub mod basic;
pub mod failures;
pub mod file;
pub mod turns;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Context, Result};
use crate::proxy::origin::Group;
use basic::Login;
use failures::{Digest, Failures};
use turns::{Entered, Line, Place};

/// As much of a password as bcrypt reads.
pub const MAX_PASSWORD_BYTES: usize = 72;

/// Nobody waits longer than this for a check.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is right.
    Granted,
    /// It is not.
    Denied(Why),
    /// Its address failed a moment ago, and may try again after this time.
    Slowed(Duration),
    /// Too many are being checked.
    Busy,
}

/// Why a login is not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is none, or it is of a kind that is not known here.
    NoLogin,
    /// There is no such user, or it has another password.
    Wrong,
    /// The password is longer than [`MAX_PASSWORD_BYTES`].
    TooLong,
}

/// The users, and what is known of their logins. It prints none of that.
pub struct Users {
    known: HashMap<Vec<u8>, usize>,
    passwords: Vec<Password>,
    key: Digest,
    state: Mutex<State>,
    changed: Condvar,
}

struct Password {
    hash: String,
    /// The login that was right, once one was.
    login: OnceLock<Digest>,
}

#[derive(Default)]
struct State {
    line: Line,
    failures: Failures,
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({})", self.passwords.len())
    }
}

impl Users {
    /// Reads the users of a file, which is not needed later; with them comes what should be said
    /// of the file's permissions.
    ///
    /// # Errors
    /// It cannot be read, has a line that is wrong, or names nobody.
    pub fn read(file: &Path) -> Result<(Self, Option<String>)> {
        let (hashes, note) = file::read(file)?;
        let mut key = Digest::default();
        getrandom::fill(&mut key).context("cannot make a key to remember logins by")?;
        Ok((Users::new(hashes, key), note))
    }

    fn new(hashes: file::Hashes, key: Digest) -> Self {
        let (mut known, mut passwords) = (HashMap::new(), Vec::new());
        for (user, hash) in hashes {
            known.insert(user, passwords.len());
            let login = OnceLock::new();
            passwords.push(Password { hash, login });
        }
        Users {
            known,
            passwords,
            key,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.passwords.len()
    }

    /// Checks the value of a client's `Authorization`. It waits for its turn, ten seconds at most.
    pub fn check(&self, client: IpAddr, authorization: Option<&str>) -> Checked {
        let Some(login) = authorization.and_then(basic::parse) else {
            return Checked::Denied(Why::NoLogin);
        };
        if login.password.len() > MAX_PASSWORD_BYTES {
            return Checked::Denied(Why::TooLong);
        }
        if login.user.contains(&0) || login.password.contains(&0) {
            return Checked::Denied(Why::Wrong);
        }
        let digest = self.digest(&login);
        if self.remembers(&login, &digest) {
            return Checked::Granted;
        }
        match self.enter(Group::of(client), digest) {
            Ok(mut turn) => {
                turn.outcome = match self.is_right(&login, digest) {
                    true => Checked::Granted,
                    false => Checked::Denied(Why::Wrong),
                };
                turn.outcome
            }
            Err(outcome) => outcome,
        }
    }

    /// Waits until a login may be checked, or until it is known how it went.
    fn enter(&self, origin: Group, login: Digest) -> std::result::Result<Turn<'_>, Checked> {
        let begin = Instant::now();
        let mut state = self.lock();
        if state.failures.knows(origin, &login) {
            return Err(Checked::Denied(Why::Wrong));
        }
        let State { line, failures } = &mut *state;
        let (place, outcome) = match line.enter(origin, login, failures, begin) {
            Entered::Waits(place) => (Some(place.clone()), place.outcome),
            Entered::Joins(outcome) => (None, outcome),
            Entered::Refused(outcome) => return Err(outcome),
        };
        line.advance(failures, begin);
        self.changed.notify_all();
        loop {
            if let Some(outcome) = outcome.get() {
                return Err(*outcome);
            }
            let place = place.as_ref();
            if let Some(place) = place.filter(|p| state.line.is_running(p.number)) {
                return Ok(Turn {
                    users: self,
                    place: place.clone(),
                    outcome: Checked::Busy,
                });
            }
            let left = PATIENCE.saturating_sub(begin.elapsed());
            if left.is_zero() {
                if let Some(place) = place {
                    let _ = outcome.set(Checked::Busy);
                    state.line.leave(place.number);
                    self.changed.notify_all();
                }
                return Err(Checked::Busy);
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(|p| p.into_inner()).0;
        }
    }

    /// Runs bcrypt, which is what takes long. A user who does not exist takes as long as one who
    /// does: always the same one of those, so that their costs may differ.
    fn is_right(&self, login: &Login, digest: Digest) -> bool {
        // From another address it may have been found right meanwhile.
        if self.remembers(login, &digest) {
            return true;
        }
        let known = self.known.get(&login.user);
        let at = known.copied().unwrap_or_else(|| {
            let name = Sha256::new()
                .chain_update(self.key)
                .chain_update(&login.user);
            let number = name
                .finalize()
                .iter()
                .take(4)
                .fold(0, |n, b| n << 8 | *b as usize);
            number % self.passwords.len()
        });
        let password = &self.passwords[at];
        let right = bcrypt::verify(&login.password, &password.hash).unwrap_or(false);
        let granted = right && known.is_some();
        if granted {
            let _ = password.login.set(digest);
        }
        granted
    }

    fn remembers(&self, login: &Login, digest: &Digest) -> bool {
        let known = self.known.get(&login.user);
        let right = known.and_then(|at| self.passwords[*at].login.get());
        right.is_some_and(|right| bool::from(right.ct_eq(digest)))
    }

    /// A login under the key of this process. Neither part holds a NUL.
    fn digest(&self, login: &Login) -> Digest {
        let hash = Sha256::new().chain_update(self.key);
        let hash = hash.chain_update(&login.user).chain_update([0]);
        hash.chain_update(&login.password).finalize().into()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// The one check that runs. Its end tells the others how it went, and lets the next one begin.
struct Turn<'a> {
    users: &'a Users,
    place: Place,
    outcome: Checked,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.users.lock();
        let State { line, failures } = &mut *state;
        match self.outcome {
            Checked::Granted => failures.forgive(self.place.origin),
            Checked::Denied(_) => failures.note(self.place.origin, self.place.login, now),
            Checked::Slowed(_) | Checked::Busy => {}
        }
        let _ = self.place.outcome.set(self.outcome);
        line.leave(self.place.number);
        line.advance(failures, now);
        self.users.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
