//! A vulnerability database that travels with the modules.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::bag::{Bag, compact, pack, stderr, text};
use crate::support::paper;
use crate::support::project::Project;
use crate::support::sealed::Sealed;
use crate::support::task::copy;
use crate::support::tree::Tree;

const PAPER: &str = "docs/recipes.md";

/// The files of a database with one made-up report, of the module `golang.org/x/text`.
fn files(id: &str) -> [(String, String); 4] {
    let time = "2026-01-02T00:00:00Z";
    let fixed = "\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"0.99.0\"}]";
    let imports = "\"imports\":[{\"path\":\"golang.org/x/text/language\",\"symbols\":[\"Parse\"]}]";
    let report = format!(
        r#"{{"schema_version":"1.3.1","id":"{id}","modified":"{time}","published":"{time}",
        "summary":"A made-up fault","details":"Nothing is wrong.","affected":[{{
        "package":{{"name":"golang.org/x/text","ecosystem":"Go"}},
        "ranges":[{{"type":"SEMVER",{fixed}}}],"ecosystem_specific":{{{imports}}}}}],
        "database_specific":{{"url":"https://vuln.test/{id}"}}}}"#
    );
    let vuln = format!(r#"{{"id":"{id}","modified":"{time}"}}"#);
    [
        (
            "index/db.json".to_owned(),
            format!(r#"{{"modified":"{time}"}}"#),
        ),
        (
            "index/modules.json".to_owned(),
            format!(r#"[{{"path":"golang.org/x/text","vulns":[{vuln}]}}]"#),
        ),
        ("index/vulns.json".to_owned(), format!("[{vuln}]")),
        (format!("ID/{id}.json"), report),
    ]
}

fn folder(files: &[(String, String)], dir: &Path) {
    for (name, text) in files {
        let file = dir.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

#[test]
fn govulncheck_finds_what_it_tells_without_a_network() {
    let project = Project::online();
    let main = "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() {\n\tlanguage.MustParse(\"en\")\n\t_, _ = language.Parse(\"de\")\n}\n";
    let go_mod = "module app.test\n\ngo 1.24\n\nrequire golang.org/x/text v0.15.0\n";
    project.file("main.go", main).file("go.mod", go_mod);
    project.ok("", "mod tidy");
    let vulns = project.beside("vulns");
    folder(&files("GO-2026-9999"), &vulns);
    let pack = paper::block(PAPER, "sh", "--vulndb vulndb.zip");
    let (_, words) = pack.trim().split_once(" pack ./app ").unwrap();
    let (words, _) = words.split_once(" -o ").unwrap();
    let words = paper::adapted(words, &[("vulndb.zip", "vulns")]);
    let bag = project.bag(&format!("--no-prove --profile build {words}"));
    let sealed = Sealed::with_project(&project);
    copy(&[], bag.bin(), &sealed.go().work().join("app-bag"));
    let check = paper::block(PAPER, "sh", "$GOVULNDB");
    let mut shell = sealed.go().command("sh");
    let output = shell.args(["-e", "-c", &check]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}{}", stderr(&output));
    for part in [
        "GO-2026-9999",
        "Fixed in: golang.org/x/text@v0.99.0",
        "language.Parse",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
}

/// What a bag serves of the report with this id.
fn report(bag: &Bag, id: &str) -> Option<String> {
    let gobag = bag.serve();
    let reply = gobag.get(&format!("/vulndb/ID/{id}.json"));
    (reply.status == 200).then(|| reply.text())
}

fn add(bag: &Bag, file: &Path, words: &[&str]) -> Bag {
    let mut command = Command::new(bag.bin());
    command.args(["pack", "--add", "--no-prove", "--no-sums", "-o", text(file)]);
    let output: Output = command.args(compact()).args(words).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    Bag::at(file.to_owned())
}

#[test]
fn a_folder_and_a_zip_are_served_and_kept_and_replaced() {
    let (tree, dir) = (Tree::new(), tempfile::tempdir().unwrap());
    tree.module("tree.test/m", "v1.0.0");
    let at = |name: &str| dir.path().join(name);
    let (first, second) = (files("TEST-1"), files("TEST-2"));
    folder(&first, &at("vulns"));
    let mut zip = ZipWriter::new(fs::File::create(at("vulns.zip")).unwrap());
    for (name, text) in second
        .iter()
        .chain([&("../evil.json".to_owned(), String::new())])
    {
        zip.start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let (folder, zip) = (at("vulns"), at("vulns.zip"));
    let import = ["--import", text(tree.path()), "--vulndb", text(&folder)];
    let (bag, _) = Bag::packed(&import, at("bag"));

    let gobag = bag.serve();
    for (name, content) in &first {
        let reply = gobag.get(&format!("/vulndb/{name}"));
        assert_eq!((reply.status, &reply.text()), (200, content));
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let coded = gobag.get(&format!("/vulndb/{name}.gz"));
        assert_eq!(coded.header("content-type"), Some("application/gzip"));
        assert_eq!(coded.header("content-encoding"), None);
        let file = at("coded.gz");
        fs::write(&file, &coded.body).unwrap();
        let gunzip = Command::new("gzip")
            .args(["-dc", text(&file)])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(gunzip.stdout).unwrap(), *content);
    }
    assert_eq!(gobag.status("/vulndb/ID/TEST-2.json"), 404);
    drop(gobag);
    bag.ok(["verify"]);
    let inspected: serde_json::Value =
        serde_json::from_str(&bag.ok(["inspect", "--json"])).unwrap();
    assert!(
        inspected["sizes"]["vulnerabilities"].as_u64() > Some(500),
        "{inspected}"
    );

    // Kept by what adds to it, and by what imports the folder that it unpacks to; replaced as a whole.
    let kept = add(&bag, &at("kept"), &[]);
    assert_eq!(report(&kept, "TEST-1").as_ref(), Some(&first[3].1));
    bag.ok(["unpack", text(&at("tree"))]);
    let (imported, _) = Bag::packed(&["--import", text(&at("tree"))], at("imported"));
    assert_eq!(
        imported.ok(["digest"]).lines().next(),
        bag.ok(["digest"]).lines().next()
    );
    let replaced = add(&bag, &at("replaced"), &["--vulndb", text(&zip)]);
    assert_eq!(report(&replaced, "TEST-1"), None);
    assert_eq!(report(&replaced, "TEST-2").as_ref(), Some(&second[3].1));

    // The user's own setting stays.
    let told = |bag: &Bag, own: Option<&str>| {
        let mut command = Command::new(bag.bin());
        command.args(["exec", "--", "sh", "-c", "echo $GOVULNDB"]);
        command
            .env_remove("GOVULNDB")
            .envs(own.map(|own| ("GOVULNDB", own)));
        let output = command.output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    };
    let set = told(&bag, None);
    assert!(
        set.starts_with("http://127.0.0.1:") && set.ends_with("/vulndb"),
        "{set}"
    );
    assert_eq!(told(&bag, Some("file:///own")), "file:///own");
    assert_eq!(told(&tree.bag(), None), "");
}

#[test]
fn what_is_no_database_is_refused_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("empty")).unwrap();
    fs::write(at("text"), "no zip").unwrap();
    let broken = |name: &str, change: usize, text: &str| {
        let mut files = files("TEST-1");
        files[change].1 = text.to_owned();
        folder(&files, &at(name));
    };
    broken("db", 0, "{}");
    broken(
        "modules",
        1,
        "[{\"path\":\"a.test\",\"vulns\":[{\"id\":\"TEST-2\"}]}]",
    );
    broken("report", 3, "{\"id\":\"TEST-2\"}");
    for (place, part) in [
        (
            "empty",
            "is no vulnerability database, nor a zip of one: it has no index/db.json",
        ),
        ("text", "text: "),
        ("nowhere", "nowhere: "),
        (
            "db",
            "vulndb/index/db.json: is not the JSON that its name promises",
        ),
        (
            "modules",
            "vulndb/ID/TEST-2.json: is missing, and the index names it",
        ),
        ("report", "vulndb/ID/TEST-1.json: is the report \"TEST-2\""),
    ] {
        let (place, bag) = (at(place), at("bag"));
        let output = pack(&["--vulndb", text(&place), "--module", "m.test/m@v1"], &bag);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part), "{part:?} in {said}");
        assert!(!said.contains("m.test") && !bag.exists(), "{said}");
    }
    // Alone it is a bag as well.
    folder(&files("TEST-1"), &at("whole"));
    let output = pack(&["--vulndb", text(&at("whole"))], &at("bag"));
    assert!(output.status.success(), "{}", stderr(&output));
}
