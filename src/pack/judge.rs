//! Judging: a written bag is proved and compared, unless an earlier run reached a verdict on it.

use std::path::{Path, PathBuf};

use bag::packing::Plan;

use super::built::{self, Built, Compiled, Rules};
use super::compare::{self, Tried};
use super::older::Older;
use super::online::Online;
use super::order::{self, Keep, Order};
use super::prove::{self, Outcome, Proved, Proving};
use super::remembered::{self, Place, Remembered};
use super::report;
use super::step::Step;
use super::survey::Survey;
use super::work::Work;
use super::write;
use crate::error::{Error, Result};
use crate::process::caches;
use crate::process::sandbox::Sandbox;
use crate::terminal::progress::{note, say};

/// Where the outputs of a build cache lie in the folder for work.
const OUTPUTS: &str = "build-cache.zst";

/// What came of a proof.
pub enum Judged {
    /// Nothing is missing; true where the next run may rely on it.
    Verdict(Remembered, bool),
    /// The same, by an earlier run.
    Known(Remembered),
    /// What succeeds online and not sealed, as an error; true where more was fetched for it.
    Missing(Error, bool),
}

/// What judging needs beside the bag.
pub struct Judge<'a> {
    /// What was ordered.
    pub order: &'a Order,
    /// What was found at the beginning.
    pub survey: &'a Survey,
    /// The folder to work in.
    pub work: &'a Work,
    /// The bags that it is served with.
    pub older: &'a Older,
    /// What was tried on the connected side so far.
    pub tried: Tried,
}

impl Judge<'_> {
    /// Judges the written bag `partial`, which `plan` is.
    ///
    /// # Errors
    /// A file cannot be read, or a command not started.
    pub fn judge(
        &mut self,
        partial: &Path,
        plan: &Plan,
        online: &mut Online<'_>,
    ) -> Result<Judged> {
        let place = self.place(partial);
        let earlier = place
            .as_ref()
            .filter(|_| self.order.prove != order::Prove::Anew);
        let outputs = self.work.path(OUTPUTS);
        if let Some(known) = earlier.and_then(|place| place.load(&outputs)) {
            return Ok(Judged::Known(known));
        }
        let judged = self.prove(partial, plan, online)?;
        // What was changed meanwhile was not proved.
        if let (Some(place), Judged::Verdict(verdict, true)) = (place, &judged)
            && self.place(partial).is_some_and(|now| now.is_same(&place))
        {
            place.save(verdict);
        }
        Ok(judged)
    }

    /// Where a verdict on the bag `partial` is kept, where this user has such a place.
    fn place(&self, partial: &Path) -> Option<Place> {
        let cache = caches::own()?;
        let output = &self.order.output.file;
        let besides: Vec<PathBuf> = [Some(output), self.order.work.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .chain([partial.to_path_buf(), report::checksum_file(output)])
            .collect();
        // What cannot be read is proved each time.
        Place::of(&cache, partial, self.survey, &besides).ok()?
    }

    /// Proves the bag `partial`, and tries on the connected side what fails.
    fn prove(&mut self, partial: &Path, plan: &Plan, online: &mut Online<'_>) -> Result<Judged> {
        let (survey, work, sandbox) = (self.survey, self.work, sandbox());
        let keep = survey.keep;
        let tried = &mut self.tried;
        let proving = Proving {
            bag: &write::runnable(partial, &self.order.output, work)?,
            older: &self.older.files,
            manifest: &plan.whole(),
            survey,
            tells_hashes: keep > Keep::None,
            sandbox: sandbox.as_ref(),
        };
        let proved = work.with_empty_stage(|| prove::prove(&proving, work))?;
        let Proved { outcomes, compiled } = proved;
        let before = online.fetched();
        // What the proof compiled counts: it was of the same sources, in the same folder.
        online.use_build_cache(&prove::build_cache(work)?);
        compare::try_online(online, &survey.proving, &outcomes, tried)?;
        let missing = compare::missing(&survey.proving, &outcomes, tried);
        if !missing.is_empty() {
            return Ok(Judged::Missing(
                unproven(&missing),
                online.fetched() != before,
            ));
        }
        let rows = compare::verdict(&survey.proving, &outcomes, tried);
        let proof = compare::proof(rows, survey.env.get("GOVERSION"), sandbox.is_some());
        let at = remembered::now();
        let settled = compare::is_settled(&outcomes, tried);
        let built = match keep > Keep::None {
            true => Some(self.keep(&compiled, plan)?),
            false => None,
        };
        Ok(Judged::Verdict(Remembered { at, proof, built }, settled))
    }
}

impl Judge<'_> {
    /// The folders of this host that are nobody's business elsewhere.
    fn folders(&self) -> Vec<String> {
        let home = std::env::home_dir().filter(|home| home.components().count() > 1);
        let work = self.work.path("");
        let own = home.into_iter().chain([work]);
        let own = own.map(|folder| {
            folder
                .display()
                .to_string()
                .trim_end_matches('/')
                .to_string()
        });
        let flags = self.survey.env.get("CGO_LDFLAGS");
        own.chain(built::folders_in(flags)).collect()
    }

    /// Writes down what the proof of `plan` compiled.
    fn keep(&self, compiled: &[Compiled], plan: &Plan) -> Result<Built> {
        say("keeping what was compiled");
        let rules = Rules {
            modules: built::modules(&plan.whole(), self.survey),
            keep: self.survey.keep,
            carried: self.older.built()?,
            folders: self.folders(),
        };
        let cache = prove::build_cache(self.work)?;
        built::write(compiled, &rules, &cache, self.work.path(OUTPUTS))
    }
}

/// A network of its own for the proof, or a word of why there is none.
fn sandbox() -> Option<Sandbox> {
    match Sandbox::new() {
        Ok(sandbox) => Some(sandbox),
        Err(why) => {
            note(&format!("the proof has no network of its own: {why}"));
            None
        }
    }
}

fn unproven(missing: &[(&Step, &Outcome)]) -> Error {
    let mut text = "not proven".to_string();
    for (step, outcome) in missing {
        text += &format!(
            ": {step} succeeds online, and fails with the bag alone: {}",
            outcome.reason
        );
        if !outcome.missed.is_empty() {
            let missed = outcome.missed.join(", ");
            text += &format!("; asked for and not in the bag: {missed}");
        }
    }
    Error::new(text + "; nothing was written (--no-prove writes it all the same)")
}
