//! The manifests for Kubernetes, by its own schemas, and the settings of Prometheus, by its own checker.

use std::process::Command;

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

#[test]
fn prometheus_takes_its_settings() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("prometheus.yml");
    std::fs::write(&file, paper::block(PAPER, "yaml", "scrape_configs")).unwrap();
    let mut promtool = Command::new("promtool");
    let output = promtool.args(["check", "config", text(&file)]).output();
    let output = output.expect("this test needs promtool: apt-get install prometheus");
    assert!(output.status.success(), "{output:?}");
}
