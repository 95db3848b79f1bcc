//! What go finds compiled with `exec --cached`, and what it does where something is wrong with that.

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use zip::ZipArchive;

use crate::support::bag::{Bag, stderr};
use crate::support::gobag::Gobag;
use crate::support::namespace::mounting;
use crate::support::project::{Project, names};
use crate::support::releases;
use crate::support::sealed::Sealed;
use crate::support::tree::Tree;

/// A module, a program, and a module that needs a C compiler.
fn upstream() -> Gobag {
    let tree = Tree::new();
    let lib = "package lib\n\nimport (\"fmt\"; \"net/url\")\n\nfunc Say(s string) string { return fmt.Sprint(url.QueryEscape(s)) }\n";
    let go_mod = "module cached.test/lib\n\ngo 1.21\n";
    let files = [("go.mod", go_mod), ("lib.go", lib)];
    tree.folder("cached.test/lib", "v1.0.0", &files);
    let tool = "package main\n\nimport (\"cached.test/lib\"; \"fmt\")\n\nfunc main() { fmt.Println(lib.Say(\"tool\")) }\n";
    let go_mod = "module cached.test/tool\n\ngo 1.21\n\nrequire cached.test/lib v1.0.0\n";
    let files = [("go.mod", go_mod), ("main.go", tool)];
    tree.folder("cached.test/tool", "v1.0.0", &files);
    let c = "package c\n\n// int answer(void) { return 42; }\nimport \"C\"\n\nfunc Answer() int { return int(C.answer()) }\n";
    let files = [("go.mod", "module cached.test/c\n\ngo 1.21\n"), ("c.go", c)];
    tree.folder("cached.test/c", "v1.0.0", &files);
    tree.bag().serve()
}

/// A project with two packages of its own that imports the module.
fn project(upstream: &Gobag) -> Project {
    // What is private is said in the source, to be looked for in what is carried.
    let project = Project::behind(upstream.url()).with("GOFLAGS", "-modcacherw");
    let main = "package main\n\nimport (\"cached.test/lib\"; \"corp.test/app/inner\"; \"fmt\")\n\nfunc main() { fmt.Println(lib.Say(inner.Word)) }\n";
    project.file("main.go", main);
    project.file("inner/inner.go", "package inner\n\nconst Word = \"a b\"\n");
    let test =
        "package inner\n\nimport \"testing\"\n\nfunc TestWord(t *testing.T) { t.Log(Word) }\n";
    project.file("inner/inner_test.go", test);
    project.file(
        "go.mod",
        "module corp.test/app\n\ngo 1.21\n\nrequire cached.test/lib v1.0.0\n",
    );
    project.ok("", "mod tidy");
    project
}

/// What was packed of it, once for all tests.
struct Packed {
    project: Project,
    bag: Bag,
    said: String,
}

static PACKED: LazyLock<Packed> = LazyLock::new(|| {
    let upstream = upstream();
    let project = project(&upstream);
    let platforms = "--platform linux/amd64 --platform linux/arm64";
    let tool = "--tool cached.test/tool@v1.0.0";
    let said = project.packs(&format!("app -o bag --no-sums {platforms} {tool}"));
    let bag = Bag::at(project.beside("bag"));
    Packed { project, bag, said }
});

/// Another user, in another home, to whom the project was carried.
fn sealed(project: &Project) -> Sealed {
    let user = Sealed::with_project(project);
    user.with("GOFLAGS", "-modcacherw").with("GOCACHE", "")
}

/// The command that runs `line` with what was compiled before, in the project.
fn command(user: &Sealed, bag: &Path, line: &str) -> Command {
    let mut command = user.go().command(bag.to_str().unwrap());
    command.args(["exec", "--cached", "--", "sh", "-ec", line]);
    command.current_dir(user.go().work().join("app"));
    command
}

fn run(user: &Sealed, bag: &Path, line: &str) -> Output {
    command(user, bag, line).output().unwrap()
}

/// The packages that go compiled, as it tells with `-x`, sorted.
fn compiled(output: &Output) -> Vec<String> {
    let said = stderr(output);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.contains("/compile "));
    let packages = lines.map(|line| {
        let rest = line.split_once(" -p ").unwrap().1;
        rest.split(' ').next().unwrap().to_owned()
    });
    let mut packages: Vec<String> = packages.collect();
    packages.sort();
    packages
}

