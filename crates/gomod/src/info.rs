//! `.info` files: which version a query means, and when and where it was committed.
//!
//! Specification: <https://go.dev/ref/mod#goproxy-protocol>, the reply to
//! `$base/$module/@v/$version.info`.

use serde_json::{Map, Value};

use crate::pseudo::PseudoVersion;
use crate::time;

/// The content of an `.info` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The canonical version.
    pub version: String,
    /// The commit's time in RFC 3339, spelled as it was read.
    pub time: Option<String>,
    /// Where the version came from; the text that Go knows are strings.
    pub origin: Option<Map<String, Value>>,
}

/// An `.info` file that Go would not read.
#[derive(Debug, thiserror::Error)]
pub enum InfoError {
    /// Not JSON.
    #[error("info is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but not an object.
    #[error("info is not a JSON object")]
    NotAnObject,
    /// No version, or one that is no string.
    #[error("info has no version")]
    NoVersion,
    /// A time that is no string of RFC 3339.
    #[error("info has the time {0}, which is not RFC 3339")]
    Time(Value),
    /// An origin that is no object.
    #[error("info has the origin {0}, which is not an object")]
    Origin(Value),
    /// A known field of the origin that is no string.
    #[error("info has the origin field {0:?}, which is not a string")]
    OriginField(String),
}

/// The fields of an origin in the order in which Go writes them.
const ORIGIN_FIELDS: [&str; 8] = [
    "VCS",
    "URL",
    "Subdir",
    "Hash",
    "TagPrefix",
    "TagSum",
    "Ref",
    "RepoSum",
];

impl Info {
    /// Reads an `.info` file. Unknown fields are dropped, names of fields may differ in case,
    /// `null` counts as missing.
    ///
    /// # Errors
    /// Go would not read it: it is not JSON, `Version` is missing, `Time` is not RFC 3339, or
    /// `Origin` is not an object whose known fields are strings.
    pub fn parse(text: &[u8]) -> Result<Info, InfoError> {
        let Value::Object(fields) = serde_json::from_slice(text)? else {
            return Err(InfoError::NotAnObject);
        };
        let version = match field(&fields, "Version") {
            Some(Value::String(version)) if !version.is_empty() => version.clone(),
            _ => return Err(InfoError::NoVersion),
        };
        let time = match field(&fields, "Time") {
            None => None,
            Some(Value::String(time)) if time::is_rfc3339(time) => Some(time.clone()),
            Some(other) => return Err(InfoError::Time(other.clone())),
        };
        let origin = match field(&fields, "Origin") {
            None => None,
            Some(Value::Object(origin)) => Some(origin.clone()),
            Some(other) => return Err(InfoError::Origin(other.clone())),
        };
        for (name, value) in origin.iter().flatten() {
            let known = ORIGIN_FIELDS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name));
            if known && !matches!(value, Value::String(_) | Value::Null) {
                return Err(InfoError::OriginField(name.clone()));
            }
        }
        Ok(Info {
            version,
            time,
            origin,
        })
    }

    /// What is known of a version from its name alone: the time if it is a pseudo-version.
    pub fn derived(version: impl Into<String>) -> Info {
        let version = version.into();
        let time = PseudoVersion::parse(&version).and_then(|pseudo| pseudo.time_rfc3339());
        Info {
            version,
            time,
            origin: None,
        }
    }

    /// The file as Go writes it: one line of JSON without a line feed, the fields `Version`, `Time`
    /// and `Origin` in this order, none of them if missing.
    pub fn to_json(&self) -> Vec<u8> {
        let mut fields = vec![member("Version", &self.version.as_str().into())];
        if let Some(time) = &self.time {
            fields.push(member("Time", &time.as_str().into()));
        }
        if let Some(origin) = &self.origin {
            let mut origin: Vec<(&String, &Value)> = origin.iter().collect();
            let place = |name: &str| ORIGIN_FIELDS.iter().position(|&known| known == name);
            origin.sort_by_key(|(name, _)| place(name).unwrap_or(ORIGIN_FIELDS.len()));
            let origin: Vec<String> = origin.iter().map(|(n, value)| member(n, value)).collect();
            fields.push(format!("\"Origin\":{{{}}}", origin.join(",")));
        }
        format!("{{{}}}", fields.join(",")).into_bytes()
    }
}

/// A field by its name, else by its name in another case; `null` is none.
fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| {
            fields
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

fn member(name: &str, value: &Value) -> String {
    format!("{}:{value}", Value::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_read_in_the_order_of_go() {
        for (text, want) in [
            (r#"{"Version":"v1.0.0"}"#, r#"{"Version":"v1.0.0"}"#),
            (
                r#" {"Time": "2019-11-09T02:19:31Z", "version": "v1.0.0", "Name": 7} "#,
                r#"{"Version":"v1.0.0","Time":"2019-11-09T02:19:31Z"}"#,
            ),
            (
                r#"{"Version":"v1.0.0","Time":null,"Origin":{"Ref":"r","Hash":"h","VCS":"git","X":{"a":1}}}"#,
                r#"{"Version":"v1.0.0","Origin":{"VCS":"git","Hash":"h","Ref":"r","X":{"a":1}}}"#,
            ),
            // Numbers of which a quick reader gets the last digit wrong.
            (
                r#"{"Version":"v1.0.0","Origin":{"X":[2.5e33,9006199254640993.25]}}"#,
                r#"{"Version":"v1.0.0","Origin":{"X":[2.5e+33,9006199254640993.0]}}"#,
            ),
        ] {
            let info = Info::parse(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(info.to_json()).unwrap(), want);
            assert_eq!(Info::parse(&info.to_json()).unwrap(), info);
        }
    }

    #[test]
    fn refuses_what_go_would_not_read() {
        for (text, want) in [
            ("[]", "info is not a JSON object"),
            ("{}", "info has no version"),
            (r#"{"Version":""}"#, "info has no version"),
            (r#"{"Version":1}"#, "info has no version"),
            (
                r#"{"Version":"v1.0.0","Time":"yesterday"}"#,
                "info has the time \"yesterday\", which is not RFC 3339",
            ),
            (
                r#"{"Version":"v1.0.0","Time":5}"#,
                "info has the time 5, which is not RFC 3339",
            ),
            (
                r#"{"Version":"v1.0.0","Origin":"git"}"#,
                "info has the origin \"git\", which is not an object",
            ),
            (
                r#"{"Version":"v1.0.0","Origin":{"hash":1}}"#,
                "info has the origin field \"hash\", which is not a string",
            ),
        ] {
            assert_eq!(Info::parse(text.as_bytes()).unwrap_err().to_string(), want);
        }
        for text in [
            "",
            "<html>",
            "{\"Version\":\"v1.0.0\"} x",
            "{\"Version\":\"\u{1}\"}",
        ] {
            assert!(
                matches!(Info::parse(text.as_bytes()), Err(InfoError::Json(_))),
                "{text}"
            );
        }
        assert!(Info::parse("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn derives_the_time_from_a_pseudo_version() {
        for (version, time) in [
            (
                "v0.0.0-20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            ("v0.0.0-20191399021931-daa7c04131f5", None),
            ("v1.0.0", None),
        ] {
            assert_eq!(Info::derived(version).time.as_deref(), time);
        }
    }
}
