//! The page of a version of a module: what it is, what it needs, and what lies in it.

use bag::TOOLCHAIN;
use bag::described::{Description, HeldDescribed};
use gomod::modfile::{ModFile, Retract};
use gomod::semver;
use maud::{Markup, PreEscaped, html};

use super::careful::{Careful, stem};
use super::files::{self, Folder};
use super::frame::{Frame, broken};
use super::place::{self, Version};
use crate::terminal::size::{count, size};

/// How many rows of a list are shown.
const MOST_ROWS: usize = 500;

/// The page with this name, of a version; none where the bag has no such version.
pub fn page(
    bag: &Careful<'_>,
    known: &[HeldDescribed<'static>],
    name: &str,
    version: &Version<'_>,
) -> Option<String> {
    let bytes = bag.zip_len(version)?;
    let up = place::up(name);
    let go_mod = bag.go_mod(version).unwrap_or_default();
    let latest = bag.latest(version.path).unwrap_or_default();
    let newest = Version {
        version: &latest,
        ..*version
    };
    // What became of a version is told by the latest.
    let after = bag.go_mod(&newest).unwrap_or_default();
    let mut described = known.iter().filter_map(|held| {
        let description = held.find(version.path, version.version)?;
        Some((held, description))
    });
    let described = described.next();
    let readme = described.and_then(|(held, description)| {
        let readme = description.readme.as_ref()?;
        // Whoever packed the bag may have written something else there.
        let html = held
            .readme(description)
            .filter(|html| shown::check(html).is_ok())?;
        Some((readme.file.as_str(), html))
    });
    let by: Vec<(&str, &str)> = described.map_or(Vec::new(), |(held, description)| {
        held.required_by(description).collect()
    });
    let versions = versions(bag, version.path);
    let listing = files::listing(bag, version);
    let sections = html! {
        @if let Some((file, html)) = &readme {
            section #readme {
                h2 { (file) }
                div.readme { (PreEscaped(html)) }
            }
        }
        section #files {
            h2 { "Files" }
            @match &listing {
                Ok(listing) => { (Folder::of(listing.files(), "").rows()) }
                Err(e) => { p { "They cannot be shown: " (e) } }
            }
        }
        section #requires {
            h2 { "Requires" }
            (requires(bag, &up, &go_mod))
        }
        section #required-by {
            h2 { "Required by" }
            (required_by(&up, &by))
        }
        section #versions {
            h2 { "Versions in this bag" }
            (version_rows(bag, &up, version, &versions, &after))
        }
    };
    let unpacked = listing.as_ref().ok().map(|listing| {
        let bytes: u64 = listing.files().map(|(_, size)| size).sum();
        (listing.files().len(), bytes)
    });
    let facts = html! {
        p.facts {
            (version.version)
            @if let Some(day) = day(bag, version) { " · " time datetime=(day) { (day) } }
            @for license in licenses(described.map(|(_, d)| d)) { " · " (license) }
            @if let Some(go) = &go_mod.go { " · go " (go) }
            " · " (size(bytes))
            @if let Some((files, bytes)) = unpacked {
                ", unpacked " (count(files, "file")) " of " (size(bytes))
            }
        }
    };
    let header = html! {
        nav aria-label="The way here" { a href=(up) { "All modules" } }
        h1 { (broken(version.path)) }
        (facts)
        (notes(version, &latest, &up, &after))
    };
    let main = html! {
        pre data-copy="go get" { code { (line(version)) } }
        p #said role="status" {}
        nav.within aria-label="On this page" {
            @if readme.is_some() { a href="#readme" { "README" } }
            a href="#files" { "Files" }
            a href="#requires" { "Requires " (go_mod.require.len()) }
            a href="#required-by" { "Required by " (by.len()) }
            a href="#versions" { "Versions " (versions.len()) }
        }
        (sections)
    };
    let frame = Frame {
        up: &up,
        title: &format!("{}@{}", version.path, version.version),
        header,
        main,
    };
    Some(frame.html())
}

