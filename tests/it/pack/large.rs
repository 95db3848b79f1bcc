//! A program with hundreds of modules, by the three commands that a user types.

use crate::support::bag::Bag;
use crate::support::place::kept;
use crate::support::project::{EVERYDAY, Project, path_of};
use crate::support::sealed::Sealed;
use crate::support::task::{module_cache, source, tells_its_version};

#[test]
fn a_program_with_hundreds_of_modules_is_packed_carried_and_built() {
    // What was downloaded once is taken from the user's own cache, and what was recorded once from
    // the folder that an earlier run worked in.
    let work = kept().join("large");
    let project = Project::online().with("GOMODCACHE", module_cache().to_str().unwrap());
    source(project.go(), &project.dir());
    // What the user needs is go; nothing here knows Rust.
    let path = path_of(&project.beside("bin"), &["go"]);
    let project = project.with("PATH", &path);

    // What is proved below takes minutes to compile, and needs not be compiled twice.
    project.packs(&format!(
        "./app -o app-bag --no-prove --work {}",
        work.display()
    ));
    let bag = Bag::at(project.beside("app-bag"));
    let listed = bag.ok(["list"]);
    let modules = listed.lines().count();
    assert!(modules >= 200, "{modules} modules");
    let verified = format!("all {modules} module versions verified\n");
    assert!(bag.ok(["verify"]).starts_with(&verified));

    let sealed = Sealed::with_project(&project);
    // Its own tests need more than a minute to compile.
    let everyday = EVERYDAY.iter().filter(|line| !line.starts_with("go test"));
    let mut lines: Vec<&str> = everyday.copied().collect();
    lines.push("go build -mod=mod -o ../task ./cmd/task");
    let printed = sealed.runs(&bag, "app", &lines);
    assert!(printed.lines().count() >= modules, "go list -m all");
    tells_its_version(sealed.go());
}
