//! Completions for fish: a line for each option of each command.
//!
//! Source: <https://fishshell.com/docs/current/cmds/complete.html>.

use argh::CommandInfoWithArgs;

use super::{Value, brief, names, value_of, word_of};

/// Which command was typed, whether an option may still stand there, and what completes the
/// command of `exec`.
const FUNCTIONS: &str = r#"function __gobag_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

function __gobag_options
    __gobag_is $argv[1]; and not contains -- -- (commandline -opc)
end

function __gobag_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words); or return
    set -e words[1..$at]
    complete -C "$words"
end

complete -c gobag -f
"#;

/// What fish reads.
pub fn script(all: &CommandInfoWithArgs) -> String {
    let mut script = format!("# fish completions of gobag\n\n{FUNCTIONS}");
    let first = "-n 'test (count (commandline -opc)) -eq 1'";
    let help = "-s h -l help -d 'display usage information'";
    script += &format!("complete -c gobag {first} {help}\n");
    script += &format!("complete -c gobag {first} -s V -l version -d 'print the version'\n");
    for command in &all.commands {
        let text = quoted(brief(command.command.description));
        script += &format!("complete -c gobag {first} -a {} -d {text}\n", command.name);
    }
    for command in &all.commands {
        let (name, info) = (command.name, &command.command);
        script += "\n";
        for flag in info.flags {
            let (long, short) = names(flag);
            let short = short.map(|letter| format!(" -s {letter}"));
            let value = value_of(flag).map(|value| match value {
                Value::File => " -r -F".to_string(),
                value => format!(" -x{}", told(&value)),
            });
            script += &format!(
                "complete -c gobag -n '__gobag_options {name}'{} -l {long}{} -d {}\n",
                short.unwrap_or_default(),
                value.unwrap_or_default(),
                quoted(brief(flag.description))
            );
        }
        let value = told(&word_of(info));
        if !value.is_empty() {
            script += &format!("complete -c gobag -n '__gobag_is {name}'{value}\n");
        }
    }
    script
}

fn told(value: &Value) -> String {
    match value {
        Value::Any => String::new(),
        Value::File => " -F".to_string(),
        Value::Folder => " -a '(__fish_complete_directories)'".to_string(),
        Value::Command => " -a '(__gobag_command)'".to_string(),
        Value::Word(words) => format!(" -a {}", quoted(&words.join(" "))),
    }
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{text}'")
}
