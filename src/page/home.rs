//! The page at `/`: what the bag is, how to use it, and every module that it has.

use std::borrow::Cow;

use bag::Bag;
use bag::manifest::{About, Proof};
use maud::{Markup, PreEscaped, html};

use super::careful::Careful;
use super::frame::Frame;
use super::place;
use crate::carried::verdict;
use crate::client::goenv::GoEnv;
use crate::client::settings;
use crate::client::shell::Syntax;
use crate::feeds::once::Once;
use crate::terminal::called;
use crate::terminal::size::{count, size};

/// How many modules one list has: a browser lays out those alone that are looked at.
const ROWS_OF_A_LIST: usize = 100;

/// The rows of the modules, as they stand in the page; made once.
#[derive(Debug, Default)]
pub struct Rows(Once<String>);

impl Rows {
    fn of(&self, bag: &Bag<'static>) -> Cow<'_, str> {
        match self.0.get(|| rows(bag)) {
            Ok(rows) => rows.into(),
            Err(rows) => rows.into(),
        }
    }
}

/// A row for each module that can be downloaded, sorted by path.
///
/// # Errors
/// The rows where the latest version of a module cannot be read: they tell the newest.
fn rows(bag: &Bag<'static>) -> Result<String, String> {
    let careful = Careful::new(bag);
    let mut is_whole = true;
    let mut paths: Vec<&str> = bag.paths().collect();
    paths.sort_unstable();
    paths.dedup();
    let rows = paths.into_iter().filter_map(|path| {
        let known = bag.known(path)?;
        let newest = known.newest().last()?;
        let versions = known.newest().count() + known.older();
        let latest = careful.latest(path).unwrap_or_else(|| {
            is_whole = false;
            newest.to_string()
        });
        let row = html! {
            li {
                b { a href=(place::module_link(path)) { (path) } }
                span { (latest) }
                span { (count(versions, "version")) }
            }
        };
        Some(row.into_string())
    });
    let rows: Vec<String> = rows.collect();
    let lists = rows.chunks(ROWS_OF_A_LIST);
    let lists = lists.map(|rows| format!("<ul>{}</ul>", rows.concat()));
    let lists: String = lists.collect();
    if is_whole { Ok(lists) } else { Err(lists) }
}

/// The page, for a browser that reaches the server at `url`; `notes` are what else somebody must know, a line each.
pub fn page(bag: &Bag<'static>, rows: &Rows, url: &str, notes: &str) -> String {
    let about = bag.about();
    let modules = count(about.modules, "module");
    let frame = Frame {
        up: "",
        title: &format!("{modules} in this Go module proxy"),
        header: html! {
            h1 { "Go modules in one file" }
            p.facts {
                (modules) " · " (count(about.versions, "version")) " · " (size(about.bytes))
                " · gobag " (env!("CARGO_PKG_VERSION"))
            }
            @if !about.is_empty {
                nav.within aria-label="On this page" {
                    a href="#use" { "Use it" }
                    a href="#all" { "Modules" }
                    a href="#known" { "What is known of it" }
                }
            }
        },
        main: html! {
            @for note in notes.lines() { p { (note) } }
            @if about.is_empty { (empty()) } @else {
                (setup(bag, url))
                (list(&rows.of(bag), about.modules))
                (proved(about))
            }
        },
    };
    frame.html()
}

/// What is said of a bag without modules.
fn empty() -> Markup {
    html! {
        section {
            h2 { "This bag is empty" }
            p { "Fill one where there is a network, with Go and a project in the folder app:" }
            pre { code { (called::name()) " pack ./app -o app-bag" } }
            p { "Then run app-bag in place of this one." }
        }
    }
}

fn setup(bag: &Bag<'_>, url: &str) -> Markup {
    let settings = settings::client(bag, url, &GoEnv::default(), None);
    let shells = [
        ("sh, bash, zsh", Syntax::Sh),
        ("fish", Syntax::Fish),
        ("PowerShell", Syntax::PowerShell),
        ("cmd", Syntax::Cmd),
    ];
    html! {
        section #use {
            h2 { "Use it" }
            p { "Paste these lines into a shell, and go takes its modules from here." }
            @for (name, shell) in shells {
                h3 { (name) }
                pre data-copy=(name) { code {
                    @for (name, value) in &settings { (shell.line(name, value)) }
                } }
            }
            p #said role="status" {}
        }
    }
}

fn list(rows: &str, modules: usize) -> Markup {
    html! {
        section #all {
            h2 { "Modules" }
            form #search role="search" hidden {
                label for="q" { "Search" }
                input #q name="q" type="search" autocomplete="off" spellcheck="false";
                output #shown for="q" { (count(modules, "module")) }
            }
            div #modules { (PreEscaped(rows)) }
        }
    }
}

fn proved(about: &About) -> Markup {
    html! {
        section #known {
            h2 { "What is known of it" }
            @match &about.proof {
                Some(proof) => { (proof_text(proof)) }
                None => { p { "Nothing was proved of this bag when it was packed." } }
            }
            @for database in about.databases.iter() {
                p {
                    "Checksum database " code { (database.name) } ": the head of a tree of "
                    (count(database.size, "record")) "."
                }
            }
        }
    }
}

fn proof_text(proof: &Proof) -> Markup {
    html! { pre tabindex="0" { (verdict::table(proof)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_is_called_is_text() {
        let about = About {
            proof: Some(Proof {
                go: "<script>alert(1)</script>".into(),
                ..Proof::default()
            }),
            ..About::default()
        };
        let page = proved(&about).into_string();
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
    }
}