/// Where `exec --cached` keeps what it found.
fn kept(user: &Sealed) -> PathBuf {
    let home = user.go().work().parent().unwrap().to_owned();
    home.join(".cache/gobag")
}

/// The names there, but for the lock.
fn kept_names(user: &Sealed) -> Vec<String> {
    let mut found = names(&kept(user));
    found.retain(|name| name != ".lock");
    found
}

fn zip(bag: &Path) -> ZipArchive<BufReader<File>> {
    ZipArchive::new(BufReader::new(File::open(bag).unwrap())).unwrap()
}

/// What a bag says of its build cache; none where it has none.
fn list(bag: &Path) -> Option<Value> {
    let mut zip = zip(bag);
    let entry = zip.by_name("build-cache.json").ok()?;
    Some(serde_json::from_reader(entry).unwrap())
}

fn packages(list: &Value) -> Vec<String> {
    let actions = list["actions"].as_array().unwrap().iter();
    let mut packages: Vec<String> = actions
        .map(|a| a["package"].as_str().unwrap().to_owned())
        .collect();
    packages.dedup();
    packages
}

#[test]
fn what_the_proof_compiled_is_not_compiled_again() {
    let Packed { project, bag, said } = &*PACKED;
    assert!(said.contains("  build cache: "), "{said}");
    assert!(
        said.contains("exec --cached -- go build -trimpath ./..."),
        "{said}"
    );
    let told = bag.ok(["version"]);
    let compiled_before = told
        .lines()
        .find(|line| line.starts_with("compiled before: go1."));
    let line = compiled_before.unwrap_or_else(|| panic!("{told}"));
    assert!(
        line.contains(" linux/arm64 -trimpath CGO_ENABLED=0, "),
        "{line}"
    );
    let json: Value = serde_json::from_str(&bag.ok(["version", "--json"])).unwrap();
    let targets = json["build_cache"]["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2, "{json}");
    let user = sealed(project);
    let own = ["corp.test/app/inner", "main"];
    let go = |line: &str| compiled(&run(&user, bag.bin(), line));
    assert_eq!(go("go build -trimpath -x ./..."), own);
    assert_eq!(go("go build -trimpath -x ./..."), [""; 0], "once");
    let arm64 = "GOARCH=arm64 go build -trimpath -x ./...";
    assert_eq!(go(arm64), own);
    assert_eq!(go("go vet -trimpath -x ./..."), [""; 0]);
    let tested = go("go test -trimpath -x ./...");
    let is_own = |package: &String| package == "main" || package.starts_with("corp.test/app");
    assert!(tested.iter().all(is_own), "{tested:?}");
    let installed = go("go install -trimpath -x cached.test/tool@v1.0.0");
    assert_eq!(installed, [""; 0]);
    let output = run(&user, bag.bin(), "go run -trimpath .");
    assert_eq!(output.stdout, b"a+b\n", "{}", stderr(&output));
    // The user's own GOCACHE has nothing of it, but what `go env` may have asked the C compiler.
    let own = kept(&user).parent().unwrap().join("go-build");
    let entries = if own.exists() {
        names(&own)
    } else {
        Vec::new()
    };
    let filled =
        |folder: &String| own.join(folder).is_dir() && !names(&own.join(folder)).is_empty();
    assert!(
        entries.iter().filter(|folder| filled(folder)).count() < 32,
        "{entries:?}"
    );
}

#[test]
fn what_changed_is_compiled_and_no_more() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    run(&user, bag.bin(), "go build -trimpath ./...");
    user.go().write(
        "app/inner/inner.go",
        "package inner\n\nconst Word = \"c d\"\n",
    );
    let line = "go build -trimpath -x ./... && go run -trimpath .";
    let output = run(&user, bag.bin(), line);
    assert_eq!(output.stdout, b"c+d\n");
    assert_eq!(compiled(&output), ["corp.test/app/inner", "main"]);
    let text = "package inner\n\nimport \"container/ring\"\n\nvar Word = \"e\" + string(rune('f' + ring.New(0).Len()))\n";
    user.go().write("app/inner/inner.go", text);
    let output = run(&user, bag.bin(), "go build -trimpath -x ./...");
    let want = ["container/ring", "corp.test/app/inner", "main"];
    assert_eq!(compiled(&output), want);
}

