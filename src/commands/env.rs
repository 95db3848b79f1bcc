//! `gobag env`.

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use argh::FromArgs;
use bag::record::{DatabaseRecord, Record};

use super::print;
use crate::bundle;
use crate::error::{Error, Result};
use crate::goenv::GoEnv;
use crate::settings::{self, Host};

/// Print the settings that a go command needs to use this file's modules from a server.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "env",
    example = "In a shell, with gobag serve running in another:\n  eval \"$({command_name})\"\n  go build ./...",
    example = "For fish, and a server on another host:\n  {command_name} --shell fish --url http://buildhost:8080 | source",
    note = "GONOSUMDB names those modules alone that have no record in the public checksum database. With --own-log the bag's own log verifies everything, private modules included."
)]
pub struct Env {
    /// whose syntax: sh, fish, powershell or cmd (default sh)
    #[argh(option, default = "Syntax::Sh")]
    shell: Syntax,

    /// where the server is (default http://127.0.0.1:8080)
    #[argh(option, default = "\"http://127.0.0.1:8080\".to_string()")]
    url: String,

    /// verify everything with the log that this bag's packer signed
    #[argh(switch)]
    own_log: bool,
}

/// A shell, by its syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Of POSIX shells.
    Sh,
    /// Of fish.
    Fish,
    /// Of PowerShell.
    PowerShell,
    /// Of cmd.exe.
    Cmd,
}

impl FromStr for Syntax {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "sh" | "bash" | "zsh" => Ok(Syntax::Sh),
            "fish" => Ok(Syntax::Fish),
            "powershell" | "pwsh" => Ok(Syntax::PowerShell),
            "cmd" => Ok(Syntax::Cmd),
            _ => Err(format!("{text:?} is none of sh, fish, powershell, cmd")),
        }
    }
}

impl Syntax {
    /// The line that sets a variable.
    pub fn line(self, name: &str, value: &str) -> String {
        match self {
            Syntax::Sh if is_plain(value) => format!("export {name}={value}\n"),
            Syntax::Sh => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
            Syntax::Fish => format!(
                "set -gx {name} '{}'\n",
                value.replace('\\', "\\\\").replace('\'', "\\'")
            ),
            Syntax::PowerShell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
            Syntax::Cmd => format!("set \"{name}={value}\"\n"),
        }
    }
}

/// True for a value that every POSIX shell takes as it is.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":/.,-_+=@".contains(&b))
}

/// Prints the settings.
pub fn run(arguments: &Env) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let lines: String = client(bag.record(), &arguments.url, arguments.own_log)?
        .iter()
        .map(|(name, value)| arguments.shell.line(name, value))
        .collect();
    print(&lines)
}

/// The settings for a server at `url` on this host, with its own go environment in mind.
///
/// # Errors
/// The own log is wanted, and the bag has none.
pub fn client(record: &Record, url: &str, own_log: bool) -> Result<Vec<(&'static str, String)>> {
    let env = GoEnv::ask(Path::new("go"), Path::new(".")).unwrap_or_else(|_| GoEnv::without_go());
    let no_proxy = match env.get("GONOPROXY") {
        "" => env.get("GOPRIVATE"),
        patterns => patterns,
    };
    let host = Host {
        no_proxy,
        sum_db: env.get("GOSUMDB"),
    };
    let log = own_log.then(|| own(record)).transpose()?;
    Ok(settings::client(record, url, &host, log))
}

fn own(record: &Record) -> Result<&DatabaseRecord> {
    settings::own_log(record)
        .ok_or_else(|| Error::new("this bag has no log of its own; pack it with --own-log"))
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
