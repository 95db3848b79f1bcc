//! How this program is called: a bag has the name that somebody gave it.

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use super::quoted::quoted_os;

/// This program as whoever started it called it, to be pasted before a command: `gobag`,
/// `./app-bag`, `'/media/my stick/app-bag'`.
pub fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| typed(std::env::args_os().next()));
    &PROGRAM
}

/// Its name alone, for whoever is on another host or in another folder.
pub fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| named(std::env::args_os().next()));
    &NAME
}

/// A file or folder, to be pasted where a word that begins with `-` would be an option.
pub fn argument(file: &Path) -> String {
    let dashed = file.as_os_str().as_encoded_bytes().starts_with(b"-");
    match dashed {
        true => quoted_os(Path::new(".").join(file).as_os_str()),
        false => quoted_os(file.as_os_str()),
    }
}

fn typed(first: Option<OsString>) -> String {
    let first = first.filter(|word| !word.is_empty());
    let first = first.unwrap_or_else(|| "gobag".into());
    // A name alone was found on PATH, and is found there as it is.
    match Path::new(&first).components().count() {
        1 => quoted_os(&first),
        _ => argument(Path::new(&first)),
    }
}

fn named(first: Option<OsString>) -> String {
    let first = first.unwrap_or_default();
    typed(Path::new(&first).file_name().map(OsString::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_can_be_pasted() {
        for (first, program, name) in [
            (None, "gobag", "gobag"),
            (Some(""), "gobag", "gobag"),
            (Some("app-bag"), "app-bag", "app-bag"),
            (Some("./app-bag"), "./app-bag", "app-bag"),
            (Some("/a b/it's"), "'/a b/it'\\''s'", "'it'\\''s'"),
            (Some("/a/.."), "/a/..", "gobag"),
            (Some("-bag"), "-bag", "-bag"),
            (Some("-a/b c"), "'./-a/b c'", "'b c'"),
        ] {
            let first = || first.map(OsString::from);
            assert_eq!(typed(first()), program);
            assert_eq!(named(first()), name);
        }
    }
}
