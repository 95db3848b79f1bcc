//! The connected side: go commands that fetch what they need as the user's settings say, into a
//! module cache that begins empty. What that holds in the end is what was needed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bag::slashed;
use gomod::{module, semver};
use serde_json::Value;
use walkdir::WalkDir;

use super::front::Front;
use super::go::{Ran, Runner};
use super::named;
use super::project::{Project, Vars};
use super::said::out_of_order;
use super::step::Step;
use super::work::Work;
use crate::client::goenv::GoEnv;
use crate::client::place::secrets;
use crate::error::{Context, Result};

/// Go commands on the connected side.
#[derive(Debug)]
pub struct Online<'a> {
    front: Front,
    runner: Runner<'a>,
    queries: PathBuf,
    /// The files that were there before the first command, by their names below `cache/download`.
    seeded: BTreeSet<String>,
}

impl<'a> Online<'a> {
    /// Gets ready to run commands. `seeds` are versions, `path@version`, that lie in the module
    /// cache already and that no other place has.
    ///
    /// # Errors
    /// A folder cannot be made, or no socket listened on.
    pub fn start(
        go: &'a Path,
        env: &'a GoEnv,
        projects: &'a [Project],
        work: &Work,
        seeds: &[String],
    ) -> Result<Self> {
        let own = Path::new(env.get("GOMODCACHE")).join("cache/download");
        let front = Front::start(vec![work.earlier(), own])?;
        let runner = Runner {
            go,
            env,
            projects,
            root: work.stage()?,
            vars: vars(env, front.url(), seeds, &work.path("go-build")),
            secrets: secrets(&[env.get("GOPROXY"), env.get("GOSUMDB")]),
            sandbox: None,
            tells_hashes: false,
        };
        let downloads = runner.mod_cache().join("cache/download");
        fs::create_dir_all(&downloads).context(downloads.display())?;
        Ok(Online {
            front,
            queries: work.folder("queries")?,
            seeded: files(&downloads),
            runner,
        })
    }

