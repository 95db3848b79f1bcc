//! The access log: one line a request on stderr.

use std::str::FromStr;

use jiff::Timestamp;
use serde_json::json;

use crate::client::place::redacted;
use crate::server::answered::Answered;
use crate::terminal::choice::choose;
use crate::terminal::printable::printable;

/// How requests are logged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// `time client method path status bytes milliseconds`.
    #[default]
    Text,
    /// The same as a JSON object a line.
    Json,
    /// Not at all.
    Off,
}

impl FromStr for Log {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        choose(
            text,
            &[("text", Log::Text), ("json", Log::Json), ("off", Log::Off)],
        )
    }
}

impl Log {
    /// The line for a request that was answered at `time`, with its newline; none where nothing is
    /// logged.
    pub fn format(self, time: Timestamp, line: &Answered) -> Option<String> {
        let time = format!("{time:.3}");
        let client = line.client.to_string();
        // A target may be a URL with a login in it.
        let (method, path) = (printable(&line.method), printable(&redacted(&line.target)));
        let ms = (line.took.as_secs_f64() * 1e5).round() / 100.0;
        match self {
            Log::Off => None,
            Log::Text => Some(format!(
                "{time} {client} {method} {path} {} {} {ms}\n",
                line.status, line.body_bytes
            )),
            Log::Json => Some(format!(
                "{}\n",
                json!({"time": time, "client": client, "method": method, "path": path,
                       "status": line.status, "bytes": line.body_bytes, "ms": ms})
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line_a_request() {
        let time = Timestamp::UNIX_EPOCH;
        let line = Answered {
            client: ([127, 0, 0, 1], 4711).into(),
            method: "GET".into(),
            target: "/m/@v/list\x1b".into(),
            status: 200,
            body_bytes: 7,
            took: std::time::Duration::from_micros(1234),
            miss: None,
            tls: false,
        };
        assert_eq!(
            Log::Text.format(time, &line).as_deref(),
            Some("1970-01-01T00:00:00.000Z 127.0.0.1:4711 GET /m/@v/list\\x1b 200 7 1.23\n")
        );
        assert_eq!(
            Log::Json.format(time, &line).as_deref(),
            Some(
                "{\"bytes\":7,\"client\":\"127.0.0.1:4711\",\"method\":\"GET\",\"ms\":1.23,\"path\":\"/m/@v/list\\\\x1b\",\"status\":200,\"time\":\"1970-01-01T00:00:00.000Z\"}\n"
            )
        );
        assert_eq!(Log::Off.format(time, &line), None);
    }
}