/// What somebody pastes to have it: a toolchain has a name of its own there (go.dev/doc/toolchain#get).
fn line(version: &Version<'_>) -> String {
    let Version { path, version } = version;
    let toolchain = version
        .strip_prefix("v0.0.1-")
        .filter(|_| *path == TOOLCHAIN);
    match toolchain.and_then(|name| name.rsplit_once('.')) {
        Some((name, _)) => format!("go get toolchain@{name}"),
        None => format!("go get {path}@{version}"),
    }
}

/// What somebody must know who thinks of using it.
fn notes(version: &Version<'_>, latest: &str, up: &str, after: &ModFile) -> Markup {
    let newest = Version {
        version: latest,
        ..*version
    };
    html! {
        @if let Some(why) = &after.deprecated { p.warn { b { "Deprecated: " } (why) } }
        @if let Some(retract) = retracted(after, version.version) {
            p.warn {
                b { "Retracted" }
                @if !retract.rationale.is_empty() { b { ": " } (retract.rationale) }
            }
        }
        @if !latest.is_empty() && latest != version.version {
            p { "The latest in this bag is " a href={ (up) (newest.link()) } { (latest) } "." }
        }
    }
}

/// What withdraws a version, of what the latest go.mod says (go.dev/ref/mod#go-mod-file-retract).
fn retracted<'m>(after: &'m ModFile, version: &str) -> Option<&'m Retract> {
    let mut retract = after.retract.iter();
    retract.find(|retract| {
        semver::compare(&retract.low, version).is_le()
            && semver::compare(version, &retract.high).is_le()
    })
}

/// The licences of a version, each file on its own.
fn licenses(description: Option<&Description>) -> Vec<String> {
    let files = description.map_or(&[][..], |d| &d.licenses);
    let mut told: Vec<String> = Vec::new();
    for file in files {
        let names = match file.spdx.is_empty() {
            true => format!("{} (not recognised)", file.file),
            false => file.spdx.join(" and "),
        };
        if !told.contains(&names) {
            told.push(names);
        }
    }
    told
}

/// The day of a version, in UTC as a rule.
fn day(bag: &Careful<'_>, version: &Version<'_>) -> Option<String> {
    let info = bag.info(&format!("{}.info", stem(version)?))?;
    Some(info.time?.get(..10)?.to_string())
}

fn more(left: usize, what: &str) -> Markup {
    html! { @if left > 0 { p { "and " (count(left, what)) } } }
}

fn requires(bag: &Careful<'_>, up: &str, go_mod: &ModFile) -> Markup {
    let required = &go_mod.require;
    let rows = required.iter().take(MOST_ROWS).map(|line| {
        let version = Version {
            path: &line.path,
            version: &line.version,
        };
        let link = match bag.has(&version) {
            true => Some(version.link()),
            false => bag
                .has_any(&line.path)
                .then(|| place::module_link(&line.path)),
        };
        html! {
            li {
                @match link {
                    Some(link) => { a href={ (up) (link) } { (line.path) } }
                    None => { b { (line.path) } }
                }
                span { (line.version) @if line.indirect { " indirect" } }
            }
        }
    });
    html! {
        @if required.is_empty() { p { "No other module." } }
        @else { ul.rows { @for row in rows { (row) } } }
        (more(required.len().saturating_sub(MOST_ROWS), "more module"))
    }
}

fn required_by(up: &str, by: &[(&str, &str)]) -> Markup {
    let rows = by.iter().take(MOST_ROWS);
    let rows = rows.map(|(path, version)| (Version { path, version }.link(), path, version));
    html! {
        @if by.is_empty() { p { "No other module in this bag." } }
        @else {
            ul.rows {
                @for (link, path, version) in rows {
                    li { a href={ (up) (link) } { (path) } span { (version) } }
                }
            }
        }
        (more(by.len().saturating_sub(MOST_ROWS), "more version"))
    }
}