#[test]
fn what_an_older_bag_carries_is_left_out() {
    let upstream = upstream();
    let project = project(&upstream);
    project.packs("app -o old --no-sums --profile build");
    let text = "package inner\n\nimport \"container/ring\"\n\nvar Word = \"e\" + string(rune('f' + ring.New(0).Len()))\n";
    project.file("inner/inner.go", text);
    project.packs("app -o new --no-sums --profile build --since old");
    let [old, new] = ["old", "new"].map(|name| list(&project.beside(name)).unwrap());
    assert_eq!(packages(&new), ["container/ring"], "{:?}", packages(&old));
    let user = sealed(&project);
    let mut command = user.go().command(project.beside("new").to_str().unwrap());
    command.arg("exec").arg("--with").arg(project.beside("old"));
    command.args(["--cached", "--", "go", "build", "-trimpath", "-x", "./..."]);
    let output = command
        .current_dir(user.go().work().join("app"))
        .output()
        .unwrap();
    assert_eq!(compiled(&output), ["corp.test/app/inner", "main"]);
    assert_eq!(kept_names(&user).len(), 1);
}

#[test]
fn what_this_file_carries_is_kept_where_more_is_added() {
    let packed = &*PACKED;
    let upstream = upstream();
    let project = project(&upstream);
    let inner = "package inner\n\nimport \"container/ring\"\n\nvar Word = string(rune('a' + ring.New(0).Len()))\n";
    project.file("inner/inner.go", inner);
    let add = |args: &str| {
        let args = format!("--add --no-sums {args}");
        let output = project.command_of(packed.bag.bin(), &args).output();
        let (output, file) = (output.unwrap(), project.beside("both"));
        assert!(output.status.success(), "{}", stderr(&output));
        list(&file)
    };
    let carried = list(packed.bag.bin()).unwrap();
    let both = add("app -o both --profile build").unwrap();
    let mut want = packages(&carried);
    want.push("container/ring".into());
    want.sort();
    assert_eq!(packages(&both), want);
    let targets = |list: &Value| list["targets"].as_array().unwrap().len();
    assert_eq!(targets(&both), targets(&carried));
    // What was carried is found, by the project that it was packed for.
    let user = sealed(&packed.project);
    let output = run(
        &user,
        &project.beside("both"),
        "go build -trimpath -x ./...",
    );
    assert_eq!(compiled(&output), ["corp.test/app/inner", "main"]);
    let verify = Bag::at(project.beside("both")).run(["verify"]);
    assert!(verify.status.success(), "{}", stderr(&verify));
    // Nothing has to be proved for that, and it can be left out.
    for unproved in ["-o both", "app -o both --no-prove"] {
        assert_eq!(add(unproved).as_ref(), Some(&carried), "{unproved}");
    }
    assert_eq!(add("app -o both --profile build --no-build-cache"), None);
    // What the older bag carries is not carried again.
    let since = format!(
        "app -o both --profile build --since {}",
        packed.bag.bin().display()
    );
    let newer = add(&since).unwrap();
    assert_eq!(packages(&newer), ["container/ring"]);
    // The projects' own packages are carried where that is asked for once more.
    let args = "--add --no-sums app -o own --profile build --own-build-cache";
    let output = project.command_of(packed.bag.bin(), args).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let own = project.beside("own");
    let inner = |list: Value| packages(&list).contains(&"corp.test/app/inner".to_string());
    assert!(inner(list(&own).unwrap()));
    let again = project.command_of(&own, "--add --no-sums -o both").output();
    assert!(again.unwrap().status.success());
    assert!(!inner(list(&project.beside("both")).unwrap()));
}

