//! What holds for the source itself.

use std::path::{Path, PathBuf};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below `src`, `tests` and `crates`, with their text.
pub fn sources() -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (
        Vec::new(),
        ["src", "tests", "crates"]
            .map(|name| root().join(name))
            .to_vec(),
    );
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.push((
        "build.rs".into(),
        std::fs::read_to_string(root().join("build.rs")).unwrap(),
    ));
    found.sort();
    found
}

/// Panics with the names of the files that are `wrong`.
#[track_caller]
fn none_is(wrong: impl Fn(&Path, &str) -> bool) {
    let found: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(path, text)| wrong(path, text))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_file_is_longer_than_300_lines_before_its_tests() {
    none_is(|path, text| {
        let program = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
        let tests = path.components().any(|part| part.as_os_str() == "tests");
        program.lines().count() > 300 && !tests && !path.ends_with("tests.rs")
    });
}

#[test]
fn every_file_begins_with_what_it_is() {
    none_is(|path, text| !text.starts_with("//!") && !path.ends_with("build.rs"));
}

#[test]
fn the_build_script_is_glue() {
    none_is(|path, text| path.ends_with("build.rs") && text.lines().count() > 80);
}

#[test]
fn unsafe_code_is_where_it_is_said_to_be() {
    // Written apart, so that this file is none of them.
    let block = concat!("unsafe", " {");
    let known = ["crates/graft/src/mapped.rs", "src/process/kernel.rs"].map(Path::new);
    none_is(|path, text| text.contains(block) && !known.contains(&path));
}

#[test]
fn two_files_know_the_http_library() {
    let name = concat!("tiny", "_http::");
    let known = ["src/server/wire.rs", "src/server/stock.rs"].map(Path::new);
    none_is(|path, text| text.contains(name) && !known.contains(&path));
}

#[test]
fn tests_start_the_program_that_is_named_for_them() {
    // Somebody who may not read the target folder runs them as well.
    let variable = concat!("CARGO_BIN_EXE", "_gobag");
    let known = ["support/bag.rs", "pack/real.rs", "house/readme.rs"];
    none_is(|path, text| text.contains(variable) && !known.iter().any(|end| path.ends_with(end)));
}

#[test]
fn tests_do_not_sleep() {
    let call = concat!("thread::", "sleep");
    none_is(|path, text| path.starts_with("tests") && text.contains(call));
}

#[test]
fn no_number_stands_before_a_fixed_plural() {
    // What is counted in messages, most of it; `terminal::size::count` knows what one of it is.
    let things = "bag command connection fault file line login module record request \
        toolchain user version zip";
    let things: Vec<String> = things.split_whitespace().map(|w| format!("{w}s")).collect();
    let qualities = ["module", "go", "older", "public"];
    let counts = |line: &str| {
        let places = line.match_indices("} ");
        // Names are no numbers.
        let is_name = |text: &str| text.ends_with(char::is_uppercase) || text.ends_with("name");
        let places = places.filter(|(at, _)| !is_name(&line[..*at]));
        let mut rests = places.map(|(at, _)| line[at + 2..].split([' ', '"', ';', ',', '\\']));
        rests.any(|mut words| {
            let first = words.next().unwrap_or_default();
            let noun = match qualities.contains(&first) {
                true => words.next().unwrap_or_default(),
                false => first,
            };
            things.iter().any(|thing| thing == noun)
        })
    };
    none_is(|path, text| {
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
        let mut lines = text.lines().filter(|line| line.contains('"'));
        path.starts_with("src") && lines.any(counts)
    });
}

#[test]
fn no_work_is_left_in_comments() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    none_is(|_, text| words.iter().any(|word| text.contains(word)));
}
