//! The settings that a go command needs to use a bag, and no more than those.

use std::collections::BTreeSet;

use bag::record::{DatabaseRecord, Record};

/// The public checksum database whose proofs a bag carries.
pub fn public_database(record: &Record) -> Option<&DatabaseRecord> {
    let mut public = record.databases.iter().filter(|d| !d.own);
    public
        .clone()
        .find(|d| d.name == "sum.golang.org")
        .or_else(|| public.next())
}

/// The value of GONOSUMDB for modules of the bag that have no record in its public checksum
/// database; none where every module has one.
///
/// It names those modules alone, so that everything else is verified as always. Without any
/// database it is `*`.
pub fn no_sum_db(record: &Record) -> Option<String> {
    let Some(database) = public_database(record) else {
        return (!record.modules.is_empty()).then(|| "*".to_string());
    };
    let modules: BTreeSet<&str> = database
        .unrecorded
        .iter()
        .filter_map(|m| Some(m.rsplit_once('@')?.0))
        .collect();
    let named: Vec<&str> = modules
        .iter()
        .filter(|path| !modules.iter().any(|other| is_below(path, other)))
        .copied()
        .collect();
    (!named.is_empty()).then(|| named.join(","))
}

/// True when a pattern that is `folder` matches `path` as well.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(unrecorded: &[&str]) -> Record {
        let database = DatabaseRecord {
            name: "sum.golang.org".into(),
            unrecorded: unrecorded.iter().map(|m| m.to_string()).collect(),
            ..DatabaseRecord::default()
        };
        Record {
            modules: vec![Default::default()],
            databases: vec![database],
            ..Record::default()
        }
    }

    #[test]
    fn names_only_modules_without_a_record() {
        assert_eq!(no_sum_db(&record(&[])), None);
        let some = [
            "corp.example/a@v1.0.0",
            "corp.example/a@v1.1.0",
            "corp.example/a/v2@v2.0.0",
            "corp.example/ab@v1.0.0",
        ];
        assert_eq!(
            no_sum_db(&record(&some)).as_deref(),
            Some("corp.example/a,corp.example/ab")
        );
    }

    #[test]
    fn without_a_database_nothing_can_be_verified() {
        let record = Record {
            modules: vec![Default::default()],
            ..Record::default()
        };
        assert_eq!(no_sum_db(&record).as_deref(), Some("*"));
        assert_eq!(no_sum_db(&Record::default()), None);
    }
}
