//! Rules for GOFLAGS by itself: what every go refuses, and what only a go can judge.

use super::finding::Finding;
use super::host::Host;

/// Those that are switches, and need nothing else.
const SWITCHES: [&str; 7] = ["a", "modcacherw", "n", "trimpath", "v", "work", "x"];

/// Those that take flags for other programs.
const FOR_OTHERS: [&str; 4] = ["asmflags", "gccgoflags", "gcflags", "ldflags"];

/// Those that take any text without quotes.
const TEXTS: [&str; 2] = ["installsuffix", "tags"];

/// What go separates words by.
const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// What strconv.ParseBool takes.
const BOOLS: [&str; 12] = [
    "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
];

/// What can be said of one flag.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Judged {
    Fine,
    /// Every go refuses it, and why.
    Refused(String),
    /// Whether go takes it is not known here.
    Open,
}

/// The words of GOFLAGS; none where a quote is not closed (cmd/internal/quoted).
pub fn split(flags: &str) -> Option<Vec<&str>> {
    let (mut words, mut rest) = (Vec::new(), flags.trim_start_matches(SPACES));
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => rest[1..].split_once(first)?,
            _ => {
                let end = rest.find(SPACES).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        words.push(word);
        rest = after.trim_start_matches(SPACES);
    }
    Some(words)
}

/// What every go refuses of GOFLAGS.
pub fn refused(host: &Host) -> Option<Finding> {
    let flags = host.get("GOFLAGS");
    let why = match split(flags) {
        None => "has a quote that is not closed".to_string(),
        Some(words) => words.into_iter().find_map(|word| match judged(word) {
            Judged::Refused(why) => Some(why),
            Judged::Fine | Judged::Open => None,
        })?,
    };
    let what = format!("{} {why}", host.told("GOFLAGS"));
    Some(Finding::error(what, host.undo("GOFLAGS")))
}

/// What only a go can judge, where none was asked.
pub fn open(host: &Host) -> Option<Finding> {
    let words = split(host.get("GOFLAGS"))?;
    let open = words
        .into_iter()
        .find(|word| judged(word) == Judged::Open)?;
    let what = format!("whether go takes {open} in GOFLAGS is not known: no go was asked");
    Some(Finding::warning(what, "gobag doctor --build"))
}

fn judged(word: &str) -> Judged {
    let flag = word.strip_prefix("--").or(word.strip_prefix('-'));
    let Some(flag) = flag.filter(|flag| !flag.is_empty() && !flag.starts_with(['-', '='])) else {
        return Judged::Refused(format!("has {word:?}, which is no flag"));
    };
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (flag, None),
    };
    let fine = |is: bool| match is {
        true => Judged::Fine,
        false => Judged::Refused(format!("has {word:?}, which go does not take")),
    };
    if SWITCHES.contains(&name) {
        return fine(value.is_none_or(|value| BOOLS.contains(&value)));
    }
    if FOR_OTHERS.contains(&name) || TEXTS.contains(&name) {
        return match value {
            None => fine(false),
            Some("") => Judged::Fine,
            Some(text) if TEXTS.contains(&name) && !text.contains(['\'', '"']) => Judged::Fine,
            Some(text) if text.starts_with('-') && split(text).is_some() => Judged::Fine,
            Some(_) => Judged::Open,
        };
    }
    match (name, value) {
        ("mod", Some("mod" | "readonly" | "vendor")) => Judged::Fine,
        ("mod" | "p", None) => fine(false),
        ("mod", Some(value)) => fine(value.is_empty()),
        ("buildvcs", value) => {
            fine(value.is_none_or(|v| ["", "auto"].contains(&v) || BOOLS.contains(&v)))
        }
        ("p", Some(number)) if number.starts_with(|c: char| c.is_ascii_alphabetic()) => fine(false),
        // A number that begins with a zero is octal.
        ("p", Some(number)) if number.starts_with('0') => Judged::Open,
        ("p", Some(number)) if number.parse::<u16>().is_ok() => Judged::Fine,
        _ => Judged::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_go() {
        for (flags, want) in [
            ("", Some(&[][..])),
            (" -v  --x=y ", Some(&["-v", "--x=y"])),
            (
                "'-ldflags=-s -w' \"-tags=a\"-v",
                Some(&["-ldflags=-s -w", "-tags=a", "-v"]),
            ),
            ("-ldflags='-s -w'", Some(&["-ldflags='-s", "-w'"])),
            ("'-v", None),
        ] {
            assert_eq!(split(flags).as_deref(), want, "{flags}");
        }
    }

    #[test]
    fn a_flag_is_judged_as_far_as_it_is_known() {
        for word in [
            "-v",
            "--v",
            "-v=T",
            "-tags=",
            "-ldflags=-s",
            "-mod=mod",
            "-p=4",
            "-buildvcs=auto",
            "-buildvcs",
            "-buildvcs=",
            "-tags=a b",
            "-ldflags=-s '-X a=b c'",
        ] {
            assert_eq!(judged(word), Judged::Fine, "{word}");
        }
        for word in [
            "v",
            "",
            "-",
            "--",
            "---v",
            "-=x",
            "--=x",
            "-v=perhaps",
            "-tags",
            "-mod",
            "-mod=x",
            "-p",
            "-p=many",
            "-buildvcs=x",
        ] {
            assert!(matches!(judged(word), Judged::Refused(_)), "{word}");
        }
        for word in [
            "-nonsense",
            "-race",
            "-p=0",
            "-p=0x4",
            "-p=08",
            "-json",
            "-json=Name",
            "-ldflags=s",
            "-ldflags=-X 'a",
            "-gcflags==x",
            "-gcflags='a'=-l",
            "-tags='a",
            "-toolexec=x",
            "-modfile=x",
            "-C=x",
        ] {
            assert_eq!(judged(word), Judged::Open, "{word}");
        }
    }
}
