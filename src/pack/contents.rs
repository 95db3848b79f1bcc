//! Contents: what folders hold is checked by Go's rules and completed with the proofs of the
//! checksum database.

use std::path::PathBuf;

use bag::Options;
use bag::checked::Checked;
use bag::packing::{self, Plan};

use super::older::Older;
use super::order::Rules;
use super::work::Work;
use super::{own, sums};
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::terminal::progress::{complain, say};
use crate::terminal::size::count;

/// Everything that goes into the bag, on top of the older ones.
///
/// # Errors
/// A fault, each of which is told; a database that cannot be reached or does not agree.
pub fn contents(
    folders: &[PathBuf],
    rules: &Rules,
    older: &Older,
    env: &GoEnv,
    work: &Work,
) -> Result<Plan> {
    let checked = Checked::load(&work.path("checked.json"));
    let options = Options {
        scratch: &work.folder("zips")?,
        checked: &checked,
        invalid: rules.invalid,
    };
    say("checking every module");
    let mut plan = packing::plan(folders, options).map_err(faults)?;
    checked.save().context("cannot note what was checked")?;
    plan.build_on(&older.bags()).map_err(faults)?;
    older.add_sums(&mut plan, work)?;
    if let Some(wanted) = &rules.sums {
        sums::add(&mut plan, wanted, env, work)?;
    }
    plan.prove_sums().map_err(faults)?;
    if let Some(wanted) = &rules.own_log {
        own::add(&mut plan, wanted)?;
    }
    plan.leave_out().map_err(faults)?;
    let by = env!("CARGO_PKG_VERSION");
    plan.describe(by).context("what is known of the modules")?;
    Ok(plan)
}

/// Tells every fault; the error says how many there are.
pub fn faults(faults: Vec<bag::Fault>) -> Error {
    for fault in &faults {
        complain(&format!("gobag: {fault}"));
    }
    let faults = count(faults.len(), "fault");
    Error::new(format!("{faults}, nothing was written"))
}
