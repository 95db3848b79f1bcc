//! Rules for GOPROXY: does go ask this bag, and nobody else?

use std::path::Path;

use super::finding::Finding;
use super::host::Host;
use crate::client::fetch;
use crate::client::goproxy::{self, ProxyKind};

const REMEDY: &str = r#"gobag exec -- go build ./... # or gobag serve, and eval "$(gobag env)""#;

/// What came of asking a proxy for something that this bag has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The proxy has it.
    Has,
    /// The proxy answers and does not have it.
    Lacks,
    /// The proxy does not answer, and why.
    Silent(String),
    /// Nobody was asked: this program cannot be behind such a URL.
    Unasked,
}

/// Holds GOPROXY against what its first place answered.
pub fn check(host: &Host, first: &Reach) -> Vec<Finding> {
    if !host.is_set("GOPROXY") {
        let what = "GOPROXY is not set here: go asks the network and not this bag";
        return vec![Finding::note(what, REMEDY)];
    }
    let told = host.told("GOPROXY");
    let warning = |what: &str, remedy: &str| Finding::warning(format!("{told}: {what}"), remedy);
    let specs = goproxy::parse(host.get("GOPROXY"));
    let Some(ProxyKind::Proxy(url)) = specs.first().map(|p| &p.kind) else {
        return vec![warning("go does not ask this bag", REMEDY)];
    };
    let mut found = Vec::new();
    match first {
        Reach::Has => {}
        Reach::Lacks => {
            let what = "the proxy there does not have what this bag has";
            found.push(warning(what, REMEDY));
        }
        Reach::Silent(why) => found.push(warning(&format!("no answer from there: {why}"), REMEDY)),
        Reach::Unasked if is_plain(url) => {
            let what = format!(
                "go speaks TLS to {url}, and gobag serve does not unless something in front of it does"
            );
            let plain = url.replacen("https://", "http://", 1);
            return vec![warning(&what, &format!("set GOPROXY={plain}"))];
        }
        Reach::Unasked => found.push(warning("go asks there and not this bag", REMEDY)),
    }
    if specs.iter().any(|p| p.kind == ProxyKind::Direct) {
        let what = "for what the proxy lacks go tries version control, which takes long to fail without a network";
        found.push(warning(what, &format!("set GOPROXY={url}")));
    }
    found
}

/// True for an address that nobody has a certificate for: loopback, a number or a port.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or("");
    host.contains(':') || host == "localhost" || host.parse::<std::net::IpAddr>().is_ok()
}

/// Asks the first place of GOPROXY for `name`, an entry of this bag. A folder is looked into, a
/// plain server is asked; a server behind TLS is not.
pub fn reach(list: &str, name: &str) -> Reach {
    let specs = goproxy::parse(list);
    let Some(ProxyKind::Proxy(url)) = specs.first().map(|p| &p.kind) else {
        return Reach::Unasked;
    };
    if let Some(folder) = url.strip_prefix("file://").map(Path::new) {
        return match folder.is_dir() {
            _ if folder.join(name).is_file() => Reach::Has,
            true => Reach::Lacks,
            false => Reach::Silent("there is no such folder".to_string()),
        };
    }
    if !url.starts_with("http://") {
        return Reach::Unasked;
    }
    match fetch::is_found(&format!("{url}/{name}")) {
        Ok(true) => Reach::Has,
        Ok(false) => Reach::Lacks,
        Err(e) => Reach::Silent(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::host::tests::host;
    use super::*;

    fn told(list: &str, first: Reach) -> Vec<String> {
        let settings = [("GOPROXY", list)];
        let found = check(&host(&settings), &first);
        found
            .iter()
            .map(|f| format!("{} {}", f.level, f.what))
            .collect()
    }

    #[test]
    fn a_proxy_that_has_it_is_right() {
        let none: [&str; 0] = [];
        assert_eq!(told("http://127.0.0.1:8080", Reach::Has), none);
        assert_eq!(told("file:///tree", Reach::Has), none);
    }

    #[test]
    fn names_what_leads_elsewhere() {
        let by = "in the environment";
        let silent = || Reach::Silent("refused".into());
        for (list, first, want) in [
            (
                "off",
                Reach::Unasked,
                "GOPROXY=off in the environment: go does not ask this bag",
            ),
            (
                "direct",
                Reach::Unasked,
                "GOPROXY=direct in the environment: go does not ask this bag",
            ),
            (
                "http://h",
                Reach::Lacks,
                "GOPROXY=http://h in the environment: the proxy there does not have what this bag has",
            ),
            (
                "http://h",
                silent(),
                "GOPROXY=http://h in the environment: no answer from there: refused",
            ),
            (
                "https://proxy.example",
                Reach::Unasked,
                "GOPROXY=https://proxy.example in the environment: go asks there and not this bag",
            ),
            (
                "localhost:8080",
                Reach::Unasked,
                "GOPROXY=localhost:8080 in the environment: go speaks TLS to https://localhost:8080, and gobag serve does not unless something in front of it does",
            ),
            (
                "http://h,direct",
                Reach::Has,
                "GOPROXY=http://h,direct in the environment: for what the proxy lacks go tries version control, which takes long to fail without a network",
            ),
        ] {
            assert!(want.contains(by));
            assert_eq!(told(list, first), [format!("warning {want}")], "{list}");
        }
    }

    #[test]
    fn go_s_own_default_is_no_fault() {
        let mut host = host(&[]);
        let list = "https://proxy.example,direct";
        host.env.set("GOPROXY", list);
        let found = check(&host, &Reach::Unasked);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].level, Level::Note);
    }

    #[test]
    fn looks_into_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "").unwrap();
        let list = format!("file://{}", dir.path().display());
        assert_eq!(reach(&list, "a"), Reach::Has);
        assert_eq!(reach(&list, "b"), Reach::Lacks);
        assert!(matches!(reach("file:///no/such", "a"), Reach::Silent(_)));
        assert_eq!(reach("https://proxy.example", "a"), Reach::Unasked);
        assert!(matches!(reach("http://127.0.0.1:1", "a"), Reach::Silent(_)));
    }
}
