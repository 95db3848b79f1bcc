//! What `packaging/build` makes, installed as somebody would who has no Rust.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, from_slice};
use tempfile::TempDir;

use crate::support::bag::{built, stderr, text};
use crate::support::paper;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The target of the program that these tests are of.
fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// `packaging/build` with these words, in a folder that is not the repository.
fn packaging(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(Path::new(ROOT).join("packaging/build"));
    command.args(args).current_dir(dir);
    command.env("SOURCE_DATE_EPOCH", "1790000000");
    command.output().unwrap()
}

/// The files that it makes of `program` in `dir/out`.
fn packed(dir: &Path, out: &str, program: &str) -> BTreeMap<String, Vec<u8>> {
    let output = packaging(dir, &["--out", out, "--program", program]);
    assert!(output.status.success(), "{}", stderr(&output));
    let entries = fs::read_dir(dir.join(out)).unwrap();
    let files = entries.map(|entry| {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(file).unwrap())
    });
    files.collect()
}

/// Runs a program that must succeed; what it prints.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A program of a few lines that needs no loader, prints what it was asked, and writes an image of it.
fn small(dir: &TempDir) -> PathBuf {
    let (source, program) = (dir.path().join("small.c"), dir.path().join("small"));
    let text = "#include <stdio.h>\n#include <string.h>\n\
                int main(int n, char **words) {\n\
                if (strcmp(words[1], \"image\") == 0 && !freopen(words[3], \"w\", stdout)) return 1;\n\
                return puts(words[1]) < 0; }\n";
    fs::write(&source, text).unwrap();
    let mut cc = Command::new("cc");
    run(cc.arg("-static").arg(&source).arg("-o").arg(&program));
    program
}

#[test]
fn a_tarball_and_a_wheel_are_installed_without_a_network() {
    let dir = tempfile::tempdir().unwrap();
    let (dir, version) = (dir.path(), env!("CARGO_PKG_VERSION"));
    packed(dir, "out", built());
    let folder = format!("gobag-{version}-{}", target());
    let (out, home) = (dir.join("out"), dir.join("home"));
    // The lines of the README, by a user with an empty home.
    let pasted = |parts: &[&str], further: &str| {
        let blocks = parts
            .iter()
            .map(|part| paper::block("README.md", "sh", part));
        let lines = blocks
            .collect::<String>()
            .replace("x86_64", std::env::consts::ARCH);
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", &(lines + further)])
            .current_dir(&out);
        shell
            .env("HOME", &home)
            .env_remove("ZDOTDIR")
            .env_remove("XDG_DATA_HOME");
        shell
            .env("PIP_NO_INDEX", "1")
            .env("PIP_CONFIG_FILE", "/dev/null");
        run(shell.env("PIP_DISABLE_PIP_VERSION_CHECK", "1"))
    };
    let begin = format!("gobag {version} ");
    let said = pasted(&["tar -xzf"], "gobag version");
    assert!(said.contains(": OK\n") && said.contains(&begin), "{said}");
    let further = "fish -c 'complete -C \"gobag pa\"'
        zsh -f -c 'fpath=(~/.local/share/zsh/site-functions $fpath)
            autoload -U compinit; compinit -u; print ${_comps[gobag]}'";
    let said = pasted(&["tar -xzf", "install -D -m 644"], further);
    assert!(
        said.contains("\npack\t") && said.ends_with("\n_gobag\n"),
        "{said}"
    );
    for file in ["man/man1/gobag.1", "bash-completion/completions/gobag"] {
        assert!(home.join(".local/share").join(file).is_file(), "{file}");
    }
    let unpacked = out.join(&folder);
    for (file, words) in [
        ("gobag.1", &["man"][..]),
        ("completions/gobag.bash", &["completions", "bash"]),
        ("completions/_gobag", &["completions", "zsh"]),
        ("completions/gobag.fish", &["completions", "fish"]),
    ] {
        let printed = run(Command::new(built()).args(words));
        assert_eq!(
            fs::read_to_string(unpacked.join(file)).unwrap(),
            printed,
            "{file}"
        );
    }
    let licence = fs::read_to_string(unpacked.join("LICENSE")).unwrap();
    assert!(licence.contains("MIT"), "{licence}");
    // Whom cargo names of what is linked is named in the file of licences.
    let third_party = fs::read_to_string(unpacked.join("THIRD-PARTY-LICENCES.txt")).unwrap();
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--edges", "normal", "--prefix", "none", "--locked"]);
    let tree = run(tree.args(["--target", &target()]).current_dir(ROOT));
    let foreign = tree.lines().filter(|line| !line.contains("(/"));
    let names: Vec<String> = foreign
        .map(|line| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
                .replace(" v", " ")
        })
        .collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names.iter().chain(&[
        "the GNU C library".into(),
        "the Rust standard library".into(),
    ]) {
        let row = format!("\n{name} ");
        assert!(name.is_empty() || third_party.contains(&row), "{name}");
    }
    let line = "=".repeat(100);
    let texts = third_party.split(&line).skip(2).step_by(2);
    let mut texts: Vec<Vec<&str>> = texts
        .map(|text| text.split_whitespace().collect())
        .collect();
    let all = texts.len();
    texts.sort();
    texts.dedup();
    assert!(all > 50 && texts.len() == all, "each text once: {all}");

    pasted(&["pip install"], "");
    let venv = home.join(".local/gobag");
    let pip = |words: &[&str]| {
        let mut pip = Command::new(venv.join("bin/python3"));
        pip.args(["-m", "pip", "--isolated", "--disable-pip-version-check"]);
        run(pip
            .args(words)
            .env("HOME", dir)
            .env("PIP_CONFIG_FILE", "/dev/null"))
    };
    let installed = venv.join("bin/gobag");
    let said = run(Command::new(&installed).arg("version"));
    assert!(said.starts_with(&begin), "{said}");
    assert_eq!(fs::read(&installed).unwrap(), fs::read(built()).unwrap());
    assert!(venv.join("share/man/man1/gobag.1").is_file());
    let shown = pip(&["show", "gobag"]);
    assert!(shown.contains(&format!("Version: {version}\n")), "{shown}");
    pip(&["check"]);
    pip(&["uninstall", "--yes", "gobag"]);
    assert!(!installed.exists() && !venv.join("share/man/man1/gobag.1").exists());
}

