//! What is taken from descriptions.

use super::*;

#[test]
fn words_are_found_in_descriptions() {
    for (text, want) in [
        (
            "how to log: text, json or off (default text)",
            "text json off",
        ),
        ("whose: bash, zsh or fish", "bash zsh fish"),
        ("what, as told: require, try or off", "require try off"),
        ("how: a or b; more: c, d or e", "a b"),
        (
            "how: small, stored or auto (default small). Small is as it is",
            "small stored auto",
        ),
        ("the address: host:port, or :port for all", ""),
        ("a toolchain: go1.27.3, or auto for the one in use", ""),
        ("text, json or off", ""),
        ("where it is: here", ""),
        ("", ""),
    ] {
        assert_eq!(words(text).join(" "), want, "{text}");
    }
}

#[test]
fn values_are_known_by_their_names() {
    let word = Value::Word(vec!["a", "b"]);
    for (name, description, want) in [
        ("file", "a file", Value::File),
        ("bag", "an older bag", Value::File),
        ("dir", "a folder", Value::Folder),
        ("dir=module", "a folder", Value::Folder),
        ("project", "folders of modules", Value::Folder),
        ("file", "which: a or b", word),
        ("module", "path@version", Value::Any),
    ] {
        assert_eq!(value(name, description), want, "{name}");
    }
}

#[test]
fn a_shell_shows_the_first_thought() {
    for (text, want) in [
        (
            "Serve the modules of this file as a proxy, until a signal.",
            "Serve the modules of this file as a proxy",
        ),
        ("what to build for (repeatable)", "what to build for"),
        ("how to log: text or json", "how to log"),
        ("fetch no checksum data", "fetch no checksum data"),
        ("List them.", "List them"),
        ("", ""),
    ] {
        assert_eq!(brief(text), want);
    }
}
