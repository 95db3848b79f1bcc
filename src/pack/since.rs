//! A bag with only what an older one lacks, for the next carry.
//!
//! It stands in front: `GOPROXY=http://new,http://old`. What the new one answers with 404 go
//! asks of the old one. Lists, latest versions and all checksum data stay whole, since go
//! takes each of them from the first proxy that answers.

use std::collections::BTreeSet;

use bag::file::BagFile;
use bag::packing::Plan;
use gomod::module;

/// Leaves out of `plan` what `old` has in full.
pub fn leave_out(plan: &mut Plan, old: &BagFile) {
    let had: BTreeSet<(&str, &str)> = old
        .manifest()
        .modules
        .iter()
        .flat_map(|m| {
            m.versions
                .iter()
                .filter(|v| v.is_complete())
                .map(|v| (m.path.as_str(), v.version.as_str()))
        })
        .collect();
    for m in &mut plan.manifest.modules {
        let (Ok(at), path) = (module::escape_path(&m.path), m.path.clone()) else {
            continue;
        };
        m.versions.retain(|v| {
            let known = had.contains(&(path.as_str(), v.version.as_str()));
            if let (true, Ok(version)) = (known, module::escape_version(&v.version)) {
                for end in ["info", "mod", "zip"] {
                    plan.entries.remove(&format!("{at}/@v/{version}.{end}"));
                }
            }
            !known
        });
        if !m.versions.iter().any(|v| v.is_complete()) {
            plan.entries.remove(&format!("{at}/@v/list"));
            plan.entries.remove(&format!("{at}/@latest"));
        }
    }
    plan.manifest.modules.retain(|m| !m.versions.is_empty());
}