/// The outputs of its build cache in which that is said.
fn outputs_with(bag: &Bag, text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("c");
    bag.ok(["unpack", "--gocache", cache.to_str().unwrap()]);
    let found = |text: &str| {
        let mut grep = Command::new("grep");
        let output = grep.args(["-rlF", text]).arg(&cache).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_ne!(found("go object "), "");
    found(text)
}

#[test]
fn what_is_private_is_carried_when_it_is_asked_for() {
    let Packed { project, bag, .. } = &*PACKED;
    let carried = packages(&list(bag.bin()).unwrap());
    let named = |name: &str| carried.iter().any(|package| package.starts_with(name));
    assert!(named("cached.test/lib") && named("fmt"), "{carried:?}");
    assert!(!named("corp.test"), "{carried:?}");
    // Nor does an output tell of it, or of the folders of who packed.
    let work = project.go().work();
    for private in ["corp.test/app", work.to_str().unwrap()] {
        assert_eq!(outputs_with(bag, private), "", "{private}");
    }
    let upstream = upstream();
    let own = self::project(&upstream);
    own.packs("app -o bag --no-sums --profile build --own-build-cache");
    let carried = packages(&list(&own.beside("bag")).unwrap());
    assert!(
        carried
            .iter()
            .any(|package| package == "corp.test/app/inner"),
        "{carried:?}"
    );
    let user = sealed(&own);
    let output = run(&user, &own.beside("bag"), "go build -trimpath -x ./...");
    assert_eq!(compiled(&output), [""; 0]);
    own.packs("app -o none --no-sums --profile build --no-build-cache");
    assert_eq!(list(&own.beside("none")), None);
    let output = run(&user, &own.beside("none"), "go version");
    let said = stderr(&output);
    assert!(
        output.status.success() && said.contains("carries no build cache"),
        "{said}"
    );
}

#[test]
fn more_runs_are_carried_where_they_are_named() {
    let upstream = upstream();
    let project = project(&upstream);
    let mut command = project.command("app -o bag --no-sums --profile build");
    command.args(["--build", "go build -tags netgo ./..."]);
    let output = command.output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("go build -tags netgo ./...  linux/amd64  ok"),
        "{said}"
    );
    // A test of another system does not run here, which is told.
    let mut command = project.command("app -o other --no-sums --profile build --dry-run");
    command.args(["--platform", "linux/amd64", "--platform", "plan9/386"]);
    let output = command.args(["--build", "go test ./..."]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("go test ./... (linux/amd64)\n"), "{told}");
    assert!(!told.contains("go test ./... (plan9/386)"), "{told}");
    let said = stderr(&output);
    assert!(
        said.contains("'go test ./...' is left out for plan9/386: "),
        "{said}"
    );
    let list = list(&project.beside("bag")).unwrap();
    let trimmed: Vec<&Value> = list["targets"].as_array().unwrap().iter().collect();
    let trimmed: Vec<bool> = trimmed.iter().map(|t| t["trimpath"] == true).collect();
    assert_eq!(trimmed, [true, false]);
    // Without -trimpath the standard library alone is the same on any host.
    let user = sealed(&project);
    let output = run(&user, &project.beside("bag"), "go build -x ./...");
    let want = ["cached.test/lib", "corp.test/app/inner", "main"];
    assert_eq!(compiled(&output), want);
    for wrong in ["go mod tidy", "go build -o x .", "go build --o=x ."] {
        let mut command = project.command("app -o bag2");
        let output = command.args(["--build", wrong]).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{wrong}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn what_needs_a_c_compiler_is_found_where_that_is_the_same() {
    let upstream = upstream();
    let project = Project::behind(upstream.url()).with("GOFLAGS", "-modcacherw");
    let project = project.with("CGO_ENABLED", "");
    let main = "package main\n\nimport (\"cached.test/c\"; \"fmt\")\n\nfunc main() { fmt.Println(c.Answer()) }\n";
    project.file("main.go", main);
    project.file(
        "go.mod",
        "module corp.test/app\n\ngo 1.21\n\nrequire cached.test/c v1.0.0\n",
    );
    project.ok("", "mod tidy");
    let said = project.packs("app -o bag --no-sums --profile build");
    assert!(said.contains("go build ./...  linux/amd64  ok"), "{said}");
    let bag = project.beside("bag");
    let targets = list(&bag).unwrap()["targets"].clone();
    assert_eq!(targets[0]["cgo"], true, "{targets}");
    let user = sealed(&project).with("CGO_ENABLED", "");
    let line = "go build -trimpath -x ./... && go run -trimpath .";
    let output = run(&user, &bag, line);
    assert_eq!(output.stdout, b"42\n");
    assert_eq!(compiled(&output), ["main"]);
    // Another one: what has to do with it is compiled again.
    let user = sealed(&project)
        .with("CGO_ENABLED", "")
        .with("CGO_CFLAGS", "-O1");
    let output = run(&user, &bag, line);
    assert_eq!(output.stdout, b"42\n");
    let again = compiled(&output);
    assert!(again.contains(&"cached.test/c".to_owned()), "{again:?}");
    assert!(!again.contains(&"runtime".to_owned()), "{again:?}");
}

#[test]
fn a_host_without_a_c_compiler_finds_what_was_compiled_for_it() {
    let project = Project::behind("off").with("CGO_ENABLED", "");
    let project = project.with("GOFLAGS", "-modcacherw");
    project.file(
        "main.go",
        "package main\n\nimport \"os/user\"\n\nfunc main() { user.Current() }\n",
    );
    project.file("go.mod", "module corp.test/app\n\ngo 1.21\n");
    project.packs("app -o bag --profile build");
    let bag = project.beside("bag");
    let targets = list(&bag).unwrap()["targets"].clone();
    let cgo: Vec<_> = targets
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["cgo"] == true)
        .collect();
    assert_eq!(cgo, [true, false], "{targets}");
    let user = sealed(&project);
    for cgo in ["0", "1"] {
        let line = format!("CGO_ENABLED={cgo} go build -trimpath -x ./...");
        let again = compiled(&run(&user, &bag, &line));
        assert_eq!(again, ["main"], "{cgo}");
    }
}

#[test]
fn a_damaged_output_is_compiled_and_told() {
    let Packed { project, bag, .. } = &*PACKED;
    let mut bytes = fs::read(bag.bin()).unwrap();
    let start = zip(bag.bin())
        .by_name("build-cache.zst")
        .unwrap()
        .data_start()
        .unwrap();
    let list = list(bag.bin()).unwrap();
    // What fmt was compiled to.
    let actions = list["actions"].as_array().unwrap();
    let fmt = actions
        .iter()
        .find(|a| a["package"] == "fmt" && a["what"] == "build");
    let output = &list["outputs"][fmt.unwrap()["output"].as_u64().unwrap() as usize];
    let (at, held) = (
        output["at"].as_u64().unwrap(),
        output["held"].as_u64().unwrap(),
    );
    bytes[(start + at + held / 2) as usize] ^= 1;
    let flipped = Bag::written(&bytes);
    let user = sealed(project);
    let line = "go build -trimpath -x ./... && go run -trimpath .";
    let output = run(&user, flipped.bin(), line);
    assert_eq!(output.stdout, b"a+b\n");
    let said = stderr(&output);
    let told = "1 output of the bag's build cache not as packed, and left out";
    assert!(said.contains(told), "{said}");
    assert_eq!(compiled(&output), ["corp.test/app/inner", "fmt", "main"]);
    let verified = flipped.run(["verify"]);
    let said = stderr(&verified);
    assert!(
        !verified.status.success() && said.contains("build-cache.zst"),
        "{said}"
    );
    let dir = tempfile::tempdir().unwrap();
    let unpacked = flipped.run([
        "unpack",
        "--gocache",
        dir.path().join("c").to_str().unwrap(),
    ]);
    let said = stderr(&unpacked);
    assert!(
        !unpacked.status.success() && said.contains("copy the file"),
        "{said}"
    );
    // What tells of them is not believed either: another output of the same length of digits.
    let list_at = zip(bag.bin())
        .by_name("build-cache.json")
        .unwrap()
        .data_start()
        .unwrap();
    let mut bytes = fs::read(bag.bin()).unwrap();
    let id = fmt.unwrap()["id"].as_str().unwrap();
    let after = |at: usize, word: &str| {
        let found = bytes[at..]
            .windows(word.len())
            .position(|w| w == word.as_bytes());
        at + found.unwrap() + word.len()
    };
    let digit = after(after(list_at as usize, id), "\"output\":");
    assert!(bytes[digit].is_ascii_digit());
    bytes[digit] ^= 1;
    let flipped = Bag::written(&bytes);
    let output = run(&sealed(project), flipped.bin(), "go run -trimpath .");
    let said = stderr(&output);
    assert_eq!(output.stdout, b"a+b\n", "{said}");
    let told =
        "build-cache.json: it is not as it was packed; copy it again; go compiles everything";
    assert!(said.contains(told), "{said}");
    // One that lies on the disk and was cut is written again.
    let whole = sealed(project);
    run(&whole, bag.bin(), "true");
    let folder = kept(&whole).join(&kept_names(&whole)[0]).join("cache");
    let id = list["outputs"][0]["id"].as_str().unwrap();
    let file = folder.join(&id[..2]).join(format!("{id}-d"));
    let before = fs::read(&file).unwrap();
    fs::write(&file, "").unwrap();
    run(&whole, bag.bin(), "true");
    assert!(before == fs::read(&file).unwrap());
}

#[test]
fn nothing_of_it_is_served() {
    let server = PACKED.bag.serve();
    for name in ["build-cache.zst", "build-cache.json"] {
        let url = format!("{}/{name}", server.url());
        let output = Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &url])
            .output();
        assert_eq!(output.unwrap().stdout, b"404", "{name}");
    }
}

