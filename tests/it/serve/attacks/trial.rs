//! An attack, judged: what those who work with the server must not notice, and what must be left
//! of it afterwards.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::serve::attacks::asking::Asking;
use crate::serve::attacks::client::Pace;
use crate::serve::attacks::crowd::{Crowd, Outcome};
use crate::serve::attacks::ground::{Ground, Host, Server};
use crate::serve::attacks::legit::{Legit, Tally, p99};
use crate::serve::attacks::strength::Strength;
use crate::serve::attacks::vitals::{Peak, Vitals};

/// How often slower a small request may be than in calm.
const SLOWER: u32 = 10;

/// The least that counts as calm. Two cores with two go commands, the attackers and other tests
/// on them let anybody wait for some milliseconds now and then: below this it would be the
/// scheduler that decides, and not the server.
const CALM_FLOOR: Duration = Duration::from_millis(5);

/// How much more memory a server may have than in calm.
const MORE_MEMORY: u64 = 128 << 20;

/// How many more threads or descriptors than in calm are calm: go opens more connections at
/// one time than at another.
const SLACK: usize = 8;

/// How long until it is calm again.
const CALM_AGAIN: Duration = Duration::from_secs(30);

/// How long until each kind of work has been done once more.
const WORK_AGAIN: Duration = Duration::from_secs(45);

/// One attack: it returns when all of its clients are gone.
pub struct Attack {
    /// A name for the table.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&Field<'_>) -> Outcome,
    /// What else must hold afterwards.
    pub then: fn(&Field<'_>) -> Result<(), String>,
    /// It is run at full strength alone.
    pub only_long: bool,
    /// How many come at once, so that who comes anew waits in line behind them.
    pub line: usize,
    /// More come than a host that is short has room for, and none of them can be told from those who
    /// work: these may be turned away meanwhile.
    pub fills: bool,
}

impl Attack {
    /// One after which nothing else must hold.
    pub const fn new(name: &'static str, run: fn(&Field<'_>) -> Outcome) -> Attack {
        Attack {
            name,
            run,
            then: |_| Ok(()),
            only_long: false,
            line: 0,
            fills: false,
        }
    }

    /// One after which this must hold.
    pub fn then(self, then: fn(&Field<'_>) -> Result<(), String>) -> Attack {
        Attack { then, ..self }
    }

    /// One by which so many come at once.
    pub fn line(self, line: usize) -> Attack {
        Attack { line, ..self }
    }

    /// One that may fill a host that is short.
    pub fn fills(self) -> Attack {
        Attack {
            fills: true,
            ..self
        }
    }

    /// One that is run at full strength alone: too much of the time that all tests have.
    pub fn long(self) -> Attack {
        Attack {
            only_long: true,
            ..self
        }
    }
}

/// Where an attack takes place.
pub struct Field<'a> {
    /// How hard it is.
    pub strength: Strength,
    /// What it runs on.
    pub host: Host,
    /// What the server has.
    pub ground: &'a Ground,
    /// The server.
    pub server: &'a Server,
    /// Those who work with it.
    pub legit: &'a Legit<'a>,
    /// The addresses that it comes from: those of `127.0.net`.
    pub net: u8,
}

impl Field<'_> {
    /// A crowd of so many (short, long), for as long as an attack takes at this strength.
    pub fn crowd(&self, short: usize, long: usize) -> Crowd {
        let time = self
            .strength
            .of(Duration::from_millis(800), Duration::from_secs(8));
        self.crowd_for(short, long, time)
    }

    /// The same for longer than the server waits for anybody, where the strength is long.
    pub fn patient_crowd(&self, short: usize, long: usize) -> Crowd {
        let time = self
            .strength
            .of(Duration::from_millis(1000), Duration::from_secs(35));
        self.crowd_for(short, long, time)
    }

    fn crowd_for(&self, short: usize, long: usize, time: Duration) -> Crowd {
        Crowd::new(
            self.address(),
            self.net,
            self.strength.of(short, long),
            time,
        )
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }
}

/// A byte a second.
pub const DROPS: Pace = Pace(1, Duration::from_secs(1));

/// What is usual with nobody but those who work.
#[derive(Debug, Clone, Copy)]
pub struct Calm {
    p99: Duration,
    vitals: Vitals,
}

impl Calm {
    /// Looks for some time.
    pub fn of(server: &Server, legit: &Legit<'_>, strength: Strength) -> Result<Calm, String> {
        // What is only there at the beginning is not usual.
        let mut first = Tally::default();
        let end = Instant::now() + WORK_AGAIN;
        while !first.is_complete() && Instant::now() < end {
            thread::park_timeout(Duration::from_millis(50));
            first = first.and(legit.take());
        }
        let end = Instant::now() + strength.of(Duration::from_millis(1000), Duration::from_secs(6));
        let mut most = Vitals::default();
        while Instant::now() < end {
            let now = Vitals::of(server).ok_or("the server has ended")?;
            most = most.most(now);
            thread::park_timeout(Duration::from_millis(20));
        }
        let tally = legit.take();
        if first.failures + tally.failures > 0 {
            return Err(format!(
                "failures in calm: {:?} {:?}; {}",
                first.told,
                tally.told,
                said(server)
            ));
        }
        Ok(Calm {
            p99: p99(&tally.small()),
            vitals: most,
        })
    }
}

