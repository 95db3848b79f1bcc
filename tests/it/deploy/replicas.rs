//! Two replicas behind one address: one is stopped and started again, and both make way for the next bag.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::{PAPER, curl};
use crate::support::bag::{Bag, stderr};
use crate::support::go::Go;
use crate::support::gobag::Gobag;
use crate::support::namespace::Namespace;
use crate::support::nginx::Nginx;
use crate::support::paper;
use crate::support::public::FEW;
use crate::support::public_bags::{NEW, OLD};
use crate::support::releases::believer;
use crate::support::zoo::ZOO;

/// How many clients work at once.
const CLIENTS: usize = 3;

const FRONT: &str = "http://127.0.0.1:8080";

fn replica(namespace: &Namespace, bag: &Bag, port: u16) -> Gobag {
    let mut command = namespace.command(bag.bin());
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
    Gobag::start(command)
}

/// What clients do while `work` is done: `download`, again and again, each time as a new user. None
/// may fail.
fn meanwhile(download: impl Fn() + Sync, work: impl FnOnce(&dyn Fn())) {
    let (done, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let client = || {
            while !done.load(Ordering::SeqCst) {
                download();
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        let clients = [(); CLIENTS].map(|()| scope.spawn(client));
        // Waits until each may have come around once more.
        let around = || {
            let begin = count.load(Ordering::SeqCst);
            while count.load(Ordering::SeqCst) < begin + 2 * CLIENTS {
                assert!(
                    !clients.iter().any(|client| client.is_finished()),
                    "a client failed"
                );
                thread::yield_now();
            }
        };
        work(&around);
        done.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().expect("a client failed");
        }
    });
}

#[test]
fn nobody_notices_that_a_replica_is_stopped_and_started_again() {
    let namespace = Namespace::new();
    let _nginx = Nginx::start(&namespace, &paper::block(PAPER, "nginx", "max_fails"));
    let mut replicas = [8081, 8082].map(|port| (port, Some(replica(&namespace, &ZOO, port))));
    let download = || {
        let go = Go::new(FRONT).through(&namespace.words());
        go.requires("1.21", &["zoo.test/CGO v1.0.0", "zoo.test/bytes v1.0.0"]);
        go.ok("mod download");
        go.ok("mod download zoo.test/mixed@latest zoo.test/pseudo@latest zoo.test/graph@latest");
    };
    meanwhile(download, |around| {
        for _ in 0..2 {
            for (port, running) in &mut replicas {
                around();
                let (status, said) = running.take().unwrap().terminate();
                assert!(status.success(), "{said:?}");
                around();
                *running = Some(replica(&namespace, &ZOO, *port));
            }
        }
        around();
    });
}

#[test]
fn the_next_bag_takes_over_in_one_step() {
    let namespace = Namespace::new();
    let front = paper::block(PAPER, "nginx", "max_fails");
    let (upstream, server) = front.split_once("server {\n    listen").unwrap();
    let green = paper::adapted(upstream, &[("8081", "8083"), ("8082", "8084")]);
    let server = format!("include gobag.conf;\nserver {{\n    listen{server}");
    let nginx = Nginx::with_files(&namespace, &server, |dir| {
        fs::write(dir.join("blue.conf"), upstream).unwrap();
        fs::write(dir.join("green.conf"), green).unwrap();
        symlink("blue.conf", dir.join("gobag.conf")).unwrap();
    });
    let old = [8081, 8082].map(|port| replica(&namespace, &OLD, port));
    let (first, second) = (FEW[0], FEW[1]);
    let get = |go: &Go, (path, version): (&str, &str)| go.ok(&format!("get {path}@{version}"));
    let user = || {
        let go = believer(FRONT).through(&namespace.words());
        go.requires("1.21", &[]);
        go
    };
    // Whoever has seen the old head goes on with the new one.
    let early = user();
    get(&early, first);
    // Whoever is at work in the very moment may hear of both heads, once.
    let torn = AtomicUsize::new(0);
    let download = || {
        let go = user();
        for (path, version) in [first, second] {
            let output = go.run(&format!("get {path}@{version}"));
            if !output.status.success() {
                let said = stderr(&output);
                let is_head = said.contains("/sumdb/") && said.contains("404 Not Found");
                assert!(is_head, "{said}");
                torn.fetch_add(1, Ordering::SeqCst);
                get(&go, (path, version));
            }
        }
    };
    let block = paper::block(PAPER, "sh", "ln -sfn");
    let [link, reload] = block.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(reload, "nginx -t -q && nginx -s reload");
    let mut new = None;
    meanwhile(download, |around| {
        around();
        new = Some([8083, 8084].map(|port| replica(&namespace, &NEW, port)));
        let dir = format!("{}/gobag.conf", nginx.dir().display());
        let link = paper::adapted(link, &[("/etc/nginx/gobag.conf", &dir)]);
        assert!(
            Command::new("sh")
                .args(["-c", &link])
                .status()
                .unwrap()
                .success()
        );
        nginx.reload(&namespace);
        around();
        for replica in old {
            assert!(replica.terminate().0.success());
        }
        around();
    });
    let torn = torn.into_inner();
    assert!(torn <= CLIENTS, "{torn}");
    get(&early, second);
    let head = |at: &str| {
        curl(
            &namespace,
            &["--fail", &format!("{at}/sumdb/sum.golang.org/latest")],
        )
    };
    let [green, _] = new.as_ref().unwrap();
    assert_eq!(head(FRONT), head(green.url()));
    // Two heads behind one address: who has seen the newer one cannot use the older bag.
    let old = replica(&namespace, &OLD, 8085);
    assert_ne!(head(FRONT), head(old.url()));
    let late = user();
    get(&late, first);
    let late = late.with("GOPROXY", "http://127.0.0.1:8085");
    let said = late.fails(&format!("get {}@{}", second.0, second.1));
    assert!(said.contains("checking tree#"), "{said}");
}