#[test]
fn a_program_of_the_users_own_is_respected() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project).with("GOCACHEPROG", "/no/such/program");
    let output = run(&user, bag.bin(), "echo GOCACHE=$GOCACHE $GOCACHEPROG");
    let said = stderr(&output);
    assert_eq!(output.stdout, b"GOCACHE= /no/such/program\n", "{said}");
    assert!(said.contains("GOCACHEPROG is set"), "{said}");
    assert!(!kept(&user).exists());
}

#[test]
fn the_environment_asks_for_it_as_well() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    let with = |value: &str| {
        let mut command = user.go().command(bag.bin().to_str().unwrap());
        command.args(["exec", "--", "sh", "-c", "echo $GOCACHE"]);
        command.env("GOBAG_CACHED", value).output().unwrap()
    };
    for (value, used) in [("1", true), ("0", false), ("", false)] {
        let output = with(value);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.contains("gobag/built-"), used, "{value}: {printed}");
    }
    let wrong = with("yes");
    assert_eq!(wrong.status.code(), Some(2), "{}", stderr(&wrong));
    let mut command = user.go().command(bag.bin().to_str().unwrap());
    let cleaned = command.args(["exec", "--clean"]).output().unwrap();
    let printed = String::from_utf8_lossy(&cleaned.stdout).into_owned();
    assert!(
        printed.starts_with("removed 1 folder\n  built-"),
        "{printed}"
    );
    assert_eq!(kept_names(&user), [""; 0]);
    let cleaned = user
        .go()
        .command(bag.bin().to_str().unwrap())
        .args(["exec", "--clean"])
        .output();
    assert_eq!(cleaned.unwrap().stdout, b"removed 0 folders\n");
    let mut command = user.go().command(bag.bin().to_str().unwrap());
    let output = command
        .args(["exec", "--clean", "--", "go", "version"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_used_is_not_cleaned_and_what_is_odd_is_made_anew() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    let mut child = command(
        &user,
        bag.bin(),
        "echo ready; read line; go build -trimpath ./...",
    );
    child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let mut ready = [0; 6];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut ready)
        .unwrap();
    let mut cleaning = user.go().command(bag.bin().to_str().unwrap());
    let cleaned = cleaning.args(["exec", "--clean"]).output().unwrap();
    assert_eq!(
        cleaned.stdout,
        b"removed 0 folders\n",
        "{}",
        stderr(&cleaned)
    );
    assert!(stderr(&cleaned).contains("is in use by another gobag"));
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    // One that others may look into, a file in its place, and a pipe in the place of its mark.
    let folder = kept(&user).join(&kept_names(&user)[0]);
    let odd: [&dyn Fn(); 2] = [
        &|| fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap(),
        &|| {
            fs::remove_dir_all(&folder).unwrap();
            fs::write(&folder, "").unwrap();
        },
    ];
    for change in odd {
        change();
        let output = run(&user, bag.bin(), "echo $GOCACHE");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            printed.contains("gobag/built-"),
            "{printed}{}",
            stderr(&output)
        );
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    fs::remove_file(folder.join("used")).unwrap();
    Command::new("mkfifo")
        .arg(folder.join("used"))
        .status()
        .unwrap();
    let output = run(&user, bag.bin(), "echo $GOCACHE");
    assert_eq!(output.stdout, b"\n");
    assert!(stderr(&output).contains("is no plain file, remove it"));
}

