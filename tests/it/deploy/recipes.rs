//! The recipes, one after the other.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use super::python_program;
use crate::support::bag::{Bag, path_with_built, stderr, text};
use crate::support::gobag::Gobag;
use crate::support::paper;
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::task::copy;
use crate::support::tree::Tree;

/// The paper.
pub const PAPER: &str = "docs/recipes.md";

/// A project that needs a module, and the server that has it and another one.
fn project() -> (Gobag, Project) {
    let tree = Tree::new();
    tree.module("recipe.test/a", "v1.0.0");
    tree.module("recipe.test/b", "v1.0.0");
    let upstream = tree.bag().serve();
    let project = Project::behind(upstream.url());
    project.program("", &["recipe.test/a"]);
    project.file("go.mod", "module app.test\n\ngo 1.24\n");
    project.ok("", "mod tidy");
    (upstream, project)
}

/// Pastes lines into a shell of the project's user, beside the project.
pub fn pasted(project: &Project, lines: &str) -> String {
    let mut shell = project.go().command("sh");
    shell.env("PATH", path_with_built());
    let output = shell.args(["-e", "-c", lines]).output();
    succeeded(lines, &output.unwrap())
}

fn succeeded(lines: &str, output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{lines}: {printed}{}",
        stderr(output)
    );
    printed
}

/// The block with `part`, which packs with the Go that is at hand: the server has none.
fn packing(part: &str) -> String {
    paper::block(PAPER, "sh", part).replace(" --toolchain auto", "")
}

#[test]
fn one_bag_makes_a_build_kit_jobs_and_a_container() {
    let (_upstream, project) = project();
    a_stick_without_modes_carries_it(&project);
    pasted(&project, &packing("mkdir kit"));
    a_kit_makes_the_same_program_in_another_place(&project);
    jobs_are_valid_and_do_what_they_say(&project);
    the_container_runs_a_command_that_builds(&project);
}

#[test]
fn a_bag_is_looked_at_from_outside_and_the_next_one_builds_on_it() {
    let (_upstream, project) = project();
    pasted(&project, "gobag pack ./app --no-prove -o app-bag");
    project.program("", &["recipe.test/a", "recipe.test/b"]);
    project.ok("", "mod tidy");
    let listed = pasted(&project, &paper::block(PAPER, "sh", "--since ./app-bag"));
    assert_eq!(listed, "recipe.test/b@v1.0.0\n");
    pasted(
        &project,
        &paper::block(PAPER, "sh", "exec --with ../app-bag"),
    );
    fs::rename(project.beside("app-bag"), project.beside("old-bag")).unwrap();
    pasted(&project, "gobag pack ./app --no-prove -o app-bag");
    let told = pasted(
        &project,
        &paper::block(PAPER, "sh", "gobag diff old-bag app-bag"),
    );
    assert!(told.contains("recipe.test/b@v1.0.0"), "{told}");
    let client = paper::block(PAPER, "sh", "--shell powershell");
    let client = client.lines().last().unwrap();
    let told = pasted(&project, client);
    assert!(
        told.contains("$env:GOPROXY = 'http://go.example.com:8080'"),
        "{told}"
    );
}

fn a_stick_without_modes_carries_it(project: &Project) {
    let dir = tempfile::tempdir().unwrap();
    let stick = ("/media/stick", text(dir.path()));
    let begin = packing("--checksum");
    pasted(project, &paper::adapted(&begin, &[stick]));
    let mut mode = fs::metadata(dir.path().join("app-bag"))
        .unwrap()
        .permissions();
    mode.set_mode(0o644);
    fs::set_permissions(dir.path().join("app-bag"), mode).unwrap();
    let sealed = Sealed::empty();
    fs::remove_dir(sealed.go().work().join("app")).unwrap();
    let end = paper::adapted(&paper::block(PAPER, "sh", "chmod +x app-bag"), &[stick]);
    let mut shell = sealed.go().command("sh");
    let output = shell.args(["-e", "-c", &end]).output();
    succeeded(&end, &output.unwrap());
    assert!(sealed.go().work().join("app/app.test").exists());
}

fn a_kit_makes_the_same_program_in_another_place(project: &Project) {
    let build = paper::block(PAPER, "sh", "sha256sum -c --quiet");
    pasted(project, &build);
    let sealed = Sealed::empty();
    let there = sealed.go().work();
    copy(&["-R"], &project.beside("kit"), &there.join("kit"));
    let mut shell = sealed.go().command("sh");
    let output = shell.args(["-e", "-c", &build]).output();
    succeeded(&build, &output.unwrap());
    let program = |folder: &Path| fs::read(folder.join("kit/program")).unwrap();
    assert!(program(&there) == program(&project.beside("")));
    // What was changed on the way is told.
    fs::write(there.join("kit/app/main.go"), "package main\n").unwrap();
    let mut shell = sealed.go().command("sh");
    let output = shell.args(["-e", "-c", &build]).output().unwrap();
    assert!(
        !output.status.success() && stderr(&output).contains("did NOT match"),
        "{output:?}"
    );
}

/// The shell commands that a job runs, in order.
fn jobs(lines: &[&str], begin: &str) -> String {
    let commands = lines
        .iter()
        .filter_map(|line| line.trim().strip_prefix(begin));
    let commands: Vec<&str> = commands
        .filter(|command| command.contains("$BAG"))
        .collect();
    assert!(commands.len() >= 3, "{lines:?}");
    commands.join("\n")
}

fn jobs_are_valid_and_do_what_they_say(project: &Project) {
    let bag = project.beside("app-bag");
    let dir = tempfile::tempdir().unwrap();
    for (part, schema, begin) in [
        ("runs-on", "vendor.github-workflows", "- run: "),
        ("script:", "vendor.gitlab-ci", "- "),
    ] {
        let job = paper::block(PAPER, "yaml", part);
        let file = dir.path().join("job.yml");
        let check = |job: &str| {
            fs::write(&file, job).unwrap();
            let mut command = python_program("check-jsonschema", "check-jsonschema");
            command.args(["--builtin-schema", schema, text(&file)]);
            command.output().unwrap()
        };
        succeeded(&job, &check(&job));
        let broken = check(&job.replace(part.trim_end_matches(':'), "nothing"));
        assert!(!broken.status.success(), "{broken:?}");
        let commands = jobs(&job.lines().collect::<Vec<_>>(), begin);
        let setting = job.lines().find(|line| line.trim().starts_with("BAG: "));
        assert!(setting.unwrap().ends_with("/app-bag"));
        pasted(
            project,
            &format!("cd app\nBAG={}\n{commands}\n", text(&bag)),
        );
    }
}

fn the_container_runs_a_command_that_builds(project: &Project) {
    let file = paper::block(PAPER, "dockerfile", "FROM scratch");
    let (_, run) = file.split_once("target=/app-bag \\\n").unwrap();
    let run = run.lines().next().unwrap().trim();
    let (bag, out) = (project.beside("app-bag"), project.beside("program"));
    let line = paper::adapted(
        run,
        &[
            ("/app-bag ", &format!("{} ", text(&bag))),
            ("/program", text(&out)),
        ],
    );
    pasted(project, &format!("cd app\n{line}\n"));
    assert!(out.exists());
    assert!(Bag::at(bag).ok(["list"]).contains("recipe.test/a@v1.0.0"));
}
