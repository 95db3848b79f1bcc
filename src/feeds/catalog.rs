//! All versions, page by page, as the Athens proxy tells them:
//! <https://github.com/gomods/athens/blob/main/pkg/download/catalog.go>.
//!
//! `{"modules":[{"module":…,"version":…},…],"next":…}`: `pagesize` is the most that a page has, and
//! `token` the `next` of the page before; the last page has none.

use serde_json::json;

use super::query::{page_len, parameter};
use super::versions::{Versions, halves};

/// How many versions a page has where nothing is said.
const PAGE: usize = 1000;

/// The page that `query` asks for. A token is the name of the last version of a page, so that it is
/// good for any server of the same bag, and stays good for that of a newer one.
///
/// # Errors
/// The query says something that cannot be meant; what, in a line.
pub fn page(versions: &Versions, query: &str) -> Result<String, String> {
    let len = page_len(query, "pagesize", PAGE)?;
    let token = parameter(query, "token")?.unwrap_or_default();
    let names = &versions.names;
    let first = names.partition_point(|name| **name <= *token);
    let last = names.len().min(first + len);
    let page = names[first..last].iter().map(|name| {
        let (path, version) = halves(name);
        json!({"module": path, "version": version})
    });
    let mut told = json!({"modules": page.collect::<Vec<_>>()});
    if let Some(name) = names[..last].last().filter(|_| last < names.len()) {
        told["next"] = json!(name);
    }
    Ok(format!("{told}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(names: &[&str]) -> Versions {
        Versions {
            names: names.iter().map(|name| (*name).into()).collect(),
            lines: b"",
            ends: Vec::new(),
        }
    }

    #[test]
    fn a_page_begins_behind_its_token() {
        let held = versions(&["a@v1.0.0", "a@v1.1.0", "b@v2.0.0+incompatible", "c@v1.0.0"]);
        for (query, want, next) in [
            ("", "a@v1.0.0 a@v1.1.0 b@v2.0.0+incompatible c@v1.0.0", None),
            ("pagesize=2", "a@v1.0.0 a@v1.1.0", Some("a@v1.1.0")),
            (
                "pagesize=1&token=a@v1.1.0",
                "b@v2.0.0+incompatible",
                Some("b@v2.0.0+incompatible"),
            ),
            ("token=b%40v2.0.0%2Bincompatible", "c@v1.0.0", None),
            ("token=b@v2.0.0+incompatible&pagesize=1", "c@v1.0.0", None),
            // What is there no more, or never was.
            ("token=a@v1.0.5&pagesize=1", "a@v1.1.0", Some("a@v1.1.0")),
            ("token=c@v1.0.0", "", None),
            ("token=~~~", "", None),
            (
                "token=%00",
                "a@v1.0.0 a@v1.1.0 b@v2.0.0+incompatible c@v1.0.0",
                None,
            ),
        ] {
            let page: serde_json::Value =
                serde_json::from_str(&page(&held, query).unwrap()).unwrap();
            let rows = page["modules"].as_array().unwrap().iter().map(|row| {
                let (module, version) = (&row["module"], &row["version"]);
                format!("{}@{}", module.as_str().unwrap(), version.as_str().unwrap())
            });
            assert_eq!(rows.collect::<Vec<_>>().join(" "), want, "{query}");
            assert_eq!(
                page.get("next").and_then(|next| next.as_str()),
                next,
                "{query}"
            );
        }
        assert_eq!(page(&versions(&[]), ""), Ok("{\"modules\":[]}\n".into()));
        for query in ["pagesize=0", "pagesize=x", "token=%ff"] {
            let said = page(&held, query).unwrap_err();
            assert_eq!(said.lines().count(), 1, "{query}: {said}");
        }
    }
}
