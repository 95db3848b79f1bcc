//! Logins for https servers, as GOAUTH says (`go help goauth`): from netrc, from git, from programs.
//!
//! Each belongs to a host, or to a part of one, and goes nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::credentials::{from_git, from_netrc, from_program};
use super::goenv::GoEnv;
use crate::error::{Error, Result};
use crate::terminal::size::count;

/// Names and values of headers.
pub type Headers = Vec<(String, String)>;

/// What GOAUTH says.
#[derive(Clone, Default)]
pub struct GoAuth {
    methods: Vec<Method>,
    /// Before Go 1.24 a machine of netrc was a host, whatever the port.
    any_port: bool,
}

/// One place that logins come from.
#[derive(Clone, PartialEq, Eq)]
enum Method {
    Netrc,
    /// `git credential fill` in this folder.
    Git(PathBuf),
    /// A program and its arguments.
    Program(Vec<String>),
}

impl GoAuth {
    /// Reads the setting; netrc is what counts without one.
    ///
    /// # Errors
    /// It is none that go takes. What it says is not repeated: a program's arguments may be secret.
    pub fn of(env: &GoEnv) -> Result<Self> {
        let value = env.get("GOAUTH");
        let value = if value.is_empty() { "netrc" } else { value };
        let methods: Vec<Option<Method>> = value
            .split(';')
            .map(method)
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| Error::new(format!("GOAUTH: {e}; see go help goauth")))?;
        if methods.len() > 1 && methods.contains(&None) {
            return Err(Error::new("GOAUTH: off stands beside others; leave it out"));
        }
        Ok(GoAuth {
            methods: methods.into_iter().flatten().collect(),
            any_port: env.has("GOVERSION") && !env.has("GOAUTH"),
        })
    }
}

impl fmt::Debug for GoAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ways to log in", self.methods.len())
    }
}

/// Reads one element; none for `off`.
fn method(text: &str) -> std::result::Result<Option<Method>, &'static str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [] => Err("an element of the list is empty"),
        ["off", ..] => Ok(None),
        ["netrc", ..] => Ok(Some(Method::Netrc)),
        ["git", dir] if Path::new(dir).is_absolute() => Ok(Some(Method::Git(dir.into()))),
        ["git", ..] => Err("git wants the absolute path of one folder"),
        _ => Ok(Some(Method::Program(split_quoted(text)?))),
    }
}

/// Words with blanks between them; one that begins with a quote ends at the next.
fn split_quoted(text: &str) -> std::result::Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '"' | '\'') {
            let quoted = rest[1..].split_once(first);
            quoted.ok_or("a quote is not closed")?
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        words.push(word.to_string());
        rest = after.trim_start();
    }
    Ok(words)
}

/// Logins as they become known.
#[derive(Debug)]
pub struct Logins {
    auth: GoAuth,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    started: bool,
    /// By host and path, without scheme and final slash.
    known: BTreeMap<String, Headers>,
    /// Programs that failed, by name.
    failed: Vec<String>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count(self.known.len(), "login"))
    }
}

impl Logins {
    /// None is known yet.
    pub fn new(auth: GoAuth) -> Self {
        Logins {
            auth,
            state: Mutex::default(),
        }
    }

    /// The headers that go with a request to `url`, which begins with `https://`. The first call
    /// asks netrc and the programs.
    pub fn headers(&self, url: &str) -> Headers {
        let mut state = self.state();
        if !state.started {
            state.started = true;
            self.ask(&mut state, None);
        }
        self.find(&state, url)
    }

    /// Those headers, once git and the programs were told that the server answered to the first
    /// ones with `answer`: its status line and headers.
    pub fn headers_after(&self, url: &str, answer: &str) -> Headers {
        let mut state = self.state();
        if self.auth.methods.iter().any(|m| *m != Method::Netrc) {
            self.ask(&mut state, Some((url, answer)));
        }
        self.find(&state, url)
    }

    /// The programs that failed when they were asked last, as the end of a line; or nothing.
    pub fn failures(&self) -> String {
        let failed = self.state().failed.join(", ");
        match failed.is_empty() {
            true => failed,
            false => format!(" (GOAUTH: {failed} failed)"),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Asks all, the last one first, so that the first one's word stands.
    fn ask(&self, state: &mut State, refused: Option<(&str, &str)>) {
        state.failed.clear();
        for method in self.auth.methods.iter().rev() {
            let told = match (method, refused) {
                (Method::Netrc, _) => Some(from_netrc()),
                // git lists nothing; it must be asked for a URL.
                (Method::Git(_), None) => continue,
                (Method::Git(dir), Some((url, _))) => from_git(dir, url),
                (Method::Program(words), refused) => from_program(words, refused),
            };
            match told {
                Some(told) => told.into_iter().for_each(|(prefix, headers)| {
                    let prefix = prefix.strip_prefix("https://").unwrap_or(&prefix);
                    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
                    match headers.is_empty() {
                        true => state.known.remove(prefix),
                        false => state.known.insert(prefix.to_string(), headers),
                    };
                }),
                None => state.failed.push(match method {
                    Method::Program(words) => words.first().cloned().unwrap_or_default(),
                    _ => "git credential fill".to_string(),
                }),
            }
        }
    }

    /// What is known for the longest part of `url`, cut at slashes.
    fn find(&self, state: &State, url: &str) -> Headers {
        let url = url.strip_prefix("https://").unwrap_or(url);
        let mut prefix = url.strip_suffix('/').unwrap_or(url);
        if self.auth.any_port {
            let authority = url.split('/').next().unwrap_or("");
            let host = authority
                .rsplit_once(':')
                .map_or(authority, |(host, _)| host);
            return state.known.get(host).cloned().unwrap_or_default();
        }
        loop {
            if let Some(headers) = state.known.get(prefix) {
                return headers.clone();
            }
            match prefix.rfind('/') {
                Some(end) => prefix = &prefix[..end],
                None => return Headers::new(),
            }
        }
    }
}

#[cfg(test)]
#[path = "goauth_tests.rs"]
mod tests;
