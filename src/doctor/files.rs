//! Rules for go.mod and go.work by themselves: what go refuses before it looks for any module.

use gomod::goversion;

use super::finding::Finding;
use super::modules::some;
use super::project::ProjectFiles;
use crate::terminal::quoted::quoted;

/// What go takes a go.work without a go line for.
const NO_GO_LINE: &str = "1.18";

/// From this release on a go line is a demand, in go.work as well.
const STRICT_SINCE: &str = "1.21";

/// Holds the project's go.mod files and its go.work against each other.
pub fn check(project: &ProjectFiles) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(unlisted(project));
    found.extend(nameless(project));
    found.extend(queries(project));
    found.extend(named_twice(project));
    found.extend(listed_twice(project));
    found.extend(lower_go_line(project));
    found
}

/// True where a go.mod asks for versions that go has yet to find: what it will require is open.
pub fn has_queries(project: &ProjectFiles) -> bool {
    let mut mains = project.mains.iter();
    mains.any(|m| m.file.queries().next().is_some())
}

/// "current directory is contained in a module that is not one of the workspace modules listed in
/// go.work", go says, or "directory prefix . does not contain modules listed in go.work".
fn unlisted(project: &ProjectFiles) -> Option<Finding> {
    let unlisted = project.unlisted.as_ref()?;
    let (file, folder) = (&unlisted.go_mod, &unlisted.folder);
    let what = format!("{file} is not one of the modules that go.work lists");
    let root = quoted(&project.root.display().to_string());
    let remedy = format!("cd {root} && go work use {}", quoted(folder));
    Some(if unlisted.beside {
        let what =
            format!("{what}: in this folder go builds nothing, in those that are listed it does");
        Finding::warning(what, remedy)
    } else {
        Finding::error(what, remedy)
    })
}

fn nameless(project: &ProjectFiles) -> Vec<Finding> {
    let nameless = project.mains.iter().filter(|m| m.file.module.is_none());
    let found = nameless.map(|m| {
        let (what, remedy) = (
            format!("{} has no module line", m.name),
            "go mod edit -module=example.com/mod",
        );
        Finding::error(what, remedy).of_kind(&m.name, "files have no module line", remedy)
    });
    found.collect()
}

fn queries(project: &ProjectFiles) -> Vec<Finding> {
    let found = project.mains.iter().filter_map(|main| {
        let all = main.file.queries();
        let all: Vec<String> = all.map(|(path, query)| format!("{path} {query}")).collect();
        let (_, named) = some("query", &all)?;
        let no = match all.len() {
            1 => "which is no version",
            _ => "which are no versions",
        };
        let what = format!("{} asks for {named}, {no}", main.name);
        Some(Finding::error(what, "go mod tidy # before packing"))
    });
    found.collect()
}

fn named_twice(project: &ProjectFiles) -> Option<Finding> {
    let mut pairs = project.mains.iter().enumerate().filter_map(|(at, main)| {
        let path = main.file.module.as_ref()?;
        let mut rest = project.mains[at + 1..].iter();
        let other = rest.find(|m| m.file.module.as_ref() == Some(path) && m.name != main.name)?;
        let (one, other) = (&main.name, &other.name);
        let what = format!("{one} and {other} are both of module {path}");
        Some(Finding::error(what, "take one of them out of go.work"))
    });
    pairs.next()
}

fn listed_twice(project: &ProjectFiles) -> Vec<Finding> {
    let Some(work) = &project.work else {
        return Vec::new();
    };
    let found = work.repeated(&project.root).into_iter().map(|folder| {
        let folder = folder.trim_start_matches("./");
        let remedy = "remove one of its lines";
        let finding = Finding::error(format!("go.work uses {folder} twice"), remedy);
        finding.of_kind(folder, "folders are used twice in go.work", remedy)
    });
    found.collect()
}

/// go of today refuses a go.work that asks for less than one of its modules.
fn lower_go_line(project: &ProjectFiles) -> Option<Finding> {
    let work = project.work.as_ref()?;
    let listed = work.go.as_deref();
    let wants = |m: &'_ &super::project::Main| {
        let go = m.file.go.as_deref().unwrap_or("");
        goversion::compare(go, STRICT_SINCE).is_ge()
            && goversion::compare(go, listed.unwrap_or(NO_GO_LINE)).is_gt()
    };
    let newest = project.mains.iter().filter(wants).max_by(|a, b| {
        let go = |m: &super::project::Main| m.file.go.clone().unwrap_or_default();
        goversion::compare(&go(a), &go(b))
    })?;
    let lists = match listed {
        Some(go) => format!("go {go}"),
        None => format!("no go version, which means go {NO_GO_LINE}"),
    };
    let (name, go) = (&newest.name, newest.file.go.as_deref().unwrap_or(""));
    let what = format!("{name} requires go {go}, and go.work lists {lists}");
    Some(Finding::error(what, "go work use"))
}

#[cfg(test)]
mod tests {
    use super::super::project::tests::{project, workspace};
    use super::*;

    fn told(project: &ProjectFiles) -> String {
        let found = check(project);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.join("\n")
    }

    #[test]
    fn tells_what_go_mod_lacks_or_leaves_open() {
        for (go_mod, want) in [
            ("module m\n", ""),
            (
                "go 1.21\n",
                "error: go.mod has no module line; go mod edit -module=example.com/mod",
            ),
            (
                "module m\nrequire a.b/c latest\n",
                "error: go.mod asks for a.b/c latest, which is no version; go mod tidy # before packing",
            ),
            (
                "module m\nrequire a.b/c v1\nexclude a.b/d main\n",
                "error: go.mod asks for a.b/c v1, a.b/d main, which are no versions; go mod tidy # before packing",
            ),
        ] {
            assert_eq!(told(&project(go_mod, "")), want, "{go_mod}");
        }
    }

    #[test]
    fn go_work_asks_for_no_less_than_its_modules() {
        for (go_work, a, b, refused) in [
            ("go 1.24\n", "go 1.21\n", "go 1.24\n", false),
            ("go 1.21\n", "go 1.21\n", "go 1.21.3\n", true),
            ("go 1.19\n", "go 1.20\n", "", false),
            ("", "go 1.20\n", "", false),
            ("", "go 1.21\n", "", true),
        ] {
            let project = workspace(go_work, &[("a", a), ("b", b)]);
            assert_eq!(
                told(&project).ends_with("go work use"),
                refused,
                "{go_work}{a}{b}"
            );
        }
        let twice = workspace("go 1.24\nuse ./a\n", &[("a", ""), ("a", "")]);
        assert_eq!(
            told(&twice),
            "error: go.work uses a twice; remove one of its lines"
        );
    }
}
