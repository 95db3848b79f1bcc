//! Where something is fetched from: a URL whose login is kept apart, so that it is never shown.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// What stands in the place of a login.
const HIDDEN: &str = "xxxxx";

/// A URL without its login, and the login. What prints it prints the first alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    url: String,
    login: Option<Login>,
}

/// The user and the password of a URL. It is not printed, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl Login {
    /// This user with this password.
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Login {
            user: user.into(),
            password: password.into(),
        }
    }

    /// The value of the header `Authorization`.
    pub fn header(&self) -> String {
        let pair = [&self.user[..], b":", &self.password[..]].concat();
        format!("Basic {}", STANDARD.encode(pair))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Place {
    /// Reads a URL. What follows its scheme up to an `@` is a login, percent-encoded. Where that
    /// is malformed there is no telling what of it is secret: nothing of the URL is kept then.
    pub fn parse(url: &str) -> Self {
        let trimmed = url.trim_end_matches('/');
        let Some((scheme, rest)) = trimmed.split_once("://") else {
            return Place::bare(trimmed.to_string());
        };
        match split(rest) {
            Split::Open => Place::bare(trimmed.to_string()),
            Split::Malformed => Place::bare(format!("{scheme}://{HIDDEN}")),
            Split::Login(login, rest) => {
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
                Place {
                    url: format!("{scheme}://{rest}"),
                    login: Some(Login::new(decoded(user), decoded(password))),
                }
            }
        }
    }

    /// A URL, without a login in it, that is reached with `login`.
    pub fn with(url: &str, login: Option<Login>) -> Self {
        Place {
            login,
            ..Place::parse(url)
        }
    }

    fn bare(url: String) -> Self {
        Place { url, login: None }
    }

    /// What lies under the slashed name `name` below this.
    pub fn join(&self, name: &str) -> Self {
        Place {
            url: format!("{}/{name}", self.url),
            login: self.login.clone(),
        }
    }

    /// The URL without its login.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The login that stood in the URL.
    pub fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// True for a URL that speaks TLS.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// The file that a `file:` URL names, percent-decoded; none for another scheme or host.
    pub fn file(&self) -> Option<PathBuf> {
        let rest = self.url.strip_prefix("file://")?;
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        if !path.starts_with('/') {
            return None;
        }
        let bytes: Vec<u8> = percent_decode_str(path).collect();
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            Some(std::ffi::OsString::from_vec(bytes).into())
        }
        #[cfg(not(unix))]
        {
            // `/C:/tree` is a drive and a folder of it.
            let text = String::from_utf8(bytes).ok()?;
            let drive = text.get(1..).filter(|t| t.as_bytes().get(1) == Some(&b':'));
            Some(drive.unwrap_or(&text).into())
        }
    }

    /// Where a redirect from here to `location` leads. The login goes with it only to the same
    /// server: another one has no business with it.
    pub fn redirected(&self, location: &str) -> Self {
        let location = location.split('#').next().unwrap_or("");
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("https", &self.url));
        let authority = authority(rest);
        let to = if location.contains("://") {
            location.to_string()
        } else if let Some(rest) = location.strip_prefix("//") {
            format!("{scheme}://{rest}")
        } else if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else {
            let path = self.url.split('?').next().unwrap_or("");
            let folder = path.rfind('/').map_or(path, |end| &path[..end]);
            format!("{folder}/{location}")
        };
        let to = Place::parse(&to).url;
        let login = self.login.clone().filter(|_| self.origin() == origin(&to));
        Place { url: to, login }
    }

    /// True if both are the same server.
    pub fn is_beside(&self, other: &Place) -> bool {
        self.origin() == origin(&other.url)
    }

    fn origin(&self) -> String {
        origin(&self.url)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = authority(rest);
    let usual = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let host = authority.strip_suffix(usual).unwrap_or(authority);
    format!("{scheme}://{host}").to_ascii_lowercase()
}

/// What stands before the path.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

/// What follows `://`.
enum Split<'a> {
    /// No login.
    Open,
    /// The login, and the rest.
    Login(&'a str, &'a str),
    /// Something with an `@` that is no host with a port: a password with a `/` that is not
    /// percent-encoded looks like this.
    Malformed,
}

fn split(rest: &str) -> Split<'_> {
    let authority = authority(rest);
    if let Some(at) = authority.rfind('@') {
        return Split::Login(&rest[..at], &rest[at + 1..]);
    }
    let port = match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port,
        _ => "",
    };
    if rest.contains('@') && !port.bytes().all(|b| b.is_ascii_digit()) {
        return Split::Malformed;
    }
    Split::Open
}

