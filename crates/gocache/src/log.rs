//! What go tells of its hashes with `GODEBUG=gocachehash=1` (`go help cache`), in lines that begin with
//! `HASH`: what goes into each, and what comes of it.
//!
//! ```text
//! HASH[build net/http]: "goos linux goarch amd64\n"
//! HASH[build net/http]: 4f0c…
//! ```

use std::collections::BTreeMap;

/// The setting that has go tell them, as part of GODEBUG.
const SETTING: &str = "gocachehash=1";

/// GODEBUG with it, where that was `set` to something, or to nothing.
pub fn with_setting(set: &str) -> String {
    [set, SETTING].join(",")
}

/// The lines of what go said that tell of hashes, and all others.
pub fn split(said: &str) -> (String, String) {
    let (hashes, others): (Vec<&str>, Vec<&str>) = said
        .split_inclusive('\n')
        .partition(|line| line.starts_with("HASH[") || line.starts_with("HASH "));
    (hashes.concat(), others.concat())
}

/// What was done to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It was compiled.
    Build,
    /// It was vetted, for what others need to know of it.
    Vet,
}

/// An action on a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What was done.
    pub kind: Kind,
    /// The package's import path.
    pub package: String,
    /// Its id.
    pub id: String,
}

/// What go's hashes say of a package that was compiled.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Package {
    /// True for one of the standard library.
    pub standard: bool,
    /// What it imports.
    pub imports: Vec<String>,
    /// True where a C compiler has to do with it.
    pub cgo: bool,
    /// Its module, `path@version`, without a version for one of the project; empty where go does not
    /// tell it, as without `-trimpath`.
    pub module: String,
}

/// What is the same for all packages that one command compiles.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The version of go, such as `go1.26.8`.
    pub go: String,
    /// What is compiled for: `linux/amd64`.
    pub platform: String,
    /// Which processors of that kind: `GOAMD64=v1`.
    pub level: String,
    /// True with `-trimpath`: then no folder of this host is in what is compiled, nor in its id.
    pub trimpath: bool,
}

/// The settings that tell of which kind the processors are that are compiled for, one for each
/// architecture that has kinds, and one that may come (`cmd/go/internal/cfg.GetArchEnv`).
pub const LEVELS: [&str; 10] = [
    "GO386",
    "GOAMD64",
    "GOARM",
    "GOARM64",
    "GOMIPS",
    "GOMIPS64",
    "GOPPC64",
    "GORISCV64",
    "GOWASM",
    "GOLOONG64",
];

/// True for one of [`LEVELS`] with its value.
fn is_level(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(name, _)| LEVELS.contains(&name))
}

/// The name of a release in what go says of its version: `go1.26.8` of `go1.26.8 X:jsonv2` and of
/// `go1.24.4 (Red Hat 1.24.4-1.el9)`. What was built of no release has no name but all of it.
pub fn release(version: &str) -> &str {
    match version.split(' ').next() {
        Some(name) if name.starts_with("go") => name,
        _ => version,
    }
}

/// What one command did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What it compiled for.
    pub target: Target,
    /// What it compiled, by import path.
    pub packages: BTreeMap<String, Package>,
    /// Its actions on packages, in the order of their ends.
    pub actions: Vec<Action>,
}

impl Log {
    /// Reads the lines that tell of hashes; what is not understood is overlooked.
    pub fn parse(lines: &str) -> Log {
        let mut log = Log::default();
        for line in lines.lines() {
            let Some((name, said)) = line.strip_prefix("HASH[").and_then(|l| l.split_once("]: "))
            else {
                continue;
            };
            let (kind, package) = match name.split_once(' ') {
                Some(("build", package)) => (Kind::Build, package),
                Some(("vet", package)) => (Kind::Vet, package),
                _ => continue,
            };
            if crate::is_id(said) {
                log.actions.push(Action {
                    kind,
                    package: package.to_string(),
                    id: said.to_string(),
                });
            } else if kind == Kind::Build {
                log.input(package, said);
            }
        }
        log
    }

