//! CycloneDX 1.6 (<https://cyclonedx.org/docs/1.6/json/>).

use serde_json::{Value, json};

use super::facts::{Facts, Module};
use super::licensed::UNKNOWN;

/// What the bag is called in it.
const BAG: &str = "bag";

/// The bill of materials.
pub fn bill(facts: &Facts) -> Value {
    let components: Vec<Value> = facts.modules.iter().map(component).collect();
    let names = |places: &[usize]| -> Vec<String> {
        let mut names: Vec<String> = places
            .iter()
            .map(|place| facts.modules[*place].name())
            .collect();
        names.sort();
        names
    };
    let first = facts
        .modules
        .iter()
        .filter(|module| module.is_first)
        .map(Module::name);
    let mut first: Vec<String> = first.collect();
    first.sort();
    let mut dependencies = vec![json!({"ref": BAG, "dependsOn": first})];
    dependencies.extend(
        facts
            .modules
            .iter()
            .map(|module| json!({"ref": module.name(), "dependsOn": names(&module.requires)})),
    );
    let mut properties = vec![json!({"name": "gobag:sums", "value": facts.id})];
    if let Some(proof) = &facts.proof {
        properties.push(json!({"name": "gobag:proved:go", "value": proof.go}));
        let commands = proof.commands.iter();
        properties.extend(commands.map(|line| json!({"name": "gobag:proved", "value": line})));
    }
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", facts.uuid()),
        "version": 1,
        "metadata": {
            "timestamp": facts.time,
            "tools": {"components": [
                {"type": "application", "name": "gobag", "version": env!("CARGO_PKG_VERSION")},
            ]},
            "component": {"type": "file", "bom-ref": BAG, "name": "gobag bag", "properties": properties},
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(module: &Module) -> Value {
    let mut licenses: Vec<Value> = Vec::new();
    licenses.extend(
        module
            .licenses
            .iter()
            .map(|id| json!({"license": {"id": id}})),
    );
    if !module.is_licensed {
        licenses.push(json!({"license": {"name": UNKNOWN}}));
    }
    let hashes = module
        .sha256
        .iter()
        .map(|sha256| json!({"alg": "SHA-256", "content": sha256}));
    let properties = module
        .h1
        .iter()
        .map(|h1| json!({"name": "gobag:h1", "value": h1}));
    json!({
        "type": if module.is_toolchain { "application" } else { "library" },
        "bom-ref": module.name(),
        "name": module.path,
        "version": module.version,
        "purl": module.purl,
        "hashes": hashes.collect::<Vec<_>>(),
        "licenses": licenses,
        "properties": properties.collect::<Vec<_>>(),
    })
}
