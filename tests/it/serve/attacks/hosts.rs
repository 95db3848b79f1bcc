//! Attacks on servers whose host is short of something, and on what a server writes.

use crate::serve::attacks::Group;
use crate::serve::attacks::client::{End, NEVER};
use crate::serve::attacks::connections::get;
use crate::serve::attacks::crowd::{Crowd, Outcome};
use crate::serve::attacks::ground::{Host, LARGE, SMALL};
use crate::serve::attacks::trial::{Attack, Field};

/// No journal is longer after any attack.
const LONGEST_JOURNAL: u64 = 64 << 20;

/// All of them.
pub fn groups() -> Vec<Group> {
    let hosts = [
        (Host::Journal, vec![paths()]),
        (Host::Unread, vec![many_lines()]),
        (Host::Unlistened, vec![many_lines()]),
        (Host::WithoutStderr, vec![many_lines()]),
        (Host::FullStderr, vec![many_lines()]),
        (Host::Descriptors(64), crowds()),
        (
            Host::Descriptors(256),
            crowds().into_iter().map(Attack::long).collect(),
        ),
        (Host::Threads(40), crowds()),
        (Host::Memory(300 << 20), crowds()),
    ];
    hosts.map(|(host, attacks)| Group { host, attacks }).into()
}

/// What a short host is attacked by. Where there are more addresses than it has room for
/// connections, no address of an attacker holds more than those who work do.
fn crowds() -> Vec<Attack> {
    vec![
        Attack::new("idle, from one address", |field| {
            idle(field).one_address().attack()
        }),
        Attack::new("idle, from many", |field| idle(field).attack()),
        Attack::new("never reading, from one address", |field| {
            never_reading(field).one_address().attack()
        }),
        Attack::new("never reading, from many", |field| {
            never_reading(field).attack()
        })
        .fills()
        .long(),
        Attack::new("at once, from one address", |field| {
            at_once(field).one_address().attack()
        })
        .line(2_000),
        Attack::new("at once, from many", |field| at_once(field).attack())
            .line(2_000)
            .fills()
            .long(),
    ]
}

fn idle(field: &Field<'_>) -> Crowd {
    field.crowd(640, 3_000)
}

fn never_reading(field: &Field<'_>) -> Crowd {
    field.crowd(640, 3_000).says([get(LARGE)]).reads(NEVER)
}

fn at_once(field: &Field<'_>) -> Crowd {
    let crowd = field.crowd(640, 2_000).rate(usize::MAX);
    crowd.says([get(SMALL[0])]).ends(End::Answered)
}

/// More lines of the log than any pipe holds.
fn many_lines() -> Attack {
    Attack::new("many answers", |field| {
        let path = format!("/{}/@v/list", "nothing/".repeat(100));
        let crowd = field
            .crowd(64, 64)
            .at_least(field.strength.of(2_000, 20_000));
        crowd.says([get(&path)]).ends(End::Answered).attack()
    })
}

/// Paths that are to deceive who reads the log and the journal, or to fill a disk.
fn paths() -> Attack {
    Attack::new("hostile paths", hostile_paths).then(log_and_journal_are_clean)
}

fn hostile_paths(field: &Field<'_>) -> Outcome {
    let odd = [
        "%0aforged.test%0a/@v/v1.0.0.info",
        "%1b]0;title%07/@v/v1.0.0.info",
        "a%00b/@v/v1.0.0.info",
        "\u{1b}[31m/@v/v1.0.0.info",
        "%ff%fe/@v/v1.0.0.info",
        "%e2%80%ae/@v/v1.0.0.info",
        "..%2f..%2fetc/passwd/@v/v1.0.0.info",
        "!!!/@v/!.info",
        "a.test/@v/v1.0.0%0av2.0.0.info",
        "a.test/@v/%41%0d.zip",
        "a.test/@latest%0a",
    ];
    let odd = odd.map(|path| get(&format!("/{path}"))).into_iter();
    // Each is another miss, as long as a path may be.
    let long = "very/long/".repeat(500);
    let wanted = (0..field.strength.of(4_000, 40_000))
        .map(|number| get(&format!("/m{number}.test/{long}x/@v/v1.{number}.0.info")));
    let crowd = field
        .crowd(64, 64)
        .at_least(field.strength.of(4_000, 40_000));
    crowd.says(odd.chain(wanted)).ends(End::Answered).attack()
}

fn log_and_journal_are_clean(field: &Field<'_>) -> Result<(), String> {
    let control = |line: &String| line.chars().any(char::is_control);
    if let Some(line) = field.server.log().into_iter().find(control) {
        return Err(format!("in the log: {line:?}"));
    }
    let journal = std::fs::read(field.ground.journal()).map_err(|error| error.to_string())?;
    if journal.len() as u64 > LONGEST_JOURNAL {
        return Err(format!("the journal has {} MiB", journal.len() >> 20));
    }
    let journal = String::from_utf8(journal).map_err(|_| "the journal is no text")?;
    for line in journal.lines() {
        let clean = line.chars().all(|letter| letter.is_ascii_graphic());
        if !clean || line.split('@').count() != 2 || line.contains("..") {
            return Err(format!("in the journal: {line:?}"));
        }
    }
    Ok(())
}
