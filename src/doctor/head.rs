//! Rules for the heads of a checksum database that go knows on this host: can go get from there
//! to the bag's?

use super::finding::Finding;
use super::host::Host;
use crate::client::heads::{self, Astray};
use crate::terminal::quoted::quoted;

/// Tells of what go knows of the database with this name. With `gobag exec` go has checksum state
/// of its own, so that it matters to a go alone that asks a server with this bag.
///
/// - The same head, and an older one whose right edge the bag has, are fine.
/// - From a newer one no way leads back to the bag's: its tiles are not there.
/// - A file that is no head, or that the database did not sign, fails every lookup.
pub fn check(host: &Host, database: &str, astray: &Astray) -> Option<Finding> {
    let told = astray.told(database)?;
    let folders = [
        heads::folder(&host.env, database),
        heads::cached(&host.env, database),
    ];
    let [known, cached] = folders.map(|folder| quoted(&folder.display().to_string()));
    let what = format!("{told}: lookups fail, but not those of gobag exec");
    Some(Finding::warning(what, format!("rm -rf {known} {cached}")))
}

#[cfg(test)]
mod tests {
    use super::super::host::tests::host;
    use super::*;
    use crate::client::heads::Apart;

    #[test]
    fn what_leads_nowhere_is_named_with_its_folders() {
        let host = host(&[("GOPATH", "/home/go:/x"), ("GOMODCACHE", "/my mod")]);
        let apart = || {
            Some(Apart::Newer {
                known: 2,
                served: 1,
            })
        };
        let end = "a head with 2 records, and this bag has an older one with 1: lookups fail, but not those of gobag exec; rm -rf /home/go/pkg/sumdb/sum.example '/my mod/cache/download/sumdb/sum.example'";
        for (latest, cached, want) in [
            (None, None, None),
            (apart(), apart(), Some("go knows")),
            (None, apart(), Some("a record in the module cache has")),
        ] {
            let found = check(&host, "sum.example", &Astray { latest, cached });
            let want = want.map(|want| format!("warning: sum.example: {want} {end}"));
            assert_eq!(found.map(|f| f.to_string()), want);
        }
    }
}
