//! Completions for GNU bash, by one function that reads a table of commands.
//!
//! Source: <https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html>.

use argh::CommandInfoWithArgs;

use super::{Value, names, value_of, word_of};

/// Walks what was typed, then looks up what may stand at the cursor. Readline itself completes files and folders.
const WALK: &str = r#"_gobag() {
    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
    local options='' valued='' value=any option='' word i
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        _gobag_offer "$_gobag_commands --help --version"
        return
    fi
    _gobag_command "$command"
    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $option ]]; then
            # --option=value is three words.
            [[ $word == = ]] || option=''
        elif [[ $word == -- ]]; then
            options='' option=''
            ((i++))
            break
        elif [[ $word == -?* ]]; then
            [[ " $valued " != *" $word "* ]] || option=$word
        elif [[ $value == command ]]; then
            options=''
            break
        fi
    done
    if [[ -n $option ]]; then
        [[ $current != = ]] || current=''
        _gobag_value "$command $option"
    elif [[ $value == command && ( -z $options || $current != -* ) ]]; then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        elif [[ $i -eq $COMP_CWORD ]]; then
            mapfile -t COMPREPLY < <(compgen -c -- "$current")
        else
            compopt -o default
        fi
        return
    elif [[ -n $options && ( $current == -* || $value == any ) ]]; then
        value=$options
    fi
    case $value in
        any) ;;
        file) compopt -o default ;;
        folder) compopt -o dirnames ;;
        *) _gobag_offer "$value" ;;
    esac
}

_gobag_offer() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

"#;

/// What bash reads.
pub fn script(all: &CommandInfoWithArgs) -> String {
    let commands: Vec<&str> = all.commands.iter().map(|command| command.name).collect();
    let mut script = format!("# bash completions of gobag\n\n{WALK}");
    script += &format!("_gobag_commands='{}'\n", commands.join(" "));
    script +=
        "\n# What a command takes: its options, those with a value, and what else stands there.\n";
    script += "_gobag_command() {\n    case $1 in\n";
    let mut values = String::new();
    for command in &all.commands {
        let (mut options, mut valued) = (Vec::new(), Vec::new());
        for flag in command.command.flags {
            let (long, short) = names(flag);
            let mut written = vec![format!("--{long}")];
            written.extend(short.map(|letter| format!("-{letter}")));
            if let Some(value) = value_of(flag) {
                let patterns = written
                    .iter()
                    .map(|name| format!("'{} {name}'", command.name));
                let patterns: Vec<String> = patterns.collect();
                let line = format!(
                    "        {}) value={} ;;\n",
                    patterns.join(" | "),
                    told(&value)
                );
                values += &line;
                valued.extend(written.iter().cloned());
            }
            options.push(written.swap_remove(0));
        }
        script += &format!(
            "        {})\n            options='{}'\n            valued='{}'\n            value={}\n            ;;\n",
            command.name,
            options.join(" "),
            valued.join(" "),
            told(&word_of(&command.command))
        );
    }
    script +=
        "    esac\n}\n\n# What an option of a command takes.\n_gobag_value() {\n    case $1 in\n";
    script + &values + "    esac\n}\n\ncomplete -F _gobag gobag\n"
}

fn told(value: &Value) -> String {
    match value {
        Value::Any => "'any'".to_string(),
        Value::File => "'file'".to_string(),
        Value::Folder => "'folder'".to_string(),
        Value::Command => "'command'".to_string(),
        Value::Word(words) => format!("'{}'", words.join(" ")),
    }
}
