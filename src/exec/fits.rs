//! What of a build cache is of use to a command, and what to say where little is.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use bag::built::Target;

use crate::terminal::printable::printable;
use crate::terminal::quoted::quoted;

/// What a command may look for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The release of the go command, if that is known.
    pub go: &'a str,
    /// What it builds for, `os/arch`, if that is known.
    pub platform: Option<&'a str>,
}

/// Why `target` is of no use: it is of another go than is here or `further` at hand, or for another
/// platform.
pub fn misfit(target: &Target, wanted: &Wanted<'_>, further: &[&str]) -> Option<&'static str> {
    let known = wanted.go.is_empty() || wanted.go == target.go;
    match () {
        () if !known && !further.contains(&target.go.as_str()) => Some("go"),
        () if wanted.platform.is_some_and(|p| p != target.platform) => Some("platform"),
        () => None,
    }
}

/// Why nothing fits.
pub fn unfit<'a>(
    targets: impl Iterator<Item = &'a Target> + Clone,
    wanted: &Wanted<'_>,
    further: &[&str],
) -> Option<String> {
    let misfits = targets
        .clone()
        .map(|target| misfit(target, wanted, further));
    let misfits: Vec<&str> = misfits.collect::<Option<_>>()?;
    let other_go = misfits.iter().all(|misfit| *misfit == "go");
    let (known, here) = match other_go {
        true => (
            targets.map(|target| &target.go).collect::<BTreeSet<_>>(),
            format!("go here is {}", wanted.go),
        ),
        false => (
            targets
                .filter(|target| misfit(target, wanted, further) == Some("platform"))
                .map(|target| &target.platform)
                .collect(),
            format!("go builds for {}", wanted.platform.unwrap_or_default()),
        ),
    };
    let known = known.into_iter().map(|known| printable(known));
    let known = known.collect::<Vec<_>>().join(", ");
    Some(format!(
        "the bag's build cache is of {known}, and {here}: nothing of it fits"
    ))
}

/// What to say where go, as it is called, would compile what it has with `-trimpath`.
pub fn untrimmed(program: &OsStr, words: &[OsString], go_flags: &str) -> Option<String> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let compiles = ["build", "install", "run", "test", "vet"];
    let (&command, rest) = words.split_first()?;
    let is_trim = |word: &str| {
        let word = word.trim_matches(['\'', '"']).trim_start_matches('-');
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        name == "trimpath" && !["false", "0"].contains(&value)
    };
    // Behind the package of go run words are the program's own; but what is the value of a flag and what a
    // package, go alone knows.
    let trims = rest.iter().any(|word| is_trim(word)) || go_flags.split(' ').any(is_trim);
    (program == "go" && compiles.contains(&command) && !trims).then(|| {
        let rest: Vec<String> = rest.iter().map(|word| quoted(word)).collect();
        format!(
            "the bag's build cache is of builds with -trimpath: go {command} -trimpath {} would compile less",
            rest.join(" ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_no_go_here_is_told() {
        let target = |go: &str, platform: &str| Target {
            go: go.into(),
            platform: platform.into(),
            ..Target::default()
        };
        let both = [
            target("go1.26.8", "linux/amd64"),
            target("go1.25.3", "linux/arm64"),
            target("go1.26.8", "darwin/arm64"),
        ];
        let other_go = "of go1.25.3, go1.26.8, and go here is go1.24.1";
        let other = "of darwin/arm64, linux/amd64, linux/arm64, and go builds for plan9/386";
        for (go, platform, further, want) in [
            ("go1.26.8", None, &[][..], ""),
            ("go1.26.8", Some("linux/amd64"), &[], ""),
            (
                "go1.26.8",
                Some("linux/arm64"),
                &[],
                "go builds for linux/arm64",
            ),
            (
                "go1.26.8",
                Some("plan9/386"),
                &[],
                "of darwin/arm64, linux/amd64, and go builds for plan9/386",
            ),
            ("", None, &[], ""),
            ("", Some("plan9/386"), &[], other),
            ("go1.24.1", None, &["go1.27.1", "go1.25.3"], ""),
            ("go1.24.1", None, &["go1.27.1"], other_go),
            ("go1.24.1", None, &[], other_go),
        ] {
            let wanted = Wanted { go, platform };
            let why = unfit(both.iter(), &wanted, further);
            assert_eq!(why.is_some(), !want.is_empty(), "{go} {platform:?} {why:?}");
            assert!(why.as_deref().unwrap_or("").contains(want), "{why:?}");
        }
    }

    #[test]
    fn trimpath_is_proposed_where_it_is_missing() {
        for (line, go_flags, want) in [
            ("go build ./...", "", "go build -trimpath ./... would"),
            (
                "go test -run=^$ ./a",
                "-v",
                "go test -trimpath '-run=^$' ./a would",
            ),
            ("go build -trimpath ./...", "", ""),
            ("go build --trimpath ./...", "", ""),
            ("go build -o app -trimpath=true ./...", "", ""),
            ("go test ./... -trimpath", "", ""),
            (
                "go build -trimpath=false .",
                "",
                "go build -trimpath -trimpath=false . would",
            ),
            ("go vet .", "'-trimpath'", ""),
            // It may be the program's own, or not.
            ("go run . -trimpath", "", ""),
            ("go run -tags x -trimpath .", "", ""),
            ("go run -tags x .", "", "go run -trimpath -tags x . would"),
            (
                "go build -ldflags=-X=a;b .",
                "",
                " '-ldflags=-X=a;b' . would",
            ),
            ("go build ./...", "-v -trimpath", ""),
            ("go mod tidy", "", ""),
            ("make build", "", ""),
            ("go", "", ""),
        ] {
            let mut words = line.split(' ').map(OsString::from);
            let program = words.next().unwrap();
            let words: Vec<OsString> = words.collect();
            let told = untrimmed(&program, &words, go_flags);
            assert_eq!(told.is_some(), !want.is_empty(), "{line}");
            assert!(told.unwrap_or_default().contains(want), "{line}");
        }
    }
}
