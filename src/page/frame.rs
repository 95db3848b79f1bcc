//! What stands around every page: its head, its title, and the way back.

use maud::{DOCTYPE, Markup, html};

use super::assets;

/// A page, `up` from which is the server's root.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The way from the page to the server's root: `../` as often as needed.
    pub up: &'a str,
    /// What the window is called.
    pub title: &'a str,
    /// What stands above everything else.
    pub header: Markup,
    /// The page itself.
    pub main: Markup,
}

/// A path that goes on in the next line behind a slash where it is too long for one.
pub fn broken(path: &str) -> Markup {
    html! { @for part in path.split_inclusive('/') { (part) @if part.ends_with('/') { wbr; } } }
}

impl Frame<'_> {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let Frame {
            up,
            title,
            header,
            main,
        } = self;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="stylesheet" href={ (up) (assets::link("-/page.css")) };
                    link rel="icon" href="data:,";
                    script defer src={ (up) (assets::link("-/page.js")) } {}
                }
                body {
                    header { (header) }
                    main { (main) }
                }
            }
        };
        page.into_string()
    }
}
