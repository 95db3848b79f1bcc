//! The address that a browser used: checked before it stands in a line to paste.

/// The longest name of a host, in bytes (RFC 1035, 2.3.4).
const MAX_HOST_BYTES: usize = 255;

/// The value of a `Host` header where that is a host and at most a port, of nothing but legal characters: a name, an
/// IPv4 address, or an IPv6 address in brackets (RFC 9110, 7.2).
pub fn host(value: &str) -> Option<&str> {
    let (name, port) = match value.strip_prefix('[') {
        Some(rest) => {
            let (ip, port) = rest.split_once(']')?;
            ip.parse::<std::net::Ipv6Addr>().ok()?;
            (None, port)
        }
        None => {
            let end = value.find(':').unwrap_or(value.len());
            (Some(&value[..end]), &value[end..])
        }
    };
    let is_legal = |name: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        name.len() <= MAX_HOST_BYTES
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(plain)
    };
    let is_port = |port: &str| {
        let digits = port.strip_prefix(':').unwrap_or_default();
        let number = digits.parse::<u16>();
        port.is_empty() || number.is_ok_and(|n| n > 0 && n.to_string() == digits)
    };
    (name.is_none_or(is_legal) && is_port(port)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_a_name_and_at_most_a_port() {
        let long = "a".repeat(256);
        for (value, is_host) in [
            ("localhost:8080", true),
            ("go.example.com", true),
            ("build_host", true),
            ("127.0.0.1:1", true),
            ("[::1]:8080", true),
            ("[2001:db8::1]", true),
            ("", false),
            (":80", false),
            ("a:", false),
            ("a:0", false),
            ("a:080", false),
            ("a:65536", false),
            ("a:+1", false),
            ("a:1:2", false),
            ("::1", false),
            ("[::1", false),
            ("[::1]x", false),
            ("[a]", false),
            ("a b", false),
            ("a/b", false),
            ("a@b", false),
            ("a'b", false),
            ("a\";x", false),
            ("$(id)", false),
            ("`id`", false),
            ("a%41", false),
            ("<b>", false),
            ("-a", false),
            (".a", false),
            ("a\\b", false),
            ("é", false),
            (long.as_str(), false),
        ] {
            assert_eq!(host(value).is_some(), is_host, "{value:?}");
        }
    }
}
