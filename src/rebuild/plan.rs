//! What is compiled once more: the proof's own commands, and scratch modules that need what a build
//! cache is of.

use std::collections::BTreeMap;

use bag::built::{Action, BUILD, Target};
use gocache::log::LEVELS;
use gomod::goversion;
use gomod::modfile::auto_quote;
use gomod::semver;

use crate::pack::order::{Keep, Source};
use crate::pack::platform::{Platform, Profile};
use crate::pack::project::{Shape, Vars};
use crate::pack::setting::Setting;
use crate::pack::step::{Step, TRIMPATH};
use crate::pack::steps;

/// The steps of the proof of a project that compile for `target` on the system `host`. What they compile
/// is not run.
pub fn proving(shape: &Shape, target: &Target, platform: &Platform, host: &Platform) -> Vec<Step> {
    let setting = Setting {
        profile: Profile::Full,
        platforms: vec![platform.clone()],
        host: host.clone(),
        go: target.go.clone(),
        has_cgo: target.cgo,
    };
    let source = Source {
        keep: match target.trimpath {
            true => Keep::Modules,
            false => Keep::None,
        },
        ..Source::default()
    };
    let mut steps = steps::proving(&source, std::slice::from_ref(shape), &setting);
    steps.retain(|step| {
        let first = step.words.first().map_or("", String::as_str);
        ["build", "vet", "test"].contains(&first)
    });
    for step in &mut steps {
        step.platform = Some(platform.clone());
        if step.runs_tests() {
            step.flags.push(NOT_RUN.to_string());
        }
        if !target.trimpath {
            step.flags.push(format!("{TRIMPATH}=false"));
        }
    }
    steps
}

/// What the builds for `target` were made with, in the environment. A bag may say anything there, and
/// sets nothing else.
pub fn settings(target: &Target) -> Vars {
    let plain = |value: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b',' || b == b'.';
        value.bytes().all(plain)
    };
    let level = target.level.split_once('=');
    let level = level.filter(|(name, value)| LEVELS.contains(name) && plain(value));
    let cgo = ("CGO_ENABLED", if target.cgo { "1" } else { "0" });
    let all = level.into_iter().chain([cgo]);
    all.map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// Has `go test` run this in the place of what it compiled.
pub const NOT_RUN: &str = "-exec=true";

/// What is compiled in one scratch module.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The modules that it needs, and their versions.
    pub modules: BTreeMap<String, String>,
    /// The packages that are compiled.
    pub packages: Vec<String>,
}

/// All packages of `actions` at once: with the newest version of each module.
pub fn together(actions: &[&Action]) -> Group {
    let mut group = Group::default();
    for (path, version, package) in packages(actions) {
        group.packages.push(package.to_string());
        if let Some((path, version)) = path.zip(version) {
            let known = group.modules.entry(path.to_string()).or_default();
            if known.is_empty() || semver::compare(known, version).is_lt() {
                *known = version.to_string();
            }
        }
    }
    group
}

/// The packages of `actions` apart: those of the standard library, and those of each module.
pub fn apart(actions: &[&Action]) -> Vec<Group> {
    let mut groups: BTreeMap<(Option<&str>, Option<&str>), Vec<String>> = BTreeMap::new();
    for (path, version, package) in packages(actions) {
        let group = groups.entry((path, version)).or_default();
        group.push(package.to_string());
    }
    let group = |((path, version), packages): ((Option<&str>, Option<&str>), _)| {
        let module = path.zip(version);
        let module = module.map(|(path, version)| (path.to_string(), version.to_string()));
        Group {
            modules: module.into_iter().collect(),
            packages,
        }
    };
    groups.into_iter().map(group).collect()
}

/// Module, version and import path of each package that was compiled of no project.
fn packages<'a>(
    actions: &[&'a Action],
) -> impl Iterator<Item = (Option<&'a str>, Option<&'a str>, &'a str)> {
    let compiled = actions.iter().filter(|action| action.what == BUILD);
    let compiled: Vec<_> = compiled.copied().collect();
    compiled.into_iter().filter_map(|action| {
        let package = action.package.as_str();
        match action.module.rsplit_once('@') {
            None => Some((None, None, package)),
            Some((_, "")) => None,
            Some((path, version)) => Some((Some(path), Some(version), package)),
        }
    })
}

/// The go.mod of a scratch module that needs `modules`, for the go command `go`.
pub fn go_mod(go: &str, modules: &BTreeMap<String, String>) -> String {
    let version = goversion::of_toolchain(go).unwrap_or("1.21");
    // Before, a go line had no third number.
    let line: String = match goversion::compare(version, "1.21").is_ge() {
        true => version.to_string(),
        false => version.split('.').take(2).collect::<Vec<_>>().join("."),
    };
    let mut text = format!("module gobag.scratch\n\ngo {line}\n");
    for (path, version) in modules {
        text += &format!("\nrequire {} {version}\n", auto_quote(path));
    }
    text
}

/// A package that `go list` could load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its import path.
    pub path: String,
    /// True for a program.
    pub program: bool,
}

/// What [`listed`] reads: path and name of each package, and a third word where it cannot be built.
pub const FORMAT: &str =
    "{{.ImportPath}} {{.Name}}{{if .Error}} wrong{{else if .DepsErrors}} wrong{{end}}";

