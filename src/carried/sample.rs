//! Manifests for tests, told in lines.

use bag::manifest::{HeldDatabase, HeldModule, HeldVersion, Manifest};

/// A line a version, `path version zip` with `-` for no zip, in the order of a manifest; every
/// `.mod` has the hash `h1:m`.
pub fn bag(lines: &[&str]) -> Manifest {
    let mut manifest = Manifest::default();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let version = HeldVersion {
            version: words[1].into(),
            zip: (words[2] != "-").then(|| words[2].into()),
            go_mod: Some("h1:m".into()),
            ..HeldVersion::default()
        };
        match manifest.modules.last_mut().filter(|m| m.path == words[0]) {
            Some(module) => module.versions.push(version),
            None => manifest.modules.push(HeldModule {
                path: words[0].into(),
                versions: vec![version],
            }),
        }
    }
    manifest
}

/// The same with a checksum database that has no record of the versions `unrecorded`.
pub fn recorded(lines: &[&str], database: &str, unrecorded: &[&str]) -> Manifest {
    let database = HeldDatabase {
        name: database.into(),
        unrecorded: unrecorded.iter().map(|u| u.to_string()).collect(),
        ..HeldDatabase::default()
    };
    Manifest {
        databases: vec![database],
        ..bag(lines)
    }
}
