//! Attacks by connections: those that say nothing, that come at once, or that go in odd ways.

use std::thread;
use std::time::Duration;

use crate::serve::attacks::client::{End, NEVER};
use crate::serve::attacks::crowd::Outcome;
use crate::serve::attacks::ground::{LARGE, SMALL};
use crate::serve::attacks::trial::{Attack, Field};

/// All of them.
pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::new("idle, from many addresses", |field| {
            field.crowd(2_200, 12_000).attack()
        }),
        Attack::new("idle, from one address", |field| {
            field.crowd(2_200, 12_000).one_address().attack()
        }),
        Attack::new("idle after an answer", |field| {
            field.crowd(2_200, 12_000).says([get(SMALL[0])]).attack()
        }),
        Attack::new("2,000 at once, again and again", |field| {
            let crowd = field
                .crowd(2_000, 2_000)
                .rate(usize::MAX)
                .at_least(field.strength.of(4_000, 20_000));
            crowd.says([get(SMALL[0])]).ends(End::Answered).attack()
        })
        .line(2_000),
        Attack::new("resets with the answer on its way", |field| {
            let crowd = field
                .crowd(200, 400)
                .at_least(field.strength.of(2_000, 10_000));
            crowd
                .says([get(SMALL[0]), get(LARGE)])
                .ends(End::Resets)
                .attack()
        }),
        Attack::new("resets in the head", |field| {
            let crowd = field
                .crowd(200, 400)
                .at_least(field.strength.of(2_000, 10_000));
            crowd.says(["", "GET / HT"]).ends(End::Resets).attack()
        }),
        Attack::new("half closed", |field| {
            let said = [
                get(SMALL[0]),
                "GET / HTTP/1.1\r\nHo".to_owned(),
                String::new(),
            ];
            field
                .crowd(1_500, 10_000)
                .says(said)
                .ends(End::HalfCloses)
                .attack()
        }),
        Attack::new("half closed, and nothing is read", |field| {
            let said = [get(LARGE), get(SMALL[0])];
            field
                .patient_crowd(1_500, 10_000)
                .says(said)
                .reads(NEVER)
                .ends(End::HalfCloses)
                .attack()
        }),
        Attack::new(
            "a connection each, while others idle",
            closes_while_others_idle,
        ),
        Attack::new("SIGSTOP and SIGCONT", stopped).line(2_000),
    ]
}

/// A plain request.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// One client after the other goes when it was answered, while 1,500 others idle.
fn closes_while_others_idle(field: &Field<'_>) -> Outcome {
    let idle = field.crowd(1_500, 12_000);
    let closes = field
        .crowd(16, 16)
        .says([get(SMALL[0])])
        .ends(End::Answered);
    thread::scope(|scope| {
        let idle = scope.spawn(|| idle.attack());
        let closed = closes.attack();
        closed.and(idle.join().expect("a crowd"))
    })
}

/// The process is stopped while clients come, and continues.
fn stopped(field: &Field<'_>) -> Outcome {
    let time = field
        .strength
        .of(Duration::from_millis(800), Duration::from_secs(3));
    let meanwhile = field.crowd(300, 2_000).says([get(SMALL[0])]).lasts(time);
    let come = field.legit.stalled(|| meanwhile.attack());
    // What had come is still worked off, beside those who come now.
    come.and(field.crowd(300, 2_000).says([get(SMALL[0])]).attack())
}
