//! Attacks on a server while others work with it: whoever reaches the port must not be able to
//! keep anybody else from what the bag has.
//!
//! During each attack two loops of `go mod download`, a reader of the largest zip and clients
//! with small requests go on, from 127.0.0.1; attackers come from other addresses of loopback.
//! Required of each:
//! - no failure of anybody who works; where the host is short of something, one in ten at most:
//!   there those who work ask for more at times than there is room for; and where more addresses than
//!   it has room for come without end, each of which might be somebody who works, none afterwards;
//! - the p99 of small requests is at most ten times that of the same server in calm, at the long
//!   strength, which has the machine for itself; where 2,000 come at once and again, that holds for kept
//!   connections, and who comes anew waits no longer than twice what the line before him takes;
//! - at most 128 MiB more memory than in calm, pages of the program's own file not counted;
//! - threads and descriptors as in calm within 30 seconds afterwards;
//! - every file of the bag is right afterwards.
//!
//! The short strength runs with all other tests. `tests/attacks` runs the long one, several times.
//! An attack that is not withstood is shown, and the next one meets a new server.

mod strength;
mod client;
mod crowd;
mod ground;
mod asking;
mod vitals;
mod legit;
mod trial;
mod table;
mod connections;
mod readers;
mod heads;
mod hosts;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::thread;

use crate::serve::attacks::ground::{Ground, Host};
use crate::serve::attacks::legit::{Legit, Tally};
use crate::serve::attacks::strength::Strength;
use crate::serve::attacks::table::Head;
use crate::serve::attacks::trial::{Attack, Calm, Field, Row, judge};
use crate::serve::attacks::vitals::Peak;

/// Attacks on one kind of host.
struct Group {
    host: Host,
    attacks: Vec<Attack>,
}

#[test]
fn nobody_is_kept_from_the_modules_by_anybody() {
    let (strength, parts) = strength::asked();
    let limit = getrlimit(Resource::Nofile);
    // Attackers hold more sockets than a process has by default.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
    let ground = Ground::new();
    println!("{Head}");
    let (mut all, mut red, mut net) = (0, Vec::new(), 0);
    for mut group in groups() {
        group.attacks.retain(|attack| {
            let name = named(attack, group.host);
            let chosen = parts.is_empty() || parts.iter().any(|part| name.contains(part));
            chosen && (strength == Strength::Long || !attack.only_long)
        });
        let mut left = group.attacks.as_slice();
        while !left.is_empty() {
            let (rows, rest) = round(&ground, strength, group.host, left, &mut net);
            all += rows.len();
            red.extend(rows.into_iter().filter(|row| !row.faults.is_empty()));
            left = rest;
        }
    }
    let _ = setrlimit(Resource::Nofile, limit);
    assert!(all > 0, "no attack is called so: {parts:?}");
    let names: Vec<&str> = red.iter().map(|row| row.name.as_str()).collect();
    assert!(
        names.is_empty(),
        "{} of {all} attacks not withstood: {names:#?}",
        names.len()
    );
}

/// The name of an attack, with the host where that is not as it should be.
fn named(attack: &Attack, host: Host) -> String {
    match host {
        Host::Good => attack.name.to_owned(),
        other => format!("{} ({other:?})", attack.name),
    }
}

fn groups() -> Vec<Group> {
    let good = [connections::attacks(), readers::attacks(), heads::attacks()];
    let mut groups = vec![Group {
        host: Host::Good,
        attacks: good.into_iter().flatten().collect(),
    }];
    groups.extend(hosts::groups());
    groups
}

/// Attacks a new server until it does not withstand; returns what came of it and who is left.
fn round<'a>(
    ground: &Ground,
    strength: Strength,
    host: Host,
    attacks: &'a [Attack],
    net: &mut u8,
) -> (Vec<Row>, &'a [Attack]) {
    let failed = |fault: String| {
        let row = Row {
            name: named(&attacks[0], host),
            outcome: crowd::Outcome::default(),
            tally: Tally::default(),
            p99: Default::default(),
            memory: 0,
            calm_after: None,
            faults: vec![fault],
        };
        println!("{row}");
        (vec![row], &attacks[1..])
    };
    let server = match ground.serve(host) {
        Ok(server) => server,
        Err(fault) => return failed(fault),
    };
    let (legit, peak) = (Legit::new(ground, &server), Peak::default());
    let mut rows = Vec::new();
    let judged = thread::scope(|scope| {
        let _end = End(&legit, &peak);
        legit.work(scope);
        peak.watch(scope, &server);
        let calm = Calm::of(&server, &legit, strength)?;
        for (number, attack) in attacks.iter().enumerate() {
            // Some seconds after each would be most of a short run: it is looked at once there,
            // after all the attacks on a good host.
            let last = host == Host::Good && number + 1 == attacks.len();
            let waits = strength == Strength::Long || last;
            *net = *net % 250 + 1;
            let field = Field {
                strength,
                host,
                ground,
                server: &server,
                legit: &legit,
                net: *net,
            };
            let row = judge(attack, &field, &calm, &peak, waits);
            let row = Row {
                name: named(attack, host),
                ..row
            };
            println!("{row}");
            let withstood = row.faults.is_empty();
            rows.push(row);
            if !withstood {
                // It would keep those who wait for it waiting.
                server.signal("KILL");
                break;
            }
        }
        Ok(())
    });
    match judged {
        Ok(()) => {
            let rest = &attacks[rows.len()..];
            (rows, rest)
        }
        Err(fault) => failed(fault),
    }
}

/// Ends the work of others, also where a test panics: they would be waited for without end.
struct End<'a>(&'a Legit<'a>, &'a Peak);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.stop();
        self.1.stop();
    }
}
