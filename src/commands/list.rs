//! `gobag list`.

use std::process::ExitCode;

use argh::FromArgs;
use serde_json::json;

use super::print;
use crate::bundle;
use crate::error::Result;

/// List the module versions that can be downloaded from this file, path@version a line.
#[derive(Debug, FromArgs)]
#[argh(
    subcommand,
    name = "list",
    example = "Everything:\n  {command_name}",
    example = "What is below a path, for a script:\n  {command_name} 'golang.org/x/*' --json",
    note = "A pattern without * is found anywhere in path@version; with *, which stands for any text, it must fit the whole path or the whole path@version."
)]
pub struct List {
    /// what to list; everything without it
    #[argh(positional)]
    pattern: Option<String>,

    /// print a JSON array of objects with path, version, zip and go_mod hashes, zip_bytes
    #[argh(switch)]
    json: bool,
}

/// Lists the bag.
pub fn run(arguments: &List) -> Result<ExitCode> {
    let bag = bundle::bag()?;
    let pattern = arguments.pattern.as_deref();
    let mut rows = Vec::new();
    let mut lines = String::new();
    for module in &bag.record().modules {
        for version in module.versions.iter().filter(|v| v.is_complete()) {
            let line = format!("{}@{}", module.path, version.version);
            if !pattern.is_none_or(|p| fits(p, &module.path, &line)) {
                continue;
            }
            if arguments.json {
                rows.push(
                    json!({"path": module.path, "version": version.version, "zip": version.zip,
                                 "go_mod": version.go_mod, "zip_bytes": version.zip_bytes}),
                );
            }
            lines += &line;
            lines.push('\n');
        }
    }
    if arguments.json {
        lines = format!("{:#}\n", serde_json::Value::Array(rows));
    }
    print(&lines)
}

fn fits(pattern: &str, path: &str, line: &str) -> bool {
    if pattern.contains('*') {
        glob(pattern, path) || glob(pattern, line)
    } else {
        line.contains(pattern)
    }
}

/// True when `text` is `pattern` with each `*` replaced by any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn finds_by_pattern() {
        let path = "golang.org/x/text";
        for (pattern, want) in [
            ("x/text", true),
            ("v0.3", true),
            ("golang.org/x/*", true),
            ("*text", true),
            ("*/text@v0*", true),
            ("*tex", false),
            ("golang.org/*/mod", false),
            ("*", true),
            ("", true),
        ] {
            assert_eq!(
                fits(pattern, path, "golang.org/x/text@v0.3.0"),
                want,
                "{pattern}"
            );
        }
    }
}
