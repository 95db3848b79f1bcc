//! Real programs of different ages and styles. Whatever the verdict says of a command is so where
//! there is no network, and what fails there fails for the user in the project itself as well.
//!
//! `tests/programs` does the same with more of them.

use serde_json::Value;

use crate::support::bag::{Bag, stderr};
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::task::{copy, source_of};

/// A project in which these modules, `path@version`, are the folders that are named with them.
fn project(modules: &[(&str, &str)]) -> Project {
    let project = Project::online();
    for (module, folder) in modules {
        source_of(project.go(), module, &project.dir().join(folder));
    }
    project
}

/// Packs it, types every command of the verdict, and returns the commands that failed, each with
/// its reason.
fn noted(project: &Project) -> Vec<String> {
    let output = project.pack("app -o bag --json");
    assert!(output.status.success(), "{}", stderr(&output));
    project.left_nothing();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bag = Bag::at(project.beside("bag"));
    let rows = told["proof"]["rows"].as_array().unwrap();
    assert!(rows.len() >= 5, "{rows:?}");
    let mut noted = Vec::new();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let (command, folder) = (text("command"), format!("app/{}", text("folder")));
        // Each where the others changed nothing.
        let sealed = Sealed::with_project(project);
        let ran = sealed.script(&bag, &folder, &[command]);
        let said = stderr(&ran);
        assert_eq!(row["sealed"], ran.status.success(), "{row}: {said}");
        if ran.status.success() {
            continue;
        }
        let typed = project.beside("typed");
        std::fs::create_dir(&typed).unwrap();
        copy(&["-R"], &project.dir(), &typed.join("app"));
        let mut online = project.go().command("sh");
        online.args(["-c", command]).current_dir(typed.join(folder));
        let output = online.output().unwrap();
        assert!(!output.status.success(), "{row} fails sealed alone: {said}");
        std::fs::remove_dir_all(typed).unwrap();
        noted.push(format!("{command}: {}", text("reason")));
    }
    noted
}

#[test]
fn one_with_a_vendor_folder() {
    let project = project(&[("github.com/boyter/scc/v3@v3.4.0", "")]);
    project.ok("", "mod vendor");
    assert_eq!(noted(&project), [""; 0]);
}

#[test]
fn a_workspace_of_a_library_and_the_library_that_it_needs() {
    let project = project(&[
        ("github.com/spf13/cobra@v1.10.1", "cobra"),
        ("github.com/spf13/pflag@v1.0.10", "pflag"),
    ]);
    project.ok("", "work init ./cobra ./pflag");
    assert_eq!(noted(&project), [""; 0]);
}

#[test]
fn one_of_an_old_go_without_sums() {
    let project = project(&[("github.com/urfave/cli@v1.22.5", "")]);
    std::fs::remove_file(project.dir().join("go.sum")).unwrap();
    let noted = noted(&project);
    let builds = noted.iter().any(|n| n.starts_with("go build ./...: "));
    let tidies = noted.iter().any(|n| n.starts_with("go mod tidy: "));
    assert!(builds && !tidies, "{noted:?}");
    let lines = [
        "go mod tidy",
        "go build ./...",
        "go test -run='^$' ./...",
        "go list -m all",
        "go mod vendor",
    ];
    let bag = Bag::at(project.beside("bag"));
    Sealed::with_project(&project).runs(&bag, "app", &lines);
}
