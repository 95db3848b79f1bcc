//! The value of GOPROXY (go.dev/ref/mod#goproxy-protocol): a list of proxies to ask in turn.

use std::str::FromStr;

use super::place::{Login, Place, redacted};

/// One element of the list (`proxySpec` in cmd/go/internal/modfetch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySpec {
    /// Where it leads.
    pub kind: ProxyKind,
    /// The login that stood in its URL.
    pub login: Option<Login>,
    /// True when the next one is asked after any failure (`|`), not only after a "not
    /// found" (`,`).
    pub fall_back_on_error: bool,
}

/// Where modules come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyKind {
    /// A proxy, by its URL without a final slash and without a login.
    Proxy(String),
    /// Version control, or the checksum database itself.
    Direct,
    /// Nothing more is asked.
    Off,
}

/// A list that was typed for go to use as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyList(pub String);

impl FromStr for ProxyList {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let mut elements = list.split([',', '|']).map(str::trim).peekable();
        if elements.next_if(|first| first.is_empty()).is_some() {
            return Err("there is no URL; write one such as http://buildhost:8080".to_string());
        }
        for element in elements {
            let known = ["http://", "https://", "file://", "direct", "off", ""];
            match known.iter().find(|start| element.starts_with(**start)) {
                Some(start) if start.ends_with("//") => {
                    let rest = &element[start.len()..];
                    if rest.is_empty() || rest.contains(char::is_whitespace) {
                        let element = shown(element);
                        return Err(format!("{element} names no server, or has a blank in it"));
                    }
                }
                Some(start) if *start == element => {}
                _ if element.contains("://") => {
                    return Err(format!(
                        "go knows no {}; write http://, https:// or file://",
                        shown(element)
                    ));
                }
                _ => {
                    let element = shown(element);
                    return Err(format!(
                        "go takes {element} for https; write http://{element}"
                    ));
                }
            }
        }
        Ok(ProxyList(list.to_string()))
    }
}

/// Reads the list. A URL without a scheme becomes `https://`, as go has it; empty elements are
/// passed over, and what follows `direct` or `off` is never asked.
pub fn parse(list: &str) -> Vec<ProxySpec> {
    let mut specs = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find([',', '|']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let fall_back_on_error = after.starts_with('|');
        rest = after.get(1..).unwrap_or("");
        let proxy = |url: &str| {
            let place = Place::parse(url);
            (
                ProxyKind::Proxy(place.url().to_string()),
                place.login().cloned(),
            )
        };
        let (kind, login) = match word.trim() {
            "" => continue,
            "direct" => (ProxyKind::Direct, None),
            "off" => (ProxyKind::Off, None),
            url if url.contains("://") => proxy(url),
            host => proxy(&format!("https://{host}")),
        };
        let ends = !matches!(kind, ProxyKind::Proxy(_));
        specs.push(ProxySpec {
            kind,
            login,
            fall_back_on_error,
        });
        if ends {
            break;
        }
    }
    specs
}

/// The list with `xxxxx` in place of every login.
pub fn shown(list: &str) -> String {
    let elements = list.split_inclusive([',', '|']).map(|element| {
        if element.contains("://") || !element.contains('@') {
            return redacted(element);
        }
        // go takes it for https.
        let whole = redacted(&format!("https://{}", element.trim_start()));
        whole.replacen("https://", "", 1)
    });
    elements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_login() {
        for (list, want) in [
            ("https://h,direct", "https://h,direct"),
            ("https://u:p@h|t@g/x,off", "https://xxxxx@h|xxxxx@g/x,off"),
            ("u:p@h:8080", "xxxxx@h:8080"),
        ] {
            assert_eq!(shown(list), want);
            let specs = format!("{:?}", parse(list));
            assert!(!specs.contains("u:p") && !specs.contains("t@"), "{specs}");
        }
    }

    #[test]
    fn what_go_would_take_for_something_else_is_refused() {
        for (list, said) in [
            ("http://build:8080", ""),
            ("https://a/b,http://c|direct", ""),
            ("file:///srv/goproxy,off", ""),
            ("http://", "http:// names no server, or has a blank in it"),
            (
                "http://a b",
                "http://a b names no server, or has a blank in it",
            ),
            ("http://new, http://old", ""),
            (
                "build:8080",
                "go takes build:8080 for https; write http://build:8080",
            ),
            (
                "http://a,b.example",
                "go takes b.example for https; write http://b.example",
            ),
            ("u:p@b", "go takes xxxxx@b for https; write http://xxxxx@b"),
            (
                "offline",
                "go takes offline for https; write http://offline",
            ),
            (
                "ftp://a",
                "go knows no ftp://a; write http://, https:// or file://",
            ),
            (
                "",
                "there is no URL; write one such as http://buildhost:8080",
            ),
        ] {
            let read = list.parse::<ProxyList>();
            assert_eq!(read.err().unwrap_or_default(), said, "{list}");
        }
    }

    #[test]
    fn reads_the_list() {
        let proxy = |url: &str, fall_back_on_error| ProxySpec {
            kind: ProxyKind::Proxy(url.into()),
            login: None,
            fall_back_on_error,
        };
        let last = |kind| ProxySpec {
            kind,
            login: None,
            fall_back_on_error: false,
        };
        let table = [
            ("", vec![]),
            ("off", vec![last(ProxyKind::Off)]),
            (
                "https://a/,direct",
                vec![proxy("https://a", false), last(ProxyKind::Direct)],
            ),
            (
                "https://a|http://b/x",
                vec![proxy("https://a", true), proxy("http://b/x", false)],
            ),
            (
                "a.example, ,b.example",
                vec![
                    proxy("https://a.example", false),
                    proxy("https://b.example", false),
                ],
            ),
            ("direct,https://a", vec![last(ProxyKind::Direct)]),
        ];
        for (list, want) in table {
            assert_eq!(parse(list), want, "{list}");
        }
    }
}
