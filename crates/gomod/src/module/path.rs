//! Which paths are allowed: of modules, and of files in a module.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{ModuleError, split_path_version};

/// Whose rules a path is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathKind {
    /// The path of a module.
    Module,
    /// The path of a file, relative to the module's root.
    File,
}

/// The rule that a path breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what the variant means")]
pub enum PathFault {
    #[error("empty")]
    Empty,
    #[error("leading dash")]
    LeadingDash,
    #[error("leading, trailing or double slash")]
    EmptyElement,
    #[error("element {0:?} consists of dots")]
    OnlyDots(String),
    #[error("element {0:?} begins with a dot")]
    LeadingDot(String),
    #[error("element {0:?} ends with a dot")]
    TrailingDot(String),
    #[error("invalid character {0:?}")]
    Character(char),
    #[error("{0:?} is a reserved name on Windows")]
    Windows(String),
    #[error("element {0:?} looks like a Windows short name")]
    ShortName(String),
    #[error("no dot in the first element")]
    NoDotInFirst,
    #[error("invalid character {0:?} in the first element")]
    FirstCharacter(char),
    #[error("invalid major version at the end")]
    Major,
}

/// Checks the path of a module.
///
/// Elements are separated by single slashes and made of ASCII letters, digits and
/// `-._~`. None begins or ends with a dot; none is, up to its first dot, a device name of Windows
/// in any case, or ends there in `~` and digits. The first element is a host name in lower case:
/// letters, digits, dots and dashes, at least one dot, no dash in front. The end must be a legal
/// major version, or none.
///
/// # Errors
/// The first of these rules that it breaks.
pub fn check_path(path: &str) -> Result<(), ModuleError> {
    let fault = |fault| ModuleError::Path {
        path: path.to_owned(),
        fault,
    };
    check_elements(path, PathKind::Module).map_err(fault)?;
    let first = path.split('/').next().unwrap_or_default();
    if !first.contains('.') {
        return Err(fault(PathFault::NoDotInFirst));
    }
    let host = |c: char| matches!(c, '-' | '.' | '0'..='9' | 'a'..='z');
    if let Some(c) = first.chars().find(|&c| !host(c)) {
        return Err(fault(PathFault::FirstCharacter(c)));
    }
    split_path_version(path)
        .map(drop)
        .ok_or_else(|| fault(PathFault::Major))
}

/// What is wrong with the path of a file in a module, relative to its root.
///
/// Elements may have any Unicode letter, ASCII digits, spaces and ``!#$%&()+,-.=@[]^_{}~``. None
/// consists of dots only, ends with a dot, or is a device name of Windows up to its first dot.
pub(crate) fn file_path_fault(path: &str) -> Option<PathFault> {
    check_elements(path, PathKind::File).err()
}

/// Whether `path` is spelled the shortest way, as `path.Clean` of Go would leave it.
pub(crate) fn clean(path: &str) -> bool {
    if matches!(path, "/" | ".") {
        return true;
    }
    let (rooted, rest) = path
        .strip_prefix('/')
        .map_or((false, path), |rest| (true, rest));
    let mut only_parents = !rooted;
    rest.split('/').all(|element| {
        only_parents &= element == "..";
        !matches!(element, "" | ".") && (element != ".." || only_parents)
    })
}

fn check_elements(path: &str, kind: PathKind) -> Result<(), PathFault> {
    if path.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.starts_with('-') && kind != PathKind::File {
        return Err(PathFault::LeadingDash);
    }
    path.split('/')
        .try_for_each(|element| check_element(element, kind))
}

