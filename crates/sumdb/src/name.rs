//! The name of a checksum database.

/// Whether `name` can be that of a database. cmd/go wants `host[/path]`
/// (`cmd/go/internal/modfetch/sumdb.go`); and because the name also becomes part of URLs and file
/// names, only `host[:port]` and path elements of `A-Z a-z 0-9 - . _ ~` are taken here, none of
/// them `.` or `..`.
pub fn is_database_name(name: &str) -> bool {
    let (host, path) = name
        .split_once('/')
        .map_or((name, None), |(host, path)| (host, Some(path)));
    let (host, port) = host
        .split_once(':')
        .map_or((host, None), |(host, port)| (host, Some(port)));
    let host_fits = is_element(host) && !host.contains(['_', '~']);
    let port_fits = port.is_none_or(|port| {
        port.parse::<u16>()
            .is_ok_and(|number| number.to_string() == port)
    });
    let path_fits = path.is_none_or(|path| path.split('/').all(is_element));
    host_fits && port_fits && path_fits
}

fn is_element(text: &str) -> bool {
    let legal =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !matches!(text, "" | "." | "..") && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_with_an_optional_path() {
        for name in [
            "sum.golang.org",
            "localhost:8080",
            "example.com/a/b.c",
            "PeterNeumann",
        ] {
            assert!(is_database_name(name), "{name:?}");
        }
        for name in [
            "", "/", "a/", "/a", "a//b", "a/../b", "a/.", "..", "a b", "a+b", "a\u{a0}b", "a%2fb",
            "a:b", "a:080", "a_b",
        ] {
            assert!(!is_database_name(name), "{name:?}");
        }
    }
}
