//! The manifests for Kubernetes, by its own schemas.

use super::{PAPER, python_program};
use crate::support::bag::text;
use crate::support::paper;

#[test]
fn the_manifests_are_valid() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gobag.yaml");
    let manifests = paper::block(PAPER, "yaml", "kind: Deployment");
    let validate = |text_of: &str| {
        std::fs::write(&file, text_of).unwrap();
        let mut command = python_program("kubernetes-validate", "kubernetes-validate");
        command.args(["--strict", text(&file)]).output().unwrap()
    };
    let output = validate(&manifests);
    let said = format!("{output:?}");
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches(" passed for resource ").count(), 4, "{said}");
    // It is one that looks.
    let broken = validate(&manifests.replace("readOnlyRootFilesystem", "readOnlyRoot"));
    assert!(!broken.status.success(), "{broken:?}");
}
