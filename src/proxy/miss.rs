//! What is said where the bag has no such entry, and what it has instead.

use bag::Bag;
use bag::manifest::HeldModule;
use gomod::{module, query};

/// A request that the bag cannot answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Miss {
    /// What was asked for, `path@version` or `path@latest`, where it is a module's.
    pub asked: Option<String>,
    /// What to tell the client: at most 8 lines of printable ASCII, none of them blank, so
    /// that go shows it (`cmd/go/internal/web.Response.formatErrorDetail`).
    pub text: String,
}

/// How many versions are named at most.
const MAX_VERSIONS: usize = 12;

/// The entry that answers `<module>/@v/<commit>.info`, where the commit is named by 7 to 40
/// hex digits and only one in the bag begins so.
pub fn by_commit(bag: &Bag<'_>, name: &str) -> Option<String> {
    let (escaped, file) = name.rsplit_once("/@v/")?;
    let digits = file.strip_suffix(".info")?;
    let module = bag
        .manifest()
        .module(&module::unescape_path(escaped).ok()?)?;
    let commits = module
        .versions
        .iter()
        .filter_map(|v| Some((v.version.as_str(), v.commit.as_deref()?)));
    let version = query::find_commit(digits, commits).ok()?;
    Some(format!(
        "{escaped}/@v/{}.info",
        module::escape_version(version).ok()?
    ))
}

/// Says what is missing.
pub fn explain(bag: &Bag<'_>, name: &str) -> Miss {
    if let Some(rest) = name.strip_prefix("sumdb/") {
        return Miss {
            asked: None,
            text: sumdb(bag, rest),
        };
    }
    let (escaped, file) = match (name.rsplit_once("/@v/"), name.strip_suffix("/@latest")) {
        (Some(parts), _) => parts,
        (None, Some(escaped)) => (escaped, "@latest"),
        (None, None) => {
            return Miss {
                asked: None,
                text: "not found: no path of a Go module proxy\n".into(),
            };
        }
    };
    let path = match module::unescape_path(escaped) {
        Ok(path) => path,
        Err(e) => {
            return Miss {
                asked: None,
                text: line(&format!("not found: {e}")),
            };
        }
    };
    let version = match file {
        "list" | "@latest" => "latest".to_string(),
        _ => match unescaped_version(file) {
            Some(version) => version,
            None => {
                return Miss {
                    asked: None,
                    text: "not found: neither .info, .mod nor .zip of a version\n".into(),
                };
            }
        },
    };
    let text = match bag.manifest().module(&path) {
        None => line(&format!(
            "module {path} is not in this bag (gobag list shows what is)"
        )),
        Some(module) => held(module, &version),
    };
    Miss {
        asked: Some(format!("{path}@{version}")),
        text,
    }
}

fn unescaped_version(file: &str) -> Option<String> {
    let stem = [".info", ".mod", ".zip"]
        .iter()
        .find_map(|end| file.strip_suffix(end))?;
    module::unescape_version(stem).ok()
}

fn held(module: &HeldModule, version: &str) -> String {
    let path = &module.path;
    let complete: Vec<&str> = module.complete().map(|v| v.version.as_str()).collect();
    let mut text = line(&format!("{path}@{version} is not in this bag"));
    if complete.is_empty() {
        text += &line(&format!(
            "of {path} it has go.mod files only, for the module graph"
        ));
        return text;
    }
    let shown = &complete[complete.len().saturating_sub(MAX_VERSIONS)..];
    let more = match complete.len() - shown.len() {
        0 => String::new(),
        n => format!(" and {n} older"),
    };
    text += &line(&format!("of {path} it has {}{more}", shown.join(" ")));
    text
}

fn sumdb(bag: &Bag<'_>, rest: &str) -> String {
    let databases = &bag.manifest().databases;
    match databases.iter().find(|d| {
        rest.strip_prefix(&d.name)
            .is_some_and(|r| r.starts_with('/'))
    }) {
        Some(database) => line(&format!(
            "not found: this bag holds no such part of {}",
            database.name
        )),
        None => line("not found: this bag holds no such checksum database"),
    }
}

fn line(text: &str) -> String {
    crate::terminal::printable::printable(text) + "\n"
}
