//! Completions for zsh, as specifications for its `_arguments`.
//!
//! Source: <https://zsh.sourceforge.io/Doc/Release/Completion-System.html>.

use argh::{CommandInfoWithArgs, FlagInfo};

use super::{Value, brief, names, repeats, value_of, word_of};

/// What zsh reads.
pub fn script(all: &CommandInfoWithArgs) -> String {
    let mut script = String::from(
        "#compdef gobag\n\
         \n\
         _gobag() {\n\
         \x20   local curcontext=$curcontext state line ret=1\n\
         \x20   typeset -A opt_args\n\
         \x20   local -a names=(\n",
    );
    for command in &all.commands {
        let described = command.command.description;
        let text = brief(described).replace(':', "\\:");
        script += &format!("        {}\n", quoted(&format!("{}:{text}", command.name)));
    }
    script += "    )\n\
        \x20   _arguments -C \\\n\
        \x20       '(- : *)'{-h,--help}'[display usage information]' \\\n\
        \x20       '(- : *)'{-V,--version}'[print the version]' \\\n\
        \x20       '1:command:->command' '*::argument:->argument' && ret=0\n\
        \x20   case $state in\n\
        \x20       command) _describe -t commands command names && ret=0 ;;\n\
        \x20       argument)\n\
        \x20           case $words[1] in\n";
    for command in &all.commands {
        let info = &command.command;
        script += &format!(
            "                {})\n                    _arguments -S",
            command.name
        );
        for flag in info.flags {
            script += &format!(" \\\n                        {}", option(flag));
        }
        let spec = match word_of(info) {
            Value::Command => "'*:::command: _normal'".to_string(),
            value => {
                let name = info.positionals.first().map(|word| word.name);
                name.map(|name| quoted(&format!("*:{name}:{}", action(&value))))
                    .unwrap_or_default()
            }
        };
        if !spec.is_empty() {
            script += &format!(" \\\n                        {spec}");
        }
        script += " && ret=0\n                    ;;\n";
    }
    script
        + "            esac\n            ;;\n    esac\n    return ret\n}\n\n\
           # In a folder of fpath this is the body of the function; sourced, it names it.\n\
           if [[ $funcstack[1] == _gobag ]]; then\n    _gobag \"$@\"\nelse\n    compdef _gobag gobag\nfi\n"
}

/// `'(-o --output)'{-o,--output=}'[the file to write]:file:_files'`.
fn option(flag: &FlagInfo) -> String {
    let (long, short) = names(flag);
    let text = brief(flag.description)
        .replace('[', "\\[")
        .replace(']', "\\]");
    let (equals, value) = match value_of(flag) {
        None => ("", String::new()),
        Some(value) => ("=", format!(":{long}:{}", action(&value))),
    };
    let rest = quoted(&format!("[{text}]{value}"));
    let long = format!("--{long}{equals}");
    match (short, repeats(flag)) {
        (None, false) => format!("'{long}'{rest}"),
        (None, true) => format!("'*{long}'{rest}"),
        (Some(letter), _) => {
            let bare = long.trim_end_matches('=');
            format!("'(-{letter} {bare})'{{-{letter},{long}}}{rest}")
        }
    }
}

fn action(value: &Value) -> String {
    match value {
        Value::Any => " ".to_string(),
        Value::File => "_files".to_string(),
        Value::Folder => "_files -/".to_string(),
        Value::Command => "_command_names".to_string(),
        Value::Word(words) => format!("({})", words.join(" ")),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
