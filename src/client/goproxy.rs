//! The value of GOPROXY (go.dev/ref/mod#goproxy-protocol): a list of proxies to ask in turn.

/// One element of the list (`proxySpec` in cmd/go/internal/modfetch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySpec {
    /// Where it leads.
    pub kind: ProxyKind,
    /// True when the next one is asked after any failure (`|`), not only after a "not
    /// found" (`,`).
    pub fall_back_on_error: bool,
}

/// Where modules come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyKind {
    /// A proxy, by its URL without a final slash.
    Proxy(String),
    /// Version control, or the checksum database itself.
    Direct,
    /// Nothing more is asked.
    Off,
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
        let kind = match word.trim() {
            "" => continue,
            "direct" => ProxyKind::Direct,
            "off" => ProxyKind::Off,
            url if url.contains("://") => ProxyKind::Proxy(url.trim_end_matches('/').to_string()),
            host => ProxyKind::Proxy(format!("https://{}", host.trim_end_matches('/'))),
        };
        let ends = !matches!(kind, ProxyKind::Proxy(_));
        specs.push(ProxySpec {
            kind,
            fall_back_on_error,
        });
        if ends {
            break;
        }
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list() {
        let proxy = |url: &str, fall_back_on_error| ProxySpec {
            kind: ProxyKind::Proxy(url.into()),
            fall_back_on_error,
        };
        let last = |kind| ProxySpec {
            kind,
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
