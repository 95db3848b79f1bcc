//! Licences and bills of materials, judged by those who read them.

use std::path::Path;
use std::process::Command;

use crate::support::bag::{Bag, path_with_built, stderr, text};
use crate::support::paper::{fits, steps};
use crate::support::public::{FEW, tree_of};
use crate::support::tree::Tree;

/// The notice of files under the Apache licence.
const APACHE: &str = "Licensed under the Apache License, Version 2.0 (the \"License\");\n\
    you may not use this file except in compliance with the License.\n\
    You may obtain a copy of the License at\n\n    http://www.apache.org/licenses/LICENSE-2.0\n\n\
    Unless required by applicable law or agreed to in writing, software\n\
    distributed under the License is distributed on an \"AS IS\" BASIS,\n\
    WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.\n\
    See the License for the specific language governing permissions and\n\
    limitations under the License.\n";

/// Two modules of which one requires the other, and one with a text that nobody knows.
fn tree() -> Tree {
    let tree = Tree::new();
    let known = [
        ("go.mod", "module paper.test/Known\n"),
        ("LICENSE", APACHE),
        ("README.md", "# Known\n"),
        ("a.go", "package a\n"),
    ];
    tree.folder("paper.test/Known", "v1.2.0", &known);
    let go_mod = "module paper.test/other/v2\n\nrequire paper.test/Known v1.1.0\n";
    let other = [
        ("go.mod", go_mod),
        ("COPYING", "Mine alone.\n"),
        ("a.go", "package a\n"),
    ];
    tree.folder("paper.test/other/v2", "v2.0.0", &other);
    tree
}

#[test]
fn licences_are_listed_denied_and_printed_once() {
    let bag = tree().bag();
    let lines = "paper.test/Known@v1.2.0  Apache-2.0\npaper.test/other/v2@v2.0.0  unknown\n";
    assert_eq!(bag.ok(["licenses"]), lines);
    assert_eq!(
        bag.ok(["licenses", "other"]),
        lines.lines().nth(1).unwrap().to_owned() + "\n"
    );
    let denied = bag.run(["licenses", "--deny", "GPL-3.0", "--deny", "unknown"]);
    assert_eq!(denied.status.code(), Some(1));
    let said = "gobag: paper.test/other/v2@v2.0.0 is under unknown, which --deny unknown forbids; leave it out\n";
    assert_eq!(stderr(&denied), said);
    assert!(bag.run(["licenses", "--deny", "GPL-3.0"]).status.success());
    // What denies nothing is a mistake, and no audit.
    for word in ["GPLv3", "MIT,unknown", " MIT", ""] {
        let output = bag.run(["licenses", "--deny", word]);
        assert_eq!(output.status.code(), Some(2), "{word}");
        assert!(output.stdout.is_empty(), "{word}");
    }
    let nothing = bag.run(["licenses", "nope", "--deny", "MIT"]);
    assert_eq!(nothing.status.code(), Some(1));
    let texts = bag.ok(["licenses", "--texts"]);
    assert!(
        texts.starts_with("paper.test/Known@v1.2.0  LICENSE\n\nLicensed under"),
        "{texts}"
    );
    assert!(
        texts.ends_with("paper.test/other/v2@v2.0.0  COPYING\n\nMine alone.\n\n"),
        "{texts}"
    );
    let json: serde_json::Value = serde_json::from_str(&bag.ok(["licenses", "--json"])).unwrap();
    assert_eq!(json[0]["files"][0]["spdx"][0], "Apache-2.0", "{json}");
    bag.ok(["verify"]);
}

