//! Completions, in the shells that they are for: what a line becomes when Tab is pressed.

use std::path::Path;
use std::process::Command;

use serde_json::{from_slice, json};
use tempfile::TempDir;

use crate::support::bag::{Bag, stderr, text};

/// Lines, and what Tab makes of them in bash and zsh. In the folder are `modules/`, the file
/// `models.txt`, and `my bag`; on PATH is the program `gobag-tests-only`.
const LINES: [(&str, &str); 16] = [
    ("gobag pa", "gobag pack "),
    ("gobag --vers", "gobag --version "),
    ("gobag pack --too", "gobag pack --tool"),
    ("gobag pack mo", "gobag pack modules/"),
    ("gobag pack -q mo", "gobag pack -q modules/"),
    ("gobag pack --import mod", "gobag pack --import modules/"),
    ("gobag pack --since my", "gobag pack --since my\\ bag "),
    ("gobag pack -o mode", "gobag pack -o models.txt "),
    ("gobag serve --log j", "gobag serve --log json "),
    ("gobag serve --log=j", "gobag serve --log=json "),
    ("gobag serve --wire=st", "gobag serve --wire=stored "),
    ("gobag verify mode", "gobag verify models.txt "),
    ("gobag list mode", "gobag list mode"),
    (
        "gobag exec -- gobag-tests-o",
        "gobag exec -- gobag-tests-only ",
    ),
    (
        "gobag exec --cached gobag-tests-only --log mode",
        "gobag exec --cached gobag-tests-only --log models.txt ",
    ),
    ("gobag completions f", "gobag completions fish "),
];

/// Types each line of a JSON array into a shell on a terminal, then Tab, then Control-T, to which
/// that shell says what its line is.
const TYPIST: &str = r#"
import json, os, pty, re, select, sys, time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""

def wait(pattern):
    global seen
    deadline = time.monotonic() + 60
    while not (found := re.search(pattern, seen)):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            sys.exit("no %r in %r" % (pattern, seen))
        seen += os.read(terminal, 4096)
    seen = seen[found.end():]
    return found.group(1).decode()

wait(rb"(READY> )")
lines = []
for line in json.loads(sys.argv[1]):
    os.write(terminal, line.encode() + b"\t\x14")
    lines.append(wait(rb"LINE=\[([^\]]*)\]=END"))
    os.write(terminal, b"\x15")
print(json.dumps(lines))
os.close(terminal)
"#;

/// A folder for shells to be in, with the completions of each in it.
fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let gobag = Bag::example();
    for shell in ["bash", "zsh", "fish"] {
        write(&format!("gobag.{shell}"), &gobag.ok(["completions", shell]));
    }
    for folder in ["modules", "bin"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    write("models.txt", "");
    write("my bag", "");
    for program in ["gobag", "gobag-tests-only"] {
        std::os::unix::fs::symlink("/bin/true", dir.path().join("bin").join(program)).unwrap();
    }
    dir
}

/// A command in that folder, with an environment of its own.
fn command(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    let path = format!("{}/bin:{}", text(dir), std::env::var("PATH").unwrap());
    command.current_dir(dir).env_clear().env("PATH", path);
    command
        .env("HOME", dir)
        .env("ZDOTDIR", dir)
        .env("TERM", "dumb");
    command.env("LC_ALL", "C.UTF-8");
    command
}

/// What a shell prints, which must have nothing to say on stderr.
fn printed(shell: &str, dir: &Path, args: &[&str]) -> String {
    let output = command(shell, dir).args(args).output();
    let output = output.unwrap_or_else(|_| panic!("apt-get install {shell}"));
    assert_eq!(stderr(&output), "", "{shell} {args:?}");
    assert!(output.status.success(), "{shell} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What becomes of [`LINES`] in a shell on a terminal.
fn typed(dir: &Path, shell: &[&str]) {
    let lines = LINES.map(|(line, _)| line);
    let lines = json!(lines).to_string();
    let mut typist = command("python3", dir);
    typist.args(["-c", TYPIST, &lines]).args(shell);
    let output = typist.output().expect("apt-get install python3");
    assert!(output.status.success(), "{shell:?}: {}", stderr(&output));
    let became: Vec<String> = from_slice(&output.stdout).unwrap();
    for ((line, want), became) in LINES.iter().zip(&became) {
        assert_eq!(became, want, "{} of {line:?}", shell[0]);
    }
}

#[test]
fn bash_completes_commands_options_values_and_files() {
    let dir = place();
    let (dir, rc) = (dir.path(), "rc");
    let nothing = printed("bash", dir, &["--norc", "-c", "source ./gobag.bash"]);
    assert_eq!(nothing, "");
    let settings = r#"source ./gobag.bash
        PS1='READY> '
        show() { echo "LINE=[$READLINE_LINE]=END"; }
        bind -x '"\C-t": show'
        bind 'set bell-style none'"#;
    std::fs::write(dir.join(rc), settings).unwrap();
    typed(dir, &["bash", "--rcfile", rc, "-i"]);
}

#[test]
fn zsh_completes_commands_options_values_and_files() {
    let dir = place();
    let dir = dir.path();
    let ready = "autoload -U compinit; compinit -u; source ./gobag.zsh";
    assert_eq!(printed("zsh", dir, &["-f", "-c", ready]), "");
    // As a file in fpath it is found by its name, and is the body of the function.
    let function = "fpath=($PWD $fpath); autoload -U compinit; compinit -u; autoload +X _gobag
        (( $+functions[_gobag] )) && print ${_comps[gobag]}";
    std::fs::copy(dir.join("gobag.zsh"), dir.join("_gobag")).unwrap();
    assert_eq!(printed("zsh", dir, &["-f", "-c", function]), "_gobag\n");
    let settings = format!(
        r#"{ready}
        PS1='READY> '
        show() {{ print -r -- "LINE=[$BUFFER]=END" }}
        zle -N show
        bindkey '^T' show
        unsetopt beep"#
    );
    std::fs::write(dir.join(".zshrc"), settings).unwrap();
    typed(dir, &["zsh", "-d", "-i"]);
}

#[test]
fn fish_completes_commands_options_values_and_files() {
    let dir = place();
    for (line, want) in [
        ("gobag pa", "pack"),
        ("gobag --vers", "--version"),
        ("gobag pack --too", "--tool --toolchain"),
        ("gobag pack mo", "modules/"),
        ("gobag pack --import mo", "modules/"),
        ("gobag pack -o mode", "models.txt"),
        ("gobag pack --since my", "my bag"),
        ("gobag serve --log j", "json"),
        ("gobag serve --log=j", "--log=json"),
        ("gobag serve --wire ", "auto small stored"),
        ("gobag verify mode", "models.txt"),
        ("gobag list mode", ""),
        ("gobag exec -- gobag-tests-o", "gobag-tests-only"),
        ("gobag exec -- gobag-tests-only mode", "models.txt"),
        ("gobag completions f", "fish"),
    ] {
        let script = format!("source ./gobag.fish; complete -C '{line}'");
        let found = printed("fish", dir.path(), &["--no-config", "-c", &script]);
        let words = found.lines().map(|line| line.split('\t').next().unwrap());
        let mut words: Vec<&str> = words.collect();
        words.sort();
        assert_eq!(words.join(" "), want, "{line}: {found}");
    }
}
