//! Packing: from projects, names and folders to an executable that carries a proven bag.
//!
//! Record what go commands download, check and complete it, fetch the proofs of the checksum
//! database, write a copy of this program with the archive inside, prove it by running the
//! same commands against it, and only then give it its name.

pub mod step;
pub mod order;
pub mod work;
pub mod preflight;
pub mod project;
pub mod go;
pub mod front;
pub mod record;
pub mod prove;
pub mod folders;
pub mod sums;
pub mod own;
mod job;
mod partial;

use bag::packing::Plan;
use tempfile::TempPath;

use self::go::Failure;
use self::job::{Job, missed_steps};
use self::order::Order;
use self::prove::Proved;
use self::step::Step;
use crate::carried::summary::summary;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::progress::say;
use crate::terminal::size::size;

/// The longest file on FAT32, as most USB sticks are formatted: its length has 32 bits there.
const FAT32_MAX_BYTES: u64 = u32::MAX as u64;

/// The commands that an order runs.
///
/// # Errors
/// A project cannot be read, or a line is no go command.
pub fn steps(order: &Order) -> Result<Vec<Step>> {
    Ok(Job::new(order)?.steps)
}

/// Makes a bag as `order` says and gives it its name.
///
/// # Errors
/// A command, a module or a proof fails; nothing is written then.
pub fn pack(order: &Order) -> Result<()> {
    cleanup::handle_signals()?;
    let job = Job::new(order)?;
    let mut recorded = Vec::new();
    if !job.steps.is_empty() {
        say("recording:");
        recorded = record::record(&job.go, &job.env, &job.projects, &job.steps, &job.work)?;
    }
    let (mut plan, mut partial) = job.write(&recorded)?;
    if order.prove && !job.steps.is_empty() {
        say("proving the bag offline:");
        if let Proved::No(failure, misses) = job.prove(&partial, &plan)? {
            if misses.is_empty() {
                return Err(unproven(&failure, &misses));
            }
            say(&format!(
                "  {} failed; fetching what it missed",
                failure.step
            ));
            let more = missed_steps(&misses);
            recorded = record::record(&job.go, &job.env, &job.projects, &more, &job.work)?;
            drop(partial);
            (plan, partial) = job.write(&recorded)?;
            say("proving the bag once more:");
            if let Proved::No(failure, misses) = job.prove(&partial, &plan)? {
                return Err(unproven(&failure, &misses));
            }
        }
    }
    finish(order, &plan, partial)
}

fn unproven(failure: &Failure, misses: &[String]) -> Error {
    say(failure.stderr.trim_end());
    let mut text = format!("not proven: {} failed with the bag alone", failure.step);
    if !misses.is_empty() {
        text += &format!("; asked for and not in the bag: {}", misses.join(", "));
    }
    Error::new(text + "; nothing was written (--no-prove writes it all the same)")
}

fn finish(order: &Order, plan: &Plan, partial: TempPath) -> Result<()> {
    let output = order.output.display();
    let bytes = std::fs::metadata(&partial).context(&output)?.len();
    cleanup::keep(&partial);
    let persisted = partial.persist(&order.output);
    persisted.map_err(|e| e.error).context(&output)?;
    say(&format!(
        "{output}: {}, {} in all",
        summary(plan.manifest()),
        size(bytes)
    ));
    if bytes > FAT32_MAX_BYTES {
        say(
            "warning: it does not fit a FAT32 file system (4 GiB a file); format the stick as exFAT",
        );
    }
    let run = std::path::absolute(&order.output).context(&output)?;
    say(&format!(
        "carry it, then: {} exec -- go build ./...",
        run.display()
    ));
    Ok(())
}
