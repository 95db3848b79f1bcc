//! What is typed, and what becomes of it.

#![cfg(unix)]

use super::*;
use argh::ArgsInfo;
use std::os::unix::ffi::OsStringExt;

/// The words that the parser reads and the command, or what is said against it.
fn told(line: &str) -> String {
    let bytes = |word: &str| word.replace('?', "\u{1}").into_bytes();
    let odd = |bytes: Vec<u8>| bytes.into_iter().map(|b| if b == 1 { 0xff } else { b });
    let typed = line.split(' ').filter(|word| !word.is_empty());
    let typed = typed.map(|word| word.trim_matches('\''));
    let typed = typed.map(|word| OsString::from_vec(odd(bytes(word)).collect()));
    match arranged(typed.collect(), &crate::cli::Arguments::get_args_info()) {
        Ok(words) => {
            let command = words.command.iter();
            let command = command.map(|word| word.as_encoded_bytes().escape_ascii().to_string());
            let words = [words.known, command.collect()];
            words.map(|words| words.join(" ")).join(" | ")
        }
        Err(error) => {
            assert_eq!(error.code(), 2);
            let said = error.to_string();
            let (said, rest) = said.rsplit_once("; see ").unwrap();
            assert!(rest.ends_with(" --help"), "{rest}");
            said.to_string()
        }
    }
}

#[test]
fn arranges_what_is_typed() {
    for (line, want) in [
        ("", " | "),
        ("list a --json", "list a --json | "),
        ("-h", "--help | "),
        ("help serve", "serve --help | "),
        ("--help list", "list --help | "),
        ("list a -h", "list --help | "),
        ("list help", "list help | "),
        ("-V", "version | "),
        ("serve --version", "version | "),
        (
            "serve --listen=:0 --log=json",
            "serve --listen :0 --log json | ",
        ),
        ("serve --listen -h", "serve --listen -h | "),
        ("env --url=http://h/a=b", "env --url http://h/a=b | "),
        ("pack --run=go", "pack --run go | "),
        ("pack -o=x -- --a=b", "pack -o x -- --a=b | "),
        (
            "exec --log=text -- go build --x=y -h",
            "exec --log text | go build --x=y -h",
        ),
        ("exec go build --x=y -V", "exec | go build --x=y -V"),
        ("exec -- -- a", "exec | -- a"),
        ("exec -- a ''", "exec | a "),
        ("serve --base-path=", "serve --base-path  | "),
        ("exec -- printf ?", "exec | printf \\xff"),
        ("exec a?b c", "exec | a\\xffb c"),
        ("exec -", "exec | -"),
        ("exec", "exec | "),
        ("serf", "there is no command \"serf\"; did you mean serve?"),
        ("Frobnicate", "there is no command \"Frobnicate\""),
        (
            "VERIFY",
            "there is no command \"VERIFY\"; did you mean verify?",
        ),
        ("hepl", "there is no command \"hepl\"; did you mean help?"),
        ("--lst", "there is no option \"--lst\"; did you mean list?"),
        (
            "--serve",
            "there is no option \"--serve\"; did you mean serve?",
        ),
        (
            "--lisen=:0",
            "there is no option \"--lisen\" before a command; write gobag serve --listen",
        ),
        ("--frobnicate", "there is no option \"--frobnicate\""),
        (
            "--version=3",
            "--version takes no value; leave out what follows it",
        ),
        ("-h=foo", "-h takes no value; leave out what follows it"),
        (
            "list --help=foo",
            "--help takes no value; leave out what follows it",
        ),
        (
            "exec -V=3 -- go",
            "-V takes no value; leave out what follows it",
        ),
        (
            "list --JSON",
            "there is no option \"--JSON\"; did you mean --json?",
        ),
        (
            "list --jsn",
            "there is no option \"--jsn\"; did you mean --json?",
        ),
        (
            "list -json",
            "there is no option \"-json\"; did you mean --json?",
        ),
        (
            "serve --listn=:0",
            "there is no option \"--listn\"; did you mean --listen?",
        ),
        ("serve --frobnicate", "there is no option \"--frobnicate\""),
        (
            "exec --go '' -- go",
            "--go has an empty value; name one, or leave it out",
        ),
        (
            "pack -o=",
            "-o has an empty value; name one, or leave it out",
        ),
        ("verify ''", "an empty word names nothing; leave it out"),
        ("list -- ''", "an empty word names nothing; leave it out"),
        (
            "--listen=:0",
            "there is no option \"--listen\" before a command; write gobag serve --listen",
        ),
        (
            "--versoin",
            "there is no option \"--versoin\"; did you mean --version?",
        ),
        (
            "list --json=yes",
            "--json takes no value; leave out what follows it",
        ),
        ("serve --listen", "--listen lacks a value"),
        (
            "unpack a?b",
            "\"a\\xffb\" is not UTF-8; give a file another name, or name a link to it",
        ),
        (
            "pack --work=?",
            "\"\\xff\" is not UTF-8; give a file another name, or name a link to it",
        ),
        (
            "list -- ?",
            "\"\\xff\" is not UTF-8; give a file another name, or name a link to it",
        ),
        (
            "list --?=a",
            "\"--\\xff=a\" is not UTF-8; give a file another name, or name a link to it",
        ),
        ("?", "there is no command \"\u{fffd}\""),
    ] {
        let want = want.replace("write gobag", &format!("write {}", program()));
        assert_eq!(told(line), want, "{line}");
    }
}

#[test]
fn what_the_parser_refuses_is_told_in_our_words() {
    for (said, known, want) in [
        (
            "Error parsing option '--tag' with value 'App': \"App\" is no name\n",
            &["image", "--tag", "App"][..],
            "--tag: \"App\" is no name",
        ),
        (
            "Error parsing option '--tag' with value 'a': b': no\n  name\n",
            &["image", "--tag", "a': b", "a"],
            "--tag: no name",
        ),
        (
            "Error parsing option '-o' with value 'b': duplicate values provided\n",
            &["sbom", "-o", "a", "-o", "b"],
            "-o is named twice; leave one out",
        ),
        (
            "Error parsing positional argument 'shell' with value 'x': no\n",
            &["completions", "x"],
            "shell: no",
        ),
        (
            "Required positional arguments not provided:\n    shell\n",
            &["completions"],
            "Required positional arguments not provided: shell",
        ),
        (
            "Unrecognized argument: x\n",
            &["man", "x"],
            "Unrecognized argument: x",
        ),
    ] {
        assert_eq!(refused(said, known), want);
    }
}
