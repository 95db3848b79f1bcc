//! What this executable carries of a build cache, and what it was packed of, kept in a bag that adds to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use bag::building;
use bag::built::{Action, BuildCache, HeldCache};
use bag::manifest::Project;

use super::built::Built;
use super::older::Older;
use super::order::{Keep, Order};
use crate::carried::bundle;
use crate::error::{Context, Result};
use crate::terminal::progress::note;
use crate::terminal::size::count;

/// What this executable carries of a build cache, where the new bag is to keep that: what the `older` ones
/// carry that it builds on is left out, and the projects' own packages where these are not carried.
///
/// # Errors
/// One of them is damaged.
pub fn carried(order: &Order, older: &Older) -> Result<Vec<HeldCache<'static>>> {
    if !order.further.build_cache {
        return Ok(Vec::new());
    }
    let mut carried = HeldCache::of(&bundle::bag()?)?;
    let known = older.built()?;
    for HeldCache { list, .. } in &mut carried {
        let own = list.actions.iter().filter(|a| a.module.ends_with('@'));
        let own = own.filter(|_| order.source.keep != Keep::Own);
        let own: BTreeSet<String> = own.map(|a| a.package.clone()).collect();
        let keeps = |a: &Action| !own.contains(&a.package) && !known.contains(&a.id);
        list.actions.retain(keeps);
    }
    carried.retain(|held| !held.list.actions.is_empty());
    Ok(carried)
}

/// What this executable was packed of, where the new bag keeps what it carries.
///
/// # Errors
/// It is damaged.
pub fn projects(order: &Order) -> Result<Vec<Project>> {
    match order.further.add {
        true => Ok(bundle::bag()?.manifest()?.projects.clone()),
        false => Ok(Vec::new()),
    }
}

/// What was `made` and what is `carried` as one, in the file `outputs` where something is carried. What of
/// that is damaged is left out, which is told.
///
/// # Errors
/// A file cannot be read or written.
pub fn joined(
    made: Option<Built>,
    carried: &[HeldCache<'_>],
    outputs: PathBuf,
) -> Result<Option<Built>> {
    let made = made.filter(|made| !made.list.actions.is_empty());
    if carried.is_empty() {
        return Ok(made);
    }
    let read = |made: &Built| fs::read(&made.outputs).context(made.outputs.display());
    let bytes = made.as_ref().map(read).transpose()?.unwrap_or_default();
    let list = made.map_or_else(BuildCache::default, |made| made.list);
    let made = HeldCache::new(&list, &bytes)?;
    let parts: Vec<&HeldCache<'_>> = std::iter::once(&made).chain(carried).collect();
    let ids = parts.iter().flat_map(|part| &part.list.actions);
    let ids: BTreeSet<&String> = ids.map(|action| &action.id).collect();
    let joined = Built::written(outputs, |out| building::join(&parts, out))?;
    let lost = ids.len() - joined.list.actions.len();
    if lost > 0 {
        let lost = count(lost, "output");
        note(&format!(
            "{lost} of this file's build cache not as packed, and left out: go compiles that; verify checks the file"
        ));
    }
    Ok(Some(joined).filter(|built| !built.list.actions.is_empty()))
}
