//! Recording: go commands run with an empty module cache, and what they download is what the
//! bag must hold.

use std::fs;
use std::path::{Path, PathBuf};

use gomod::modfile::ModFile;
use gomod::module;
use serde_json::Value;

use super::front::Front;
use super::go::{Failure, Runner};
use super::project::Project;
use super::step::{Step, Workdir};
use super::work::Work;
use crate::client::goenv::GoEnv;
use crate::error::{Context, Error, Result};
use crate::terminal::progress::say;

/// Runs `steps`; returns the folders that hold what they downloaded and what their queries
/// were answered with, laid out like `modules/`.
///
/// # Errors
/// A command fails: the text names it, what upstream refused and who requires that.
pub fn record(
    go: &Path,
    env: &GoEnv,
    projects: &[Project],
    steps: &[Step],
    work: &Work,
) -> Result<Vec<PathBuf>> {
    let front = Front::start(Path::new(env.get("GOMODCACHE")).join("cache/download"))?;
    let proxies = match env.get("GOPROXY") {
        "" => front.url().to_string(),
        upstream => format!("{},{upstream}", front.url()),
    };
    // Copies of go.mod are made anew, downloads of an earlier run are kept.
    work.fresh_folder("record/copies")?;
    work.fresh_folder("record/scratch")?;
    let root = work.folder("record")?;
    let runner = Runner {
        go,
        projects,
        root,
        vars: vec![("GOPROXY".into(), proxies)],
    };
    for step in steps {
        say(&format!("  {step}"));
        if let Err(failure) = runner.run(step)? {
            return Err(explain(&failure, work));
        }
    }
    let cache = work.mod_cache().join("cache/download");
    fs::create_dir_all(&cache).context(cache.display())?;
    let queries = work.fresh_folder("queries")?;
    answer_queries(&runner, &front.queries(), &queries)?;
    Ok(vec![cache, queries])
}

/// Writes down what each query stands for, as `go list -m` tells now.
fn answer_queries(runner: &Runner<'_>, queries: &[(String, String)], folder: &Path) -> Result<()> {
    for (path, query) in queries {
        let step = Step {
            words: ["list", "-m", "-json", &format!("{path}@{query}")]
                .map(String::from)
                .to_vec(),
            workdir: Workdir::Scratch(usize::MAX),
            platform: None,
            may_fail: false,
        };
        // Prefixes of a package path are asked for as well, and most are no modules.
        let Ok(answer) = runner.run(&step)? else {
            continue;
        };
        let answer: Value = serde_json::from_str(&answer).context("go list -m -json")?;
        let (Some(version), Ok(escaped), Ok(name)) = (
            answer["Version"].as_str(),
            module::escape_path(path),
            module::escape_version(query),
        ) else {
            continue;
        };
        let mut info = serde_json::json!({"Version": version});
        if let Some(time) = answer.get("Time") {
            info["Time"] = time.clone();
        }
        let file = folder.join(format!("{escaped}/@v/{name}.info"));
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).context(parent.display())?;
        fs::write(&file, info.to_string()).context(file.display())?;
    }
    Ok(())
}

fn explain(failure: &Failure, work: &Work) -> Error {
    say(failure.stderr.trim_end());
    let refused = refused(&failure.stderr);
    let mut text = format!("{} failed", failure.step);
    for module in &refused {
        text += &format!("; {module} is refused upstream");
        let by = requirers(
            &[
                work.path("record/copies"),
                work.mod_cache().join("cache/download"),
            ],
            module,
        );
        if !by.is_empty() {
            text += &format!(", required by {}", by.join(", "));
        }
    }
    if work.is_kept() {
        text += "; what was fetched is kept, run it again to go on";
    } else {
        text += "; with --work DIR a second run would go on from here";
    }
    Error::new(text)
}

/// The module versions that a proxy or server refused, as go names them: `path@version: …`
/// in a line that ends in an HTTP status.
fn refused(stderr: &str) -> Vec<String> {
    let statuses = [
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "410 Gone",
    ];
    let mut modules = Vec::new();
    for line in stderr
        .lines()
        .filter(|line| statuses.iter().any(|s| line.contains(s)))
    {
        let named = line
            .split_whitespace()
            .map(|w| w.trim_end_matches(':'))
            .find(|w| {
                w.split_once('@').is_some_and(|(path, version)| {
                    !version.is_empty() && module::check_path(path).is_ok()
                })
            });
        if let Some(named) = named.map(str::to_string).filter(|n| !modules.contains(n)) {
            modules.push(named);
        }
    }
    modules
}

/// The modules whose go.mod, of the projects and as far as downloaded, requires `wanted`; at
/// most three.
fn requirers(folders: &[PathBuf], wanted: &str) -> Vec<String> {
    let Some((path, version)) = wanted.split_once('@') else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let entries = folders
        .iter()
        .flat_map(|f| walkdir::WalkDir::new(f).sort_by_file_name())
        .flatten();
    for entry in entries.filter(|e| e.path().extension().is_some_and(|end| end == "mod")) {
        let Ok(text) = fs::read(entry.path()) else {
            continue;
        };
        let Ok(file) = ModFile::parse(&text) else {
            continue;
        };
        if file
            .require
            .iter()
            .any(|r| r.path == path && r.version == version)
        {
            let stem = entry
                .path()
                .file_stem()
                .map(|v| v.to_string_lossy().into_owned());
            // A project's own file is called go.mod and has no version.
            let at = stem
                .filter(|v| v != "go")
                .map_or(String::new(), |v| format!("@{v}"));
            found.extend(file.module.map(|m| format!("{m}{at}")));
        }
        if found.len() == 3 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn finds_what_upstream_refused() {
        let stderr = "go: downloading example.com/a v1.0.0\n\
            go: example.com/b@v1.2.0 requires\n\
            \texample.com/c@v0.1.0: reading https://p.example/example.com/c/@v/v0.1.0.mod: 403 Forbidden\n\
            go: example.com/d@v0.2.0: reading https://p.example/example.com/d/@v/v0.2.0.info: 404 Not Found\n";
        assert_eq!(
            refused(stderr),
            ["example.com/c@v0.1.0", "example.com/d@v0.2.0"]
        );
    }
}
