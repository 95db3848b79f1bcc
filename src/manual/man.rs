//! The man page gobag(1), in the macros of man(7), which mandoc and groff know.
//!
//! Source: <https://man.openbsd.org/man.7>, <https://man.openbsd.org/mandoc_char.7>.

#[cfg(test)]
mod tests;

use argh::{CommandInfoWithArgs, ErrorCodeInfo, FlagInfo, FlagInfoKind, Optionality};

use super::NAME;

/// The day of the version that the page is of. It is set with that.
const DATE: &str = "2026-12-01";

/// The page, of all commands.
pub fn page(all: &CommandInfoWithArgs) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (first, _) = all.description.split_once(". ").unwrap_or_default();
    let mut page = format!(".TH GOBAG 1 {DATE} \"{NAME} {version}\"\n.nh\n.ad l\n");
    page += &format!(".SH NAME\n{NAME} \\- {}\n", escaped(first));
    page += &format!(".SH SYNOPSIS\n.B {NAME}\n");
    for command in &all.commands {
        page += &format!(".br\n{}", synopsis(&command.command));
    }
    page += &format!(".SH DESCRIPTION\n{}", paragraph(all.description, NAME));
    page += &notes(all, NAME);
    page += ".SH COMMANDS\n";
    for command in &all.commands {
        page += &section(&command.command);
    }
    page += &format!(".SH EXIT STATUS\n{}", term("0", "all went well"));
    page += &codes(all.error_codes);
    page += &format!(".SH EXAMPLES\n{}", examples(all, NAME));
    page
}

fn section(info: &CommandInfoWithArgs) -> String {
    let called = format!("{NAME} {}", info.name);
    let mut text = format!(".SS {}\n{}", escaped(&called), synopsis(info));
    text += &format!(".PP\n{}", paragraph(info.description, &called));
    for word in info.positionals {
        let name = format!("\\fI{}\\fR", escaped(word.name));
        text += &term(&name, word.description);
    }
    for flag in options(info) {
        text += &term(&option(flag), flag.description);
    }
    text += &notes(info, &called);
    if !info.examples.is_empty() {
        text += &format!(".PP\nExamples:\n.PP\n{}", examples(info, &called));
    }
    if !info.error_codes.is_empty() {
        text += &format!(".PP\nExit status:\n{}", codes(info.error_codes));
    }
    text
}

/// One line: the name of a command, and what follows it.
fn synopsis(info: &CommandInfoWithArgs) -> String {
    let mut line = format!("\\fB{NAME} {}\\fR", escaped(info.name));
    if options(info).next().is_some() {
        line += " [\\fIoptions\\fR]";
    }
    for word in info.positionals {
        let name = format!("\\fI{}\\fR", escaped(word.name));
        line += &match word.optionality {
            Optionality::Required => format!(" {name}"),
            Optionality::Optional => format!(" [{name}]"),
            Optionality::Repeating | Optionality::Greedy => format!(" [{name} ...]"),
        };
    }
    line + "\n"
}

/// All but `--help`, which every command has.
fn options(info: &CommandInfoWithArgs) -> impl Iterator<Item = &FlagInfo<'static>> {
    info.flags.iter().filter(|flag| flag.long != "--help")
}

/// `-o, --output file`.
fn option(flag: &FlagInfo) -> String {
    let short = flag.short.map(|letter| format!("\\fB\\-{letter}\\fR, "));
    let value = match flag.kind {
        FlagInfoKind::Switch => String::new(),
        FlagInfoKind::Option { arg_name } => format!(" \\fI{}\\fR", escaped(arg_name)),
    };
    let long = escaped(flag.long);
    format!("{}\\fB{long}\\fR{value}", short.unwrap_or_default())
}

fn term(escaped_name: &str, description: &str) -> String {
    format!(".TP\n{escaped_name}\n{}", paragraph(description, NAME))
}

fn codes(codes: &[ErrorCodeInfo]) -> String {
    let codes = codes.iter();
    let lines = codes.map(|code| term(&code.code.to_string(), code.description));
    lines.collect()
}

fn notes(info: &CommandInfoWithArgs, called: &str) -> String {
    let notes = info.notes.iter();
    let notes = notes.map(|note| format!(".PP\n{}", paragraph(note, called)));
    notes.collect()
}

/// Each is a line of what it does, and the lines to type below it.
fn examples(info: &CommandInfoWithArgs, called: &str) -> String {
    let one = |example: &&str| {
        let (does, typed) = example.split_once('\n').unwrap_or((example, ""));
        let typed = typed.replace("{command_name}", called);
        let lines = typed.lines().map(|line| escaped(line) + "\n");
        let lines: String = lines.collect();
        format!("{}.PP\n.EX\n{lines}.EE\n", paragraph(does, called))
    };
    let examples: Vec<String> = info.examples.iter().map(one).collect();
    examples.join(".PP\n")
}

fn paragraph(text: &str, called: &str) -> String {
    escaped(&text.replace("{command_name}", called)) + "\n"
}

/// Text as it is written in a page: what roff would take for something else than itself, and
/// what it would print as a typographer's character that no shell knows.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    if text.starts_with(['.', '\'']) {
        out += "\\&";
    }
    for letter in text.chars() {
        match letter {
            '\\' => out += "\\e",
            '-' => out += "\\-",
            '\'' => out += "\\(aq",
            '`' => out += "\\(ga",
            '"' => out += "\\(dq",
            '^' => out += "\\(ha",
            '~' => out += "\\(ti",
            letter => out.push(letter),
        }
    }
    out
}
