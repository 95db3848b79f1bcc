//! The files of a module: what a folder holds, and a file with the numbers of its lines.

use std::collections::BTreeMap;
use std::io;

use gomod::module::ModuleVersion;
use gomod::modzip::Listing;
use maud::{Markup, PreEscaped, html};

use super::careful::Careful;
use super::frame::{Frame, broken};
use super::place::{self, Version};
use crate::terminal::size::{count, size};

/// How many rows of a folder are shown.
const MOST_ROWS: usize = 2000;

/// The longest file that is shown, in bytes.
const MAX_FILE_BYTES: u64 = shown::MAX_TEXT_BYTES as u64;

/// What a folder holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Folder<'a> {
    /// The folders in it by their names, and how many files are below each.
    pub folders: BTreeMap<&'a str, usize>,
    /// The files in it in order, and their sizes in bytes.
    pub files: Vec<(&'a str, u64)>,
}

impl<'a> Folder<'a> {
    /// What the folder `below`, which is empty or ends with a slash, holds of these files; they are sorted by their
    /// paths.
    pub fn of(files: impl Iterator<Item = (&'a str, u64)>, below: &str) -> Self {
        let mut folder = Folder::default();
        for (path, size) in files {
            let Some(rest) = path.strip_prefix(below) else {
                continue;
            };
            match rest.split_once('/') {
                Some((name, _)) => *folder.folders.entry(name).or_default() += 1,
                None => folder.files.push((rest, size)),
            }
        }
        folder
    }

    /// True where no file lies below it.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.files.is_empty()
    }

    /// Its rows, each with a link from the page of the folder.
    pub fn rows(&self) -> Markup {
        let folders = self.folders.iter().take(MOST_ROWS);
        let files = self
            .files
            .iter()
            .take(MOST_ROWS.saturating_sub(self.folders.len()));
        let left = self.folders.len() + self.files.len() - folders.len() - files.len();
        html! {
            ul.rows {
                @for (name, files) in folders {
                    li { a href={ (relative(name)) "/" } { (name) "/" } span { (count(*files, "file")) } }
                }
                @for (name, bytes) in files {
                    li { a href=(relative(name)) { (name) } span { (size(*bytes)) } }
                }
            }
            @if left > 0 { p { "and " (count(left, "more file")) } }
        }
    }
}

/// A link to what lies beside a page: with what begins as none that leads elsewhere does.
fn relative(name: &str) -> String {
    format!("./{}", place::link(name))
}

/// Reads which files a version has.
///
/// # Errors
/// Its zip cannot be read; why.
pub fn listing(bag: &Careful<'_>, version: &Version<'_>) -> io::Result<Listing> {
    let module = named(version)?;
    Listing::read(&mut bag.zip(version)?, &module)
}

fn named(version: &Version<'_>) -> io::Result<ModuleVersion> {
    ModuleVersion::new(version.path, version.version).map_err(io::Error::other)
}

/// What comes of a path below a module's root.
#[derive(Debug)]
pub enum Found {
    /// This page.
    Page(String),
    /// It is a folder, whose path ends with a slash.
    Folder,
    /// Nothing.
    Nothing,
}

/// The page with this name, of the file or folder `below` of a version.
pub fn page(bag: &Careful<'_>, name: &str, version: &Version<'_>, below: &str) -> Found {
    let listing = match listing(bag, version) {
        Ok(listing) => listing,
        Err(_) if !bag.has(version) => return Found::Nothing,
        Err(e) => {
            let main = html! { p { "The files of this version cannot be shown: " (e) } };
            return Found::Page(frame(name, version, below, html! {}, main));
        }
    };
    if let Some(bytes) = listing.size(below) {
        let facts = html! { p.facts { (size(bytes)) } };
        let main = match file(bag, version, below, &listing, bytes) {
            Ok(main) => main,
            Err(why) => html! { p { (why) } },
        };
        return Found::Page(frame(name, version, below, facts, main));
    }
    let as_folder = match below.ends_with('/') {
        true => below.to_string(),
        false => format!("{below}/"),
    };
    let folder = Folder::of(listing.files(), &as_folder);
    match (folder.is_empty(), below.ends_with('/')) {
        (true, _) => Found::Nothing,
        (false, false) => Found::Folder,
        (false, true) => Found::Page(frame(name, version, below, html! {}, folder.rows())),
    }
}