/// The versions of a module that can be downloaded, newest first: those that `list` tells, and the newest of all.
fn versions(bag: &Careful<'_>, path: &str) -> Vec<String> {
    let list = || {
        let escaped = gomod::module::escape_path(path).ok()?;
        bag.text(&format!("{escaped}/@v/list")).ok()?
    };
    let list = list().unwrap_or_default();
    let list = String::from_utf8_lossy(&list);
    let mut versions: Vec<String> = list.lines().map(str::to_string).collect();
    if let Some(known) = bag.bag().known(path) {
        versions.extend(known.newest().map(str::to_string));
    }
    versions.sort_by(|one, other| semver::compare_total(other, one));
    versions.dedup();
    versions
}

fn version_rows(
    bag: &Careful<'_>,
    up: &str,
    shown: &Version<'_>,
    versions: &[String],
    after: &ModFile,
) -> Markup {
    let rows = versions
        .iter()
        .take(MOST_ROWS)
        .map(|version| Version { version, ..*shown });
    html! {
        ul.rows {
            @for version in rows {
                li {
                    a href={ (up) (version.link()) } aria-current=[(version == *shown).then_some("page")] {
                        (version.version)
                    }
                    span {
                        (day(bag, &version).unwrap_or_default())
                        @if retracted(after, version.version).is_some() { " retracted" }
                    }
                }
            }
        }
        (more(versions.len().saturating_sub(MOST_ROWS), "more version"))
    }
}

#[cfg(test)]
mod tests {
    use bag::described::LicenseFile;

    use super::*;

    #[test]
    fn what_is_pasted_is_what_go_takes() {
        for (path, version, want) in [
            ("a.test/m", "v1.0.0", "go get a.test/m@v1.0.0"),
            (
                TOOLCHAIN,
                "v0.0.1-go1.27.3.linux-amd64",
                "go get toolchain@go1.27.3",
            ),
            (
                TOOLCHAIN,
                "v0.0.1-go1.28rc1.windows-arm64",
                "go get toolchain@go1.28rc1",
            ),
            (
                "a.test/m",
                "v0.0.1-go1.27.3.linux-amd64",
                "go get a.test/m@v0.0.1-go1.27.3.linux-amd64",
            ),
        ] {
            assert_eq!(line(&Version { path, version }), want);
        }
    }

    #[test]
    fn a_version_is_retracted_within_the_ends_of_a_range() {
        let after = ModFile::parse(b"module m\nretract [v1.1.0, v1.3.0] // lost\nretract v2.0.0\n")
            .unwrap();
        for (version, why) in [
            ("v1.0.9", None),
            ("v1.1.0", Some("lost")),
            ("v1.2.0-rc.1", Some("lost")),
            ("v1.3.0", Some("lost")),
            ("v1.3.1-0.20250101000000-abcdefabcdef", None),
            ("v2.0.0", Some("")),
        ] {
            let told = retracted(&after, version).map(|retract| &*retract.rationale);
            assert_eq!(told, why, "{version}");
        }
    }

    #[test]
    fn licences_are_told_once() {
        let file = |file: &str, spdx: &[&str]| LicenseFile {
            file: file.into(),
            spdx: spdx.iter().map(|name| name.to_string()).collect(),
        };
        let description = Description {
            licenses: vec![
                file("COPYING", &["MIT"]),
                file("LICENSE", &["MIT"]),
                file("LICENSE.x", &[]),
                file("NOTICE", &["Apache-2.0", "BSD-3-Clause"]),
            ],
            ..Description::default()
        };
        let told = licenses(Some(&description));
        assert_eq!(
            told,
            [
                "MIT",
                "LICENSE.x (not recognised)",
                "Apache-2.0 and BSD-3-Clause"
            ]
        );
        assert!(licenses(None).is_empty());
    }
}
