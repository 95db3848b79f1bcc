//! The man page, read by those who format it.

use std::process::Command;

use crate::support::bag::{Bag, stderr, text};

#[test]
fn the_man_page_is_read_without_a_warning() {
    let gobag = Bag::example();
    let (dir, page) = (tempfile::tempdir().unwrap(), gobag.ok(["man"]));
    let file = dir.path().join("gobag.1");
    std::fs::write(&file, &page).unwrap();
    let format = |program: &str, package: &str, args: &[&str]| {
        let mut command = Command::new(program);
        let output = command.args(args).arg(&file).output();
        let output = output.unwrap_or_else(|_| panic!("apt-get install {package}"));
        assert!(output.status.success(), "{program}: {output:?}");
        assert_eq!(stderr(&output), "", "{program}");
        String::from_utf8(output.stdout).unwrap()
    };
    let said = format("mandoc", "mandoc", &["-T", "lint", "-W", "warning"]);
    assert_eq!(said, "", "{}", text(&file));
    for shown in [
        format("mandoc", "mandoc", &["-T", "ascii"]),
        format("groff", "groff-base", &["-man", "-ww", "-Tascii"]),
    ] {
        // What is bold was typed twice, one above the other.
        let mut plain = String::new();
        for letter in shown.chars() {
            match letter {
                '\u{8}' => drop(plain.pop()),
                letter => plain.push(letter),
            }
        }
        let words: Vec<&str> = plain.split_whitespace().collect();
        let shown = words.join(" ");
        for told in [
            "gobag serve [options]",
            "gobag pack [options] [project ...]",
            "--toolchain name",
            "(cd app && ../app-bag exec -- go build ./...)",
            "--import \"$(go env GOMODCACHE)\"",
            "127 there is no such command",
        ] {
            assert!(shown.contains(told), "{told} in {shown}");
        }
    }
    // The same every time, and of every command.
    assert_eq!(page, gobag.ok(["man"]));
    let help = gobag.ok(["--help"]);
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let names = commands.lines().filter(|line| !line.starts_with("   "));
    for name in names.map(|line| line.split_whitespace().next().unwrap()) {
        let title = format!("\n.SS gobag {}\n", name.replace('-', "\\-"));
        assert!(page.contains(&title), "{name}");
    }
}
