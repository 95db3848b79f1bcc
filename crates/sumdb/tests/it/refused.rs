//! Captures that are damaged or forged are refused, and what is wrong with them is named.

use sumdb::assemble::assemble;
use sumdb::assembled::AssembleError;
use sumdb::capture::{Capture, Expected, Lookup};
use sumdb::hash::EMPTY_TREE;
use sumdb::head::{Head, SignedHead};
use sumdb::key::SignerKey;
use sumdb::record::Record;

use crate::log::{all_expected, connected_capture, expected, key, record, signed_head, signer};

fn error(capture: &Capture, expected: &[Expected]) -> String {
    assemble(&key(), capture, expected).unwrap_err().to_string()
}

#[test]
fn another_sum_than_ours_is_refused_by_module() {
    let capture = connected_capture(300, &[3], &[]);
    let theirs = expected(3);
    let ours = format!("h1:{EMPTY_TREE}");
    let zip = Expected {
        zip_h1: Some(ours.clone()),
        ..theirs.clone()
    };
    assert_eq!(
        error(&capture, &[zip]),
        format!(
            "example.com/m3@v1.0.0: the checksum database has {} for the zip, ours has {ours}",
            theirs.zip_h1.as_deref().unwrap()
        )
    );
    let gomod = Expected {
        mod_h1: ours.clone(),
        ..theirs.clone()
    };
    assert_eq!(
        error(&capture, &[gomod]),
        format!(
            "example.com/m3@v1.0.0: the checksum database has {} for the go.mod file, ours has {ours}",
            theirs.mod_h1
        )
    );
    let without_zip = Expected {
        zip_h1: None,
        ..theirs
    };
    assert!(
        assemble(&key(), &capture, &[without_zip])
            .unwrap()
            .database
            .is_some()
    );
}

#[test]
fn damaged_answers_are_refused_by_module() {
    let good = connected_capture(300, &[3], &[]);
    let head = signed_head(300);
    let note = head.note_bytes();
    let foreign = SignerKey::from_seed("log.example", [1; 32]).unwrap();
    let foreign = SignedHead::sign(head.head(), &foreign).unwrap();
    let one_line = Record::new(3, &format!("example.com/m3 v1.0.0 h1:{EMPTY_TREE}\n")).unwrap();
    let moved = Record { id: 4, ..record(3) };
    let beyond = Record {
        id: 300,
        ..record(3)
    };
    for (bytes, why) in [
        (vec![], "malformed record: no empty line after its text"),
        (
            b"<!DOCTYPE html>\n\n".to_vec(),
            "malformed record id \"<!DOCTYPE html>\"",
        ),
        (
            record(3).answer(b""),
            "reading tree head: malformed note: no signatures after an empty line",
        ),
        (
            record(3).answer(foreign.note_bytes()),
            "reading tree head: the note is not signed by \"log.example\"",
        ),
        (
            record(4).answer(note),
            "record 4 has no line \"example.com/m3 v1.0.0 h1:\u{2026}\"",
        ),
        (
            one_line.answer(note),
            "record 3 has no line \"example.com/m3 v1.0.0/go.mod h1:\u{2026}\"",
        ),
        (
            moved.answer(note),
            "record 4 has another text in the tree of 300 records",
        ),
    ] {
        let mut capture = good.clone();
        capture.lookups[0].bytes = bytes;
        let want = format!("lookup answer of example.com/m3@v1.0.0: {why}");
        assert_eq!(error(&capture, &all_expected(&[3])), want);
    }
    let mut capture = good.clone();
    capture.lookups.push(Lookup {
        bytes: moved.answer(note),
        ..capture.lookups[0].clone()
    });
    assert_eq!(
        error(&capture, &all_expected(&[3])),
        "lookup answers of example.com/m3@v1.0.0 disagree"
    );
    capture.lookups[1].bytes = beyond.answer(note);
    capture.lookups.remove(0);
    let assembled = assemble(&key(), &capture, &all_expected(&[3])).unwrap();
    assert_eq!(assembled.unprovable.len(), 1);
}

#[test]
fn forks_of_the_database_are_refused() {
    let forged = |size| {
        SignedHead::sign(
            &Head {
                size,
                hash: EMPTY_TREE,
            },
            &signer(),
        )
        .unwrap()
    };
    let mut capture = connected_capture(300, &[3], &[260]);
    capture.heads = vec![forged(260).note_bytes().to_vec()];
    let error = assemble(&key(), &capture, &all_expected(&[3])).unwrap_err();
    assert_eq!(
        error,
        AssembleError::Fork {
            older: 260,
            newer: 300
        }
    );
    assert_eq!(
        error.to_string(),
        "the signed tree of 260 records is not part of the signed tree of 300 records"
    );
    capture.heads = vec![forged(300).note_bytes().to_vec()];
    let error = assemble(&key(), &capture, &all_expected(&[3])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two different heads of the tree of 300 records, both signed by \"log.example\""
    );
}

#[test]
fn heads_that_are_not_signed_are_refused() {
    let mut capture = connected_capture(300, &[3], &[]);
    capture.heads = vec![b"go.sum database tree\n".to_vec()];
    assert_eq!(
        error(&capture, &all_expected(&[3])),
        "captured head: reading tree head: malformed note: no signatures after an empty line"
    );
}

#[test]
fn sizes_that_no_log_has_are_no_trouble() {
    let head = SignedHead::sign(
        &Head {
            size: i64::MAX as u64,
            hash: EMPTY_TREE,
        },
        &signer(),
    )
    .unwrap();
    let empty = SignedHead::sign(
        &Head {
            size: 0,
            hash: EMPTY_TREE,
        },
        &signer(),
    )
    .unwrap();
    for note in [&head, &empty] {
        let mut capture = connected_capture(300, &[3], &[]);
        capture.lookups[0].bytes = record(3).answer(note.note_bytes());
        let assembled = assemble(&key(), &capture, &all_expected(&[3])).unwrap();
        assert!(assembled.database.is_none());
    }
}
