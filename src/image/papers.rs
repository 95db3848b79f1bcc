//! The JSON of an image: its configuration and manifest, and the two lists by which tools find those.
//!
//! Source: [OCI image specification 1.1](https://github.com/opencontainers/image-spec/blob/v1.1.0/spec.md);
//! for `docker load` the
//! [archive of Docker](https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format).

use bag::digest::{hex, sha256};
use serde_json::{Value, json};

use super::reference::Reference;

/// Where the program lies in the image.
pub const PROGRAM: &str = "gobag";

/// User and group that the program runs as: nobody's, and no root.
const USER: &str = "65532:65532";

/// Where it listens, for every host that reaches the container.
const PORT: u16 = 8080;

/// What an image is made of.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What it is called, where it has a name.
    pub name: Option<&'a Reference>,
    /// The machine of the program, as Go names it.
    pub arch: &'a str,
    /// The SHA-256 of the bag's archive, in hex.
    pub archive_sha256: &'a str,
    /// How many modules can be downloaded.
    pub modules: usize,
    /// How many versions of them.
    pub versions: usize,
    /// The SHA-256 of the one layer, in hex. It is not compressed, so that it is that of the file as
    /// well.
    pub layer_sha256: &'a str,
    /// The length of the layer in bytes.
    pub layer_bytes: u64,
}

/// A file of the layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its path.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The files of a layout but for the layer, in the order in which they are written, and the digest
/// of the manifest, by which an image is known: 64 hex digits.
pub fn papers(facts: &Facts<'_>) -> (Vec<Paper>, String) {
    let (config, config_sha256) = blob(&config(facts));
    let layer = json!({
        "mediaType": "application/vnd.oci.image.layer.v1.tar",
        "digest": format!("sha256:{}", facts.layer_sha256),
        "size": facts.layer_bytes,
    });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": format!("sha256:{config_sha256}"),
            "size": config.text.len(),
        },
        "layers": [layer],
        "annotations": labels(facts),
    });
    let (manifest, manifest_sha256) = blob(&manifest);
    let index = index(facts, &manifest, &manifest_sha256);
    let docker = json!([{
        "Config": config.name,
        "Layers": [blob_name(facts.layer_sha256)],
        "RepoTags": facts.name.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }]);
    let paper = |name: &str, value: Value| Paper {
        name: name.to_string(),
        text: value.to_string(),
    };
    let papers = vec![
        paper("oci-layout", json!({"imageLayoutVersion": "1.0.0"})),
        paper("index.json", index),
        paper("manifest.json", docker),
        manifest,
        config,
    ];
    (papers, manifest_sha256)
}

/// The path of a blob with this SHA-256, in hex.
pub fn blob_name(sha256: &str) -> String {
    format!("blobs/sha256/{sha256}")
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn blob(value: &Value) -> (Paper, String) {
    let text = value.to_string();
    let sha256 = hex(&sha256(text.as_bytes()));
    let name = blob_name(&sha256);
    (Paper { name, text }, sha256)
}

/// What a registry and a cluster tell of the image. Nothing here is of the day or the host on which
/// it was made.
fn labels(facts: &Facts<'_>) -> Value {
    json!({
        "gobag.archive_sha256": facts.archive_sha256,
        "gobag.modules": facts.modules.to_string(),
        "gobag.versions": facts.versions.to_string(),
        "org.opencontainers.image.title": "gobag",
    })
}

fn config(facts: &Facts<'_>) -> Value {
    json!({
        "architecture": facts.arch,
        "os": "linux",
        "config": {
            "User": USER,
            "Entrypoint": [format!("/{PROGRAM}")],
            "Cmd": ["serve", "--listen", format!(":{PORT}")],
            "ExposedPorts": {format!("{PORT}/tcp"): {}},
            "WorkingDir": "/",
            "Labels": labels(facts),
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [format!("sha256:{}", facts.layer_sha256)],
        },
    })
}

fn index(facts: &Facts<'_>, manifest: &Paper, sha256: &str) -> Value {
    let mut image = json!({
        "mediaType": MANIFEST,
        "digest": format!("sha256:{sha256}"),
        "size": manifest.text.len(),
        "platform": {"architecture": facts.arch, "os": "linux"},
    });
    if let Some(name) = facts.name {
        image["annotations"] = json!({"org.opencontainers.image.ref.name": name.to_string()});
    }
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [image],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: Option<&Reference>, arch: &str) -> (Vec<Paper>, String) {
        papers(&Facts {
            name,
            arch,
            archive_sha256: "aa",
            modules: 2,
            versions: 3,
            layer_sha256: "bb",
            layer_bytes: 4096,
        })
    }

    #[test]
    fn every_digest_and_length_is_that_of_the_file_it_names() {
        let name: Reference = "app:june".parse().unwrap();
        let (all, manifest) = made(Some(&name), "arm64");
        let read = |name: &str| {
            let paper = all.iter().find(|paper| paper.name == name).unwrap();
            serde_json::from_str::<Value>(&paper.text).unwrap()
        };
        let blob = |told: &Value| {
            let sha256 = told["digest"].as_str().unwrap().strip_prefix("sha256:");
            let name = blob_name(sha256.unwrap());
            let paper = all.iter().find(|paper| paper.name == name).unwrap();
            assert_eq!(told["size"], paper.text.len());
            assert_eq!(
                sha256,
                Some(&*hex(&bag::digest::sha256(paper.text.as_bytes())))
            );
            read(&name)
        };
        let index = &read("index.json")["manifests"][0];
        assert_eq!(index["digest"], format!("sha256:{manifest}"));
        assert_eq!(index["platform"]["architecture"], "arm64");
        let called = &index["annotations"]["org.opencontainers.image.ref.name"];
        assert_eq!(called, "app:june");
        let manifest = blob(index);
        let layer = &manifest["layers"][0];
        assert_eq!(
            (&layer["digest"], &layer["size"]),
            (&json!("sha256:bb"), &json!(4096))
        );
        let config = blob(&manifest["config"]);
        assert_eq!(config["rootfs"]["diff_ids"], json!(["sha256:bb"]));
        assert_eq!(config["architecture"], "arm64");
        assert_eq!(config["config"]["Labels"], manifest["annotations"]);
        let docker = &read("manifest.json")[0];
        assert_eq!(docker["Config"], all.last().unwrap().name);
        assert_eq!(docker["Layers"], json!(["blobs/sha256/bb"]));
        assert_eq!(docker["RepoTags"], json!(["app:june"]));
    }

    #[test]
    fn an_image_without_a_name_is_the_same_image() {
        let name: Reference = "app:june".parse().unwrap();
        let (named, plain) = (made(Some(&name), "amd64"), made(None, "amd64"));
        assert_eq!(named.1, plain.1);
        assert_eq!(named.0[3..], plain.0[3..]);
        assert!(!plain.0[1].text.contains("annotations"), "{plain:?}");
        assert!(plain.0[2].text.contains("\"RepoTags\":[]"), "{plain:?}");
    }
}
