//! What the other commands say of a bag that builds on older ones.

use crate::support::bag::{Bag, stderr};
use crate::support::chain::Chain;
use crate::support::go::Go;

#[test]
fn version_tells_what_a_bag_builds_on() {
    let chain = Chain::example();
    let said = chain.newest().ok(["version"]);
    let lines: Vec<&str> = said.lines().collect();
    for (at, name) in [(1, "second"), (2, "first")] {
        let start = format!("builds on {name} (SHA-256 of its archive: ");
        assert!(lines[at].starts_with(&start), "{said}");
    }
    assert!(!chain.bags[0].ok(["version"]).contains("builds on"));
}

#[test]
fn list_takes_the_older_ones_together_with_it() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    let alone = "chain.test/m@v1.2.0\nchain.test/third@v1.0.0\n";
    let output = chain.newest().run(["list"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), alone);
    assert!(stderr(&output).contains("leaves out what second and first have"));
    let output = chain
        .newest()
        .run(["list", "--with", &first, "--with", &second]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "chain.test/first@v1.0.0\nchain.test/m@v1.2.0\nchain.test/m@v1.9.0\nchain.test/m@v1.10.0\n\
        chain.test/second@v1.0.0\nchain.test/third@v1.0.0\n"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn env_prints_what_the_older_ones_need_as_well() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    // go would fetch that past the server, and an older bag alone has it.
    let go = Go::new("off").with("GONOPROXY", "chain.test/second");
    let env = |arguments: &[&str]| {
        let mut command = go.command(chain.newest().bin().to_str().unwrap());
        let output = command.arg("env").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        (printed, stderr(&output))
    };
    let setting = "export GONOPROXY=none\n";
    let (printed, said) = env(&["--with", &first, "--with", &second]);
    assert!(printed.contains(setting), "{printed}");
    assert_eq!(said, "");
    let (printed, said) = env(&[]);
    assert!(!printed.contains(setting), "{printed}");
    let note = "note: this bag leaves out what second and first have (2 older bags); ";
    assert!(said.starts_with(note), "{said}");
}

#[test]
fn a_bag_that_is_named_twice_is_refused() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    for args in [
        [
            "list", "--with", &first, "--with", &second, "--with", &first,
        ],
        [
            "diff", &second, "--with", &first, "--with", &first, "--json",
        ],
    ] {
        let output = chain.newest().run(args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        let text = format!("--with {first} is named twice; name it once");
        assert!(said.contains(&text), "{said}");
    }
}

#[test]
fn diff_takes_a_bag_together_with_what_it_builds_on() {
    let chain = Chain::example();
    let [first, second, third] = ["first", "second", "third"].map(|name| chain.file(name));
    let added = "+ chain.test/m@v1.2.0\n+ chain.test/third@v1.0.0\n";
    let said = chain.newest().run(["diff", &second, "--with", &first]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), added);
    assert_eq!(stderr(&said), "");
    let said = Bag::example().run(["diff", &second, &third, "--with", &first]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), added);
    // Who does not name it hears that.
    let said = chain.newest().run(["diff", &second]);
    assert_eq!(
        stderr(&said),
        format!(
            "note: {second} leaves out what first has (1 older bag); for that too, name its file: --with FILE\n\
            note: this bag leaves out what first has (1 older bag); for that too, name its file: --with FILE\n"
        )
    );
}

#[test]
fn doctor_takes_the_older_ones_into_account() {
    let chain = Chain::example();
    let [first, second] = ["first", "second"].map(|name| chain.file(name));
    let go = Go::new("off").with("GONOSUMDB", "*");
    go.requires(
        "1.21",
        &["chain.test/first v1.0.0", "chain.test/third v1.0.0"],
    );
    go.write(
        "p.go",
        "package p\n\nimport _ \"chain.test/first\"\nimport _ \"chain.test/third\"\n",
    );
    let gobag = chain
        .newest()
        .serve_with(["--with", &first, "--with", &second]);
    let user = go.with("GOPROXY", gobag.url());
    user.ok("mod tidy");
    let doctor = |arguments: &[&str]| {
        let mut command = user.command(chain.newest().bin().to_str().unwrap());
        let output = command.arg("doctor").args(arguments).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), printed)
    };
    let (code, printed) = doctor(&[]);
    assert_eq!(code, Some(1), "{printed}");
    let line = "error: this bag leaves out what second and first have";
    assert!(printed.starts_with(line), "{printed}");
    // What is missing may be in the older ones: nothing is to be packed again, nor can be judged.
    let line = "error: chain.test/first@v1.0.0 is not in this bag, and go.mod requires it; it may be in second or first: name their files: --with FILE\n";
    assert!(printed.contains(line), "{printed}");
    assert!(!printed.contains("pack the project again"), "{printed}");
    assert!(!printed.contains("does without"), "{printed}");
    let (code, printed) = doctor(&["--with", &second, "--with", &first]);
    assert_eq!(code, Some(0), "{printed}");
    let line = format!(" exec --with {second} --with {first} -- go build ./... finds");
    assert!(printed.contains(&line), "{printed}");
}
