//! What is said where the bag has no such entry, and what it has instead.

use bag::{Bag, Known};
use gomod::module;

use crate::terminal::called;
use crate::terminal::printable::printable;

/// A request that the bag cannot answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Miss {
    /// What was asked for, `path@version` or `path@latest`, where a person may want that.
    pub asked: Option<String>,
    /// What to tell the client: at most 8 lines of printable ASCII, none of them blank, so
    /// that go shows it (`cmd/go/internal/web.Response.formatErrorDetail`).
    pub text: String,
}

/// What comes of a request for which the bag has no entry of that name.
#[derive(Debug)]
pub enum Found {
    /// The entry with this name answers.
    Entry(String),
    /// None does.
    Nothing(Miss),
}

/// Looks what else answers for `name`, or says what is missing.
pub fn look(bag: &Bag<'_>, name: &str) -> Found {
    let asked = match name.strip_prefix("sumdb/") {
        Some(rest) => Err(sumdb(bag, rest)),
        None => asked(name),
    };
    let (path, version) = match asked {
        Ok(asked) => asked,
        Err(text) => return Found::Nothing(Miss { asked: None, text }),
    };
    let known = bag.known(&path);
    if let Some(entry) = known.as_ref().and_then(|known| by_commit(known, name)) {
        return Found::Entry(entry);
    }
    let text = match known {
        None => line(&format!(
            "module {path} is not in this bag ({} list shows what is)",
            called::name()
        )),
        Some(known) => held(&known, &path, &version),
    };
    let base = bag.about().base.iter().map(|base| base.name.as_str());
    let base: Vec<&str> = base.collect();
    let text = match base.is_empty() {
        true => text,
        false => {
            text + &line(&format!(
                "what is in {} is not served here",
                base.join(" and ")
            ))
        }
    };
    Found::Nothing(Miss {
        asked: is_wanted(&path, &version).then(|| format!("{path}@{version}")),
        text,
    })
}

/// The entry that answers `<module>/@v/<commit>.info`, where the commit is named by 7 to 40
/// hex digits and only one of the module begins so.
fn by_commit(known: &Known<'_>, name: &str) -> Option<String> {
    let (escaped, file) = name.rsplit_once("/@v/")?;
    let version = known.version_of(file.strip_suffix(".info")?)?;
    let version = module::escape_version(version).ok()?;
    Some(format!("{escaped}/@v/{version}.info"))
}

/// False for what cannot be a module, and is asked for since go tries every beginning of the path
/// of a package: `github.com/user`, or the latest version of `example.com`.
fn is_wanted(path: &str, version: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_+/~".contains(c);
    if version.starts_with('-') || !version.chars().all(plain) {
        return false;
    }
    let elements = path.split('/').count();
    let host = path.split('/').next().unwrap_or(path);
    match host {
        "github.com" | "gitlab.com" | "bitbucket.org" | "golang.org" => elements > 2,
        "gopkg.in" => elements > 1,
        _ => elements > 1 || version != "latest",
    }
}

/// The module and the version that `name` asks for, or why it asks for none.
fn asked(name: &str) -> Result<(String, String), String> {
    let (escaped, file) = name
        .rsplit_once("/@v/")
        .or_else(|| Some((name.strip_suffix("/@latest")?, "@latest")))
        .ok_or("not found: no path of a Go module proxy\n")?;
    let path = module::unescape_path(escaped).map_err(|e| line(&format!("not found: {e}")))?;
    let version = match file {
        "list" | "@latest" => "latest".to_string(),
        _ => unescaped_version(file)
            .ok_or("not found: neither .info, .mod nor .zip of a version\n")?,
    };
    Ok((path, version))
}

fn unescaped_version(file: &str) -> Option<String> {
    let stem = [".info", ".mod", ".zip"]
        .iter()
        .find_map(|end| file.strip_suffix(end))?;
    module::unescape_version(stem).ok()
}

fn held(known: &Known<'_>, path: &str, version: &str) -> String {
    let text = line(&format!("{path}@{version} is not in this bag"));
    let newest: Vec<&str> = known.newest().collect();
    if newest.is_empty() {
        return text
            + &line(&format!(
                "of {path} it has go.mod files only, for the module graph"
            ));
    }
    let more = match known.older() {
        0 => String::new(),
        n => format!(" and {n} older"),
    };
    text + &line(&format!("of {path} it has {}{more}", newest.join(" ")))
}

fn sumdb(bag: &Bag<'_>, rest: &str) -> String {
    let below = |name: &str| rest.strip_prefix(name).is_some_and(|r| r.starts_with('/'));
    let mut names = bag.about().databases.iter().map(|d| &d.name);
    let what = match names.find(|name| below(name)) {
        Some(name) => format!("part of {name}"),
        None => "checksum database".to_string(),
    };
    line(&format!("not found: this bag holds no such {what}"))
}

fn line(text: &str) -> String {
    printable(text) + "\n"
}

#[cfg(test)]
mod tests {
    use super::is_wanted;

    #[test]
    fn what_go_only_tries_is_not_wanted() {
        for (path, version, wanted) in [
            ("github.com/user/repo", "latest", true),
            ("github.com/user/repo/v2", "v2.0.0", true),
            ("github.com/user", "latest", false),
            ("github.com/user", "v1.0.0", false),
            ("github.com", "v1.0.0", false),
            ("golang.org/x", "latest", false),
            ("golang.org/x/tools", "latest", true),
            ("gopkg.in", "v3.0.0", false),
            ("gopkg.in/yaml.v3", "v3.0.0", true),
            ("example.com/m", "latest", true),
            ("example.com", "latest", false),
            ("gioui.org", "v0.1.0", true),
            ("example.com/m", "v1 x", false),
            ("example.com/m", "-rf", false),
            ("example.com/m", "feature/x", true),
        ] {
            assert_eq!(is_wanted(path, version), wanted, "{path}@{version}");
        }
    }
}