#[test]
fn licences_of_real_modules_are_theirs() {
    let bag = Bag::plain(tree_of(&FEW, None).path());
    let said = bag.ok(["licenses"]);
    for (module, license) in [
        ("github.com/MakeNowJust/heredoc@v1.0.0", "MIT"),
        ("github.com/google/uuid@v1.6.0", "BSD-3-Clause"),
        ("github.com/kr/fs@v0.1.0", "BSD-3-Clause"),
        ("github.com/kr/text@v0.2.0", "MIT"),
        ("github.com/mitchellh/go-homedir@v1.1.0", "MIT"),
        ("github.com/pkg/errors@v0.9.1", "BSD-2-Clause"),
    ] {
        assert!(said.contains(&format!("{module}  {license}\n")), "{said}");
    }
    // Of the same bag is what the paper shows.
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(bag.bin(), dir.path().join("app-bag")).unwrap();
    let shown = steps("docs/recipes.md", "inspect app-bag");
    assert!(!shown.is_empty());
    for step in shown {
        let mut shell = Command::new("sh");
        shell.args(["-c", &step.command]).current_dir(dir.path());
        let output = shell.env("PATH", path_with_built()).output().unwrap();
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        let lines: Vec<&str> = printed.lines().collect();
        let right = output.status.success() && fits(&step.expected, &lines);
        assert!(right, "$ {}\n{printed}{}", step.command, stderr(&output));
    }
}

/// Reads both files as their official validators do: the schema of CycloneDX 1.6, and the rules of SPDX 2.3.
const VALIDATE: &str = "
import sys
try:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
except ImportError as e:
    sys.exit(f'{e}: ./tests/run installs cyclonedx-python-lib[json-validation] and spdx-tools')
found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
if found: sys.exit(str(found))
found = validate_full_spdx_document(parse_file(sys.argv[2]))
if found: sys.exit(str(found))
";

#[test]
fn bills_of_materials_are_valid_and_the_same_each_time() {
    let bag = tree().bag();
    let dir = tempfile::tempdir().unwrap();
    let files = ["cyclonedx", "spdx"].map(|format| {
        let file = dir.path().join(format!("{format}.spdx.json"));
        bag.ok(["sbom", "--format", format, "-o", file.to_str().unwrap()]);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(bag.ok(["sbom", "--format", format]), text);
        (
            file,
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        )
    });
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/venv/bin/python");
    let mut validator = Command::new(python);
    let output = validator
        .args(["-c", VALIDATE])
        .args(files.each_ref().map(|(file, _)| file))
        .output();
    let output = output.expect("./tests/run makes target/tools/venv");
    assert!(output.status.success(), "{}", stderr(&output));
    let [(_, cyclonedx), (_, spdx)] = files;
    let component = &cyclonedx["components"][0];
    assert_eq!(component["purl"], "pkg:golang/paper.test/known@v1.2.0");
    assert_eq!(component["licenses"][0]["license"]["id"], "Apache-2.0");
    let edge = &cyclonedx["dependencies"][2];
    assert_eq!(edge["ref"], "paper.test/other/v2@v2.0.0");
    assert_eq!(edge["dependsOn"][0], "paper.test/Known@v1.2.0");
    assert_eq!(
        spdx["packages"][1]["checksums"][0]["checksumValue"],
        component["hashes"][0]["content"]
    );
    assert_eq!(spdx["packages"][2]["licenseDeclared"], "NOASSERTION");
    let refused = bag.run(["sbom", "--format", "xml"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_bill_replaces_an_earlier_one_and_nothing_else() {
    let bag = tree().bag();
    let dir = tempfile::tempdir().unwrap();
    let bill = dir.path().join("bill");
    for format in ["cyclonedx", "spdx", "cyclonedx"] {
        bag.ok(["sbom", "--format", format, "-o", text(&bill)]);
        let printed = bag.ok(["sbom", "--format", format]);
        assert_eq!(std::fs::read_to_string(&bill).unwrap(), printed);
    }
    std::fs::write(&bill, "mine\n").unwrap();
    let other = "is no bill of materials; choose another name, or remove it";
    for (file, why) in [
        (bill.as_path(), other),
        (bag.bin(), other),
        (dir.path(), "is a folder; name a file in it"),
    ] {
        let output = bag.run(["sbom", "-o", text(file)]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&bill).unwrap(), "mine\n");
}
