//! SPDX 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>).

use serde_json::{Value, json};

use super::facts::{Facts, Module};

/// What is said where nothing is.
const NOTHING: &str = "NOASSERTION";

/// The document.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// The bag itself.
const BAG: &str = "SPDXRef-bag";

/// The bill of materials.
pub fn bill(facts: &Facts) -> Value {
    let uuid = facts.uuid();
    let mut packages = vec![bag(facts)];
    packages.extend(
        facts
            .modules
            .iter()
            .enumerate()
            .map(|(place, module)| package(place, module)),
    );
    let relationship = |from: &str, how: &str, to: &str| json!({"spdxElementId": from, "relationshipType": how, "relatedSpdxElement": to});
    let mut relationships = vec![relationship(DOCUMENT, "DESCRIBES", BAG)];
    let roots = facts.roots.iter();
    relationships.extend(roots.map(|of| relationship(BAG, "DEPENDS_ON", &id(*of))));
    for (place, module) in facts.modules.iter().enumerate() {
        relationships.push(relationship(BAG, "CONTAINS", &id(place)));
        let requires = module.requires.iter();
        relationships.extend(requires.map(|of| relationship(&id(place), "DEPENDS_ON", &id(*of))));
    }
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": format!("gobag-{uuid}"),
        "documentNamespace": format!("https://spdx.org/spdxdocs/gobag-{uuid}"),
        "creationInfo": {
            "created": facts.time,
            "creators": [concat!("Tool: gobag-", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relationships,
    })
}

/// What the module at this place is called.
fn id(place: usize) -> String {
    format!("SPDXRef-module-{place}")
}

fn bag(facts: &Facts) -> Value {
    let proved = facts
        .proof
        .iter()
        .map(|proof| format!("proved by {}: {}", proof.go, proof.commands.join("; ")));
    let proved = proved.collect::<Vec<_>>().join("");
    json!({
        "SPDXID": BAG,
        "name": facts.name(),
        "downloadLocation": NOTHING,
        "filesAnalyzed": false,
        "licenseConcluded": NOTHING,
        "licenseDeclared": NOTHING,
        "copyrightText": NOTHING,
        "comment": if proved.is_empty() { "nothing was proved of it".to_string() } else { proved },
    })
}

fn package(place: usize, module: &Module) -> Value {
    let checksums = module.sha256.iter();
    let checksums = checksums.map(|sha256| json!({"algorithm": "SHA256", "checksumValue": sha256}));
    // Whether one of several may be chosen is not known: that all of them hold asks for no less.
    let declared = match module.is_licensed {
        true => module.licenses.join(" AND "),
        false => NOTHING.to_string(),
    };
    let mut package = json!({
        "SPDXID": id(place),
        "name": module.path,
        "versionInfo": module.version,
        "downloadLocation": NOTHING,
        "filesAnalyzed": false,
        "checksums": checksums.collect::<Vec<_>>(),
        "licenseConcluded": NOTHING,
        "licenseDeclared": declared,
        "copyrightText": NOTHING,
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": module.purl,
        }],
    });
    if let Some(h1) = &module.h1 {
        package["comment"] = json!(h1);
    }
    package
}
