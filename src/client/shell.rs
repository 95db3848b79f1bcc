//! Settings in the syntax of shells.

use std::str::FromStr;

use crate::terminal::choice::choose;
use crate::terminal::quoted::quoted;

/// A shell, by its syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// POSIX shells, whatever they are called.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// cmd.exe.
    Cmd,
}

impl FromStr for Syntax {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let words = [
            ("sh", Syntax::Sh),
            ("bash", Syntax::Sh),
            ("zsh", Syntax::Sh),
            ("ksh", Syntax::Sh),
            ("dash", Syntax::Sh),
            ("fish", Syntax::Fish),
            ("powershell", Syntax::PowerShell),
            ("pwsh", Syntax::PowerShell),
            ("cmd", Syntax::Cmd),
        ];
        choose(text, &words)
    }
}

impl Syntax {
    /// The line that sets a variable.
    pub fn line(self, name: &str, value: &str) -> String {
        match self {
            Syntax::Sh => format!("export {name}={}\n", quoted(value)),
            Syntax::Fish => format!(
                "set -gx {name} '{}'\n",
                value.replace('\\', "\\\\").replace('\'', "\\'")
            ),
            Syntax::PowerShell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
            Syntax::Cmd => format!("set \"{name}={value}\"\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Syntax;

    #[test]
    fn quotes_as_the_shell_does() {
        let lines = [Syntax::Sh, Syntax::Fish, Syntax::PowerShell, Syntax::Cmd]
            .map(|s| s.line("A", "it's"));
        assert_eq!(
            lines,
            [
                "export A='it'\\''s'\n",
                "set -gx A 'it\\'s'\n",
                "$env:A = 'it''s'\n",
                "set \"A=it's\"\n"
            ]
        );
    }
}
