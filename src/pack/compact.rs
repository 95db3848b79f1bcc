//! Zips held in less room: what was compacted once is kept in the user's cache folder.

use std::fs;

use bag::compact::Places;
use bag::packing::Plan;

use super::order::Order;
use super::scratch::temporary_in;
use super::work::Work;
use crate::carried::bundle;
use crate::error::{Context, Result};
use crate::process::{caches, cleanup};
use crate::terminal::progress::{Progress, say};

/// How much is kept from one packing to the next, in bytes.
const MOST_KEPT: u64 = 4 << 30;

/// True where an order wants it: as it was typed, or where all that this file carries is kept, and that
/// is compact. It would be several times as large otherwise.
///
/// # Errors
/// This program's own bag cannot be read.
pub fn is_wanted(order: &Order) -> Result<bool> {
    Ok(order.output.compact || (order.further.add && bundle::bag()?.manifest().is_compact()))
}

/// Holds the zips of `plan` in less room, where they take less.
///
/// # Errors
/// A zip cannot be read, or there is no room to work in.
pub fn compact(plan: &mut Plan, work: &Work) -> Result<()> {
    say("compacting");
    let kept = match caches::own() {
        Some(own) => own.join("compact"),
        None => work.path("compact"),
    };
    let remedy = format!("{} (XDG_CACHE_HOME names another place)", kept.display());
    caches::make(&kept).context(&remedy)?;
    let partial = temporary_in(&kept).context(&remedy)?;
    let places = Places {
        kept,
        partial: partial.clone(),
    };
    let progress = Progress::new("compacting", plan.zips());
    let done = plan.compact(&places, || progress.step());
    drop(progress);
    let _ = fs::remove_dir_all(&partial);
    cleanup::keep(&partial);
    done.context("cannot compact")?;
    // What is too much is removed the next time.
    let _ = places.prune(MOST_KEPT);
    Ok(())
}
