//! The files of a Go vulnerability database ([layout](https://go.dev/doc/security/vuln/database)).

use serde::Deserialize;

/// What the names of its entries begin with.
pub const ROOT: &str = "vulndb/";

/// The file that tells when the database changed, and so that there is one.
pub const DB: &str = "index/db.json";

/// The files by which reports are found; no database is without them.
pub const INDEX: [&str; 3] = [DB, "index/modules.json", "index/vulns.json"];

/// True for the name of what a database consists of: `index/db.json`, `index/modules.json`,
/// `index/vulns.json`, and `ID/<id>.json` for each report.
pub fn is_part(name: &str) -> bool {
    INDEX.contains(&name) || report(name).is_some()
}

/// The id of the report in the file with this name.
fn report(name: &str) -> Option<&str> {
    let id = name.strip_prefix("ID/")?.strip_suffix(".json")?;
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (!id.is_empty() && id.bytes().all(is_word)).then_some(id)
}

/// What is read of `index/db.json`.
#[derive(Deserialize)]
struct Db {
    #[serde(rename = "modified")]
    _modified: String,
}

/// What is read of an entry of `index/modules.json`.
#[derive(Deserialize)]
struct Module {
    #[serde(rename = "path")]
    _path: String,
    vulns: Vec<Vuln>,
}

/// What is read of a report, and of where an index names one.
#[derive(Deserialize)]
struct Vuln {
    id: String,
}

/// The ids of the reports that the file `name` names, after a look whether `text` is what its name says.
///
/// # Errors
/// It is not; how.
pub fn named(name: &str, text: &[u8]) -> Result<Vec<String>, String> {
    let wrong = |e: serde_json::Error| format!("is not the JSON that its name promises: {e}");
    let ids = |vulns: Vec<Vuln>| vulns.into_iter().map(|vuln| vuln.id);
    match report(name) {
        Some(id) => {
            let vuln: Vuln = serde_json::from_slice(text).map_err(wrong)?;
            match vuln.id == id {
                true => Ok(Vec::new()),
                false => Err(format!("is the report {:?}", vuln.id)),
            }
        }
        None if name == DB => {
            let _: Db = serde_json::from_slice(text).map_err(wrong)?;
            Ok(Vec::new())
        }
        None if name == INDEX[1] => {
            let modules: Vec<Module> = serde_json::from_slice(text).map_err(wrong)?;
            Ok(modules.into_iter().flat_map(|m| ids(m.vulns)).collect())
        }
        None => {
            let vulns: Vec<Vuln> = serde_json::from_slice(text).map_err(wrong)?;
            Ok(ids(vulns).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_one_of_four_names() {
        for (name, is) in [
            ("index/db.json", true),
            ("index/modules.json", true),
            ("index/vulns.json", true),
            ("ID/GO-2026-0001.json", true),
            ("ID/TEST_1.json", true),
            ("index/db.json.gz", false),
            ("index/other.json", false),
            ("ID/.json", false),
            ("ID/../x.json", false),
            ("ID/a/b.json", false),
            ("ID/GO-1.json.gz", false),
            ("GO-1.json", false),
            ("", false),
        ] {
            assert_eq!(is_part(name), is, "{name}");
        }
    }

    #[test]
    fn a_file_is_what_its_name_says() {
        for (name, text, want) in [
            (
                "index/db.json",
                r#"{"modified":"2026-01-01T00:00:00Z"}"#,
                Ok(&[][..]),
            ),
            ("index/db.json", "{}", Err("missing field `modified`")),
            (
                "index/vulns.json",
                r#"[{"id":"A"},{"id":"B","x":1}]"#,
                Ok(&["A", "B"]),
            ),
            ("index/vulns.json", r#"{"id":"A"}"#, Err("is not the JSON")),
            (
                "index/modules.json",
                r#"[{"path":"a.test","vulns":[{"id":"A"}]}]"#,
                Ok(&["A"]),
            ),
            (
                "index/modules.json",
                r#"[{"path":"a.test"}]"#,
                Err("`vulns`"),
            ),
            ("ID/A.json", r#"{"id":"A","affected":[]}"#, Ok(&[])),
            ("ID/A.json", r#"{"id":"B"}"#, Err("is the report \"B\"")),
            ("ID/A.json", "", Err("is not the JSON")),
        ] {
            match (named(name, text.as_bytes()), want) {
                (Ok(ids), Ok(want)) => assert_eq!(ids, want, "{name} {text}"),
                (Err(error), Err(want)) => assert!(error.contains(want), "{error}"),
                (found, _) => panic!("{name} {text}: {found:?}"),
            }
        }
    }
}
