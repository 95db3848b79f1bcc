//! The settings that a go command needs to use a bag, and no more than those.

use std::collections::BTreeSet;

use bag::Bag;
use bag::manifest::{About, HeldDatabase};
use gomod::module;

use super::goenv::GoEnv;
use crate::error::{Error, Result};
use crate::terminal::progress::warn;

/// The public checksum database whose proofs a bag carries.
pub fn public_database(databases: &[HeldDatabase]) -> Option<&HeldDatabase> {
    let mut public = databases.iter().filter(|d| !d.own);
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
pub fn no_sum_db(about: &About) -> Option<String> {
    let Some(database) = public_database(&about.databases) else {
        return (!about.is_empty).then(|| "*".to_string());
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

/// The settings for a server at `url` on this host, with its own go environment in mind; what
/// they cannot mend is said on stderr. With
/// `own_log` the bag's own log verifies everything.
///
/// # Errors
/// The own log is wanted, and the bag has none.
pub fn here(bag: &Bag<'_>, url: &str, own_log: bool) -> Result<Vec<(&'static str, String)>> {
    let log = wanted_log(&bag.about().databases, own_log)?;
    let env = GoEnv::of_this_host(None);
    env.no_modules().iter().for_each(|text| warn(text));
    Ok(client(bag, url, &env, log))
}

/// The bag's own log, where that is to verify everything.
///
/// # Errors
/// It is wanted, and the bag has none.
pub fn wanted_log(databases: &[HeldDatabase], wanted: bool) -> Result<Option<&HeldDatabase>> {
    let missing = || Error::new("this bag has no log of its own; pack it with --own-log");
    let log = wanted.then(|| own_log(databases).ok_or_else(missing));
    log.transpose()
}

/// The database that a go with these settings asks once it uses the bag; none if it asks none.
pub fn database<'a>(
    databases: &'a [HeldDatabase],
    own_log: bool,
    env: &GoEnv,
) -> Option<&'a HeldDatabase> {
    match own_log {
        true => self::own_log(databases),
        false => public_database(databases).filter(|_| env.get("GOSUMDB") != "off"),
    }
}

/// The settings of a client that uses a bag served at `url`, by name. With `own_log` everything
/// is verified by the bag's own log, which must be there.
///
/// `env` is what is set already. What is right stays: GONOPROXY is set only where the host's would
/// lead past the bag, GOSUMDB only where it names another database than the bag's, or a URL.
pub fn client(
    bag: &Bag<'_>,
    url: &str,
    env: &GoEnv,
    own_log: Option<&HeldDatabase>,
) -> Vec<(&'static str, String)> {
    let patterns = env.get("GONOPROXY");
    let bypassed = |path: &str| module::match_prefix_patterns(patterns, path);
    let bypassed = !patterns.is_empty() && bag.paths().any(bypassed);
    of(bag.about(), bypassed, url, env, own_log)
}

/// The same for what a bag says of itself; `bypassed` where GONOPROXY would lead past it.
pub fn of(
    about: &About,
    bypassed: bool,
    url: &str,
    env: &GoEnv,
    own_log: Option<&HeldDatabase>,
) -> Vec<(&'static str, String)> {
    let mut settings = vec![("GOPROXY", url.to_string())];
    if bypassed {
        settings.push(("GONOPROXY", "none".to_string()));
    }
    if let Some(log) = own_log {
        settings.push(("GOSUMDB", log.key.clone()));
        settings.push(("GONOSUMDB", "none".to_string()));
        return settings;
    }
    if let Some(modules) = no_sum_db(about) {
        settings.push(("GONOSUMDB", modules));
    }
    if let Some(database) = public_database(&about.databases) {
        let public = database.name == "sum.golang.org";
        let wanted = if public {
            &database.name
        } else {
            &database.key
        };
        let set = env.get("GOSUMDB");
        let right = set == "off" || set == wanted || (public && set.is_empty());
        if !right {
            settings.push(("GOSUMDB", wanted.clone()));
        }
    }
    settings
}

/// The own log of a bag.
pub fn own_log(databases: &[HeldDatabase]) -> Option<&HeldDatabase> {
    databases.iter().find(|d| d.own)
}

/// True when the pattern `folder` matches `path` too.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(unrecorded: &[&str]) -> About {
        let database = HeldDatabase {
            name: "sum.golang.org".into(),
            unrecorded: unrecorded.iter().map(|m| m.to_string()).collect(),
            ..HeldDatabase::default()
        };
        About {
            databases: vec![database],
            ..About::default()
        }
    }

    #[test]
    fn names_only_modules_without_a_record() {
        assert_eq!(no_sum_db(&about(&[])), None);
        let some = [
            "corp.example/a@v1.0.0",
            "corp.example/a@v1.1.0",
            "corp.example/a/v2@v2.0.0",
            "corp.example/ab@v1.0.0",
        ];
        assert_eq!(
            no_sum_db(&about(&some)).as_deref(),
            Some("corp.example/a,corp.example/ab")
        );
    }

    #[test]
    fn without_a_database_nothing_can_be_verified() {
        let of = |is_empty| About {
            is_empty,
            ..About::default()
        };
        assert_eq!(no_sum_db(&of(false)).as_deref(), Some("*"));
        assert_eq!(no_sum_db(&of(true)), None);
    }

    #[test]
    fn sets_no_more_than_is_needed() {
        let about = about(&["corp.example/a@v1.0.0"]);
        let settings = |pairs: &[(&str, &str)]| {
            let env = GoEnv::of(pairs);
            let bypassed = module::match_prefix_patterns(env.get("GONOPROXY"), "corp.example/a");
            of(&about, bypassed, "http://h", &env, None)
        };
        let always = [
            ("GOPROXY", "http://h".to_string()),
            ("GONOSUMDB", "corp.example/a".to_string()),
        ];
        assert_eq!(settings(&[]), always);
        assert_eq!(
            settings(&[
                ("GONOPROXY", "other.example"),
                ("GOSUMDB", "sum.golang.org")
            ]),
            always
        );
        let bypassing = settings(&[
            ("GONOPROXY", "corp.example"),
            ("GOSUMDB", "sum.golang.google.cn"),
        ]);
        assert_eq!(bypassing[1], ("GONOPROXY", "none".to_string()));
        assert_eq!(bypassing[3], ("GOSUMDB", "sum.golang.org".to_string()));
        let log = HeldDatabase {
            key: "bag.example+hash+key".into(),
            own: true,
            ..HeldDatabase::default()
        };
        let own = of(&about, false, "http://h", &GoEnv::default(), Some(&log));
        assert_eq!(
            own[1..],
            [
                ("GOSUMDB", log.key.clone()),
                ("GONOSUMDB", "none".to_string())
            ]
        );
    }
}
