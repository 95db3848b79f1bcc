//! The repository's own `modules/`, used as the README says.

use crate::support::bag::Bag;
use crate::support::go::Go;
use crate::support::gobag::Gobag;

const HELLO: &str = "\
+------------------------------------------------+
| Good morning, gopher!                          |
| What you carry with you, you need not ask for. |
+------------------------------------------------+
";

/// The example bag, and a user who knows that its modules are in no checksum database.
fn user() -> (Gobag, Go) {
    let gobag = Bag::example().serve();
    let go = Go::new(gobag.url()).with("GONOSUMDB", "example.com");
    (gobag, go)
}

#[test]
fn go_run_runs_the_example_command() {
    let (_gobag, go) = user();
    assert_eq!(
        go.ok("run example.com/gobag/hello@latest -at 9:30 gopher"),
        HELLO
    );
}

#[test]
fn go_install_installs_the_example_command() {
    let (_gobag, go) = user();
    go.ok("install example.com/gobag/hello@v1.0.0");
    let hello = go
        .command("../go/bin/hello")
        .args(["-at", "9", "gopher"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&hello.stdout), HELLO);
}

#[test]
fn a_project_of_ones_own_is_built() {
    let (_gobag, go) = user();
    go.ok("mod init main.test");
    go.write(
        "main.go",
        "package main\n\nimport (\n\tascii \"example.com/gobag/ASCII\"\n\t\"example.com/gobag/greet\"\n)\n\nfunc main() { print(ascii.Box(greet.Hello(\"you\"))) }\n",
    );
    go.ok("mod tidy");
    assert!(go.read("go.mod").contains("example.com/gobag/greet v1.1.0"));
    go.ok("build -o main .");
    let main = go.command("./main").output().unwrap();
    let said = String::from_utf8_lossy(&main.stderr).into_owned();
    assert_eq!(said, "+-------------+\n| Hello, you! |\n+-------------+\n");
    go.ok("mod verify");
    go.ok("mod vendor");
    go.ok("build -mod=vendor -o main .");
}

#[test]
fn go_get_moves_between_versions() {
    let (_gobag, go) = user();
    go.requires("1.21", &[]);
    let version = || {
        let go_mod = go.read("go.mod");
        let line = go_mod.lines().find(|line| line.contains("gobag/greet v"));
        line.map(|line| {
            line.split_whitespace()
                .find(|word| word.starts_with('v'))
                .unwrap()
                .to_owned()
        })
    };
    go.ok("get example.com/gobag/greet@v1.0.0");
    assert_eq!(version().as_deref(), Some("v1.0.0"));
    let said = go.says("get example.com/gobag/greet@upgrade");
    assert!(
        said.contains("is deprecated: use example.com/gobag/greet/v2"),
        "{said}"
    );
    assert_eq!(version().as_deref(), Some("v1.1.0"));
    go.ok("get example.com/gobag/greet@<v1.1.0");
    assert_eq!(version().as_deref(), Some("v1.0.0"));
    go.ok("get example.com/gobag/greet@latest");
    assert_eq!(version().as_deref(), Some("v1.1.0"));
    go.ok("get example.com/gobag/greet@none");
    assert_eq!(version(), None);
}

#[test]
fn go_list_shows_versions_updates_and_retractions() {
    let (_gobag, go) = user();
    go.requires(
        "1.21",
        &[
            "example.com/gobag/greet v1.0.0",
            "example.com/gobag/clock v0.2.0",
        ],
    );
    let go = go.with("GOFLAGS", "-modcacherw -mod=mod");
    let versions = go.ok("list -m -versions example.com/gobag/greet example.com/gobag/dice");
    assert_eq!(
        versions,
        "example.com/gobag/greet v1.0.0 v1.1.0\nexample.com/gobag/dice\n"
    );
    let updates = go.ok("list -m -u all");
    assert_eq!(
        updates,
        "main.test\nexample.com/gobag/clock v0.2.0 (retracted) [v0.2.1]\nexample.com/gobag/greet v1.0.0 [v1.1.0] (deprecated)\n"
    );
}

#[test]
fn a_module_with_its_go_sum_is_built_from_its_own_folder() {
    let (_gobag, go) = user();
    // Its go.sum was written by go; what we serve must agree with it.
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/modules/example.com/gobag/");
    for name in ["go.mod", "go.sum", "main.go"] {
        let file = format!("{modules}hello@v1.0.0/{name}");
        go.write(name, &std::fs::read_to_string(file).unwrap());
    }
    assert_eq!(go.ok("run . -at 9:30 gopher"), HELLO);
    go.ok("mod tidy -diff");
    go.ok("mod verify");
}

#[test]
fn the_examples_pass_their_own_tests() {
    let (_gobag, go) = user();
    go.requires("1.21", &["example.com/gobag/hello v1.0.0"]);
    let go = go.with("GOFLAGS", "-modcacherw -mod=mod");
    go.ok("get example.com/gobag/greet/v2 example.com/gobag/hello");
    go.ok("test example.com/gobag/greet/v2");
    go.ok("vet example.com/gobag/...");
}
