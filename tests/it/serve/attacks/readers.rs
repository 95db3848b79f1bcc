//! Attacks by answers that are not read, or slowly.

use std::time::Duration;

use crate::serve::attacks::client::{End, NEVER, Pace};
use crate::serve::attacks::connections::get;
use crate::serve::attacks::ground::{LARGE, SMALL};
use crate::serve::attacks::trial::Attack;

/// 6 KB a second.
const SLOW: Pace = Pace(3_000, Duration::from_millis(500));

/// All of them.
pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::new("200 that never read", |field| {
            field
                .patient_crowd(200, 200)
                .says([get(LARGE)])
                .reads(NEVER)
                .attack()
        }),
        Attack::new("never reading, more than there is room", |field| {
            field
                .patient_crowd(2_200, 10_000)
                .says([get(LARGE)])
                .reads(NEVER)
                .attack()
        }),
        Attack::new("never reading, from one address", |field| {
            let crowd = field.patient_crowd(2_200, 10_000).one_address();
            crowd.says([get(LARGE)]).reads(NEVER).attack()
        }),
        Attack::new("64 that read 6 KB a second", |field| {
            field
                .patient_crowd(64, 64)
                .says([get(LARGE)])
                .reads(SLOW)
                .attack()
        }),
        Attack::new("6 KB a second, more than there is room", |field| {
            field
                .patient_crowd(2_200, 3_000)
                .says([get(LARGE)])
                .reads(SLOW)
                .attack()
        }),
        Attack::new("pipelining on one connection, unread", |field| {
            let one = get(SMALL[0]);
            let crowd = field
                .patient_crowd(1, 1)
                .says([&*one])
                .goes_on(one.as_bytes(), 30 << 20);
            crowd.reads(NEVER).attack()
        }),
        Attack::new("pipelining on many, unread", |field| {
            let one = get(LARGE);
            let crowd = field
                .crowd(200, 2_000)
                .says([&*one])
                .goes_on(one.as_bytes(), 1 << 20);
            crowd.reads(NEVER).attack()
        }),
        Attack::new("leaves in the middle of the answer", |field| {
            let crowd = field.crowd(64, 64).at_least(field.strength.of(500, 5_000));
            crowd.says([get(LARGE)]).ends(End::Answered).attack()
        }),
    ]
}