    /// Takes notice of an input of the hash of `package`, as go quotes it.
    fn input(&mut self, package: &str, quoted: &str) {
        let Some(text) = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')) else {
            return;
        };
        let text = text.strip_suffix("\\n").unwrap_or(text);
        if !self.packages.contains_key(package) {
            // What every hash begins with is the version of go.
            if text != "compile" {
                self.target.go = release(text).to_string();
            }
            self.packages
                .insert(package.to_string(), Package::default());
            return;
        }
        let words: Vec<&str> = text.split(' ').collect();
        let known = self.packages.entry(package.to_string()).or_default();
        match words.as_slice() {
            ["goos", os, "goarch", arch] => self.target.platform = format!("{os}/{arch}"),
            ["omitdebug", _, "standard", standard, ..] => known.standard = *standard == "true",
            ["trimpath"] => self.target.trimpath = true,
            ["cgo", ..] => known.cgo = true,
            ["import", path, _] => known.imports.push(path.to_string()),
            ["module", module] => known.module = module.to_string(),
            [level] if is_level(level) => self.target.level = level.to_string(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> String {
        String::from(digit).repeat(64)
    }

    /// What go1.26 says, shortened.
    pub fn said() -> String {
        let lines = [
            "HASH[build net]".to_string(),
            "HASH[build net]: \"go1.26.8\"".into(),
            "HASH[build m.test/a [m.test/a.test]]: \"go1.26.8\"".into(),
            "HASH[build m.test/b]: \"go1.26.8\"".into(),
            "HASH[build m.test/b]: \"module m.test@v1.0.0\\n\"".into(),
            "HASH[build net]: \"compile\\n\"".into(),
            "HASH[build net]: \"goos linux goarch amd64\\n\"".into(),
            "HASH[build net]: \"omitdebug false standard true local false prefix \\\"\\\"\\n\""
                .into(),
            "HASH[build net]: \"trimpath\\n\"".into(),
            "HASH[build net]: \"cgo \\\"cgo version go1.26.8\\\"\\n\"".into(),
            "HASH[build net]: \"GOAMD64=v1\\n\"".into(),
            "HASH[build net]: \"file conf.go GOAMD64=v3\\n\"".into(),
            "HASH[build net]: \"GOEXPERIMENT=\\\"jsonv2\\\"\\n\"".into(),
            "HASH[build net]: \"import errors zf3CAefM\\n\"".into(),
            "HASH[build net]: \"import \\\"net\\\"\\n\"".into(),
            "# m.test/a".into(),
            format!("HASH[build net]: {}", id('1')),
            format!("HASH subkey {} \"stdout\" = {}", id('1'), id('2')),
            format!("HASH subkey {} \"stdout\" = {}", id('1'), id('2')),
            format!(
                "HASH subkey {} \"cgo a \\\"b\\\" = c\" = {}",
                id('1'),
                id('3')
            ),
            format!("HASH[vet net]: {}", id('4')),
            format!("HASH[link m.test/a]: {}", id('5')),
            format!("HASH /usr/lib/go/src/net/conf.go: {}", id('6')),
            "m.test/a/a.go:3: undefined: x".into(),
        ];
        lines.map(|line| line + "\n").concat()
    }

    #[test]
    fn what_go_tells_of_hashes_is_kept_apart_and_read() {
        let (hashes, others) = split(&said());
        assert_eq!(others, "# m.test/a\nm.test/a/a.go:3: undefined: x\n");
        let log = Log::parse(&hashes);
        let target = Target {
            go: "go1.26.8".into(),
            platform: "linux/amd64".into(),
            level: "GOAMD64=v1".into(),
            trimpath: true,
        };
        assert_eq!(log.target, target);
        let net = Package {
            standard: true,
            imports: vec!["errors".to_string()],
            cgo: true,
            module: String::new(),
        };
        assert_eq!(log.packages["net"], net);
        assert_eq!(log.packages["m.test/b"].module, "m.test@v1.0.0");
        assert!(!log.packages["m.test/a [m.test/a.test]"].standard);
        let action = |kind, id| Action {
            kind,
            package: "net".into(),
            id,
        };
        assert_eq!(
            log.actions,
            [action(Kind::Build, id('1')), action(Kind::Vet, id('4'))]
        );
    }
}

#[cfg(test)]
mod fuzz {
    use super::tests::said;
    use super::*;

    proptest::proptest! {
        #![proptest_config(mutated::config())]

        #[test]
        fn whatever_go_says_is_read(bytes in mutated::bytes([said()])) {
            let said = String::from_utf8_lossy(&bytes);
            let (hashes, others) = split(&said);
            proptest::prop_assert_eq!(hashes.len() + others.len(), said.len());
            let log = Log::parse(&hashes);
            proptest::prop_assert!(log.actions.iter().all(|a| crate::is_id(&a.id)));
        }
    }
}
