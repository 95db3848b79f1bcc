//! The documentation of what a bag holds, in a terminal and in a browser.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::recipes::{PAPER, pasted};
use crate::support::bag::stderr;
use crate::support::paper;
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::task::copy;

#[test]
fn go_doc_works_without_a_network_and_in_a_browser_too() {
    let project = Project::online();
    project.program("", &["github.com/pkg/errors"]);
    let go_mod = "module app.test\n\ngo 1.24\n\nrequire github.com/pkg/errors v0.9.1\n";
    project.file("go.mod", go_mod).ok("", "mod tidy");
    let pack = paper::block(PAPER, "sh", "pkgsite.go");
    // What is proved of such a bag other tests show.
    pasted(
        &project,
        &paper::adapted(&pack, &[("gobag pack", "gobag pack --no-prove")]),
    );
    let sealed = Sealed::with_project(&project).with("BROWSER", "true");
    let work = sealed.go().work();
    copy(&[], &project.beside("app-bag"), &work.join("app-bag"));
    let shell = |lines: &str| {
        let mut shell = sealed.go().command("sh");
        shell.args(["-e", "-c", lines]);
        shell
    };
    let output = shell(&paper::block(PAPER, "sh", "go mod download"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        told.contains("func Wrap(err error, message string) error"),
        "{told}"
    );
    let mut serving = shell(&paper::block(PAPER, "sh", "go doc -http github.com"));
    let mut serving = serving
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(serving.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("it ended: {said}"))
            .unwrap();
        match line.split_once("listening on addr ") {
            Some((_, url)) => break url.to_owned(),
            None => said += &(line + "\n"),
        }
    };
    let mut curl = sealed.go().command("curl");
    curl.args(["--silent", "--fail", "--noproxy", "*"]);
    let page = curl.arg(format!("{url}/github.com/pkg/errors")).output();
    let page = String::from_utf8_lossy(&page.unwrap().stdout).into_owned();
    let group = format!("kill -INT -{}", serving.id());
    Command::new("sh").args(["-c", &group]).status().unwrap();
    lines.for_each(drop);
    serving.wait().unwrap();
    assert!(
        page.contains("<title>errors package - github.com/pkg/errors"),
        "{page}"
    );
}
