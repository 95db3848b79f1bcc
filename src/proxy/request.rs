//! What a client asks for, as plain data.

use std::fmt;
use std::net::IpAddr;

/// A request, as plain data.
#[derive(Debug, Default, Clone)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The request target, as it came.
    pub target: String,
    /// The value of `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The value of `If-Range`.
    pub if_range: Option<String>,
    /// The value of `Range`.
    pub range: Option<String>,
    /// The value of `Authorization`.
    pub authorization: Option<Secret>,
    /// The value of the last `X-Forwarded-For`.
    pub forwarded_for: Option<String>,
    /// The value of `Host`.
    pub host: Option<String>,
    /// True where `Accept` names text/html.
    pub wants_html: bool,
    /// True where the last `X-Forwarded-Proto` is https.
    pub forwarded_https: bool,
    /// True where `User-Agent` is that of a go command.
    pub is_go: bool,
    /// True where an answer may be coded as gzip, and its length not be told before: `Accept-Encoding`
    /// and HTTP/1.1.
    pub takes_gzip: bool,
    /// True where no server in between tells of itself: HTTP/1.1, without `Via`, `Forwarded` or
    /// `X-Forwarded-For`.
    pub is_direct: bool,
    /// The address of who connected.
    pub client: Option<IpAddr>,
    /// True where that is this host.
    pub is_near: bool,
}

/// A text that is not printed.
#[derive(Default, Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Request {
    /// What stands for a request that could not be read.
    pub fn unread() -> Self {
        Request {
            method: "-".to_string(),
            target: "-".to_string(),
            ..Request::default()
        }
    }
}

/// True where the value of `Accept-Encoding` names gzip, and not to forbid it (RFC 9110, 12.5.3).
pub fn names_gzip(value: &str) -> bool {
    names(value, "gzip")
}

/// True where the value of `Accept` names text/html itself, and not to forbid it (RFC 9110, 12.5.1).
pub fn names_html(value: &str) -> bool {
    names(value, "text/html")
}

fn names(value: &str, wanted: &str) -> bool {
    value.split(',').any(|word| {
        let (name, weight) = word.split_once(';').unwrap_or((word, "q=1"));
        let (_, weight) = weight.split_once('=').unwrap_or_default();
        let is_wanted = weight
            .trim()
            .parse::<f32>()
            .is_ok_and(|weight| weight > 0.0);
        name.trim().eq_ignore_ascii_case(wanted) && is_wanted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_named_or_not() {
        for (value, want) in [
            ("gzip", true),
            ("br, GZip;q=0.5", true),
            ("gzip; q=1", true),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("gzip;q=x", false),
            ("identity, *", false),
            ("x-gzip", false),
            ("", false),
        ] {
            assert_eq!(names_gzip(value), want, "{value:?}");
        }
    }

    #[test]
    fn html_is_named_or_not() {
        for (value, want) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.1", true),
            ("text/html;q=0", false),
            ("*/*", false),
            ("text/*", false),
            ("", false),
        ] {
            assert_eq!(names_html(value), want, "{value:?}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let request = Request {
            authorization: Some(Secret("Basic YTpi".into())),
            ..Request::default()
        };
        assert!(!format!("{request:?}").contains("YTpi"));
    }
}
