//! The settings that a go command needs to use a bag, and no more than those.

use std::collections::BTreeSet;

use bag::record::{DatabaseRecord, Record};
use gomod::module;

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

/// What is set on this host already.
#[derive(Debug, Default)]
pub struct Host<'a> {
    /// GONOPROXY, which is GOPRIVATE where it is not set itself.
    pub no_proxy: &'a str,
    /// GOSUMDB.
    pub sum_db: &'a str,
}

/// The settings of a client that uses a bag served at `url`, by name. With `own_log` everything
/// is verified by the bag's own log, which must be there.
///
/// Nothing is set that is right already: GONOPROXY only where the host's would lead past the
/// bag, GOSUMDB only where it names a database at a URL of its own or not the bag's.
pub fn client(
    record: &Record,
    url: &str,
    host: &Host<'_>,
    own_log: Option<&DatabaseRecord>,
) -> Vec<(&'static str, String)> {
    let mut settings = vec![("GOPROXY", url.to_string())];
    let bypassed = |path: &str| module::match_prefix_patterns(host.no_proxy, path);
    if record.modules.iter().any(|m| bypassed(&m.path)) {
        settings.push(("GONOPROXY", "none".to_string()));
    }
    if let Some(log) = own_log {
        settings.push(("GOSUMDB", log.key.clone()));
        settings.push(("GONOSUMDB", "none".to_string()));
        return settings;
    }
    if let Some(modules) = no_sum_db(record) {
        settings.push(("GONOSUMDB", modules));
    }
    if let Some(database) = public_database(record) {
        let public = database.name == "sum.golang.org";
        let wanted = if public {
            &database.name
        } else {
            &database.key
        };
        let right =
            host.sum_db == "off" || host.sum_db == wanted || (public && host.sum_db.is_empty());
        if !right {
            settings.push(("GOSUMDB", wanted.clone()));
        }
    }
    settings
}

/// The own log of a bag.
pub fn own_log(record: &Record) -> Option<&DatabaseRecord> {
    record.databases.iter().find(|d| d.own)
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

    #[test]
    fn sets_no_more_than_is_needed() {
        let mut record = record(&["corp.example/a@v1.0.0"]);
        record.modules[0].path = "corp.example/a".into();
        let settings = |host: Host<'_>| client(&record, "http://h", &host, None);
        let always = [
            ("GOPROXY", "http://h".to_string()),
            ("GONOSUMDB", "corp.example/a".to_string()),
        ];
        assert_eq!(settings(Host::default()), always);
        assert_eq!(
            settings(Host {
                no_proxy: "other.example",
                sum_db: "sum.golang.org"
            }),
            always
        );
        let bypassing = settings(Host {
            no_proxy: "corp.example",
            sum_db: "sum.golang.google.cn",
        });
        assert_eq!(bypassing[1], ("GONOPROXY", "none".to_string()));
        assert_eq!(bypassing[3], ("GOSUMDB", "sum.golang.org".to_string()));
        let log = DatabaseRecord {
            key: "bag.example+hash+key".into(),
            own: true,
            ..DatabaseRecord::default()
        };
        let own = client(&record, "http://h", &Host::default(), Some(&log));
        assert_eq!(
            own[1..],
            [
                ("GOSUMDB", log.key.clone()),
                ("GONOSUMDB", "none".to_string())
            ]
        );
    }
}