#[test]
fn packages_are_the_same_in_any_folder() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = small(&one);
    let copy = other.path().join("another-name");
    fs::copy(&program, &copy).unwrap();
    let made = packed(one.path(), "out", text(&program));
    // What an earlier run left is replaced, and what is not ours stays.
    fs::create_dir(other.path().join("elsewhere")).unwrap();
    for name in ["gobag-0.0.1-old.tar.gz", "notes"] {
        fs::write(other.path().join("elsewhere").join(name), "x").unwrap();
    }
    let mut again = packed(other.path(), "elsewhere", text(&copy));
    assert_eq!(again.remove("notes"), Some(b"x".to_vec()));
    assert_eq!(
        made.keys().collect::<Vec<_>>(),
        again.keys().collect::<Vec<_>>()
    );
    assert!(made == again, "the bytes differ");
    // A program that needs no loader is for any C library, and the wheel says so.
    let arch = std::env::consts::ARCH;
    let tags = format!("manylinux_2_17_{arch}.manylinux2014_{arch}.musllinux_1_1_{arch}");
    let version = env!("CARGO_PKG_VERSION");
    let wheel = format!("gobag-{version}-py3-none-{tags}.whl");
    assert!(made.contains_key(&wheel), "{:?}", made.keys());
    // So is its image, which the program itself makes.
    let image = format!("gobag-{version}-{}-oci.tar", target());
    assert_eq!(made[&image], b"image\n");
    let file = one.path().join("out").join(&wheel);
    let said = run(Command::new("python3")
        .args(["-m", "zipfile", "-l"])
        .arg(&file));
    assert!(
        said.contains(&format!("gobag-{version}.data/scripts/gobag ")),
        "{said}"
    );
}

#[test]
fn cargo_binstall_is_told_of_the_tarball() {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let told: Value = from_slice(run(metadata.current_dir(ROOT)).as_bytes()).unwrap();
    let packages = told["packages"].as_array().unwrap();
    let gobag = packages
        .iter()
        .find(|package| package["name"] == "gobag")
        .unwrap();
    let binstall = &gobag["metadata"]["binstall"];
    let version = env!("CARGO_PKG_VERSION");
    let filled = |key: &str| {
        let template = binstall[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key}: {binstall}"));
        let (target, template) = (
            target(),
            template.replace("{ repo }", "https://example.com/gobag"),
        );
        let template = template
            .replace("{ version }", version)
            .replace("{ target }", &target);
        template
            .replace("{ bin }", "gobag")
            .replace("{ binary-ext }", "")
    };
    let dir = tempfile::tempdir().unwrap();
    packed(dir.path(), "out", text(&small(&dir)));
    let (url, inside) = (filled("pkg-url"), filled("bin-dir"));
    assert!(
        !url.contains('{') && !inside.contains('{'),
        "{url} {inside}"
    );
    let (place, tarball) = url.rsplit_once('/').unwrap();
    assert_eq!(
        place,
        format!("https://example.com/gobag/releases/download/v{version}")
    );
    let mut tar = Command::new("tar");
    let listed = run(tar.arg("-tzf").arg(dir.path().join("out").join(tarball)));
    assert!(
        listed.lines().any(|line| line == inside),
        "{inside} in {listed}"
    );
}

#[test]
fn what_cannot_be_packaged_is_told_in_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let small = small(&dir);
    let (small, script) = (text(&small), dir.path().join("script"));
    fs::write(&script, "#!/bin/sh\n").unwrap();
    let script = text(&script);
    let cases: [(&[&str], i32, &str); 6] = [
        (
            &["--outt"],
            2,
            "there is no option \"--outt\"; see packaging/build --help",
        ),
        (
            &["--out"],
            2,
            "--out lacks a value; see packaging/build --help",
        ),
        (
            &["--program", ""],
            2,
            "--program lacks a value; see packaging/build --help",
        ),
        (
            &["--program", script],
            1,
            "is no program for 64-bit Linux; name one that cargo built",
        ),
        (
            &["--program", "nowhere"],
            1,
            "No such file or directory: 'nowhere'",
        ),
        (
            &["--program", small, "--program", small],
            1,
            "; name one for each",
        ),
    ];
    for (args, code, want) in cases {
        let output = packaging(dir.path(), &[&["--out", "out"], args].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(
            said.starts_with("packaging/build: ") && said.ends_with(&format!("{want}\n")),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!dir.path().join("out").exists());
    let script = "import licences; licences.held = lambda *_: [('a 1.0', 'MIT', [])]; licences.licences('', '')";
    let mut python = Command::new("python3");
    python
        .args(["-B", "-c", script])
        .env("PYTHONPATH", Path::new(ROOT).join("packaging"));
    let said = stderr(&python.output().unwrap());
    assert!(
        said.contains("no licence text of a 1.0; look for it in what cargo fetched"),
        "{said}"
    );
}
