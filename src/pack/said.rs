//! What go says when a command fails, read for what a person should hear of it.

use gomod::module;

use crate::client::place::redacted;

/// The lines that are neither progress nor headings.
pub fn telling(said: &str) -> impl Iterator<Item = &str> {
    let progress = [
        "go: downloading ",
        "go: finding ",
        "go: found ",
        "go: extracting ",
        "go: upgraded ",
        "go: added ",
    ];
    said.lines().map(str::trim).filter(move |line| {
        let heading = line.starts_with("# ") || line.starts_with("go: warning: ");
        // Packages whose tests are well, and one that is named by its own line.
        let other = ["ok  \t", "?   \t", "=== ", "PASS"];
        let heading =
            heading || *line == "FAIL" || other.iter().any(|start| line.starts_with(start));
        !line.is_empty() && !heading && !progress.iter().any(|start| line.starts_with(start))
    })
}

/// The line that tells why: the first that is neither progress nor a heading.
pub fn reason(said: &str) -> String {
    let mut lines = telling(said).peekable();
    let mut told = String::new();
    while let Some(line) = lines.next() {
        told += if told.is_empty() { "" } else { " " };
        told += line.strip_prefix("vet: ").unwrap_or(line);
        // "go: a requires" and "go: updates needed:" go on in the next line.
        let goes_on = [" requires", " imports", " tested by", ":"];
        let is_chain = lines
            .peek()
            .is_some_and(|next| next.starts_with("imports "));
        if !is_chain && !goes_on.iter().any(|end| told.ends_with(end)) {
            break;
        }
    }
    let told = without_address(&redacted(&told));
    let end = told.char_indices().nth(300).map_or(told.len(), |(i, _)| i);
    let cut = if end < told.len() { "…" } else { "" };
    let told = without_times(&told[..end]);
    // "FAIL\tpackage\t0.004s"
    let told = match told.rsplit_once('\t') {
        Some((line, time))
            if time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            line
        }
        _ => &told,
    };
    format!("{}{cut}", told.replace('\t', " "))
}

/// Leaves out from where something was read, `reading https://…: 404 Not Found`: the address is
/// this side's own, and what was read is told before it.
fn without_address(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("reading http") {
        let (before, after) = rest.split_at(start);
        let end = after.find(": ").map_or(after.len(), |end| end + 2);
        left += before;
        rest = &after[end..];
    }
    left + rest
}

/// Leaves out how long something took, `(0.02s)`: it is another time in the next run.
fn without_times(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let inner = &rest[open + 1..];
        let close = inner.find(')').unwrap_or(0);
        let time = inner[..close].strip_suffix('s');
        if time
            .is_some_and(|t| t.contains('.') && t.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        {
            left += rest[..open].trim_end();
            rest = &inner[close + 1..];
        } else {
            left += &rest[..=open];
            rest = inner;
        }
    }
    left + rest
}

/// A module version that a proxy or server refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// `path@version`.
    pub module: String,
    /// The status: `404 Not Found`.
    pub status: String,
}

/// The module versions that a proxy or server refused, as go names them: `path@version: …`
/// in a line that ends in an HTTP status.
pub fn refused(said: &str) -> Vec<Refused> {
    let statuses = [
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "410 Gone",
    ];
    let mut modules = Vec::new();
    for line in said.lines() {
        let Some(status) = statuses.iter().find(|s| line.contains(*s)) else {
            continue;
        };
        let named = line
            .split_whitespace()
            .map(|w| w.trim_end_matches(':'))
            .find(|w| {
                w.split_once('@').is_some_and(|(path, version)| {
                    !version.is_empty() && module::check_path(path).is_ok()
                })
            });
        if let Some(module) = named {
            modules.push(Refused {
                module: module.to_string(),
                status: status.to_string(),
            });
        }
    }
    modules.sort();
    modules.dedup();
    modules
}

/// The line that tells that upstream is out of order, so that another try may go better.
pub fn out_of_order(said: &str) -> Option<String> {
    let signs = [
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
        "connection refused",
        "connection reset",
        "i/o timeout",
        "TLS handshake timeout",
        "unexpected EOF",
        "context deadline exceeded",
        "network is unreachable",
        "server misbehaving",
    ];
    // The host of a module itself may be gone for good.
    let direct = ["unrecognized import path", "?go-get=1", "git "];
    line_with(said, &signs).filter(|line| !direct.iter().any(|sign| line.contains(sign)))
}

fn line_with(said: &str, signs: &[&str]) -> Option<String> {
    let mut lines = said.lines().map(str::trim);
    let line = lines.find(|line| signs.iter().any(|sign| line.contains(sign)))?;
    Some(redacted(line.strip_prefix("go: ").unwrap_or(line)))
}