/// What came of an attack.
#[derive(Debug)]
pub struct Row {
    /// The attack, and where it took place.
    pub name: String,
    /// Its clients.
    pub outcome: Outcome,
    /// Those who worked meanwhile and afterwards.
    pub tally: Tally,
    /// p99 of small requests: in calm, during the attack, and that of the machine meanwhile.
    pub p99: [Duration; 3],
    /// How much more memory than in calm there was at most.
    pub memory: u64,
    /// How long until it was calm again, where that was looked at.
    pub calm_after: Option<Duration>,
    /// What was required and did not hold.
    pub faults: Vec<String>,
}

/// Runs an attack and judges it; where `waits`, also how long until all is as in calm.
pub fn judge(attack: &Attack, field: &Field<'_>, calm: &Calm, peak: &Peak, waits: bool) -> Row {
    let (server, legit) = (field.server, field.legit);
    legit.take();
    peak.take();
    let begin = Instant::now();
    let outcome = (attack.run)(field);
    let attacked = begin.elapsed();
    let during = legit.take();
    let mut faults = Vec::new();
    let calm_after = waits.then(|| calm_again(server, calm)).transpose();
    faults.extend(calm_after.as_ref().err().cloned());
    let [new, kept] = during.took.each_ref().map(|took| p99(took));
    let [now, machine] = [p99(&during.small()), p99(&during.machine)];
    let mut after = legit.take();
    let end = Instant::now() + WORK_AGAIN;
    // Who has failed already need not be waited for.
    while !after.is_complete() && after.failures == 0 && Instant::now() < end {
        thread::park_timeout(Duration::from_millis(20));
        after = after.and(legit.take());
    }
    if !after.is_complete() && after.failures == 0 {
        faults.push(format!("not done again after the attack: {:?}", after.done));
    }
    let full = attack.fills && field.host.is_short();
    let (judged, tally) = match full {
        true => (after.clone(), during.and(after)),
        false => {
            let all = during.and(after);
            (all.clone(), all)
        }
    };
    if judged.failures > field.host.forgiven(judged.good) {
        let (failures, told) = (judged.failures, &judged.told);
        faults.push(format!("{failures} failures: {told:#?}"));
        faults.push(said(server));
    }
    // Other tests run beside the short ones, and what they slow down is not the server's fault.
    if field.strength == Strength::Long && !full {
        let most = calm.p99.max(CALM_FLOOR) * SLOWER;
        // Connections are accepted as they came: a line of so many, twice at most.
        let answered = u32::try_from(outcome.answered).unwrap_or(u32::MAX).max(1);
        let line = 2 * attacked.saturating_mul(attack.line as u32) / answered;
        // A short host keeps few, and those who idle give way: they come anew as well.
        let stays = match field.host.is_short() {
            true => most.max(line),
            false => most,
        };
        for (what, p99, most) in [("new", new, most.max(line)), ("kept", kept, stays)] {
            if p99 > most {
                let calm = calm.p99;
                faults.push(format!(
                    "p99 of small requests on {what} connections {p99:.0?}, {most:.0?} allowed, {calm:.0?} in calm"
                ));
            }
        }
    }
    let memory = peak.take().saturating_sub(calm.vitals.memory);
    if memory > MORE_MEMORY {
        faults.push(format!("{} MiB more than in calm", memory >> 20));
    }
    faults.extend(compare(field.ground, server).err());
    faults.extend((attack.then)(field).err());
    let panicked = server
        .log()
        .into_iter()
        .find(|line| line.contains("panicked"));
    faults.extend(panicked);
    Row {
        name: attack.name.to_owned(),
        outcome,
        tally,
        p99: [calm.p99, now, machine],
        memory,
        calm_after: calm_after.ok().flatten(),
        faults,
    }
}

/// The last thing that the server said of its troubles, where its log is read.
fn said(server: &Server) -> String {
    let lines = server.log().into_iter().rev();
    let mut troubles = lines.filter(|line| line.starts_with("gobag: "));
    troubles.next().unwrap_or_default()
}

/// How long it takes until there are no more threads and descriptors than usual.
fn calm_again(server: &Server, calm: &Calm) -> Result<Duration, String> {
    let begin = Instant::now();
    loop {
        let now = Vitals::of(server).ok_or("the server has ended")?;
        let usual = calm.vitals;
        if now.threads <= usual.threads + SLACK && now.descriptors <= usual.descriptors + SLACK {
            return Ok(begin.elapsed());
        }
        if begin.elapsed() > CALM_AGAIN {
            return Err(format!(
                "{} threads and {} descriptors, {} and {} in calm",
                now.threads, now.descriptors, usual.threads, usual.descriptors
            ));
        }
        thread::park_timeout(Duration::from_millis(50));
    }
}

/// Compares all that the server answers.
fn compare(ground: &Ground, server: &Server) -> Result<(), String> {
    let mut asking = Asking::new(server.address, true);
    for (path, bytes) in &ground.files {
        if asking.get(path)? != *bytes {
            return Err(format!("{path}: another answer than before"));
        }
    }
    Ok(())
}
