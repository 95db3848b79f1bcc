//! What a bag holds, as papers for others, and as pure functions of the bag: under which licences its modules are, and
//! bills of materials. The same bag gives the same bytes.

pub mod licensed;
mod purl;
mod facts;
mod cyclonedx;
mod spdx;

use bag::{ArchiveError, Bag};

/// The format of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX 1.6 as JSON (<https://cyclonedx.org/docs/1.6/json/>).
    CycloneDx,
    /// SPDX 2.3 as JSON (<https://spdx.github.io/spdx-spec/v2.3/>).
    Spdx,
}

/// The bill of materials of a bag.
///
/// # Errors
/// The bag is damaged.
pub fn sbom(bag: &Bag<'_>, format: Format) -> Result<String, ArchiveError> {
    let facts = facts::of(bag)?;
    let bill = match format {
        Format::CycloneDx => cyclonedx::bill(&facts),
        Format::Spdx => spdx::bill(&facts),
    };
    Ok(format!("{bill:#}\n"))
}