/// A file with the numbers of its lines.
///
/// # Errors
/// It cannot be shown; why.
fn file(
    bag: &Careful<'_>,
    version: &Version<'_>,
    path: &str,
    listing: &Listing,
    bytes: u64,
) -> Result<Markup, String> {
    if bytes > MAX_FILE_BYTES {
        return Err(format!(
            "Files of up to {} are shown.",
            size(MAX_FILE_BYTES)
        ));
    }
    let content = bag
        .zip(version)
        .and_then(|mut zip| listing.content(&mut zip, path));
    let content = content.map_err(|e| format!("This file cannot be read: {e}"))?;
    match String::from_utf8(content) {
        Ok(text) if text.is_empty() => Err("This file is empty.".to_string()),
        Ok(text) if !text.contains('\0') => Ok(PreEscaped(shown::source(path, &text))),
        _ => Err("This file is no text.".to_string()),
    }
}

/// A page with the folders on the way to `below`.
fn frame(name: &str, version: &Version<'_>, below: &str, facts: Markup, main: Markup) -> String {
    let up = place::up(name);
    let root = format!("{up}{}", version.link());
    let (folder, own) = match below.trim_end_matches('/').rsplit_once('/') {
        Some((folder, _)) => (folder, &below[folder.len() + 1..]),
        None => ("", below),
    };
    let mut parts = Vec::new();
    let mut so_far = root.clone();
    for part in folder.split('/').filter(|part| !part.is_empty()) {
        so_far += &format!("{}/", place::link(part));
        parts.push((part, so_far.clone()));
    }
    let header = html! {
        nav aria-label="The way here" {
            a href=(up) { "All modules" } " / "
            a href=(root) { (version.path) "@" (version.version) } " / "
            @for (part, link) in parts { a href=(link) { (part) } " / " }
        }
        h1 { (broken(own)) }
        (facts)
    };
    let frame = Frame {
        up: &up,
        title: &format!("{below} · {}@{}", version.path, version.version),
        header,
        main,
    };
    frame.html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_its_files_and_the_folders_in_it() {
        let files = [
            ("a.go", 1),
            ("a/b.go", 2),
            ("a/b/c.go", 3),
            ("a/b/d.go", 4),
            ("ab/c.go", 5),
        ];
        for (below, folders, own) in [
            ("", "a 3, ab 1", "a.go 1"),
            ("a/", "b 2", "b.go 2"),
            ("a/b/", "", "c.go 3, d.go 4"),
            ("b/", "", ""),
        ] {
            let folder = Folder::of(files.into_iter(), below);
            let told = |pairs: Vec<(&str, u64)>| {
                let pairs = pairs.iter().map(|(name, n)| format!("{name} {n}"));
                pairs.collect::<Vec<_>>().join(", ")
            };
            let inner = folder.folders.iter().map(|(name, n)| (*name, *n as u64));
            assert_eq!(told(inner.collect()), folders, "{below}");
            assert_eq!(told(folder.files.clone()), own, "{below}");
            assert_eq!(folder.is_empty(), folders.is_empty() && own.is_empty());
        }
    }

    #[test]
    fn a_large_folder_says_what_it_leaves_out_and_names_are_text() {
        let names: Vec<String> = (0..MOST_ROWS + 5).map(|n| format!("f{n:05}&.go")).collect();
        let folder = Folder::of(names.iter().map(|name| (name.as_str(), 1)), "");
        let rows = folder.rows().into_string();
        assert_eq!(rows.matches("<li>").count(), MOST_ROWS);
        assert!(rows.contains("<a href=\"./f00000%26.go\">f00000&amp;.go</a>"));
        assert!(
            rows.contains("and 5 more files"),
            "{}",
            &rows[rows.len() - 50..]
        );
    }
}
