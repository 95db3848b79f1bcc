//! Attacks by what is said: heads without an end, with odd lengths, or of another protocol.

use crate::serve::attacks::client::End;
use crate::serve::attacks::connections::get;
use crate::serve::attacks::crowd::Outcome;
use crate::serve::attacks::ground::SMALL;
use crate::serve::attacks::trial::{Attack, DROPS, Field};

/// All of them.
pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::new("a byte of the head a second", |field| {
            field
                .patient_crowd(2_200, 10_000)
                .says([get(SMALL[0])])
                .sends(DROPS)
                .attack()
        }),
        Attack::new("half a head", |field| {
            field
                .patient_crowd(2_200, 10_000)
                .says(["GET / HTTP/1.1\r\nHost: x\r\n"])
                .attack()
        }),
        Attack::new("a head without an end", |field| {
            let crowd = field.crowd(16, 64).says(["GET / HTTP/1.1\r\nHost: x\r\n"]);
            crowd.goes_on(b"X-More: and more\r\n", 64 << 20).attack()
        }),
        Attack::new("a URL without an end", |field| {
            field
                .crowd(16, 64)
                .says(["GET /"])
                .goes_on(b"a", 64 << 20)
                .attack()
        }),
        Attack::new("100,000 headers", |field| {
            let head = format!(
                "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
                "A: b\r\n".repeat(100_000)
            );
            field.crowd(16, 64).says([head]).attack()
        }),
        Attack::new("odd and repeated lengths", |field| {
            many(
                field,
                odd_lengths().map(|lines| with_lines(&lines)).collect(),
            )
        }),
        Attack::new("lengths that nobody has", |field| {
            let lengths = [
                u64::MAX / 4,
                u64::MAX / 2,
                99_999_999_999,
                17 << 20,
                u64::MAX,
            ];
            many(
                field,
                lengths
                    .map(|n| with_lines(&format!("Content-Length: {n}\r\n")))
                    .into(),
            )
        }),
        Attack::new("Transfer-Encoding", |field| {
            let bodies = [
                "",
                "ffffffffffffffff\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "5;x=y\r\nhel",
            ];
            let encodings = [
                "chunked",
                "chunked, chunked",
                "identity",
                "gzip, chunked",
                "x",
            ];
            let heads = encodings.map(|e| with_lines(&format!("Transfer-Encoding: {e}\r\n")));
            let said = heads
                .iter()
                .flat_map(|head| bodies.map(|body| format!("{head}{body}")));
            many(field, said.collect())
        }),
        Attack::new("Expect: 100-continue and a short length", |field| {
            let head =
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
            field
                .crowd(80, 2_000)
                .at_least(field.strength.of(80, 2_000))
                .says([head])
                .attack()
        }),
        Attack::new("HTTP/2 and HTTP/3 as versions", |field| {
            let versions = ["2", "2.0", "3", "3.0", "1.2", "0.9", "9.9", "11.1"];
            many(
                field,
                versions
                    .map(|v| format!("GET / HTTP/{v}\r\nHost: x\r\n\r\n"))
                    .into(),
            )
        }),
        Attack::new("greetings of TLS and HTTP/2", |field| {
            let crowd = field.crowd(200, 2_000).at_least(2_000);
            crowd
                .says([tls_greeting(), HTTP2_PREFACE.to_vec()])
                .attack()
        }),
        Attack::new("NUL and bare CR", |field| many(field, unclean())),
    ]
}

/// 2,000 or more clients that leave when they are answered.
fn many(field: &Field<'_>, said: Vec<String>) -> Outcome {
    let crowd = field
        .crowd(400, 2_000)
        .at_least(field.strength.of(2_000, 20_000));
    crowd.says(said).ends(End::Answered).attack()
}

/// A request with more lines in its head.
fn with_lines(lines: &str) -> String {
    format!("GET {} HTTP/1.1\r\nHost: x\r\n{lines}\r\n", SMALL[0])
}

/// Lengths that are none, or two.
fn odd_lengths() -> impl Iterator<Item = String> {
    let odd = [
        "-1",
        "+0",
        "x",
        "",
        " ",
        "0x10",
        "1e3",
        "0, 0",
        "5, 6",
        "18446744073709551616",
        "00",
        "1",
    ];
    let once = odd.map(|value| format!("Content-Length: {value}\r\n"));
    let twice = ["0", "5"].map(|value| format!("Content-Length: 0\r\nContent-Length: {value}\r\n"));
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".to_owned();
    once.into_iter().chain(twice).chain([both])
}

/// The first bytes of a TLS client: a handshake record that announces more than comes.
fn tls_greeting() -> Vec<u8> {
    let mut record = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    record.extend((0..=255_u8).cycle().take(501));
    record
}

/// What an HTTP/2 client says first, and its settings.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Heads with characters that no head has.
fn unclean() -> Vec<String> {
    [
        "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n",
        "GET / HTTP/1.1\r\n\0: x\r\n\r\n",
        "GET / HTTP/1.1\rHost: x\r\r",
        "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
        "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "\0\0\0\0\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "GET\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
    ]
    .map(str::to_owned)
    .into()
}
