//! Many clients at once, and large modules.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use crate::support::go::Go;
use crate::support::http;
use crate::support::tree::files;
use crate::support::tree::{Tree, go_mod};
use crate::support::zoo;

#[test]
fn a_hundred_clients_at_once_get_the_same() {
    let gobag = zoo::serve();
    let all = zoo::ZOO.ok(["list", "zoo.test/two"]) + &zoo::ZOO.ok(["list", "zoo.test/big"]);
    let all: Vec<String> = all.lines().map(str::to_owned).collect();
    let required = [
        "zoo.test/two/v2 v2.1.0",
        "zoo.test/big v1.0.0",
        "zoo.test/CGO v1.0.0",
        "zoo.test/cgo v1.0.0",
        "zoo.test/incompatible v2.0.0+incompatible",
    ];
    assert!(!all.is_empty());
    let clients: Vec<Go> = (0..100).map(|_| Go::new(gobag.url())).collect();
    let caches = std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .iter()
            .map(|go| {
                scope.spawn(move || {
                    go.requires("1.21", &required).ok("mod download all");
                    contents(go)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(caches[0].len() > 20, "{:?}", caches[0]);
    for cache in &caches {
        assert_eq!(cache, &caches[0]);
    }
}

/// The digest of every file in the module cache, by its name.
fn contents(go: &Go) -> BTreeMap<String, String> {
    let cache = go.modcache();
    let digest = |name: String| {
        let bytes = std::fs::read(cache.join(&name)).unwrap();
        (name, format!("{:x?}", Sha256::digest(bytes)))
    };
    files(&cache).into_iter().map(digest).collect()
}

#[test]
fn a_module_of_400_mib_is_sent_without_being_held_in_memory() {
    const MIB: usize = 1 << 20;
    let tree = Tree::new();
    let go_mod = go_mod("large.test/huge");
    tree.part("large.test/huge", "v1.0.0", "mod", &go_mod);
    let file = std::fs::File::create(tree.path().join("large.test/huge/@v/v1.0.0.zip")).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("large.test/huge@v1.0.0/go.mod", stored)
        .unwrap();
    zip.write_all(go_mod.as_bytes()).unwrap();
    let noise = zoo::noise(MIB);
    for number in 0..4 {
        zip.start_file(format!("large.test/huge@v1.0.0/noise{number}.txt"), stored)
            .unwrap();
        for _ in 0..100 {
            zip.write_all(noise.as_bytes()).unwrap();
        }
    }
    zip.finish().unwrap();
    let gobag = tree.bag().serve();
    // What a process allocates, as opposed to the program's own file mapped into it.
    let allocated = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", gobag.pid())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap()
            .trim();
        line.split(' ').next().unwrap().parse::<usize>().unwrap() * 1024
    };
    let before = allocated();
    let mut stream = http::connect(gobag.address());
    stream
        .write_all(
            b"GET /large.test/huge/@v/v1.0.0.zip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let (mut got, mut most, mut piece) = (0, 0, vec![0; MIB]);
    loop {
        let count = stream.read(&mut piece).unwrap();
        if count == 0 {
            break;
        }
        if got / (16 * MIB) != (got + count) / (16 * MIB) {
            most = most.max(allocated());
        }
        got += count;
    }
    assert!(got > 400 * MIB, "{got}");
    assert!(
        most < before + 8 * MIB,
        "{before} bytes before, {most} bytes while sending"
    );
}
