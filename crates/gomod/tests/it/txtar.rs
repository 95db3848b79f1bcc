//! Go's text archives: a comment, then files, each below a line `-- NAME --`.

/// A case of Go's: settings in the comment, and files.
pub struct Case {
    pub path: String,
    pub version: String,
    /// What the error contains; empty if there is none.
    pub want_err: String,
    /// The hash of the zip; empty if there is none.
    pub hash: String,
    /// Name and content, in order; names may repeat.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Reads a case. Bytes of settings and names that are not UTF-8 become U+FFFD.
pub fn parse(archive: &[u8]) -> Case {
    let mut comment = String::new();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in archive.split_inclusive(|&b| b == b'\n') {
        let text = String::from_utf8_lossy(line);
        let name = text
            .trim_end()
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name.trim().to_owned(), Vec::new())),
            (None, Some((_, content))) => content.extend(line),
            (None, None) => comment.push_str(&text),
        }
    }
    let setting = |name: &str| {
        let mut lines = comment
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        let found = lines.find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    };
    Case {
        path: setting("path"),
        version: setting("version"),
        want_err: setting("wantErr"),
        hash: setting("hash"),
        files,
    }
}
