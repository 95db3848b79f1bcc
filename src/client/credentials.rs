//! Who tells logins: netrc, git, and programs that speak as `go help goauth` says.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::goauth::Headers;
use super::netrc;
use super::place::Login;
use crate::process::cleanup;
use bag::plain::{self, MAX_TEXT_BYTES};

fn basic(user: &str, password: &str) -> Headers {
    let header = Login::new(user, password).header();
    vec![("Authorization".to_string(), header)]
}

/// What netrc says, by machine. The first of several for one machine counts: it is put in last.
pub fn from_netrc() -> Vec<(String, Headers)> {
    let text = netrc::path().and_then(|file| plain::read_up_to(&file, MAX_TEXT_BYTES).ok());
    let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
    let entries = netrc::parse(&text).into_iter().rev();
    entries
        .map(|e| (e.machine, basic(&e.login, &e.password)))
        .collect()
}

/// What git says about `url`, asked in `dir`; none if it fails or knows nothing.
pub fn from_git(dir: &Path, url: &str) -> Option<Vec<(String, Headers)>> {
    let mut git = Command::new("git");
    git.args(["credential", "fill"]).current_dir(dir);
    parse_git(&answer(git, &format!("url={url}\n"))?, url)
}

/// What a program says, told of the answer to a URL where there was one; none if it fails.
pub fn from_program(
    words: &[String],
    refused: Option<(&str, &str)>,
) -> Option<Vec<(String, Headers)>> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).args(refused.map(|(url, _)| url));
    parse_program(&answer(command, refused.map_or("", |(_, answer)| answer))?)
}

/// What a program prints that gets `input`. It never asks at the terminal: go does not let it.
fn answer(mut command: Command, input: &str) -> Option<String> {
    for (name, value) in [("GIT_TERMINAL_PROMPT", "0"), ("GCM_INTERACTIVE", "never")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = cleanup::spawn(piped.stderr(Stdio::null())).ok()?;
    let id = child.id();
    if let Some(mut stdin) = child.stdin.take() {
        // Nobody has to read it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output();
    cleanup::forget(id);
    let output = output.ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads what `git credential fill` says about `url`; none if it is about another place.
fn parse_git(text: &str, url: &str) -> Option<Vec<(String, Headers)>> {
    let (mut protocol, mut host, mut path) = ("", "", "");
    let (mut user, mut password, mut whole) = ("", "", None);
    for (key, value) in text.lines().filter_map(|l| l.trim().split_once('=')) {
        match key {
            "protocol" => protocol = value,
            "host" => host = value,
            "path" => path = value,
            "username" => user = value,
            "password" => password = value,
            "url" if value.contains("://") => whole = Some(value.to_string()),
            _ => {}
        }
    }
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    let prefix = whole.unwrap_or_else(|| format!("{protocol}://{host}{slash}{path}"));
    (!host.is_empty() && url.starts_with(&prefix)).then(|| vec![(prefix, basic(user, password))])
}

/// Reads what a program says: URLs, an empty line, headers for them, an empty line, and so on.
fn parse_program(text: &str) -> Option<Vec<(String, Headers)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut block = || {
            let mut lines = Vec::new();
            loop {
                let (line, after) = rest.split_once('\n')?;
                rest = after;
                match line {
                    "" => return Some(lines),
                    line => lines.push(line),
                }
            }
        };
        let urls = block()?;
        let headers = block()?.into_iter().map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_string(), value.trim().to_string()))
        });
        let headers: Headers = headers.collect::<Option<_>>()?;
        if urls.iter().any(|url| !url.contains("://")) {
            return None;
        }
        found.extend(urls.iter().map(|url| (url.to_string(), headers.clone())));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_git_about_the_place_that_was_asked_for() {
        let url = "https://h/a/supported";
        for (text, want) in [
            (
                "protocol=https\nhost=h\nusername=u\npassword=p\n",
                Some("https://h"),
            ),
            (
                "protocol=https\nhost=h\npath=a\nusername=u\npassword=p\n",
                Some("https://h/a"),
            ),
            ("protocol=https\nhost=g\nusername=u\npassword=p\n", None),
            ("protocol=http\nhost=h\nusername=u\npassword=p\n", None),
            ("protocol=https\nhost=h\nurl=https://g\n", None),
            ("", None),
        ] {
            let found = parse_git(text, url);
            let prefix = found.as_ref().map(|f| f[0].0.as_str());
            assert_eq!(prefix, want, "{text:?}");
        }
    }

    #[test]
    fn reads_what_programs_say() {
        for (text, want) in [
            ("", Some(0)),
            ("https://h\n\nA: b\n\n", Some(1)),
            (
                "https://h\nhttps://g/x\n\nA: b\nC: d\n\nhttps://i\n\n\n",
                Some(3),
            ),
            ("https://h\n\nA: b\n", None),
            ("https://h\n", None),
            ("https://h\n\nA=b\n\n", None),
            ("h\n\nA: b\n\n", None),
        ] {
            let found = parse_program(text);
            assert_eq!(found.map(|f| f.len()), want, "{text:?}");
        }
    }
}
