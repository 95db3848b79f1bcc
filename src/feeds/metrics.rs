//! Metrics as text, version 0.0.4:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//!
//! Written here: the package that those of Prometheus made writes OpenMetrics, and keeps families and
//! labels behind locks, where a server needs a handful of numbers.

use std::fmt::Write as _;

use bag::manifest::About;

use super::counters::{Counters, STATUSES, TIMES};
use super::kind::KINDS;

/// What is counted, and what is known of the bag, as text. Of requests there is a line for each kind
/// and status that came up, so that none has a name that a client chose.
pub fn text(counters: &Counters, about: &About) -> String {
    let mut text = Text(String::with_capacity(8 << 10));
    let version = env!("CARGO_PKG_VERSION");
    text.family("gobag_info", "gauge", "Which gobag this is; always 1.");
    text.sample("gobag_info", &format!("{{version=\"{version}\"}}"), 1.0);
    let began = counters.began_seconds();
    let name = "process_start_time_seconds";
    text.family(name, "gauge", "When this server started, since 1970.");
    text.sample(name, "", began);
    for (name, help, number) in [
        (
            "gobag_bag_modules",
            "Modules that can be downloaded.",
            about.modules as u64,
        ),
        (
            "gobag_bag_versions",
            "Versions that can be downloaded.",
            about.versions as u64,
        ),
        (
            "gobag_bag_bytes",
            "Bytes that the bag holds of their zips.",
            about.bytes,
        ),
        (
            "gobag_connections",
            "Clients that are connected now.",
            counters.connections.get(),
        ),
        (
            "gobag_connections_max",
            "The most clients that may be connected at once.",
            counters.most_connections.get(),
        ),
    ] {
        text.family(name, "gauge", help);
        text.sample(name, "", number as f64);
    }
    for (name, help, number) in [
        (
            "gobag_connections_turned_away_total",
            "Clients that were turned away as all connections were taken.",
            &counters.turned_away,
        ),
        (
            "gobag_connections_gave_way_total",
            "Connections that were ended to give way to another.",
            &counters.gave_way,
        ),
        (
            "gobag_log_lines_dropped_total",
            "Lines of the log that were dropped.",
            &counters.dropped_lines,
        ),
        (
            "gobag_sent_bytes_total",
            "Bytes of bodies that were sent.",
            &counters.sent_bytes,
        ),
    ] {
        text.family(name, "counter", help);
        text.sample(name, "", number.get() as f64);
    }
    let name = "gobag_refusals_total";
    let help = "Requests by those who may not read (guard), and what is no request here (head).";
    text.family(name, "counter", help);
    for (by, number) in [
        ("guard", &counters.refused_by_guard),
        ("head", &counters.refused_by_head),
    ] {
        text.sample(name, &format!("{{by=\"{by}\"}}"), number.get() as f64);
    }
    requests(&mut text, counters);
    times(&mut text, counters);
    text.0
}

fn requests(text: &mut Text, counters: &Counters) {
    let name = "gobag_requests_total";
    text.family(name, "counter", "Requests that were answered.");
    for ((_, kind), row) in KINDS.iter().zip(&counters.requests) {
        for (status, number) in STATUSES.iter().zip(row) {
            let labels = format!("{{kind=\"{kind}\",status=\"{status}\"}}");
            match number.get() {
                0 => {}
                number => text.sample(name, &labels, number as f64),
            }
        }
    }
}

fn times(text: &mut Text, counters: &Counters) {
    let name = "gobag_request_duration_seconds";
    let help = "How long answers took, from the request to the last byte that was sent.";
    text.family(name, "histogram", help);
    let mut all = 0;
    for (most, number) in TIMES.iter().zip(&counters.took) {
        all += number.get();
        let labels = format!("{{le=\"{}\"}}", *most as f64 / 1e6);
        text.sample(&format!("{name}_bucket"), &labels, all as f64);
    }
    // What is counted meanwhile is in the next text.
    all += counters.took[TIMES.len()].get();
    text.sample(&format!("{name}_bucket"), "{le=\"+Inf\"}", all as f64);
    let sum = counters.took_nanos.get() as f64 / 1e9;
    text.sample(&format!("{name}_sum"), "", sum);
    text.sample(&format!("{name}_count"), "", all as f64);
}

/// The text, as it grows.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &str, number: f64) {
        let _ = writeln!(self.0, "{name}{labels} {number}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let counters = Counters::default();
        for (name, status, bytes, micros) in [
            (Some("m/@v/list"), 200, 10, 60),
            (Some("m/@v/list"), 200, 10, 60),
            (Some("m/@v/v1.0.0.zip"), 206, 1 << 53, 40_000_000),
            (None, 599, 1, 0),
        ] {
            counters.answered(name, status, bytes, Duration::from_micros(micros));
        }
        counters.refused_by_head.add(3);
        counters.connections.add(2);
        counters.connections.take(1);
        let about = About {
            modules: 7,
            ..About::default()
        };
        let text = text(&counters, &about);
        for line in [
            "gobag_requests_total{kind=\"list\",status=\"200\"} 2",
            "gobag_requests_total{kind=\"zip\",status=\"206\"} 1",
            "gobag_requests_total{kind=\"other\",status=\"0\"} 1",
            "gobag_sent_bytes_total 9007199254741012",
            "gobag_request_duration_seconds_bucket{le=\"0.00005\"} 1",
            "gobag_request_duration_seconds_bucket{le=\"0.0001\"} 3",
            "gobag_request_duration_seconds_bucket{le=\"30\"} 3",
            "gobag_request_duration_seconds_bucket{le=\"+Inf\"} 4",
            "gobag_request_duration_seconds_sum 40.00012",
            "gobag_request_duration_seconds_count 4",
            "gobag_refusals_total{by=\"head\"} 3",
            "gobag_refusals_total{by=\"guard\"} 0",
            "gobag_connections 1",
            "gobag_bag_modules 7",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}: {text}");
        }
        let requests = text
            .lines()
            .filter(|line| line.starts_with("gobag_requests"));
        assert_eq!(requests.count(), 3);
        assert!(text.ends_with('\n'));
    }
}
