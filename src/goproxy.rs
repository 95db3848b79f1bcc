//! The value of GOPROXY (go.dev/ref/mod#goproxy-protocol): a list of places to ask in turn.

/// One place of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is.
    pub what: What,
    /// True when the next place is asked after any failure (`|`), not only after a "not
    /// found" (`,`).
    pub past_any_error: bool,
}

/// What a place is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A proxy, by its URL without a final slash.
    Proxy(String),
    /// Version control, or the checksum database itself.
    Direct,
    /// Nothing more is asked.
    Off,
}

/// Reads the list. A URL without a scheme becomes `https://`, as go has it; empty places are
/// passed over, and what follows `direct` or `off` is never asked.
pub fn parse(list: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find([',', '|']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let past_any_error = after.starts_with('|');
        rest = after.get(1..).unwrap_or("");
        let what = match word.trim() {
            "" => continue,
            "direct" => What::Direct,
            "off" => What::Off,
            url if url.contains("://") => What::Proxy(url.trim_end_matches('/').to_string()),
            host => What::Proxy(format!("https://{}", host.trim_end_matches('/'))),
        };
        let ends = !matches!(what, What::Proxy(_));
        places.push(Place {
            what,
            past_any_error,
        });
        if ends {
            break;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list() {
        let proxy = |url: &str, past_any_error| Place {
            what: What::Proxy(url.into()),
            past_any_error,
        };
        let last = |what| Place {
            what,
            past_any_error: false,
        };
        let table = [
            ("", vec![]),
            ("off", vec![last(What::Off)]),
            (
                "https://a/,direct",
                vec![proxy("https://a", false), last(What::Direct)],
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
            ("direct,https://a", vec![last(What::Direct)]),
        ];
        for (list, want) in table {
            assert_eq!(parse(list), want, "{list}");
        }
    }
}
