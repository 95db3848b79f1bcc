//! From a request to a reply: a pure function of the request and the site, but for how many stored
//! forms are written just now.
//!
//! The paths are those of go.dev/ref/mod#goproxy-protocol and of a proxied checksum database
//! (go.dev/ref/mod#checksum-database). Every answer is an entry of the bag, what it unpacks to, the
//! beginning of one, or the stored form of a zip.

use std::borrow::Cow;

use bag::{Answer, Entry, digest, vulndb};

use crate::feeds::feed;
use crate::page::{assets, place};
use crate::proxy::body::{Body, StoredZip};
use crate::proxy::fed;
use crate::proxy::miss::{self, Found};
use crate::proxy::range::{self, Range};
use crate::proxy::request::Request;
use crate::proxy::shown;
use crate::proxy::site::Site;
use crate::proxy::target;

/// A reply, as plain data. `Content-Length` is that of the body and is not among the headers.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, in the order in which they are sent.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; a reply to `HEAD` and one that nothing changed (304) have it too, and it is not
    /// sent.
    pub body: Body,
    /// What was asked for and is not in the bag, where that is a module.
    pub miss: Option<String>,
}

impl Reply {
    /// A reply in text, which is kept for a while where it is a success.
    pub fn text(status: u16, text: String) -> Self {
        let kept = if status == 200 { A_MINUTE } else { "no-cache" };
        Reply {
            status,
            headers: vec![
                ("Content-Type", TEXT.into()),
                ("Cache-Control", kept.into()),
            ],
            body: text.into_bytes().into(),
            miss: None,
        }
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
/// A version never changes.
pub(super) const FOREVER: &str = "public, max-age=31536000, immutable";
/// What a later bag may answer otherwise.
pub(super) const A_MINUTE: &str = "public, max-age=60";

/// The reply to a request.
pub fn reply(site: &Site, request: &Request) -> Reply {
    if request.method != "GET" && request.method != "HEAD" {
        let text = "only GET and HEAD are answered here\n".to_string();
        let mut reply = Reply::text(405, text);
        reply.headers.push(("Allow", "GET, HEAD".into()));
        return reply;
    }
    let Some(name) = target::name(&request.target, &site.base_path) else {
        let text = "not found: this path names nothing in a Go module proxy\n";
        return Reply::text(404, text.to_string());
    };
    if name.is_empty() {
        return match request.wants_html {
            true => shown::home(site, request),
            false => shown::varied(Reply::text(200, site.start_page.clone())),
        };
    }
    if name.starts_with(place::ROOT) {
        return shown::module(site, request, &name);
    }
    if let Some(asset) = assets::find(&name) {
        return shown::asset(asset, request);
    }
    if let Some(told) = site
        .feeds
        .tell(&site.bag, &name, target::query(&request.target))
    {
        return fed::reply(told);
    }
    if let Some((entry, answer)) = find(site, &name) {
        return conditional(site, request, &name, &entry, answer);
    }
    let miss = match miss::look(&site.bag, &name) {
        Found::Nothing(miss) => miss,
        Found::Entry(other) => match find(site, &other) {
            Some((entry, answer)) => return conditional(site, request, &name, &entry, answer),
            // No 404: go would ask somebody else then.
            None => return Reply::text(500, "that commit is missing from the bag\n".to_string()),
        },
    };
    Reply {
        miss: miss.asked,
        ..Reply::text(404, feed::hint(&name).unwrap_or(miss.text))
    }
}

/// The entry that answers for `name`, and how much of it does.
fn find(site: &Site, name: &str) -> Option<(Entry, Answer<'static>)> {
    let whole = |name: &str| {
        let entry = site.bag.entry(name)?;
        Some((entry, site.bag.answer(&entry)))
    };
    let tile = || {
        let (wider, len) = site.tile(name)?;
        let (entry, answer) = whole(&wider)?;
        Some((entry, Answer::Plain(answer.plain()?.get(..len)?)))
    };
    whole(name).or_else(tile)
}

/// A validator: the entry's SHA-256, and how much of it is sent, or of which form.
fn tag(entry: &Entry, body: &Body) -> String {
    let (weak, form) = match body {
        Body::Bytes(_) | Body::Page { .. } | Body::Unpacked(_) => ("", ""),
        Body::Stored(_) => ("", "-stored"),
        // Another release may code it otherwise.
        Body::Gzip(_) => ("W/", "-gzip"),
    };
    let sha256 = digest::hex(&entry.sha256[..16]);
    format!("{weak}\"{sha256}-{:x}{form}\"", body.len())
}

/// What is sent of `answer`, which answers for `name`.
fn body(
    site: &Site,
    request: &Request,
    name: &str,
    entry: &Entry,
    answer: Answer<'static>,
) -> Body {
    let stored = || {
        let zip = answer.plain().filter(|_| is_zip(name))?;
        let wanted = entry.sound && site.forms.is_stored(request);
        let encoder = wanted.then(|| site.encoders.take())??;
        Some(Body::Stored(Box::new(StoredZip::of(zip, encoder)?)))
    };
    if let Some(stored) = stored() {
        return stored;
    }
    match Body::of(answer, &site.decoders) {
        Body::Unpacked(zip)
            if zip.len() > 0 && request.takes_gzip && site.forms.is_coded(request) =>
        {
            Body::Gzip(zip)
        }
        body => body,
    }
}

fn conditional(
    site: &Site,
    request: &Request,
    name: &str,
    entry: &Entry,
    answer: Answer<'static>,
) -> Reply {
    let body = body(site, request, name, entry, answer);
    let tag = tag(entry, &body);
    let has_parts = body.has_parts();
    let mut headers: Vec<(&'static str, Cow<'static, str>)> = vec![
        ("Content-Type", content_type(name).into()),
        ("Cache-Control", cache_control(site, name).into()),
        (
            "Accept-Ranges",
            if has_parts { "bytes" } else { "none" }.into(),
        ),
    ];
    let (known, only_of) = (request.if_none_match.as_ref(), request.if_range.as_ref());
    let matches = known.is_some_and(|value| any_tag(value, &tag));
    let whole_wanted = only_of.is_some_and(|value| value.trim() != tag);
    headers.push(("ETag", tag.into()));
    if matches!(body, Body::Gzip(_)) {
        headers.push(("Content-Encoding", "gzip".into()));
    }
    if answer.plain().is_none() {
        if site.forms.is_coded(request) {
            headers.push(("Vary", "Accept-Encoding".into()));
        }
    } else if is_zip(name) && site.forms.depends_on_client(request) {
        headers.push(("Vary", "User-Agent".into()));
    }
    let len = body.len();
    let mut reply = Reply {
        status: 200,
        headers,
        body,
        miss: None,
    };
    if matches {
        reply.status = 304;
        return reply;
    }
    let range = match &request.range {
        Some(value) if !whole_wanted && request.method == "GET" && has_parts => {
            range::parse(value, len)
        }
        _ => Range::Whole,
    };
    match range {
        Range::Whole => {}
        Range::Part(first, last) => {
            reply.status = 206;
            let part = format!("bytes {first}-{last}/{len}");
            reply.headers.push(("Content-Range", part.into()));
            reply.body = reply.body.part(first, last);
        }
        Range::Unsatisfiable => {
            reply.status = 416;
            let whole = format!("bytes */{len}");
            reply.headers.push(("Content-Range", whole.into()));
            reply.body = Vec::new().into();
        }
    }
    reply
}

/// True when a list of entity tags holds `tag`, compared weakly, or is `*`.
pub(super) fn any_tag(list: &str, tag: &str) -> bool {
    let plain = |t: &str| t.trim().trim_start_matches("W/").to_string();
    let wanted = plain(tag);
    list.split(',')
        .any(|t| plain(t) == wanted || t.trim() == "*")
}

/// True for the zip of a module.
fn is_zip(name: &str) -> bool {
    name.ends_with(".zip") && name.contains("/@v/") && !name.starts_with("sumdb/")
}

fn content_type(name: &str) -> &'static str {
    if name.starts_with("sumdb/") {
        let tile = name.contains("/tile/");
        return if tile {
            "application/octet-stream"
        } else {
            TEXT
        };
    }
    match name.rsplit_once("/@v/") {
        _ if is_zip(name) => "application/zip",
        _ if name.ends_with(".json.gz") => "application/gzip",
        _ if name.starts_with(vulndb::ROOT) => "application/json",
        Some((_, file)) if file.ends_with(".info") => "application/json",
        None if name.ends_with("/@latest") => "application/json",
        _ => TEXT,
    }
}

/// What may be kept for ever: files of a version, and tiles. A lookup carries the head of this
/// bag, and a query, which has no `.mod`, may have another answer in the next.
fn cache_control(site: &Site, name: &str) -> &'static str {
    let forever = match name.rsplit_once('.') {
        _ if name.starts_with("sumdb/") => name.contains("/tile/"),
        Some((stem, _)) => {
            stem.contains("/@v/") && site.bag.entry(&format!("{stem}.mod")).is_some()
        }
        None => false,
    };
    if forever { FOREVER } else { A_MINUTE }
}
