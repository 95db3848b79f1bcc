//! Which go commands record an order, and which prove it.
//!
//! Recording downloads and compiles nothing; what proves is what people type.

use super::named;
use super::order::{Keep, Source};
use super::platform::{Platform, Profile};
use super::project::Shape;
use super::setting::Setting;
use super::step::{Files, Step, TRIMPATH, Workdir, flag_name, is_test};
use crate::error::Result;

/// Where go writes a program that is built for its dependencies alone.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Stands for a folder of the step's own, where `go mod vendor` writes.
pub const VENDOR: &str = "{vendor}";

/// Prints the module of each package, `path@version`, as it is replaced, and what is wrong with it.
const MODULES: &str = "{{with .Module}}{{with .Replace}}{{.Path}}@{{.Version}}{{else}}{{.Path}}@{{.Version}}{{end}}{{end}}{{with .Error}}\nerror: {{.Err}}{{end}}";

/// A step and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The command.
    pub step: Step,
    /// True when it prints the modules of the packages that `go build ./...` builds.
    pub lists_build: bool,
}

/// The steps that record what `source` names.
///
/// # Errors
/// A journal cannot be read.
pub fn recording(source: &Source, shapes: &[Shape], setting: &Setting) -> Result<Vec<Recorded>> {
    let mut steps = Vec::new();
    for shape in shapes {
        of_shape(shape, setting, &mut steps);
    }
    let mut plain = lines(source, shapes);
    plain.extend(named::recording(source, setting)?);
    steps.extend(plain.into_iter().map(|step| Recorded {
        step,
        lists_build: false,
    }));
    Ok(steps)
}

/// The steps that prove what `source` names. What clients missed is downloaded where it can be,
/// and nothing is proved of it.
pub fn proving(source: &Source, shapes: &[Shape], setting: &Setting) -> Vec<Step> {
    let mut steps: Vec<Step> = shapes.iter().flat_map(|s| typed(s, setting)).collect();
    steps.extend(lines(source, shapes));
    steps.extend(named::proving(source, setting));
    if source.keep > Keep::None {
        steps.iter_mut().for_each(trim);
    }
    steps.extend(builds(source, shapes, setting));
    steps
}

/// The steps that compile once more for hosts without a C compiler, where go takes other files of the
/// standard library, so that their outputs are at hand too; nothing is proved by them.
pub fn compiling(source: &Source, setting: &Setting, proving: &[Step]) -> Vec<Step> {
    let wanted = |step: &&Step| {
        let here = step.platform.as_ref() == Some(&setting.host);
        let builds = ["build", "install"].contains(&step.words.first().map_or("", String::as_str));
        source.keep > Keep::None && setting.has_cgo && here && builds
    };
    let steps = proving.iter().filter(wanted).cloned();
    let steps = steps.map(|step| Step {
        without_cgo: true,
        ..step
    });
    steps.collect()
}

/// Has a step that compiles keep the folders of this host out of it.
fn trim(step: &mut Step) {
    if step.compiles() && step.files != Files::Shared {
        step.flags.push(TRIMPATH.to_string());
    }
}

/// The typed lines that build, for each platform.
fn builds(source: &Source, shapes: &[Shape], setting: &Setting) -> Vec<Step> {
    let mut steps = Vec::new();
    let vendored = shapes.first().is_some_and(|shape| shape.vendored);
    for words in &source.builds {
        let first = words.first().map_or("", String::as_str);
        for platform in &setting.platforms {
            if is_test(words) && *platform != setting.host {
                continue;
            }
            let mut step = line(words, shapes);
            step.files = match step.workdir {
                Workdir::Project(..) => Files::Fresh,
                Workdir::Scratch(_) => Files::Updated,
            };
            step.platform = Some(platform.clone());
            if first == "build" {
                step.flags = vec!["-o".into(), NOWHERE.into()];
            }
            // A vendor folder would hide the bag.
            let named = |word: &String| flag_name(word) == Some("mod");
            if vendored && !words.iter().any(named) {
                step.flags.push("-mod=readonly".to_string());
            }
            steps.push(step);
        }
    }
    steps
}

