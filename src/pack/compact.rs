//! Zips held in less room: what was compacted once is kept in the user's cache folder.

use std::fs;
use std::path::Path;

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
    Ok(order.output.compact || (order.further.add && bundle::bag()?.about().is_compact()))
}

/// Where zips are compacted while a bag is packed; what is made for that alone is removed when this is
/// dropped.
#[derive(Debug)]
pub struct Compacting {
    places: Places,
}

impl Compacting {
    /// In the user's cache folder; without one, in the folder for work.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn begin(work: &Work) -> Result<Self> {
        let kept = match caches::own() {
            Some(own) => own.join("compact"),
            None => work.path("compact"),
        };
        caches::make(&kept).context(remedy(&kept))?;
        let work = temporary_in(&kept).context(remedy(&kept))?;
        Ok(Compacting {
            places: Places { kept, work },
        })
    }

    /// Holds the zips of `plan` in less room, where they take less.
    ///
    /// # Errors
    /// A zip cannot be read, or there is no room to work in.
    pub fn compact(&self, plan: &mut Plan) -> Result<()> {
        say("compacting");
        let progress = Progress::new("compacting", plan.zips());
        let done = plan.compact(&self.places, || progress.step());
        drop(progress);
        done.context(remedy(&self.places.kept))?;
        // What is too much is removed the next time.
        let _ = self.places.prune(MOST_KEPT);
        Ok(())
    }
}

impl Drop for Compacting {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.places.work);
        cleanup::keep(&self.places.work);
    }
}

fn remedy(kept: &Path) -> String {
    let kept = kept.display();
    format!("cannot compact in {kept} (XDG_CACHE_HOME names another place)")
}