#[test]
fn what_vet_finds_is_found_again() {
    let upstream = upstream();
    let project = project(&upstream);
    project.file("inner/vet.go", "package inner\n\nfunc f(x int) { x = x }\n");
    project.packs("app -o bag --no-sums --own-build-cache");
    let user = sealed(&project);
    let bag = project.beside("bag");
    let vetted = run(&user, &bag, "go vet -trimpath ./...");
    let said = stderr(&vetted);
    assert!(
        !vetted.status.success() && said.contains("self-assignment"),
        "{said}"
    );
    let built = run(&user, &bag, "go build -trimpath -x ./...");
    assert_eq!(compiled(&built), [""; 0]);
}

#[test]
fn what_other_tools_or_sources_make_is_not_carried() {
    let upstream = upstream();
    let project = project(&upstream);
    let tool = project.beside("tool");
    fs::write(&tool, "#!/bin/sh\nexec \"$@\"\n").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let flags = format!("-modcacherw -toolexec={}", tool.display());
    let project = project.with("GOFLAGS", &flags);
    let said = project.packs("app -o bag --no-sums --profile build");
    assert!(
        said.contains("note: -toolexec is in GOFLAGS: nothing is carried"),
        "{said}"
    );
    assert!(!said.contains("--cached"), "{said}");
    assert_eq!(list(&project.beside("bag")), None);
    // Nor what is found by a command of a proof in which another had such tools.
    let plain = self::project(&upstream);
    let mut command = plain.command("app -o bag --no-sums --profile build");
    let line = format!("go build -trimpath -toolexec={} ./...", tool.display());
    let output = command.args(["--run", &line]).output().unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("is run with -toolexec: nothing is carried"),
        "{said}"
    );
    assert_eq!(list(&plain.beside("bag")), None);
    for wrong in [
        "go build -toolexec=x ./...",
        "go build -mod=vendor ./...",
        "go build -modfile=alt.mod ./...",
        "go vet -C .. ./...",
        "go test -c ./...",
        "go test -cpuprofile=x ./...",
    ] {
        let mut command = project.command("app -o bag2");
        let output = command.args(["--build", wrong]).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{wrong}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn what_is_private_is_not_carried_by_another_name() {
    let upstream = upstream();
    // A project whose path lies below that of a module, and whose tests have a package of their own.
    let nested = Project::behind(upstream.url()).with("GOFLAGS", "-modcacherw");
    let go_mod = "module cached.test/lib/priv\n\ngo 1.21\n\nrequire cached.test/lib v1.0.0\n";
    nested.file("go.mod", go_mod);
    nested.file(
        "x.go",
        "// Package priv is private.\npackage priv\n\nimport _ \"cached.test/lib\"\n",
    );
    let test = "package priv_test\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Log(\"a secret of tests\") }\n";
    nested.file("x_test.go", test).ok("", "mod tidy");
    // What go generate starts compiles without -trimpath, and for others.
    let generate = "//go:generate env GOOS=plan9 go build -o /dev/null cached.test/lib\n";
    nested.file("gen.go", &format!("package priv\n\n{generate}"));
    let mut command = nested.command("app -o bag --no-sums --profile test");
    let output = command
        .args(["--run", "go generate ./..."])
        .output()
        .unwrap();
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("go generate ./..."), "{said}");
    let bag = nested.beside("bag");
    let list = list(&bag).unwrap();
    let named: Vec<String> = packages(&list);
    assert!(named.contains(&"cached.test/lib".to_string()), "{named:?}");
    assert!(!named.iter().any(|p| p.contains("priv")), "{named:?}");
    let platforms = list["targets"].as_array().unwrap().iter();
    let foreign = platforms.filter(|t| t["platform"].as_str().unwrap().contains("plan9"));
    assert_eq!(foreign.count(), 0);
    for private in ["a secret of tests", "/pkg/mod/cached.test"] {
        assert_eq!(
            outputs_with(&Bag::at(bag.clone()), private),
            "",
            "{private}"
        );
    }
}