/// What nobody is to see of settings such as GOPROXY: the login of each URL, and its parts, which
/// programs tell alone where they cannot read the whole. The longest come first.
pub fn secrets(settings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for element in settings.iter().flat_map(|list| list.split([',', '|'])) {
        let rest = element.split_once("://").map_or(element, |(_, rest)| rest);
        let Some((login, _)) = rest.rsplit_once('@') else {
            continue;
        };
        found.push(login.to_string());
        found.extend(percent_decoded(login));
        let password = login
            .split_once(':')
            .map_or(login, |(_, password)| password);
        let parts = |c: char| !c.is_alphanumeric();
        let parts = std::iter::once(password).chain(password.split(parts));
        found.extend(parts.filter(|part| part.len() > 3).map(str::to_string));
    }
    found.retain(|secret| !secret.is_empty());
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.dedup();
    found
}

fn percent_decoded(login: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(login).decode_utf8();
    decoded.ok().map(|text| text.into_owned())
}

/// The text with `xxxxx` in place of the login of every URL in it, and of every one of `secrets`.
pub fn hidden(text: &str, secrets: &[String]) -> String {
    let text = redacted(text);
    secrets
        .iter()
        .fold(text, |text, secret| text.replace(secret.as_str(), HIDDEN))
}

/// The text with `xxxxx` in place of the login of every URL in it.
pub fn redacted(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ',' | '|');
        let end = after.find(ends).unwrap_or(after.len());
        let word = &after[..end];
        match split(word) {
            Split::Open => shown.push_str(word),
            Split::Login(_, host) => shown.push_str(&format!("{HIDDEN}@{host}")),
            Split::Malformed => shown.push_str(HIDDEN),
        }
        rest = &after[end..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_hidden_however_it_is_told() {
        for (setting, told) in [
            (
                "http://us3r:s3cr3t pw@h/x",
                "parse \"http://us3r:s3cr3t pw@h/x\": invalid userinfo",
            ),
            (
                "http://us3r:s3cr3t/pw@h/x",
                "parse: invalid port \":s3cr3t\" after host",
            ),
            (
                "https://a,http://us3r:s3cr3t%40pw@h|off",
                "login us3r:s3cr3t@pw refused",
            ),
            ("us3r:s3cr3t\"pw@h", "parse \"us3r:s3cr3t\\\"pw@h\""),
        ] {
            let shown = hidden(told, &secrets(&[setting]));
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
        assert!(secrets(&["https://proxy.test,direct", ""]).is_empty());
    }

    #[test]
    fn takes_the_login_out() {
        let basic = |pair: &str| Some(format!("Basic {}", STANDARD.encode(pair)));
        for (text, url, header) in [
            ("https://h/x/", "https://h/x", None),
            ("https://u:p@h/x", "https://h/x", basic("u:p")),
            (
                "https://u%40corp:p%2F%3a@h:1",
                "https://h:1",
                basic("u@corp:p/:"),
            ),
            ("https://token@h", "https://h", basic("token:")),
            ("https://u:p@q@h", "https://h", basic("u:p@q")),
            ("https://h/m/@v/list", "https://h/m/@v/list", None),
            ("https://[::1]:80/@v", "https://[::1]:80/@v", None),
            ("https://u:p/q@h/x", "https://xxxxx", None),
            ("file:///a%20b", "file:///a%20b", None),
        ] {
            let place = Place::parse(text);
            assert_eq!(place.url(), url, "{text}");
            assert_eq!(place.login().map(Login::header), header, "{text}");
            assert!(!format!("{place:?}").contains("p%2F"), "{place:?}");
        }
    }

    #[test]
    fn hides_logins_in_a_text() {
        for (text, shown) in [
            ("a https://u:p@h/x: refused", "a https://xxxxx@h/x: refused"),
            (
                "https://t@h,http://u:p@g|direct",
                "https://xxxxx@h,http://xxxxx@g|direct",
            ),
            ("https://u:p/q@h/x", "https://xxxxx"),
            ("https://h:80/m/@v/list", "https://h:80/m/@v/list"),
            ("no url at all @ home", "no url at all @ home"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn a_login_stays_with_its_server() {
        let place = Place::parse("https://u:p@h/a/b?c=/d");
        for (location, url, login) in [
            ("/x", "https://h/x", true),
            ("x", "https://h/a/x", true),
            ("https://H:443/x#y", "https://H:443/x", true),
            ("//h/x", "https://h/x", true),
            ("https://h:8443/x", "https://h:8443/x", false),
            ("http://h/x", "http://h/x", false),
            ("https://h.example/x", "https://h.example/x", false),
            ("https://u:p@g/x", "https://g/x", false),
        ] {
            let to = place.redirected(location);
            assert_eq!((to.url(), to.login().is_some()), (url, login), "{location}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn finds_the_file() {
        for (url, file) in [
            ("file:///a%20b/c", Some("/a b/c")),
            ("file://localhost/a", Some("/a")),
            ("file://elsewhere/a", None),
            ("https://h/a", None),
        ] {
            assert_eq!(Place::parse(url).file(), file.map(PathBuf::from), "{url}");
        }
    }
}
