//! The last look at a database before it is served: does the model of the `go` command believe it?

use thiserror::Error;

use crate::client::{Client, ClientError, ClientFiles};
use crate::database::Database;
use crate::head::SignedHead;

/// Why a database is not fit to be served.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("checksum database {name}: {path}@{version}, client {client}: {source}")]
pub struct SelfTestError {
    /// Name of the database.
    pub name: String,
    /// Module path that was looked up.
    pub path: String,
    /// Version that was looked up.
    pub version: String,
    /// What the client knew before.
    pub client: String,
    /// What it did not believe.
    pub source: Box<ClientError>,
}

/// Looks every record up as a client that knows nothing, and one as a client that knows nothing but
/// an older head, for each of them.
///
/// # Errors
/// With the first lookup that fails.
pub fn self_test(database: &Database) -> Result<(), SelfTestError> {
    let try_out = |path: &str, version: &str, latest: Option<&SignedHead>| {
        let mut files = ClientFiles {
            latest: latest.map(|head| head.note_bytes().to_vec()),
            ..ClientFiles::default()
        };
        let fail = |source| SelfTestError {
            name: database.name.clone(),
            path: path.to_owned(),
            version: version.to_owned(),
            client: latest.map_or("without a head".into(), |head| {
                format!("with tree#{}", head.head().size)
            }),
            source: Box::new(source),
        };
        let record = Client::new(&database.key, database, &mut files)
            .lookup(path, version)
            .map_err(fail)?;
        record
            .mod_line(path, version)
            .map(drop)
            .map_err(|error| fail(error.into()))
    };
    for (path, version) in database.records.keys() {
        try_out(path, version, None)?;
    }
    if let Some((path, version)) = database.records.keys().next() {
        for head in &database.older_heads {
            try_out(path, version, Some(head))?;
        }
    }
    Ok(())
}
