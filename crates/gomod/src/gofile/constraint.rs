//! Which files go builds for a platform, by their names and by their `//go:build` lines.
//!
//! Specification: <https://pkg.go.dev/cmd/go#hdr-Build_constraints>.

use super::GoFile;

/// What go builds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// GOOS.
    pub os: &'a str,
    /// GOARCH.
    pub arch: &'a str,
    /// Whether cgo is used, as far as known.
    pub cgo: Option<bool>,
    /// The tags that are set with `-tags`.
    pub tags: Vec<&'a str>,
}

/// Whether go builds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That depends on more than a [`Target`] tells.
    Unsure,
}

const SYSTEMS: &str = " aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd \
    openbsd plan9 solaris wasip1 windows zos ";

const UNIX: &str =
    " aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris ";

const PROCESSORS: &str = " 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 \
    mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm ";

/// Every release that can be met has these tags: `go1.1` to this one. It is the oldest that
/// fetches toolchains.
const KNOWN_RELEASE: u32 = 21;

/// How deep an expression may be nested, and how long it may be.
const MAX_DEPTH: usize = 50;
const MAX_BYTES: usize = 4096;

impl Target<'_> {
    /// Whether go builds the file `name` with this head, in a folder that it builds.
    pub fn builds(&self, name: &str, file: &GoFile) -> Built {
        let hidden = name.starts_with(['_', '.']) || !name.ends_with(".go");
        if hidden || file.package == "documentation" || !self.fits_name(name) {
            return Built::No;
        }
        let mut all = match &file.constraint {
            Some(line) => self.holds(line),
            // Which of these count depends on the go line.
            None => (!file.has_old_constraint).then_some(true),
        };
        if file.imports.iter().any(|path| path == "C") {
            all = and(all, self.cgo);
        }
        match all {
            Some(true) => Built::Yes,
            Some(false) => Built::No,
            None => Built::Unsure,
        }
    }

    /// Whether `name_GOOS_GOARCH_test.go` is for this platform.
    fn fits_name(&self, name: &str) -> bool {
        let stem = name.split('.').next().unwrap_or_default();
        let mut words: Vec<&str> = stem.split('_').skip(1).collect();
        if words.last() == Some(&"test") {
            words.pop();
        }
        let fits = |word: &str| self.tag(word) == Some(true);
        match words[..] {
            [.., os, arch] if is_in(SYSTEMS, os) && is_in(PROCESSORS, arch) => {
                fits(os) && fits(arch)
            }
            [.., last] if is_in(SYSTEMS, last) || is_in(PROCESSORS, last) => fits(last),
            _ => true,
        }
    }

    /// Whether an expression holds; none where that is not known.
    fn holds(&self, expression: &str) -> Option<bool> {
        if expression.len() > MAX_BYTES {
            return None;
        }
        let mut rest = expression;
        let value = self.any(&mut rest, 0)?;
        // A line that is no expression fails the build.
        let whole = rest.trim().is_empty();
        value.filter(|_| whole)
    }

    /// `a || b`; none where it is malformed.
    fn any(&self, rest: &mut &str, depth: usize) -> Option<Option<bool>> {
        let not = |value: Option<bool>| value.map(|v| !v);
        let mut value = self.all(rest, depth)?;
        while eat(rest, "||") {
            value = not(and(not(value), not(self.all(rest, depth)?)));
        }
        Some(value)
    }

    /// `a && b`.
    fn all(&self, rest: &mut &str, depth: usize) -> Option<Option<bool>> {
        let mut value = self.one(rest, depth)?;
        while eat(rest, "&&") {
            value = and(value, self.one(rest, depth)?);
        }
        Some(value)
    }

    /// `a`, `!a` or `(a)`.
    fn one(&self, rest: &mut &str, depth: usize) -> Option<Option<bool>> {
        if depth > MAX_DEPTH {
            return None;
        }
        if eat(rest, "!") {
            return Some(self.one(rest, depth + 1)?.map(|v| !v));
        }
        if eat(rest, "(") {
            let value = self.any(rest, depth + 1)?;
            return eat(rest, ")").then_some(value);
        }
        let is_end = |c: char| !c.is_alphanumeric() && c != '_' && c != '.';
        let (word, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        *rest = after;
        (!word.is_empty()).then(|| self.tag(word))
    }

    /// Whether a tag is set; none where that is not known.
    fn tag(&self, tag: &str) -> Option<bool> {
        let (os, arch) = (self.os, self.arch);
        if tag == "cgo" {
            return self.cgo;
        }
        if tag == os || tag == arch || tag == "gc" || self.tags.contains(&tag) {
            return Some(true);
        }
        if let Some(minor) = tag.strip_prefix("go1.") {
            let known = minor.parse::<u32>().is_ok_and(|m| m <= KNOWN_RELEASE);
            return known.then_some(true);
        }
        if tag == "unix" {
            return Some(is_in(UNIX, os));
        }
        let parent = matches!(
            (os, tag),
            ("android", "linux") | ("illumos", "solaris") | ("ios", "darwin")
        );
        // An experiment, or what a processor can do.
        let depends = tag.contains('.') || tag == "boringcrypto";
        (!depends).then_some(parent)
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn is_in(list: &str, word: &str) -> bool {
    list.contains(&format!(" {word} "))
}

/// Takes `sign` off the front of `rest`, and blanks around it.
fn eat(rest: &mut &str, sign: &str) -> bool {
    let after = rest.trim_start().strip_prefix(sign);
    if let Some(after) = after {
        *rest = after.trim_start();
    }
    after.is_some()
}