/// One element; a version that is to be escaped is held to the rules of [`PathKind::File`].
pub(super) fn check_element(element: &str, kind: PathKind) -> Result<(), PathFault> {
    if element.is_empty() {
        return Err(PathFault::EmptyElement);
    }
    if element.bytes().all(|b| b == b'.') {
        return Err(PathFault::OnlyDots(element.to_owned()));
    }
    if element.starts_with('.') && kind == PathKind::Module {
        return Err(PathFault::LeadingDot(element.to_owned()));
    }
    if element.ends_with('.') {
        return Err(PathFault::TrailingDot(element.to_owned()));
    }
    if let Some(c) = element.chars().find(|&c| !allowed(c, kind)) {
        return Err(PathFault::Character(c));
    }
    let short = element.split('.').next().unwrap_or_default();
    if WINDOWS_NAMES
        .iter()
        .any(|name| name.eq_ignore_ascii_case(short))
    {
        return Err(PathFault::Windows(short.to_owned()));
    }
    if kind == PathKind::File {
        return Ok(());
    }
    match short.rsplit_once('~') {
        Some((_, end)) if !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit()) => {
            Err(PathFault::ShortName(element.to_owned()))
        }
        _ => Ok(()),
    }
}

fn allowed(c: char, kind: PathKind) -> bool {
    let plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    match kind {
        PathKind::Module => plain,
        PathKind::File if c.is_ascii() => plain || "!#$%&()+,=@[]^{} ".contains(c),
        // Letters only: char::is_alphabetic would also take marks and letter-like numbers.
        PathKind::File => c.general_category_group() == GeneralCategoryGroup::Letter,
    }
}

/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>
const WINDOWS_NAMES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8",
    "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A path, and whether it may be a module's and a file's.
    const PATHS: &[(&str, bool, bool)] = &[
        ("example.com/m", true, true),
        ("example.com", true, true),
        ("x.y/z~1x/a_b-c.d", true, true),
        ("example.com/M", true, true),
        ("example.com/m/v2", true, true),
        ("example.com/m/v1", false, true),
        ("example.com/m/v02", false, true),
        ("example.com/m/v2.0", false, true),
        ("gopkg.in/yaml.v2", true, true),
        ("gopkg.in/yaml", false, true),
        ("EXAMPLE.com/m", false, true),
        ("example/m", false, true),
        ("-example.com/m", false, true),
        ("example.com/-m", true, true),
        ("exam_ple.com/m", false, true),
        ("example.com/.m", false, true),
        ("example.com/m.", false, false),
        ("example.com/..", false, false),
        ("example.com/...", false, false),
        ("", false, false),
        ("/", false, false),
        ("/example.com", false, false),
        ("example.com/", false, false),
        ("example.com//m", false, false),
        ("example.com/c++", false, true),
        ("example.com/a b", false, true),
        ("example.com/!#$%&()+,-.=@[]^_{}~x", false, true),
        ("example.com/é", false, true),
        ("example.com/世界", false, true),
        // A mark and a letter-like number are no letters.
        ("example.com/e\u{301}", false, false),
        ("example.com/Ⅷ", false, false),
        ("example.com/a\\b", false, false),
        ("example.com/a:b", false, false),
        ("example.com/a*b", false, false),
        ("example.com/a'b", false, false),
        ("example.com/a\nb", false, false),
        ("example.com/a\0b", false, false),
        ("example.com/con", false, false),
        ("example.com/COM1.go", false, false),
        ("example.com/com0", true, true),
        ("example.com/console", true, true),
        ("nul.com/m", false, false),
        ("example.com/prog~1", false, true),
        ("example.com/prog~1.go", false, true),
        ("example.com/prog~", true, true),
        ("example.com/prog.go~1", true, true),
    ];

    #[test]
    fn takes_and_refuses_paths() {
        for (path, module, file) in PATHS {
            assert_eq!(check_path(path).is_ok(), *module, "module {path:?}");
            assert_eq!(file_path_fault(path).is_none(), *file, "file {path:?}");
        }
    }

    #[test]
    fn refuses_a_path_with_upper_case_host() {
        let message = check_path("GitHub.com/x").unwrap_err().to_string();
        assert_eq!(
            message,
            "malformed module path \"GitHub.com/x\": invalid character 'G' in the first element"
        );
    }

    #[test]
    fn knows_clean_paths() {
        for path in [
            "a", "a/b", "/", ".", "..", "../a", "../../a", "/a", ".a", "..a/b",
        ] {
            assert!(clean(path), "{path:?}");
        }
        for path in [
            "", "a/", "a//b", "./a", "a/.", "a/..", "a/../b", "/..", "//", "../a/..", "//a",
        ] {
            assert!(!clean(path), "{path:?}");
        }
    }
}
