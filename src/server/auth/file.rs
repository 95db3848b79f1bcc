//! The file of `--auth`: lines `user:hash`, as `htpasswd -B` writes them.
//!
//! No fault repeats what the line holds, since that may be a password.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use bcrypt::HashParts;

use crate::error::{Context, Error, Result};

/// A file beyond this is none that htpasswd wrote.
const MAX_BYTES: u64 = 16 << 20;

/// The work that a check may cost, as a power of two: what `htpasswd -C` takes.
const COSTS: std::ops::RangeInclusive<u32> = 4..=17;

/// The hashes of a file, by user.
pub type Hashes = HashMap<Vec<u8>, String>;

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no colon.
    #[error("no colon; a line is user:hash, as htpasswd -B writes it")]
    NoColon,
    /// Nothing stands before the colon.
    #[error("no user before the colon; a line is user:hash, as htpasswd -B writes it")]
    NoUser,
    /// The hash is of a known kind that is not read.
    #[error("{0}, and only bcrypt is read; set the password again with htpasswd -B")]
    OtherKind(&'static str),
    /// The hash is of no known kind.
    #[error("no bcrypt hash behind the colon; set the password with htpasswd -B")]
    NoHash,
    /// The hash asks for too much or too little work.
    #[error("bcrypt cost {0}, and {from} to {to} is read; set the password again with htpasswd -B", from = COSTS.start(), to = COSTS.end())]
    Cost(u32),
    /// The user has a hash already.
    #[error("the user of line {0} once more; remove one of the two")]
    Twice(usize),
}

/// Reads a file; returns its hashes, and what should be said of its permissions.
///
/// # Errors
/// It cannot be read, has a line that is wrong, or names nobody.
pub fn read(file: &Path) -> Result<(Hashes, Option<String>)> {
    let shown = file.display();
    let opened = File::open(file).context(&shown)?;
    let note = note(file, &opened);
    let mut bytes = Vec::new();
    let most = opened.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    if most.context(&shown)? as u64 > MAX_BYTES {
        return Err(Error::new(format!("{shown}: longer than 16 MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Error::new(format!("{shown}: line {line}: not UTF-8"))
    })?;
    let hashes = parse(&text)
        .map_err(|(line, fault)| Error::new(format!("{shown}: line {line}: {fault}")))?;
    if hashes.is_empty() {
        return Err(Error::new(format!(
            "{shown}: no user in it; add one with htpasswd -B {shown} USER"
        )));
    }
    Ok((hashes, note))
}

/// The hashes in `text`, or the number of the first wrong line and what is wrong with it. Empty
/// lines and those that begin with `#` are passed over, as servers do that read such files.
pub fn parse(text: &str) -> std::result::Result<Hashes, (usize, Fault)> {
    let mut hashes = Hashes::new();
    let mut lines = HashMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (user, hash) = entry(line).map_err(|fault| (number, fault))?;
        if let Some(first) = lines.insert(user.to_owned(), number) {
            return Err((number, Fault::Twice(first)));
        }
        hashes.insert(user.into(), hash.to_owned());
    }
    Ok(hashes)
}

fn entry(line: &str) -> std::result::Result<(&str, &str), Fault> {
    let (user, hash) = line.split_once(':').ok_or(Fault::NoColon)?;
    if user.is_empty() {
        return Err(Fault::NoUser);
    }
    if !["$2y$", "$2a$", "$2b$"].iter().any(|v| hash.starts_with(v)) {
        return Err(other_kind(hash));
    }
    // The alphabet is checked by the library; the length is not.
    let parts = hash.parse::<HashParts>().map_err(|_| Fault::NoHash)?;
    if hash.len() != 60 {
        return Err(Fault::NoHash);
    }
    match parts.get_cost() {
        cost if COSTS.contains(&cost) => Ok((user, hash)),
        cost => Err(Fault::Cost(cost)),
    }
}

fn other_kind(hash: &str) -> Fault {
    let kinds = [
        ("$apr1$", "an MD5 hash"),
        ("$1$", "an MD5 hash"),
        ("{SHA}", "a SHA-1 hash"),
        ("{SSHA}", "a SHA-1 hash"),
        ("$5$", "a SHA-256 hash"),
        ("$6$", "a SHA-512 hash"),
        ("$2x$", "a hash of a faulty bcrypt"),
        ("$y$", "a yescrypt hash"),
        ("$argon2", "an Argon2 hash"),
        ("$scrypt$", "a scrypt hash"),
    ];
    let known = kinds.iter().find(|(begin, _)| hash.starts_with(begin));
    known.map_or(Fault::NoHash, |(_, kind)| Fault::OtherKind(kind))
}

/// What should be said of a file that others on this host can read.
#[cfg(unix)]
fn note(file: &Path, opened: &File) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let data = opened.metadata().ok()?;
    let open = data.is_file() && data.permissions().mode() & 0o004 != 0;
    open.then(|| {
        let file = file.display();
        format!("{file}: every user of this host can read it (chmod o-r {file})")
    })
}

/// Permissions are not looked at here.
#[cfg(not(unix))]
fn note(_: &Path, _: &File) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$05$abcdefghijklmnopqrstuuV3Tl5BlxJoqFB0sGBfB0mHYXPbJwOIm";

    #[test]
    fn reads_lines() {
        let with = |text: &str| text.replace("HASH", HASH);
        for (text, want) in [
            ("ann:HASH\n", Ok(1)),
            ("ann:HASH\r\nbob:HASH", Ok(2)),
            ("\u{feff}# staff\n\nann:HASH \n", Ok(1)),
            ("änn:HASH\n", Ok(1)),
            ("", Ok(0)),
            ("ann\n", Err((1, Fault::NoColon))),
            ("bob:HASH\n:HASH\n", Err((2, Fault::NoUser))),
            ("bob:HASH\n\nbob:HASH\n", Err((3, Fault::Twice(1)))),
            ("ann:$apr1$x$y\n", Err((1, Fault::OtherKind("an MD5 hash")))),
            ("ann:{SHA}x=\n", Err((1, Fault::OtherKind("a SHA-1 hash")))),
            ("ann:secret\n", Err((1, Fault::NoHash))),
            ("ann:HASH:x\n", Err((1, Fault::NoHash))),
            ("ann:$2y$05$abc\n", Err((1, Fault::NoHash))),
            ("ann:\n", Err((1, Fault::NoHash))),
        ] {
            let read = parse(&with(text)).map(|hashes| hashes.len());
            assert_eq!(read, want, "{text}");
        }
        for version in ["$2a$", "$2b$"] {
            assert!(parse(&format!("ann:{}", HASH.replace("$2y$", version))).is_ok());
        }
        let costly = HASH.replace("$05$", "$31$");
        assert_eq!(parse(&format!("ann:{costly}")), Err((1, Fault::Cost(31))));
    }
}