/// The line that tells that nothing could be reached: no network, or no login.
pub fn unreached(said: &str) -> Option<String> {
    let signs = [
        "dial tcp",
        "no such host",
        "connection refused",
        "connection reset",
        "network is unreachable",
        "i/o timeout",
        "context deadline exceeded",
        "TLS handshake",
        "tls: ",
        "x509: ",
        "server misbehaving",
        "disabled by GOPROXY=off",
        "401 Unauthorized",
        "407 Proxy Authentication",
        "could not read Username",
        "terminal prompts disabled",
        "Permission denied (publickey",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ];
    line_with(said, &signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_neither_progress_nor_a_heading() {
        for (said, want) in [
            (
                "go: downloading a.test v1.0.0\n# app.test\n./main.go:7:2: undefined: x\n",
                "./main.go:7:2: undefined: x",
            ),
            (
                "# app.test\n# [app.test]\nvet: ./main.go:7:2: bad\n",
                "./main.go:7:2: bad",
            ),
            (
                "go: warning: \"./...\" matched no packages\nno packages to vet\n",
                "no packages to vet",
            ),
            (
                "go: a.test imports\n\tb.test tested by\n\tb.test.test imports\n\tgone.test: gone\n",
                "go: a.test imports b.test tested by b.test.test imports gone.test: gone",
            ),
            (
                "go: a.test@v1.0.0 requires\n\tb.test@v1.0.0: reading https://u:p@h/x: 404 Not Found\n",
                "go: a.test@v1.0.0 requires b.test@v1.0.0: 404 Not Found",
            ),
            (
                "go: updates to go.mod needed:\n\tgo: x\n",
                "go: updates to go.mod needed: go: x",
            ),
            (
                "package a.test/a\n\timports a.test/b from a.go\n\timports a.test/a from b.go: import cycle\nx\n",
                "package a.test/a imports a.test/b from a.go imports a.test/a from b.go: import cycle",
            ),
            ("--- FAIL: TestX (0.02s)\n", "--- FAIL: TestX"),
            ("f(x) fails (1.5s) here\n", "f(x) fails here"),
            (
                "ok  \ta.test/a\t0.003s [no tests to run]\n?   \ta.test/b\t[no test files]\npanic: no\nFAIL\ta.test/c\t0.004s\nFAIL\n",
                "panic: no",
            ),
            ("FAIL\ta.test/c\t0.004s\nFAIL\n", "FAIL a.test/c"),
            (
                "go: Get \"https://u:p@h/x\": no\n",
                "go: Get \"https://xxxxx@h/x\": no",
            ),
            ("", ""),
        ] {
            assert_eq!(reason(said), want, "{said}");
        }
        assert_eq!(reason(&"ä".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn finds_what_upstream_refused() {
        let said = "go: downloading example.com/a v1.0.0\n\
            go: example.com/b@v1.2.0 requires\n\
            \texample.com/c@v0.1.0: reading https://p.example/example.com/c/@v/v0.1.0.mod: 403 Forbidden\n\
            go: example.com/d@v0.2.0: reading https://p.example/example.com/d/@v/v0.2.0.info: 404 Not Found\n";
        let found: Vec<String> = refused(said)
            .into_iter()
            .map(|r| format!("{} {}", r.module, r.status))
            .collect();
        assert_eq!(
            found,
            [
                "example.com/c@v0.1.0 403 Forbidden",
                "example.com/d@v0.2.0 404 Not Found"
            ]
        );
    }

    #[test]
    fn a_proxy_that_is_out_of_order_is_no_refusal() {
        for (said, want) in [
            (
                "go: a.test@v1.0.0: reading https://p.test/x: 503 Service Unavailable",
                true,
            ),
            (
                "go: a.test@v1.0.0: Get \"https://p.test/x\": dial tcp 192.0.2.1:443: i/o timeout",
                true,
            ),
            (
                "go: a.test@v1.0.0: reading https://p.test/x: 404 Not Found",
                false,
            ),
            (
                "go: a.test@v1.0.0: unrecognized import path \"a.test\": https fetch: Get \"https://a.test/?go-get=1\": dial tcp 192.0.2.1:443: i/o timeout",
                false,
            ),
        ] {
            assert_eq!(out_of_order(said).is_some(), want, "{said}");
        }
    }

    #[test]
    fn tells_no_network_from_a_refusal() {
        for (said, want) in [
            (
                "go: a.test@v1.0.0: Get \"https://p.test/\": dial tcp: lookup p.test: no such host",
                true,
            ),
            (
                "go: a.test@v1.0.0: module lookup disabled by GOPROXY=off",
                true,
            ),
            (
                "go: a.test@v1.0.0: reading https://p.test/: 401 Unauthorized",
                true,
            ),
            (
                "go: a.test@v1.0.0: reading https://p.test/: 404 Not Found",
                false,
            ),
            ("./main.go:7:2: undefined: x", false),
        ] {
            assert_eq!(unreached(said).is_some(), want, "{said}");
        }
    }
}
