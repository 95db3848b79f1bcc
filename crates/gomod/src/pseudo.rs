//! Pseudo-versions: names of commits that carry no tag.
//!
//! Three forms, each ending in the commit's time (UTC, `yyyymmddhhmmss`) and the first twelve
//! digits of its hash:
//!
//! - `vX.0.0-TIME-REV`: no earlier tag;
//! - `vX.Y.Z-0.TIME-REV`: after the tag `vX.Y.(Z-1)`;
//! - `vX.Y.Z-PRE.0.TIME-REV`: after the tag `vX.Y.Z-PRE`.
//!
//! Any of them may end in `+incompatible`. Specification: <https://go.dev/ref/mod#pseudo-versions>.

use crate::{semver, time};

/// A pseudo-version, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PseudoVersion {
    /// The commit's time: fourteen digits, not necessarily a date.
    pub time: String,
    /// The commit: usually twelve hexadecimal digits, in any case letters and digits only.
    pub rev: String,
}

/// Whether `v` has one of the three forms. The fourteen digits need not be a date.
pub(crate) fn is_pseudo_version(v: &str) -> bool {
    split(v).is_some()
}

impl PseudoVersion {
    /// Takes `v` apart; none if it is no pseudo-version.
    pub fn parse(v: &str) -> Option<PseudoVersion> {
        let (time, rev) = split(v)?;
        Some(PseudoVersion {
            time: time.to_owned(),
            rev: rev.to_owned(),
        })
    }

    /// The time as `2006-01-02T15:04:05Z`; none if the digits are no date.
    pub(crate) fn time_rfc3339(&self) -> Option<String> {
        let t = &self.time;
        let part = |range| t.get(range);
        let text = format!(
            "{}-{}-{}T{}:{}:{}Z",
            part(0..4)?,
            part(4..6)?,
            part(6..8)?,
            part(8..10)?,
            part(10..12)?,
            part(12..14)?
        );
        time::is_rfc3339(&text).then_some(text)
    }
}

/// The time and the revision.
fn split(v: &str) -> Option<(&str, &str)> {
    let build = semver::build(v)?;
    let (front, rev) = v.strip_suffix(build)?.rsplit_once('-')?;
    let (head, time) = front.split_at_checked(front.len().checked_sub(14)?)?;
    let digits = time.bytes().all(|b| b.is_ascii_digit());
    let alphanumeric = !rev.is_empty() && rev.bytes().all(|b| b.is_ascii_alphanumeric());
    let (numbers, pre) = head.split_once('-')?;
    let form = if pre.is_empty() {
        numbers.ends_with(".0.0")
    } else {
        pre == "0." || pre.ends_with(".0.")
    };
    (digits && alphanumeric && form).then_some((time, rev))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_form_apart() {
        for (v, rfc) in [
            (
                "v0.0.0-20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v0.0.0-00010101000000-daa7c04131f5",
                Some("0001-01-01T00:00:00Z"),
            ),
            (
                "v3.0.0-20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.4-0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.10-0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.100-0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.0-0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.3-pre.0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v1.2.3-a-b.0.20191109021931-daa7c04131f5",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v2.0.1-0.20191109021931-daa7c04131f5+incompatible",
                Some("2019-11-09T02:19:31Z"),
            ),
            (
                "v2.0.0-20191109021931-daa7c04131f5+incompatible",
                Some("2019-11-09T02:19:31Z"),
            ),
            ("v0.0.0-20191399021931-daa7c04131f5", None),
        ] {
            let parsed = PseudoVersion::parse(v).unwrap();
            assert_eq!(parsed.rev, "daa7c04131f5", "{v}");
            assert_eq!(parsed.time_rfc3339().as_deref(), rfc, "{v}");
        }
    }

    #[test]
    fn refuses_what_only_looks_like_one() {
        for v in [
            "v1.2.3",
            "v1.2.3-pre",
            "v1.2.3-20191109021931-daa7c04131f5",
            "v0.1.0-20191109021931-daa7c04131f5",
            "v0.0.0-2019110902193-daa7c04131f5",
            "v0.0.0-120191109021931-daa7c04131f5",
            "v0.0.0-20191109021931",
            "v0.0.0-20191109021931-",
            "v0.0.0-20191109021931-daa7.c04131f5",
            "v1.2.3-pre0.20191109021931-daa7c04131f5",
            "v0.0-20191109021931-daa7c04131f5",
            "v0.0.1-go1.24.0.linux-amd64",
            "",
        ] {
            assert!(!is_pseudo_version(v), "{v}");
        }
    }
}
