//! Replies for browsers: a page with the headers that keep it to itself, and what it is dressed in.

use std::borrow::Cow;

use super::body::Body;
use super::origin::{Group, origin};
use super::places::Place;
use super::reply::{self, Reply};
use super::request::Request;
use super::site::Site;
use super::target;
use crate::page::address;
use crate::page::assets::Asset;
use crate::page::pages::Outcome;

/// What a page may load and do: its style sheet and its script, and an icon that is empty.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The page at `/`.
pub fn home(site: &Site, request: &Request) -> Reply {
    let reply = placed(site, request, |place| {
        let page = site.pages.home(&site.bag, &url(site, request), &site.notes);
        // It tells how this browser reached it.
        html(200, "no-store", page, place)
    });
    varied(reply)
}

/// The page of a module, a folder or a file.
pub fn module(site: &Site, request: &Request, name: &str) -> Reply {
    placed(site, request, |place| {
        match site.pages.find(&site.bag, name) {
            Outcome::Page(page) => html(200, reply::A_MINUTE, page, place),
            Outcome::Missing(page) => html(404, "no-cache", page, place),
            Outcome::Elsewhere(location) => {
                let mut reply = Reply::text(302, format!("{location}\n"));
                reply.headers.push(("Location", location.into()));
                reply
            }
        }
    })
}

/// What `make` makes in a place for a page, or that there is none.
fn placed(site: &Site, request: &Request, make: impl FnOnce(Place) -> Reply) -> Reply {
    if let Some(place) = site.places.take(Group::of(origin(request))) {
        return make(place);
    }
    let mut reply = Reply::text(503, "too many pages at once; try again\n".to_string());
    reply.headers.push(("Retry-After", "1".into()));
    reply
}

fn html(status: u16, kept: impl Into<Cow<'static, str>>, page: String, place: Place) -> Reply {
    Reply {
        status,
        headers: vec![
            ("Content-Type", "text/html; charset=utf-8".into()),
            ("Cache-Control", kept.into()),
            ("Content-Security-Policy", POLICY.into()),
            ("X-Content-Type-Options", "nosniff".into()),
            ("Referrer-Policy", "no-referrer".into()),
        ],
        body: Body::Page {
            bytes: page.into_bytes(),
            _place: place,
        },
        miss: None,
    }
}

/// A reply that depends on whether a browser asks.
pub fn varied(mut reply: Reply) -> Reply {
    reply.headers.push(("Vary", "Accept".into()));
    reply
}

/// What pages are dressed in; its link changes with it.
pub fn asset(asset: Asset, request: &Request) -> Reply {
    let tag = format!("\"{}\"", asset.mark);
    let known = request.if_none_match.as_ref();
    let status = if known.is_some_and(|list| reply::any_tag(list, &tag)) {
        304
    } else {
        200
    };
    // Under the mark of another release it would be kept for a year in that one's place.
    let kept = match target::query(&request.target) == asset.mark {
        true => reply::FOREVER,
        false => "no-cache",
    };
    Reply {
        status,
        headers: vec![
            ("Content-Type", asset.kind.into()),
            ("Cache-Control", kept.into()),
            ("X-Content-Type-Options", "nosniff".into()),
            ("ETag", tag.into()),
        ],
        body: asset.text.as_bytes().into(),
        miss: None,
    }
}

/// The address that this browser used, where that can be printed; by https where a server in front, on
/// this host, says so.
fn url(site: &Site, request: &Request) -> String {
    let Some(host) = request.host.as_deref().and_then(address::host) else {
        return site.url.clone();
    };
    let is_local = request
        .client
        .is_some_and(|client| client.to_canonical().is_loopback());
    let scheme = if is_local && request.forwarded_https {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}{}", site.base_path)
}