#[test]
fn several_at_once_and_one_that_was_killed_leave_it_whole() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    let quiet = |line: &str| {
        let mut command = command(&user, bag.bin(), line);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut child = quiet("true");
    let partial = || {
        let cache = kept(&user);
        cache.exists()
            && names(&cache)
                .iter()
                .any(|name| name.starts_with(".partial-"))
    };
    // Through nsenter it is the same process.
    while !partial() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it was seen"
        );
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let both = [
        quiet("go build -trimpath -x ./..."),
        quiet("go vet -trimpath ./..."),
    ];
    let [built, vetted] = both.map(|child| child.wait_with_output().unwrap());
    assert!(vetted.status.success(), "{}", stderr(&vetted));
    let own = compiled(&built);
    let is_own = |package: &String| package == "main" || package.starts_with("corp.test/app");
    assert!(own.iter().all(is_own), "{own:?}");
    assert!(!partial());
    assert_eq!(kept_names(&user).len(), 1);
}

#[test]
fn where_it_cannot_be_kept_go_compiles() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    let dir = user.go().work().join("caches");
    fs::create_dir(&dir).unwrap();
    let (app, bin) = (
        user.go().work().join("app"),
        bag.bin().display().to_string(),
    );
    let path = std::env::var("PATH").unwrap();
    let home = user.go().work().parent().unwrap().display().to_string();
    let own = user.go().work().join("own");
    let (dir_text, own_text) = (dir.display().to_string(), own.display().to_string());
    for (options, told, place) in [
        (
            "size=2m",
            "needed for the bag's build cache",
            own_text.as_str(),
        ),
        // It is made for this run alone.
        ("size=1g,ro", "", "/gobag-"),
        // Go runs programs from there.
        ("size=1g,noexec", "", "/gobag-"),
        ("size=1g", "", &dir_text),
    ] {
        // What go compiles of a program without an import.
        let script = format!(
            "mount -t tmpfs -o {options},mode=700 none {dir} && cd {app} && env -i PATH={path} HOME={home} XDG_CACHE_HOME={dir} \
             GOCACHE={own} GOFLAGS=-modcacherw GOTOOLCHAIN=local GOTELEMETRY=off CGO_ENABLED=0 \
             {bin} exec --cached -- sh -c 'go build -trimpath -o /dev/null ./inner && echo $GOCACHE'",
            dir = dir.display(),
            app = app.display(),
            own = own.display(),
        );
        let output = mounting(&script);
        let (said, printed) = (
            stderr(&output),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        );
        assert!(output.status.success(), "{options}: {said}");
        assert!(said.contains(told), "{options}: {said}");
        assert!(printed.contains(place), "{options}: {printed}{said}");
    }
}

