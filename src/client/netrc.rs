//! Logins of a `.netrc` file, as go reads it. The file has no specification that all readers share;
//! `sums::logins::netrc_is_read_as_go_reads_it` holds this one against a real go.

use std::path::PathBuf;

/// The login for one machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// A host, with its port where that is not 443.
    pub machine: String,
    /// The user.
    pub login: String,
    /// The password.
    pub password: String,
}

/// The logins, in the order of the file. Each line is pairs of a word and a value; a login is
/// there as soon as machine, user and password are. What stands after a line that ends in
/// `default` is not read, nor are the lines of a macro, which end at an empty one.
pub fn parse(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let (mut machine, mut login, mut password) = ("", "", "");
    let mut in_macro = false;
    for line in text.split('\n') {
        if in_macro {
            in_macro = !line.is_empty();
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut pairs = words.chunks_exact(2);
        for pair in &mut pairs {
            match pair[0] {
                "machine" => (machine, login, password) = (pair[1], "", ""),
                "login" => login = pair[1],
                "password" => password = pair[1],
                // The pairs that follow on this line count all the same.
                "macdef" => in_macro = true,
                _ => {}
            }
            if [machine, login, password].iter().all(|w| !w.is_empty()) {
                found.push(Entry {
                    machine: machine.to_string(),
                    login: login.to_string(),
                    password: password.to_string(),
                });
                (machine, login, password) = ("", "", "");
            }
        }
        if pairs.remainder() == ["default"] {
            break;
        }
    }
    found
}

/// Where the file is: what NETRC names, else `.netrc` in the user's home, or `_netrc` on Windows
/// where there is one.
pub fn path() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(file) = set("NETRC") {
        return Some(file.into());
    }
    if cfg!(windows) {
        let home = PathBuf::from(set("USERPROFILE")?);
        let old = home.join("_netrc");
        return Some(if old.exists() {
            old
        } else {
            home.join(".netrc")
        });
    }
    Some(PathBuf::from(set("HOME")?).join(".netrc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, want) in [
            ("machine h login u password p", "h u p"),
            ("machine h\n\tlogin u\r\n  password p\r\n", "h u p"),
            ("machine h password p login u", "h u p"),
            ("machine h account a login u password p", "h u p"),
            (
                "# machine g login u password p\nmachine h login u password p",
                "h u p",
            ),
            ("machine h login u # password p", ""),
            ("machine h login u", ""),
            ("machine g login v\nmachine h login u password p", "h u p"),
            (
                "machine h login u password p\nmachine h login v password q",
                "h u p, h v q",
            ),
            ("machine h login u password p login v password q", "h u p"),
            ("default\nmachine h login u password p", ""),
            (
                "default login v password q\nmachine h login u password p",
                "h u p",
            ),
            (
                "machine h macdef m\nlogin u\npassword p\n\nmachine g login v password q",
                "g v q",
            ),
            ("machine h macdef m login u password p\nx\n\n", "h u p"),
            ("login u password p machine h", ""),
            ("login u\npassword p\nmachine h", ""),
            (
                "machine h login u password p\ndefault login v password q",
                "h u p",
            ),
            ("machine h login \"u v\" password p", ""),
        ] {
            let found: Vec<String> = parse(text)
                .iter()
                .map(|e| format!("{} {} {}", e.machine, e.login, e.password))
                .collect();
            assert_eq!(found.join(", "), want, "{text:?}");
        }
    }
}
