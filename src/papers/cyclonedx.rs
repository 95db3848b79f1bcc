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
    let mut dependencies = vec![json!({"ref": BAG, "dependsOn": names(&facts.roots)})];
    dependencies.extend(
        facts
            .modules
            .iter()
            .map(|module| json!({"ref": module.name(), "dependsOn": names(&module.requires)})),
    );
    let property = |name: &str, value: &str| json!({"name": name, "value": value});
    let ids = facts.ids.iter().map(|id| property("gobag:sums", id));
    let mut properties: Vec<Value> = ids.collect();
    let projects = facts.projects.iter();
    properties.extend(projects.map(|path| property("gobag:project", path)));
    if let Some(proof) = &facts.proof {
        properties.push(property("gobag:proved:go", &proof.go));
        let commands = proof.commands.iter();
        properties.extend(commands.map(|line| property("gobag:proved", line)));
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
            "component": {"type": "file", "bom-ref": BAG, "name": facts.name(), "properties": properties},
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
