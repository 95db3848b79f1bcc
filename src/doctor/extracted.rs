//! Rules for the toolchain of the bag as it was extracted: is it whole, and else, is there a place for it?

use std::path::{Path, PathBuf};

use bag::manifest::Manifest;
use bag::{Bag, TOOLCHAIN};

use super::finding::Finding;
use super::host::Host;
use crate::carried::toolchains;
use crate::error::Result;
use crate::terminal::quoted::quoted_os;
use crate::unpack::extracted::Held;

/// Looks at those that `gobag exec` has extracted for this user, and where there is no go, at what it
/// would do.
pub fn check(bag: &Bag<'_>, manifest: &Manifest, host: &Host) -> Vec<Finding> {
    let held = toolchains::held(manifest.module(TOOLCHAIN), &host.platform);
    let names = held.iter().map(|(name, _)| *name).enumerate();
    // The first is the one that is taken where nothing else is asked for.
    let found = names.map(|(place, name)| (name, place == 0 && host.go.is_none()));
    let found = found.map(|(name, needed)| match examine(bag, name, needed) {
        Err(e) if needed => Some(Finding::error(format!("gobag exec would fail: {e}"), "")),
        found => found.unwrap_or_default(),
    });
    found.flatten().collect()
}

/// The go of the toolchain that `gobag exec` would take where there is none, if it has been extracted.
pub fn go(bag: &Bag<'_>) -> Option<PathBuf> {
    let held = Held::of(bag, None).ok()?;
    let bin = held.look().ok()??.join("bin");
    Some(bin.join(format!("go{}", std::env::consts::EXE_SUFFIX)))
}

fn examine(bag: &Bag<'_>, name: &str, needed: bool) -> Result<Option<Finding>> {
    let held = Held::of(bag, Some(name))?;
    match held.look()? {
        Some(go_root) => Ok(changed(&held, &go_root, needed)),
        None if needed => Ok(held.look_for_room()?.map(|held_by_another| {
            let told = held_by_another.display();
            let what = format!("another gobag extracts to {told}, and gobag exec waits for it");
            Finding::warning(what, "wait for it, or end it")
        })),
        None => Ok(None),
    }
}

/// What was changed in a toolchain since it was extracted to `go_root`.
fn changed(held: &Held<'_>, go_root: &Path, needed: bool) -> Option<Finding> {
    let different = held.difference(go_root);
    let file = different.unwrap_or_else(|e| Some(e.to_string()))?;
    let (told, name) = (go_root.display(), &held.name);
    let what = format!("{told} is not the {name} that was extracted there: {file}");
    let folder = quoted_os(go_root.parent().unwrap_or(go_root).as_os_str());
    let remedy = format!("rm -rf {folder}, and gobag exec extracts it anew");
    Some(match needed {
        true => Finding::error(what, remedy),
        false => Finding::warning(what, remedy),
    })
}
