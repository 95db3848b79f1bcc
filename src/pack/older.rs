//! The older bags that a new one builds on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::built::HeldCache;
use bag::manifest::{Base, Manifest};
use bag::packing::Plan;

use super::order::Rules;
use super::work::Work;
use crate::capture::upstream::keep_head;
use crate::carried::older;
use crate::error::{Context, Error, Result};
use crate::process::cleanup;
use crate::terminal::quoted::quoted;

/// Older bags, newest first; none where a bag stands alone.
#[derive(Debug, Default)]
pub struct Older {
    /// Their files, as they were named.
    pub files: Vec<PathBuf>,
    base: Vec<Base>,
    bags: Vec<Bag<'static>>,
    manifests: Vec<Manifest>,
}

impl Older {
    /// Opens the bag that is built on, and all those that it builds on itself, for a new one that
    /// is written to `output`.
    ///
    /// # Errors
    /// A file carries no bag, or not the one that is needed, or would be replaced; or one is missing.
    pub fn open(rules: &Rules, output: &Path) -> Result<Self> {
        let Some(since) = &rules.since else {
            return match rules.with.is_empty() {
                true => Ok(Older::default()),
                false => Err(Error::usage("--with belongs to --since; name that bag too")),
            };
        };
        let newest = older::open(since)?;
        let name = since.file_name().unwrap_or_default().to_string_lossy();
        let mut base = vec![
            newest
                .as_base(&name)
                .map_err(Error::from)
                .context(since.display())?,
        ];
        base.extend(newest.about().base.iter().cloned());
        let shown = since.display().to_string();
        let further = match (newest.about().base.is_empty(), rules.with.is_empty()) {
            (true, true) => Vec::new(),
            _ => older::in_order(&newest.about().base, &shown, &rules.with)?,
        };
        let files = std::iter::once(since).chain(&rules.with);
        let files: Vec<PathBuf> = files.cloned().collect();
        let same = |file: &Path| fs::canonicalize(file).ok() == fs::canonicalize(output).ok();
        if output.exists() && files.iter().any(|file| same(file)) {
            let text = "is needed together with the new bag; write that to another file";
            return Err(Error::new(format!("{} {text}", output.display())));
        }
        let bags: Vec<Bag<'static>> = std::iter::once(newest).chain(further).collect();
        let manifests = bags.iter().zip(&files).map(|(bag, file)| {
            let manifest = bag.manifest().map_err(Error::from);
            Ok(manifest.context(file.display())?.into_owned())
        });
        let manifests = manifests.collect::<Result<_>>()?;
        Ok(Older {
            files,
            base,
            manifests,
            bags,
        })
    }

    /// What each is, and what it says of itself.
    pub fn bags(&self) -> Vec<(Base, &Manifest)> {
        self.base.iter().cloned().zip(&self.manifests).collect()
    }

    /// Has their checksum data count as captured, so that one database proves what is in all of
    /// them.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn add_sums(&self, plan: &mut Plan, work: &Work) -> Result<()> {
        let dir = work.fresh_folder("older")?;
        for bag in &self.bags {
            // What a log of its own says is not what the new bag's will.
            for held in bag.about().databases.iter().filter(|held| !held.own) {
                let at = format!("sumdb/{}/", held.name);
                let answers = bag.answers().filter(|(name, _)| name.starts_with(&at));
                for (name, bytes) in answers.filter_map(|(name, a)| Some((name, a.plain()?))) {
                    let _gate = cleanup::gate();
                    let file = dir.join(name);
                    if name.ends_with("/latest") {
                        keep_head(&dir, &held.name, bytes)?;
                    } else if !file.exists() {
                        let folder = file.parent().unwrap_or(&dir);
                        fs::create_dir_all(folder).context(folder.display())?;
                        fs::write(&file, bytes).context(file.display())?;
                    }
                }
                for head in &held.heads {
                    keep_head(&dir, &held.name, head.as_bytes())?;
                }
            }
        }
        plan.add_captured(&dir);
        Ok(())
    }

    /// The actions whose outputs they carry, by their ids.
    ///
    /// # Errors
    /// One of them is damaged.
    pub fn built(&self) -> Result<BTreeSet<String>> {
        let mut actions = BTreeSet::new();
        for (bag, file) in self.bags.iter().zip(&self.files) {
            let held = HeldCache::of(bag).map_err(Error::from);
            for held in held.context(file.display())? {
                actions.extend(held.list.actions.into_iter().map(|action| action.id));
            }
        }
        Ok(actions)
    }

    /// The words that name them to `exec` and `serve`, with a blank before each.
    pub fn words(&self) -> String {
        let words = self.files.iter().map(|file| {
            let file = file.display().to_string();
            format!(" --with {}", quoted(&file))
        });
        words.collect()
    }
}
