//! Markdown (<https://spec.commonmark.org>, with GitHub's tables, task lists and strikethrough).

use std::collections::BTreeMap;
use std::io::{self, Write};

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};

use crate::link::{self, PREFIX};
use crate::tags::{self, Hidden};
use crate::text::{CUT, beginning, escaped, plain, readable};
use crate::{MAX_HTML_BYTES, MAX_TEXT_BYTES};

/// How deep elements stand in each other at most; what is deeper stands in the last.
const MAX_DEPTH: usize = 48;

/// Markdown as HTML that is safe to show.
///
/// HTML in it becomes its text, an image its alternative text. Links lead to the web, with `rel` for who follows them,
/// or to files of the module, told from its root; any other is text. Headings begin at `<h3>`, with ids that begin
/// with `readme-`. Of what is too long the beginning is shown, and a line says so; what would become longer than
/// [`MAX_HTML_BYTES`] is shown as [`plain`].
pub fn markdown(text: &str) -> String {
    let (start, is_cut) = beginning(text, MAX_TEXT_BYTES);
    let source = readable(start);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut safe = Safe::default();
    for event in Parser::new_ext(&source, options) {
        safe.add(event);
        if safe.events.len() > MAX_HTML_BYTES {
            return plain(text);
        }
    }
    let mut out = Bounded(Vec::new());
    if html::write_html_io(&mut out, safe.events.into_iter()).is_err() {
        return plain(text);
    }
    let html = String::from_utf8(out.0).unwrap_or_default();
    if is_cut { html + CUT } else { html }
}

/// Bytes that end with an error where they become too many.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() + CUT.len() > MAX_HTML_BYTES {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is shown of what was read.
#[derive(Default)]
struct Safe<'t> {
    events: Vec<Event<'t>>,
    /// Of every element that is open, whether it is shown.
    open: Vec<bool>,
    /// How many of them are.
    depth: usize,
    /// How many images are open.
    images: usize,
    /// True between the tags of what has no text.
    hides: bool,
    /// The text of the HTML block that is open.
    block: Option<String>,
    /// The heading that is open: its place, and its text.
    heading: Option<(usize, String)>,
    /// How often each id was given.
    ids: BTreeMap<String, usize>,
}

impl<'t> Safe<'t> {
    fn add(&mut self, event: Event<'t>) {
        match event {
            Event::Start(Tag::HtmlBlock) => self.block = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                let block = self.block.take().unwrap_or_default();
                let text = tags::text(&block);
                if !text.trim().is_empty() {
                    let html = format!("<p>{}</p>\n", escaped(text.trim()));
                    self.events.push(Event::Html(html.into()));
                }
            }
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            _ if self.hides => {}
            Event::Text(text) => self.text(text),
            Event::Code(text) if self.images > 0 => self.text(text),
            Event::Code(text) => {
                self.title(&text);
                self.events.push(Event::Code(text));
            }
            Event::SoftBreak | Event::HardBreak if self.images > 0 => self.text(" ".into()),
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.events.push(event),
            Event::TaskListMarker(done) => {
                self.text(if done { "\u{2611} " } else { "\u{2610} " }.into())
            }
            // None of them is enabled.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(text)
            }
        }
    }

    fn html(&mut self, html: &str) {
        if let Some(block) = &mut self.block {
            block.push_str(html);
            return;
        }
        match tags::hidden(html) {
            Some(what) => self.hides = what == Hidden::Begins,
            None if self.hides => {}
            None => self.text(tags::text(html).into()),
        }
    }

    fn text(&mut self, text: pulldown_cmark::CowStr<'t>) {
        if !text.is_empty() {
            self.title(&text);
            self.events.push(Event::Text(text));
        }
    }

    /// Adds to the text of a heading.
    fn title(&mut self, text: &str) {
        if let Some((_, title)) = &mut self.heading {
            title.push_str(text);
        }
    }

    fn start(&mut self, tag: Tag<'t>) {
        let event = self
            .shown(tag)
            .filter(|_| self.images == 0 && self.depth < MAX_DEPTH);
        self.open.push(event.is_some());
        self.depth += usize::from(event.is_some());
        self.events.extend(event);
    }

    /// What is shown of the beginning of an element.
    fn shown(&mut self, tag: Tag<'t>) -> Option<Event<'t>> {
        Some(Event::Start(match tag {
            Tag::Image { .. } => {
                self.images += 1;
                return None;
            }
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => {
                let mail = if link_type == LinkType::Email {
                    "mailto:"
                } else {
                    ""
                };
                let target = link::target(&format!("{mail}{dest_url}"))?;
                return Some(Event::InlineHtml(target.tag().into()));
            }
            Tag::Heading { level, .. } => {
                if self.images == 0 && self.depth < MAX_DEPTH {
                    self.heading = Some((self.events.len(), String::new()));
                }
                heading(level, None)
            }
            // No class, no style.
            Tag::CodeBlock(_) => Tag::CodeBlock(CodeBlockKind::Indented),
            Tag::Table(columns) => Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()]),
            Tag::BlockQuote(_) => Tag::BlockQuote(None),
            Tag::Paragraph
            | Tag::List(_)
            | Tag::Item
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough => tag,
            _ => return None,
        }))
    }

    fn end(&mut self, end: TagEnd) {
        let is_shown = self.open.pop().unwrap_or_default();
        self.depth -= usize::from(is_shown);
        let end = match end {
            TagEnd::Image => {
                self.images = self.images.saturating_sub(1);
                return;
            }
            TagEnd::Link if is_shown => {
                self.events.push(Event::InlineHtml("</a>".into()));
                return;
            }
            TagEnd::Heading(level) => {
                self.hides = false;
                if let Some((place, title)) = self.heading.take().filter(|_| is_shown) {
                    let id = self.id(&title);
                    self.events[place] = Event::Start(heading(level, Some(id)));
                }
                TagEnd::Heading(below(level))
            }
            TagEnd::BlockQuote(_) => TagEnd::BlockQuote(None),
            // What has no text ends with what it stands in.
            TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell => {
                self.hides = false;
                end
            }
            end => end,
        };
        if is_shown {
            self.events.push(Event::End(end));
        }
    }

    /// The id of a heading, as GitHub makes it, but for what stands before it: a second one gets a number.
    fn id(&mut self, title: &str) -> String {
        let id = title.trim().to_lowercase().replace(' ', "-");
        let id: String = id
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        let count = self.ids.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 => format!("{PREFIX}{id}"),
            more => format!("{PREFIX}{id}-{}", more - 1),
        }
    }
}

fn heading<'t>(level: HeadingLevel, id: Option<String>) -> Tag<'t> {
    Tag::Heading {
        level: below(level),
        id: id.map(Into::into),
        classes: Vec::new(),
        attrs: Vec::new(),
    }
}

/// The level of a heading on a page where two stand above it.
fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests;
