//! The bag's own log: a checksum database over all its modules, signed by whoever packs it.

use std::path::PathBuf;

use bag::packing::Plan;
use bag::plain;
use sumdb::capture::Expected;
use sumdb::key::SignerKey;
use sumdb::name::is_database_name;
use sumdb::own::{build_own_log, own_signer};

use crate::error::{Context, Error, Result};

/// How the log is signed and called.
#[derive(Debug, Default)]
pub struct OwnLogOptions {
    /// A file with the signer key, `PRIVATE+KEY+name+hash+key`; without it a key is made and
    /// thrown away.
    pub key: Option<PathBuf>,
    /// The log's name; without it, and without a key that has one, the name is derived from the
    /// content.
    pub name: Option<String>,
}

/// Databases that clients know by name; what they stand for is not for others to sign.
const PUBLIC: [&str; 2] = ["sum.golang.org", "sum.golang.google.cn"];

/// Whether a log of one's own can have this name.
///
/// # Errors
/// It is none of a database, or the name of one that clients know; with the remedy.
pub fn check_name(name: &str) -> std::result::Result<(), String> {
    if !is_database_name(name) {
        return Err(format!(
            "{name:?} is no name of a checksum database; write host or host/path, such as corp.example/go"
        ));
    }
    match PUBLIC.contains(&name) {
        true => Err(format!("{name} is another database; choose another name")),
        false => Ok(()),
    }
}

/// The longest file with a key that is read, in bytes.
const MAX_KEY_BYTES: u64 = 64 << 10;

/// Signs a log over everything in `plan` and adds it.
///
/// # Errors
/// The key cannot be read, or there is nothing to sign.
pub fn add(plan: &mut Plan, options: &OwnLogOptions) -> Result<()> {
    let mut records = plan.expected();
    records.sort();
    let signer = signer(options, &records)?;
    let name = signer.verifier().name().to_string();
    if PUBLIC.contains(&name.as_str()) || plan.manifest().databases.iter().any(|d| d.name == name) {
        let text = format!(
            "the own log cannot be called {name}, which is another database; choose --own-log-name"
        );
        return Err(Error::new(text));
    }
    let database = build_own_log(&signer, &records).context("the bag's own log")?;
    sumdb::self_test::self_test(&database).context("the bag's own log")?;
    plan.add_database(&database, true)
        .map_err(|f| Error::new(&f[0]))?;
    plan.note(format!("own log: GOSUMDB={}", database.key));
    Ok(())
}

fn signer(options: &OwnLogOptions, records: &[Expected]) -> Result<SignerKey> {
    if let Some(file) = &options.key {
        let text = plain::read_up_to(file, MAX_KEY_BYTES).context(file.display())?;
        let text = String::from_utf8(text).context(file.display())?;
        return text.trim().parse().context(file.display());
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("no random numbers for a key")?;
    match &options.name {
        Some(name) => SignerKey::from_seed(name, seed).context(format!("--own-log-name {name:?}")),
        None => own_signer(records, seed).context("the bag's own log"),
    }
}