#[test]
fn an_image_is_built_with_it() {
    let Packed { project, bag, .. } = &*PACKED;
    let user = sealed(project);
    let at = |name: &str| user.go().work().join(name).display().to_string();
    let (modules, built) = (at("modules"), at("built"));
    let told = bag.ok(["unpack", "--modcache", &modules, "--gocache", &built]);
    assert!(told.contains(&format!(" outputs in {built}\n")), "{told}");
    let mut go = user.go().command("go");
    go.args(["build", "-trimpath", "-x", "./..."])
        .current_dir(user.go().work().join("app"));
    go.env("GOMODCACHE", &modules)
        .env("GOCACHE", &built)
        .env("GOPROXY", "off");
    let output = go.output().unwrap();
    assert_eq!(compiled(&output), ["corp.test/app/inner", "main"]);
    let full = bag.run(["unpack", "--gocache", &built]);
    assert!(stderr(&full).contains("is not empty"), "{full:?}");
    let same = at("same");
    let twice = bag.run(["unpack", "--modcache", &same, "--gocache", &same]);
    assert_eq!(twice.status.code(), Some(2), "{twice:?}");
}

#[test]
fn each_release_of_go_finds_what_it_compiled() {
    let older = releases::OLDER.map(|(version, _)| releases::older(version));
    for bin in older.into_iter().chain([releases::newer()]) {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let project = Project::behind("off").with("PATH", &path);
        let project = project.with("GOFLAGS", "-modcacherw");
        project.file(
            "main.go",
            "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(0) }\n",
        );
        project.file("go.mod", "module corp.test/app\n\ngo 1.21\n");
        project.packs("app -o bag --profile build");
        let user = sealed(&project).with("PATH", &path);
        let output = run(&user, &project.beside("bag"), "go build -trimpath -x ./...");
        assert_eq!(compiled(&output), ["main"], "{bin:?}");
        let elsewhere = sealed(&project);
        let output = run(&elsewhere, &project.beside("bag"), "go version");
        let said = stderr(&output);
        assert!(
            said.contains("nothing of it fits; go compiles everything"),
            "{said}"
        );
    }
}
