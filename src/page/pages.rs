//! The pages by their names, made one after the other: a page takes time, of which go's answers have the most.

use std::sync::{Mutex, PoisonError};

use bag::Bag;
use maud::html;

use super::careful::{Careful, Described};
use super::files::{self, Found};
use super::frame::Frame;
use super::home::{self, Rows};
use super::module;
use super::place::{self, Place, Version};

/// What pages are made of besides the bag, derived at the first that needs it.
#[derive(Debug, Default)]
pub struct Pages {
    rows: Rows,
    described: Described,
    turn: Mutex<()>,
}

/// What comes of a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A page.
    Page(String),
    /// A page that says that there is no such thing.
    Missing(String),
    /// What was meant is there, told from the page that was asked for.
    Elsewhere(String),
}

impl Pages {
    /// The page at the server's root, as [`home::page`] has it.
    pub fn home(&self, bag: &Bag<'static>, url: &str, notes: &str) -> String {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        home::page(bag, &self.rows, url, notes)
    }

    /// The page of a module, a folder or a file, by its name, which begins with [`place::ROOT`].
    pub fn find(&self, bag: &Bag<'static>, name: &str) -> Outcome {
        let place = Place::of(name).unwrap_or(Place::Latest(""));
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let bag = Careful::new(bag);
        let found = match place {
            Place::Latest(path) => {
                let latest = bag.latest(path);
                latest.map(|version| Outcome::Elsewhere(place::latest(name, &version)))
            }
            Place::Version(version) => {
                let to = || Outcome::Elsewhere(place::with_slash(name));
                bag.has(&version).then(to)
            }
            Place::Within(version, "") => {
                let known = self.described.of(bag.bag());
                module::page(&bag, known, name, &version).map(Outcome::Page)
            }
            Place::Within(version, below) => match files::page(&bag, name, &version, below) {
                Found::Page(page) => Some(Outcome::Page(page)),
                Found::Folder => Some(Outcome::Elsewhere(place::with_slash(name))),
                Found::Nothing => None,
            },
        };
        found.unwrap_or_else(|| Outcome::Missing(missing(&bag, name, place)))
    }
}

/// What is said where there is no such thing.
fn missing(bag: &Careful<'_>, name: &str, place: Place<'_>) -> String {
    let up = place::up(name);
    let (path, what) = match place {
        Place::Latest(path) => (path, path.to_string()),
        Place::Version(Version { path, version })
        | Place::Within(Version { path, version }, "") => (path, format!("{path}@{version}")),
        Place::Within(Version { path, version }, below) => {
            (path, format!("{path}@{version}/{below}"))
        }
    };
    let frame = Frame {
        up: &up,
        title: "Not in this bag",
        header: html! {
            nav aria-label="The way here" { a href=(up) { "All modules" } }
            h1 { "Not in this bag" }
        },
        main: html! {
            p { (what) " is not in this bag." }
            @if bag.has_any(path) {
                p { "What it has of this module: " a href={ (up) (place::module_link(path)) } { (path) } }
            }
        },
    };
    frame.html()
}