/// The packages that can be built, by what `go list` printed of them.
pub fn listed(printed: &str) -> Vec<Listed> {
    let read = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        [path, name] if !name.is_empty() => Some(Listed {
            path: path.to_string(),
            program: name == "main",
        }),
        _ => None,
    };
    printed.lines().filter_map(read).collect()
}

/// A file of Go that imports those of `packages` that any module may import.
pub fn importing(packages: &[Listed]) -> String {
    let may = |p: &&Listed| {
        let inner = |part: &str| ["internal", "vendor"].contains(&part);
        !p.program && !p.path.split('/').any(inner)
    };
    let lines = packages.iter().filter(may);
    let lines: String = lines.map(|p| format!("\t_ {:?}\n", p.path)).collect();
    format!("// Package scratch has others compiled.\npackage scratch\n\nimport (\n{lines})\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(package: &str, module: &str) -> Action {
        Action {
            package: package.into(),
            what: BUILD.into(),
            module: module.into(),
            ..Action::default()
        }
    }

    #[test]
    fn a_bag_sets_the_kind_of_processor_and_nothing_else() {
        for (level, want) in [
            ("GOAMD64=v3", "GOAMD64=v3 CGO_ENABLED=1"),
            ("GOARM64=v8.0,lse", "GOARM64=v8.0,lse CGO_ENABLED=1"),
            ("GOWASM=", "GOWASM= CGO_ENABLED=1"),
            ("GOAMD64=v1 -x", "CGO_ENABLED=1"),
            ("GOFLAGS=v1", "CGO_ENABLED=1"),
            ("CC=evil", "CGO_ENABLED=1"),
            ("", "CGO_ENABLED=1"),
        ] {
            let target = Target {
                level: level.into(),
                cgo: true,
                ..Target::default()
            };
            let set = settings(&target).into_iter();
            let set: Vec<String> = set.map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(set.join(" "), want);
        }
    }

    #[test]
    fn what_is_compiled_is_told_by_module() {
        let mut vet = action("m.test/v", "");
        vet.what = "vet".into();
        let all = [
            action("net", ""),
            action("m.test/a", "m.test@v1.9.0"),
            action("m.test/a", "m.test@v1.10.0"),
            action("n.test", "n.test@v2.0.0+incompatible"),
            action("own.test", "own.test@"),
            vet,
        ];
        let all: Vec<&Action> = all.iter().collect();
        let group = |modules: &[(&str, &str)], packages: &[&str]| Group {
            modules: modules
                .iter()
                .map(|(path, version)| (path.to_string(), version.to_string()))
                .collect(),
            packages: packages.iter().map(|p| p.to_string()).collect(),
        };
        let n = ("n.test", "v2.0.0+incompatible");
        assert_eq!(
            together(&all),
            group(
                &[("m.test", "v1.10.0"), n],
                &["net", "m.test/a", "m.test/a", "n.test"]
            )
        );
        assert_eq!(
            apart(&all),
            [
                group(&[], &["net"]),
                group(&[("m.test", "v1.10.0")], &["m.test/a"]),
                group(&[("m.test", "v1.9.0")], &["m.test/a"]),
                group(&[n], &["n.test"]),
            ]
        );
    }

    #[test]
    fn the_scratch_module_is_one_that_its_go_reads() {
        let modules = BTreeMap::from([("m.test".to_string(), "v1.0.0".to_string())]);
        for (go, line) in [
            ("go1.26.8", "go 1.26.8"),
            ("go1.27rc2", "go 1.27rc2"),
            ("go1.20.14", "go 1.20"),
            ("go1.18", "go 1.18"),
            ("devel go1.28-0a1b2c", "go 1.21"),
        ] {
            let want = format!("module gobag.scratch\n\n{line}\n\nrequire m.test v1.0.0\n");
            assert_eq!(go_mod(go, &modules), want, "{go}");
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_not_compiled() {
        let printed = "net net\nm.test/x  wrong\nm.test/cmd main\nm.test/y y wrong\nm.test/internal/z z\nvendor/v.test v\n\n";
        let found = listed(printed);
        let paths: Vec<_> = found.iter().map(|p| (&*p.path, p.program)).collect();
        let want = [
            ("net", false),
            ("m.test/cmd", true),
            ("m.test/internal/z", false),
            ("vendor/v.test", false),
        ];
        assert_eq!(paths, want);
        assert!(importing(&found).ends_with("import (\n\t_ \"net\"\n)\n"));
    }

    #[test]
    fn the_proof_is_done_again_as_far_as_it_compiles() {
        let shape = Shape {
            number: 0,
            dir: "app".into(),
            modules: vec!["app".into()],
            workspace: false,
            tools: Vec::new(),
            vendored: false,
        };
        let platform = |text: &str| text.parse::<Platform>().unwrap();
        let host = platform("linux/amd64");
        let words = |trimpath, on: &str| {
            let target = Target {
                trimpath,
                ..Target::default()
            };
            let steps = proving(&shape, &target, &platform(on), &host);
            let lines = steps.iter().map(|step| step.all_words().join(" "));
            lines.collect::<Vec<_>>()
        };
        assert_eq!(
            words(true, "linux/amd64"),
            [
                "build -o /dev/null -trimpath ./...",
                "vet -trimpath ./...",
                "test -trimpath -exec=true -run=^$ ./..."
            ]
        );
        assert_eq!(
            words(false, "darwin/arm64"),
            [
                "build -o /dev/null -trimpath=false ./...",
                "vet -trimpath=false ./..."
            ]
        );
    }
}
