//! What `--help` tells of every command, and what the command then does.

use std::process::{Command, Output, Stdio};

use crate::support::bag::{Bag, built, stderr};

fn run(args: &[&str]) -> Output {
    Command::new(built()).args(args).output().unwrap()
}

fn help(command: &[&str]) -> String {
    let output = run(&[command, &["--help"]].concat());
    String::from_utf8(output.stdout).unwrap()
}

/// The names of all commands, as `--help` has them.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let (_, section) = help.split_once("\nCommands:\n").unwrap();
    let (section, _) = section.split_once("\n\n").unwrap();
    let names = section.lines().filter(|line| !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.collect()
}

/// The exit codes that the help of a command tells.
fn codes(command: &[&str]) -> Vec<u8> {
    let help = help(command);
    let (_, section) = help
        .split_once("\nError codes:\n")
        .unwrap_or_else(|| panic!("{command:?} tells none: {help}"));
    let codes = section.lines().take_while(|line| line.starts_with("  "));
    let codes = codes.map(|line| line.split_whitespace().next().unwrap().parse().unwrap());
    codes.collect()
}

#[test]
fn every_command_tells_its_exit_codes() {
    let usual = [1, 2, 141];
    assert_eq!(codes(&[]), usual);
    let names = commands();
    assert!(names.len() >= 12, "{names:?}");
    for name in &names {
        let told = codes(&[name.as_str()]);
        match name.as_str() {
            // It prints nothing to stdout.
            "serve" => assert_eq!(told, [1, 2]),
            // 141 is one of those of signals.
            "exec" => assert_eq!(told, [1, 2, 126, 127, 129]),
            _ => assert_eq!(told, usual, "{name}"),
        }
        let refused = run(&[name, "--no-such-option"]);
        assert_eq!(refused.status.code(), Some(2), "{name}");
    }
}

/// The options that a text names: `--name`.
fn options(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let words = text.split(|c: char| !is_part(c));
    let is_option = |word: &&str| {
        let name = word.strip_prefix("--");
        name.is_some_and(|name| name.starts_with(char::is_alphabetic))
    };
    words.filter(is_option).collect()
}

#[test]
fn every_option_that_is_told_is_there() {
    let commands = commands();
    let helps: Vec<String> = commands.iter().map(|name| help(&[name])).collect();
    let flags = helps.iter().map(|help| {
        let lines = help.lines().filter(|line| line.starts_with("  -"));
        // A line has the letter before the name, where there is one.
        lines
            .flat_map(|line| options(line).into_iter().take(1))
            .collect()
    });
    let flags_of: Vec<Vec<&str>> = flags.collect();
    let flags = flags_of.concat();
    assert!(flags.len() > 40 && flags.contains(&"--output"), "{flags:?}");
    // Those of cargo, of the scripts in tests and of podman, and one that is a command.
    let others = [
        "--version",
        "--release",
        "--target",
        "--remap-path-prefix",
        "--test",
        "--workspace",
        "--all-targets",
        "--locked",
        "--user",
        "--rm",
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let papers = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
    ];
    let papers = papers.map(|name| std::fs::read_to_string(root.join(name)).unwrap());
    let mut all = 0;
    for text in helps.iter().chain(&papers).chain([&help(&[])]) {
        for option in options(text) {
            let known = flags.contains(&option) || others.contains(&option);
            assert!(known || option == "--option", "{option} in:\n{text}");
        }
        // What is typed as a whole has those of its own command.
        for typed in text.split(['`', '\n']) {
            let typed = typed.trim_start_matches([' ', '$', '(']);
            let typed = typed.split(" -- ").next().unwrap();
            let mut words = typed.split_whitespace();
            let is_ours = words.next().is_some_and(|word| word.ends_with("bag"));
            let command = words.next().filter(|_| is_ours);
            let at = commands.iter().position(|name| Some(&**name) == command);
            let Some(own) = at.map(|at| &flags_of[at]) else {
                continue;
            };
            all += 1;
            for option in options(typed) {
                assert!(own.contains(&option), "{option} in: {typed}");
            }
        }
    }
    assert!(all > 60, "{all} lines that can be typed");
}

#[test]
fn every_command_has_an_example_and_its_row_in_the_readme() {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let rows = readme.lines().filter(|line| line.starts_with("| `gobag"));
    let cells: Vec<&str> = rows.map(|row| row.split(" | ").next().unwrap()).collect();
    for name in commands() {
        let help = help(&[&name]);
        assert!(help.contains("\nExamples:\n"), "{name}: {help}");
        let is_told = |cell: &&str| cell.split(['`', ' ']).any(|word| word == name);
        assert!(cells.iter().any(is_told), "{name} is in no row: {cells:?}");
    }
}

#[test]
fn whoever_goes_away_is_told_by_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other");
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/modules");
    let (bag, _) = Bag::packed(&["--import", modules, "--own-log"], dir.path().join("bag"));
    let (file, tree) = (bag.bin().to_str().unwrap(), other.to_str().unwrap());
    let nothing = ["pack", "--dry-run", "--no-prove", "--module", "a.test/m@v1"];
    let cases: [&[&str]; 11] = [
        &["--help"],
        &["list"],
        &["verify"],
        &["verify", "--json"],
        &["inspect"],
        &["version", "--json"],
        &["digest"],
        &["env", "--own-log"],
        &["diff", file, "--json"],
        &["unpack", tree],
        &nothing,
    ];
    for args in cases {
        let mut command = Command::new(bag.bin());
        command.args(args).stdout(std::io::pipe().unwrap().1);
        command.current_dir(dir.path()).stdin(Stdio::null());
        let output = command.stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{args:?}: {output:?}");
    }
    // What was to be written is there all the same.
    assert!(other.join("example.com/gobag/greet/@v/list").is_file());
}

#[test]
fn every_shell_that_is_told_is_taken() {
    let help = help(&["env"]);
    let (_, told) = help.split_once("whose syntax: ").unwrap();
    let (told, _) = told.split_once(" (default sh)").unwrap();
    let told = told.replace(',', " ").replace(" or ", " ");
    let told: Vec<&str> = told.split_whitespace().collect();
    let refused = stderr(&run(&["env", "--shell", "zhs"]));
    let all = format!("is none of {}; did you mean zsh?; see ", told.join(", "));
    assert!(refused.contains(&all), "{refused}");
    for name in ["sh", "bash", "zsh", "ksh", "dash", "fish", "pwsh"] {
        assert!(told.contains(&name), "{told:?}");
    }
    for name in told {
        let output = run(&["env", "--shell", name]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let set = match name {
            "fish" => "set -gx GOPROXY 'http://127.0.0.1:8080'",
            "powershell" | "pwsh" => "$env:GOPROXY = 'http://127.0.0.1:8080'",
            "cmd" => "set \"GOPROXY=http://127.0.0.1:8080\"",
            _ => "export GOPROXY=http://127.0.0.1:8080",
        };
        assert_eq!(said.lines().next(), Some(set), "{name}: {output:?}");
        // Whichever of them is here takes it.
        let script = "eval \"$1\"; test \"$GOPROXY\" = http://127.0.0.1:8080";
        let taken = Command::new(name)
            .args(["-c", script, name, &said])
            .status();
        if let (true, Ok(taken)) = (set.starts_with("export"), taken) {
            assert!(taken.success(), "{name}");
        }
    }
}