/// What no go command of this host can do, in a line each.
pub fn left_out(source: &Source, shapes: &[Shape], setting: &Setting) -> Vec<String> {
    let vendors = setting.profile == Profile::Full && shapes.iter().any(|s| s.workspace);
    let skipped = vendors && !setting.has_work_vendor();
    let work = format!(
        "go work vendor is left out: {} has none, go 1.22 and newer do",
        setting.go
    );
    let old = setting.profile == Profile::Full && !setting.has_vendor_output();
    let output = format!(
        "go mod vendor is left out: {} cannot write elsewhere than into the project, go 1.18 and newer can",
        setting.go
    );
    let notes = [
        skipped.then_some(work),
        (old && !shapes.is_empty()).then_some(output),
    ];
    let others = setting.platforms.iter().filter(|p| **p != setting.host);
    let others: Vec<String> = others.map(ToString::to_string).collect();
    let tests = source.builds.iter().filter(|words| is_test(words));
    let foreign = tests.filter(|_| !others.is_empty()).map(|words| {
        let (line, others) = (words.join(" "), others.join(", "));
        format!("--build 'go {line}' is left out for {others}: a test of another system does not run here")
    });
    notes.into_iter().flatten().chain(foreign).collect()
}

fn of_shape(shape: &Shape, setting: &Setting, steps: &mut Vec<Recorded>) {
    let tests = setting.profile >= Profile::Test;
    let full = setting.profile == Profile::Full;
    for module in &shape.modules {
        let mut add = |words: &[&str], flags: &[&str], platform, files, lists_build| {
            let step = project(shape, module, words, flags, platform, files);
            steps.push(Recorded { step, lists_build });
        };
        if full {
            add(&["mod", "download", "all"], &[], None, Files::Fresh, false);
        }
        for platform in &setting.platforms {
            let platform = Some(platform);
            let mut list = |what: &[&str], lists_build| {
                let words = [&["list", "-e", "-deps"], what].concat();
                let flags = ["-f", MODULES];
                add(&words, &flags, platform, Files::Updated, lists_build);
            };
            list(&["./..."], true);
            if tests {
                list(&["-test", "./..."], false);
            }
            if full && shape.tools.contains(module) {
                list(&["tool"], false);
            }
        }
        if full {
            if !shape.workspace && setting.has_vendor_output() {
                add(
                    &["mod", "vendor", "-e"],
                    &["-o", VENDOR],
                    None,
                    Files::Updated,
                    false,
                );
            }
            add(&["list", "-m", "all"], &[], None, Files::Updated, false);
            // Last, so that what others add to go.sum on the way is gone from the copy.
            add(&["mod", "tidy", "-e"], &[], None, Files::Updated, false);
        }
    }
    let vendor = work_vendor(shape, setting, &["work", "vendor", "-e"]);
    steps.extend(vendor.map(|step| Recorded {
        step,
        lists_build: false,
    }));
}

/// What people type in a project.
fn typed(shape: &Shape, setting: &Setting) -> Vec<Step> {
    let full = setting.profile == Profile::Full;
    let mut steps = Vec::new();
    for module in &shape.modules {
        let mut add = |words: &[&str], flags: &[&str], platform| {
            // A vendor folder would hide the bag.
            let (name, rest) = words.split_at(1);
            let mod_flag: &[&str] = match name {
                ["mod" | "work"] => &[],
                _ if shape.vendored => &["-mod=readonly"],
                _ => &[],
            };
            let words = [name, mod_flag, rest].concat();
            steps.push(project(
                shape,
                module,
                &words,
                flags,
                platform,
                Files::Fresh,
            ));
        };
        for platform in &setting.platforms {
            add(&["build", "./..."], &["-o", NOWHERE], Some(platform));
            if setting.profile >= Profile::Test {
                add(&["vet", "./..."], &[], Some(platform));
                // A test of another system does not run here; vet has compiled it.
                if *platform == setting.host {
                    add(&["test", "-run=^$", "./..."], &[], Some(platform));
                }
            }
        }
        if full {
            add(&["mod", "tidy"], &[], None);
            if !shape.workspace && setting.has_vendor_output() {
                add(&["mod", "vendor"], &["-o", VENDOR], None);
            }
            add(&["list", "-m", "all"], &[], None);
            if shape.tools.contains(module) {
                add(&["build", "tool"], &["-o", NOWHERE], None);
            }
        }
    }
    steps.extend(work_vendor(shape, setting, &["work", "vendor"]));
    steps
}

