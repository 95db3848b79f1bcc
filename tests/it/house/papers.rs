//! What ARCHITECTURE.md and CONTRIBUTING.md say of the source.

use std::path::Path;

use crate::house::tidy::sources;

fn paper(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_test_that_keeps_an_invariant_is_there() {
    let text = paper("ARCHITECTURE.md");
    let (_, section) = text.split_once("## What never happens").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let names: Vec<&str> = quoted(section)
        .into_iter()
        .filter(|name| name.contains("::"))
        .collect();
    assert!(names.len() >= 10, "ten invariants, each with its test");
    for name in names {
        let (file, function) = name.rsplit_once("::").unwrap();
        let file = Path::new("tests/it").join(file.replace("::", "/") + ".rs");
        let (_, source) = sources()
            .into_iter()
            .find(|(path, _)| *path == file)
            .unwrap_or_else(|| panic!("{name}: there is no {}", file.display()));
        let test = format!("#[test]\nfn {function}()");
        assert!(source.contains(&test), "{name} is no test");
    }
}

#[test]
fn every_folder_has_its_line() {
    let text = paper("ARCHITECTURE.md");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let folder = entry.path().is_dir();
        if name == "main.rs"
            || name == "assets"
            || (!folder && entry.path().with_extension("").is_dir())
        {
            continue;
        }
        let shown = format!("| `{name}{}` |", if folder { "/" } else { "" });
        assert!(
            text.contains(&shown),
            "ARCHITECTURE.md has no line for {name}"
        );
    }
}

#[test]
fn every_file_that_a_paper_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for file in quoted(&paper(name)) {
            let is_path = ["src/", "crates/", "tests/"]
                .iter()
                .any(|begin| file.starts_with(begin));
            if is_path && !file.contains(' ') && !file.contains("NAME") {
                assert!(root.join(file).exists(), "{name}: {file} is not there");
            }
        }
    }
}
