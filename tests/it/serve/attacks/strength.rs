//! How hard the attacks are, and which of them are run: the one place that reads `GOBAG_ATTACKS`.

/// The variable of `tests/attacks`: `short` or `long`, and parts of the names of those to run.
const VARIABLE: &str = "GOBAG_ATTACKS";

/// How many clients come and how long they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// All attacks within the time of an ordinary test, beside other tests.
    Short,
    /// Ten times what the server allows, for longer than any of its time limits; alone on the machine.
    Long,
}

impl Strength {
    /// What an attack has at this strength.
    pub fn of<T>(self, short: T, long: T) -> T {
        match self {
            Strength::Short => short,
            Strength::Long => long,
        }
    }
}

/// What was asked for: the strength, and parts of the names of the attacks to run (none for all).
pub fn asked() -> (Strength, Vec<String>) {
    let text = std::env::var(VARIABLE).unwrap_or_default();
    let mut words = text.split_whitespace().map(str::to_owned);
    let strength = match words.next().as_deref() {
        None | Some("short") => Strength::Short,
        Some("long") => Strength::Long,
        Some(other) => panic!("{VARIABLE} begins with short or long, and not with {other}"),
    };
    (strength, words.collect())
}
