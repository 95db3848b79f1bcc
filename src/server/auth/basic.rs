//! What a client says of itself: `Authorization: Basic …`, by RFC 7617.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A name and a password, as the bytes that came. It has no `Debug`, so that nothing prints it.
pub struct Login {
    /// Up to the first colon.
    pub user: Vec<u8>,
    /// Behind it; more colons are part of the password.
    pub password: Vec<u8>,
}

/// The login in a header's value; none where it is of another kind or no base64.
pub fn parse(header: &str) -> Option<Login> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let mut user = STANDARD.decode(encoded.trim()).ok()?;
    let colon = user.iter().position(|byte| *byte == b':')?;
    let password = user.split_off(colon + 1);
    user.truncate(colon);
    Some(Login { user, password })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_logins() {
        let encoded = |login: &str| format!("Basic {}", STANDARD.encode(login));
        for (header, want) in [
            (encoded("ann:secret"), Some(("ann", "secret"))),
            (encoded("ann:se:cr:et"), Some(("ann", "se:cr:et"))),
            (encoded("änn:пароль"), Some(("änn", "пароль"))),
            (encoded(":x"), Some(("", "x"))),
            (encoded("ann:"), Some(("ann", ""))),
            (encoded("ann"), None),
            ("bAsIc  YTpi ".to_owned(), Some(("a", "b"))),
            ("Basic YTpi=".to_owned(), None),
            ("Basic a:b".to_owned(), None),
            ("Basic".to_owned(), None),
            ("Bearer YTpi".to_owned(), None),
            (String::new(), None),
        ] {
            let login = parse(&header);
            let read = login.map(|l| (l.user, l.password));
            let want = want.map(|(user, password)| (user.into(), password.into()));
            assert_eq!(read, want, "{header}");
        }
    }
}
