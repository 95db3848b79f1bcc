//! What was unpacked, in a bucket of an object store.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::{PAPER, curl, unpacked};
use crate::support::bag::text;
use crate::support::go::Go;
use crate::support::namespace::Namespace;
use crate::support::paper;
use crate::support::place::{Place, patiently};
use crate::support::public::FEW;
use crate::support::public_bags::NEW;
use crate::support::releases::believer;
use crate::support::tree::files;

/// A server with the interface of S3, made once.
fn program() -> PathBuf {
    let place = Place::named("gofakes3");
    place.once(|folder| {
        let go = Go::online().with("GOBIN", text(folder));
        patiently(|| go.run("install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0"));
    });
    place.path().join("gofakes3")
}

/// One that is killed when it is dropped.
struct Store(Child);

impl Store {
    fn start(namespace: &Namespace, address: &str, bucket: &str) -> Store {
        let mut command = namespace.command(program());
        command.args([
            "-backend",
            "mem",
            "-host",
            address,
            "-initialbucket",
            bucket,
        ]);
        let child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        while !said.contains("using port") {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {said}"));
            said += &line.unwrap();
        }
        std::thread::spawn(move || lines.for_each(drop));
        Store(child)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_bucket_is_a_proxy_with_the_checksum_database() {
    let block = paper::block(PAPER, "sh", "aws s3 cp");
    let (_, bucket) = block.split_once("s3://").unwrap();
    let bucket = bucket.split('/').next().unwrap();
    let namespace = Namespace::new();
    let dir = tempfile::tempdir().unwrap();
    unpacked(&NEW, &dir.path().join("tree"));
    let _store = Store::start(&namespace, "127.0.0.1:9000", bucket);
    let url = format!("http://127.0.0.1:9000/{bucket}");
    // All in one run of curl, as the client of S3 sends it: each name as it is.
    let mut settings = String::new();
    for name in files(&dir.path().join("tree")) {
        let file = dir.path().join("tree").join(&name);
        settings += &format!("upload-file = {:?}\nurl = \"{url}/{name}\"\n", text(&file));
    }
    let list = dir.path().join("list");
    std::fs::write(&list, settings).unwrap();
    curl(
        &namespace,
        &["--fail", "--globoff", "--config", text(&list)],
    );
    let go = believer(&url).through(&namespace.words());
    go.requires("1.21", &[]);
    let few = FEW.map(|(path, version)| format!("{path}@{version}"));
    go.ok(&format!("mod download {}", few.join(" ")));
    go.ok("get github.com/google/uuid@v1.6.0 github.com/pkg/errors@v0.9.1");
    assert_eq!(go.ok("mod verify"), "all modules verified\n");
}