    /// Runs a step, once more where upstream was out of order.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, step: &Step) -> Result<Ran> {
        let ran = self.runner.run(step)?;
        match out_of_order(&ran.said()) {
            Some(_) => self.runner.run(step),
            None => Ok(ran),
        }
    }

    /// From now on what is compiled is kept in `folder`.
    pub fn use_build_cache(&mut self, folder: &Path) {
        let folder = folder.display().to_string();
        self.runner.vars.push(("GOCACHE".into(), folder));
    }

    /// What runs the steps.
    pub fn runner(&self) -> &Runner<'a> {
        &self.runner
    }

    /// Where downloads lie: `cache/download` of a module cache.
    pub fn downloads(&self) -> PathBuf {
        self.runner.mod_cache().join("cache/download")
    }

    /// The folders that hold what was fetched and what queries stand for, laid out like
    /// `modules/`.
    pub fn folders(&self) -> Vec<PathBuf> {
        vec![self.downloads(), self.queries.clone()]
    }

    /// The names of everything in those folders: more than before where more was fetched.
    pub fn fetched(&self) -> BTreeSet<String> {
        self.folders().iter().flat_map(|f| files(f)).collect()
    }

    /// True when there is no file of any module.
    pub fn is_empty(&self) -> bool {
        let mut files = files(&self.downloads()).into_iter();
        !files.any(|name| name.contains("/@v/") && !name.ends_with(".lock"))
    }

    /// True when something came from elsewhere than this host.
    pub fn reached(&self) -> bool {
        let parts = [".info", ".mod", ".zip"];
        files(&self.downloads()).iter().any(|name| {
            let part = parts.iter().any(|end| name.ends_with(end));
            part && !self.front.served(name) && !self.seeded.contains(name)
        })
    }

    /// Writes down what the queries that proxies were asked stand for.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn answer_proxied(&self) -> Result<()> {
        let queries = self.front.queries();
        queries
            .iter()
            .try_for_each(|(path, query)| self.answer(path, query).map(drop))
    }

    /// Writes down what the queries in the words of `step` stand for: a branch of a private
    /// module is asked of no proxy.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn answer_words(&self, step: &Step) -> Result<()> {
        for (package, query) in step.words.iter().filter_map(|word| query_of(word)) {
            let longest = std::iter::successors(Some(package), |p| Some(p.rsplit_once('/')?.0));
            for path in longest {
                if self.answer(path, query)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Fetches what a client missed, `path@version` or `path@query`, where there is such a thing.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn fetch(&self, missed: &str) -> Result<()> {
        match missed.split_once('@') {
            Some((path, query)) if !semver::is_canonical(query) => {
                self.answer(path, query).map(drop)
            }
            _ => self.run(&named::download(missed, usize::MAX)).map(drop),
        }
    }

    /// Writes down what a query stands for, as `go list -m` tells now; false where go knows none.
    fn answer(&self, path: &str, query: &str) -> Result<bool> {
        let (Ok(escaped), Ok(name)) = (module::escape_path(path), module::escape_version(query))
        else {
            return Ok(false);
        };
        let file = self.queries.join(format!("{escaped}/@v/{name}.info"));
        if file.exists() {
            return Ok(true);
        }
        let question = format!("{path}@{query}");
        // Prefixes of a package path are asked for as well, and most are no modules.
        let ran = self.run(&named::query(&question))?;
        let answer: Value = match ran.ok {
            true => serde_json::from_str(&ran.stdout).context("go list -m -json")?,
            false => return Ok(false),
        };
        let Some(version) = answer["Version"].as_str() else {
            return Ok(false);
        };
        // Its files may have come another way; go asks for them once it has the answer.
        self.run(&named::download(&format!("{path}@{version}"), usize::MAX))?;
        let mut info = serde_json::json!({"Version": version});
        if let Some(time) = answer.get("Time") {
            info["Time"] = time.clone();
        }
        let parent = file.parent().unwrap_or(&self.queries);
        fs::create_dir_all(parent).context(parent.display())?;
        fs::write(&file, info.to_string()).context(file.display())?;
        Ok(true)
    }
}

/// The environment of a client that asks this host's caches first. Where it has no build cache,
/// `build_cache` is one.
fn vars(env: &GoEnv, front: &str, seeds: &[String], build_cache: &Path) -> Vars {
    let proxies = match env.get("GOPROXY") {
        "" => front.to_string(),
        upstream => format!("{front},{upstream}"),
    };
    let mut vars = vec![("GOPROXY".to_string(), proxies)];
    if !seeds.is_empty() {
        let paths = seeds.iter().filter_map(|m| Some(m.split_once('@')?.0));
        let private = Some(env.get("GONOSUMDB")).filter(|set| !set.is_empty());
        let all: Vec<&str> = private.into_iter().chain(paths).collect();
        vars.push(("GONOSUMDB".into(), all.join(",")));
    }
    if matches!(env.get("GOCACHE"), "" | "off") {
        vars.push(("GOCACHE".into(), build_cache.display().to_string()));
    }
    vars
}

/// The package path and the query of a word such as `corp.example/lib@dev`; none for a version,
/// and for a word that go answers by its list of versions, as a bag does.
fn query_of(word: &str) -> Option<(&str, &str)> {
    let (path, query) = word.split_once('@')?;
    let listed = ["", "latest", "upgrade", "patch", "none"].contains(&query);
    let compared = query.starts_with(['<', '>']);
    let named = module::check_path(path).is_ok() && path.contains('.');
    (named && !listed && !compared && !semver::is_canonical(query)).then_some((path, query))
}

/// The names of all files below `folder`.
fn files(folder: &Path) -> BTreeSet<String> {
    let files = WalkDir::new(folder).into_iter().flatten();
    let files = files.filter(|e| e.file_type().is_file());
    files
        .filter_map(|e| slashed(e.path().strip_prefix(folder).ok()?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_queries_from_versions() {
        for (word, want) in [
            ("corp.example/lib@dev", Some(("corp.example/lib", "dev"))),
            (
                "corp.example/lib/cmd/x@abcdef1",
                Some(("corp.example/lib/cmd/x", "abcdef1")),
            ),
            ("corp.example/lib@v1", Some(("corp.example/lib", "v1"))),
            ("corp.example/lib@v1.0.0", None),
            ("corp.example/lib@latest", None),
            ("corp.example/lib@<v1.2.0", None),
            ("./...", None),
            ("-ldflags=-X a.b=c@d", None),
            ("user@host", None),
        ] {
            assert_eq!(query_of(word), want, "{word}");
        }
    }
}