/// The command that vendors a workspace, where it is one and this go can.
fn work_vendor(shape: &Shape, setting: &Setting, words: &[&str]) -> Option<Step> {
    let vendors = setting.profile == Profile::Full && setting.has_work_vendor();
    let module = shape.modules.first();
    let module = module.filter(|_| vendors && shape.workspace)?;
    let flags = ["-o", VENDOR];
    Some(project(shape, module, words, &flags, None, Files::Fresh))
}

fn lines(source: &Source, shapes: &[Shape]) -> Vec<Step> {
    let lines = source.lines.iter();
    lines.map(|words| line(words, shapes)).collect()
}

/// A line that was typed, as it runs in the first project.
fn line(words: &[String], shapes: &[Shape]) -> Step {
    let workdir = match shapes.first() {
        Some(shape) => Workdir::Project(shape.number, shape.dir.clone()),
        None => Workdir::Scratch(0),
    };
    Step {
        words: words.to_vec(),
        flags: Vec::new(),
        workdir,
        folder: String::new(),
        platform: None,
        files: Files::Shared,
        without_cgo: false,
    }
}

fn project(
    shape: &Shape,
    module: &std::path::Path,
    words: &[&str],
    flags: &[&str],
    platform: Option<&Platform>,
    files: Files,
) -> Step {
    Step {
        words: words.iter().map(|w| w.to_string()).collect(),
        flags: flags.iter().map(|w| w.to_string()).collect(),
        workdir: Workdir::Project(shape.number, module.to_path_buf()),
        folder: shape.folder(module),
        platform: platform.cloned(),
        files,
        without_cgo: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(workspace: bool, vendored: bool) -> Shape {
        Shape {
            number: 0,
            dir: "app".into(),
            modules: vec!["app".into()],
            workspace,
            tools: vec!["app".into()],
            vendored,
        }
    }

    fn setting(profile: Profile, go: &str) -> Setting {
        let platform = |text: &str| text.parse().unwrap();
        Setting {
            profile,
            platforms: vec![platform("linux/amd64"), platform("darwin/arm64")],
            host: platform("linux/amd64"),
            go: go.into(),
            has_cgo: true,
        }
    }

    fn proves(shape: Shape, profile: Profile, go: &str) -> Vec<String> {
        let steps = proving(&Source::default(), &[shape], &setting(profile, go));
        steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_proves_is_what_people_type() {
        let build = [
            "go build ./... (linux/amd64)",
            "go build ./... (darwin/arm64)",
        ];
        assert_eq!(
            proves(shape(false, false), Profile::Build, "go1.26.8"),
            build
        );
        let full = [
            "go build ./... (linux/amd64)",
            "go vet ./... (linux/amd64)",
            "go test -run=^$ ./... (linux/amd64)",
            "go build ./... (darwin/arm64)",
            "go vet ./... (darwin/arm64)",
            "go mod tidy",
            "go mod vendor",
            "go list -m all",
            "go build tool",
        ];
        assert_eq!(proves(shape(false, false), Profile::Full, "go1.26.8"), full);
    }

    #[test]
    fn what_compiles_is_trimmed_where_it_is_kept() {
        let source = |keep| Source {
            keep,
            lines: vec![vec!["build".into(), "./a".into()]],
            builds: vec![vec!["build".into(), "./b".into()]],
            tools: vec!["t.test/t@v1.0.0".into()],
            ..Source::default()
        };
        let setting = setting(Profile::Full, "go1.26.8");
        let shapes = [shape(false, false)];
        let trimmed = |keep| {
            let steps = proving(&source(keep), &shapes, &setting);
            let trimmed = steps.iter().filter(|step| step.untrimmed().is_some());
            trimmed.map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(trimmed(Keep::None), [""; 0]);
        assert_eq!(
            trimmed(Keep::Modules),
            [
                "go build ./... (linux/amd64)",
                "go vet ./... (linux/amd64)",
                "go test -run=^$ ./... (linux/amd64)",
                "go build ./... (darwin/arm64)",
                "go vet ./... (darwin/arm64)",
                "go build tool",
                "go install t.test/t@v1.0.0 (linux/amd64)",
                "go install t.test/t@v1.0.0 (darwin/arm64)",
            ]
        );
        let further = |keep, has_cgo| {
            let setting = Setting {
                has_cgo,
                ..setting.clone()
            };
            let source = source(keep);
            let steps = proving(&source, &shapes, &setting);
            let steps = compiling(&source, &setting, &steps);
            steps.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(further(Keep::None, true), [""; 0]);
        assert_eq!(further(Keep::Own, false), [""; 0]);
        assert_eq!(
            further(Keep::Modules, true),
            [
                "CGO_ENABLED=0 go build ./... (linux/amd64)",
                "CGO_ENABLED=0 go install t.test/t@v1.0.0 (linux/amd64)",
                "CGO_ENABLED=0 go build ./b (linux/amd64)",
            ]
        );
    }

    #[test]
    fn a_vendor_folder_does_not_hide_the_bag() {
        let steps = proves(shape(false, true), Profile::Full, "go1.26.8");
        assert!(steps.contains(&"go build -mod=readonly ./... (linux/amd64)".to_string()));
        assert!(steps.contains(&"go mod vendor".to_string()), "{steps:?}");
    }

    #[test]
    fn a_workspace_is_vendored_as_far_as_go_can() {
        let vendors = |go| {
            proves(shape(true, false), Profile::Full, go).contains(&"go work vendor".to_string())
        };
        assert!(vendors("go1.22.0") && !vendors("go1.21.13"));
        let source = Source::default();
        let shapes = [shape(true, false)];
        let said = |go| left_out(&source, &shapes, &setting(Profile::Full, go)).len();
        assert_eq!([said("go1.22.0"), said("go1.21.13")], [0, 1]);
    }

    #[test]
    fn a_test_of_another_system_is_told_to_be_left_out() {
        let line = |text: &str| text.split(' ').map(String::from).collect();
        let source = Source {
            builds: vec![line("build ./..."), line("test -tags x ./...")],
            ..Source::default()
        };
        let shapes = [shape(false, false)];
        let mut setting = setting(Profile::Build, "go1.26.8");
        let want = "--build 'go test -tags x ./...' is left out for darwin/arm64: a test of another system does not run here";
        assert_eq!(left_out(&source, &shapes, &setting), [want]);
        setting.platforms.pop();
        assert_eq!(left_out(&source, &shapes, &setting), [""; 0]);
    }

    #[test]
    fn recording_compiles_nothing() {
        let source = Source {
            tools: vec!["a.test/cmd/a@v1.0.0".into()],
            modules: vec!["b.test@v1.0.0".into()],
            ..Source::default()
        };
        let steps = recording(
            &source,
            &[shape(false, false)],
            &setting(Profile::Full, "go1.26.8"),
        );
        for Recorded { step, .. } in steps.unwrap() {
            let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
            let loads = matches!(words[..], ["mod" | "get", ..] | ["list", "-e" | "-m", ..]);
            assert!(loads, "{step}");
        }
    }
}
