//! Landlock: no file is opened, made, changed or executed by its name, and no TCP connection made
//! or listened for.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, RestrictSelfAttr,
    Ruleset, RulesetAttr, RulesetStatus, Scope,
};

use super::{Shut, Who};
use crate::error::{Error, Result};

/// The newest one of which it is known what it shuts; of an older kernel, what that has.
const NEWEST: ABI = ABI::V10;

/// Nothing is allowed of all that the kernel can forbid.
pub fn shut(who: Who) -> Result<Shut> {
    let shut = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.all_threads(who == Who::Process))
        .and_then(|rules| rules.restrict_self())
        .map_err(Error::new)?;
    match shut.landlock {
        LandlockStatus::Available { effective_abi, .. }
            if shut.ruleset != RulesetStatus::NotEnforced =>
        {
            Ok(Shut {
                by: format!("landlock {}", effective_abi as i32),
                files: true,
                programs: true,
                connections: effective_abi >= ABI::V4,
            })
        }
        LandlockStatus::NotEnabled => Err(Error::new("it is not enabled in this kernel")),
        _ => Err(Error::new("this kernel has none")),
    }
}
