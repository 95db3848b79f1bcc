//! What the papers of this repository show in blocks, to be used as it stands.

use std::path::Path;

/// The blocks of one language in a paper, in order; those in a list without its indent.
pub fn blocks(paper: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(paper));
    let text = text.unwrap_or_else(|e| panic!("{paper}: {e}"));
    let (mut blocks, mut open) = (Vec::new(), None);
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(begin)) => {
                let indent = line.len() - line.trim_start().len();
                open = Some((indent, begin == language, String::new()));
            }
            (Some(_), Some("")) => {
                let (_, wanted, block) = open.take().unwrap();
                blocks.extend(wanted.then_some(block));
            }
            (Some((indent, _, block)), _) => {
                block.push_str(line.get(*indent..).unwrap_or_default());
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{paper}: a block has no end");
    blocks
}

/// The block of one language in a paper that holds `part`, which must be one.
#[track_caller]
pub fn block(paper: &str, language: &str, part: &str) -> String {
    let all = blocks(paper, language).into_iter();
    let found: Vec<String> = all.filter(|block| block.contains(part)).collect();
    let [block] = <[String; 1]>::try_from(found)
        .unwrap_or_else(|all| panic!("{} blocks with {part:?} in {paper}", all.len()));
    block
}

/// The same with our own values, each of which must stand there.
#[track_caller]
pub fn adapted(block: &str, values: &[(&str, &str)]) -> String {
    let mut adapted = block.to_owned();
    for (theirs, ours) in values {
        assert!(adapted.contains(theirs), "{theirs:?} in {block}");
        adapted = adapted.replace(theirs, ours);
    }
    adapted
}

/// A command of a session, and the lines that it is shown to print.
#[derive(Debug, Default)]
pub struct Step {
    /// What is typed.
    pub command: String,
    /// What is printed, as [`fits`] takes it.
    pub expected: Vec<String>,
}

/// The commands of all sessions in a paper that hold `part`: a line `$ command`, which goes on in the next line where it
/// ends in `\`, and then what it prints.
pub fn steps(paper: &str, part: &str) -> Vec<Step> {
    let sessions = blocks(paper, "console").into_iter();
    let sessions = sessions.filter(|block| block.contains(part));
    sessions
        .flat_map(|session| session_steps(&session))
        .collect()
}

fn session_steps(session: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = session.lines();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("$ ") {
            let mut command = command.to_owned();
            while command.ends_with('\\') {
                command.pop();
                let next = lines.next().expect("a line goes on");
                command.push_str(next.trim_start_matches("> ").trim_start());
            }
            let expected = Vec::new();
            steps.push(Step { command, expected });
        } else {
            let step = steps.last_mut().expect("a session begins with a command");
            step.expected.push(line.to_owned());
        }
    }
    for step in &mut steps {
        while step.expected.last().is_some_and(String::is_empty) {
            step.expected.pop();
        }
    }
    steps
}

/// Whether `printed` is as `expected`, where `...` stands for anything.
pub fn fits<P: AsRef<str>>(expected: &[String], printed: &[P]) -> bool {
    match expected {
        [] => printed.iter().all(|line| line.as_ref().is_empty()),
        [any, rest @ ..] if any.trim() == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        [first, rest @ ..] => match printed {
            [] => false,
            [line, printed @ ..] => line_fits(first, line.as_ref()) && fits(rest, printed),
        },
    }
}

fn line_fits(expected: &str, line: &str) -> bool {
    match expected.split_once("...") {
        None => expected.trim_end() == line.trim_end(),
        Some((begin, rest)) => line.strip_prefix(begin).is_some_and(|line| {
            let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
            let mut ends = ends.map(|at| &line[at..]);
            ends.any(|line| line_fits(rest, line))
        }),
    }
}

#[test]
fn three_dots_stand_for_anything() {
    let expected = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (shown, printed, same) in [
        ("a\nb", "a\nb", true),
        ("a\nb", "a\nc", false),
        ("a\n...", "a\nb\nc", true),
        ("...\nc", "a\nb\nc", true),
        ("took ... ms", "took 12 ms", true),
        ("took ... ms", "took 12 s", false),
        ("", "a", false),
        ("...", "", true),
    ] {
        let printed: Vec<&str> = printed.lines().collect();
        assert_eq!(
            fits(&expected(shown), &printed),
            same,
            "{shown:?} {printed:?}"
        );
    }
}
