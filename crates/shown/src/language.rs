//! How languages are written, as far as the colours of their words go: Go first, and what lies beside it in modules.

/// How a language is written.
#[derive(Debug)]
pub(crate) struct Language {
    /// What begins a comment that ends with its line.
    pub(crate) line: &'static [&'static str],
    /// What begins and ends any other comment.
    pub(crate) block: Option<(&'static str, &'static str)>,
    /// What begins and ends strings that end on their line, in which a backslash takes the next character with it.
    pub(crate) quotes: &'static [char],
    /// What begins and ends strings that may have several lines, and in which a backslash is one.
    pub(crate) raw: Option<char>,
    /// The keywords.
    pub(crate) keywords: &'static [&'static str],
    /// What else has a meaning from the start.
    pub(crate) known: &'static [&'static str],
}

/// <https://go.dev/ref/spec#Keywords>, <https://go.dev/ref/spec#Predeclared_identifiers>
const GO: Language = Language {
    line: &["//"],
    block: Some(("/*", "*/")),
    quotes: &['"', '\''],
    raw: Some('`'),
    keywords: &[
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ],
    known: &[
        "any",
        "append",
        "bool",
        "byte",
        "cap",
        "clear",
        "close",
        "comparable",
        "complex",
        "complex128",
        "complex64",
        "copy",
        "delete",
        "error",
        "false",
        "float32",
        "float64",
        "imag",
        "int",
        "int16",
        "int32",
        "int64",
        "int8",
        "iota",
        "len",
        "make",
        "max",
        "min",
        "new",
        "nil",
        "panic",
        "print",
        "println",
        "real",
        "recover",
        "rune",
        "string",
        "true",
        "uint",
        "uint16",
        "uint32",
        "uint64",
        "uint8",
        "uintptr",
    ],
};

/// <https://go.dev/ref/mod#go-mod-file-grammar>, and that of go.work.
const GO_MOD: Language = Language {
    line: &["//"],
    block: None,
    quotes: &['"'],
    raw: Some('`'),
    keywords: &[
        "exclude",
        "godebug",
        "ignore",
        "module",
        "replace",
        "require",
        "retract",
        "tool",
        "toolchain",
        "use",
    ],
    known: &[],
};

/// C, and what looks like it.
const C: Language = Language {
    line: &["//"],
    block: Some(("/*", "*/")),
    quotes: &['"', '\''],
    raw: None,
    keywords: &[
        "break", "case", "class", "const", "continue", "default", "do", "else", "enum", "extern",
        "for", "function", "if", "import", "let", "message", "new", "package", "return", "service",
        "sizeof", "static", "struct", "switch", "typedef", "union", "var", "void", "while",
    ],
    known: &["NULL", "false", "null", "true"],
};

/// What has comments behind `#`.
const HASH: Language = Language {
    line: &["#"],
    block: None,
    quotes: &['"', '\''],
    raw: None,
    keywords: &[],
    known: &["false", "null", "true"],
};

/// The language of a file by its path; none where that tells none.
pub(crate) fn of(file: &str) -> Option<&'static Language> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    Some(match (name, end) {
        ("go.mod" | "go.work", _) => &GO_MOD,
        (_, "go") => &GO,
        (_, "c" | "h" | "cc" | "cpp" | "hpp" | "s" | "S" | "proto" | "js" | "ts" | "java") => &C,
        ("Makefile" | "Dockerfile" | "Containerfile", _) => &HASH,
        (_, "sh" | "bash" | "py" | "rb" | "yaml" | "yml" | "toml" | "mk") => &HASH,
        _ => return None,
    })
}
