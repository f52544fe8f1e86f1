//! The buildspec, run phase by phase as CodeBuild does.

use std::process::{Command, Output};

use super::System;
use crate::support::rig::STATE_BUCKET;
use crate::support::{self, Wheel};

/// Of a system with one changed lambda, the first build deploys that one, and the second nothing.
pub(super) fn it_deploys_once(system: &System) {
    let before = uploads(system);

    let first = build(system);

    assert!(
        first.contains("Apply complete! Resources: 0 added, 1 changed, 0 destroyed."),
        "{first}"
    );
    assert_eq!(uploads(system)[before.len()..], ["dofs-dev-validator"]);
    assert_eq!(system.deployed(), system.manifest());

    let before = uploads(system);

    let second = build(system);

    assert!(second.contains("\nNothing is to be applied.\n"), "{second}");
    assert!(!second.contains("Apply complete!"), "{second}");
    assert_eq!(uploads(system), before);
}

/// The functions that were given code after they were made, in the order of the requests.
fn uploads(system: &System) -> Vec<String> {
    let requests = system.rig.requests();
    let function = |request: &String| {
        let path = request.strip_prefix("PUT /2015-03-31/functions/")?;
        path.strip_suffix("/code").map(str::to_owned)
    };
    requests.iter().filter_map(function).collect()
}

/// Runs the buildspec, and returns what it said.
fn build(system: &System) -> String {
    // CodeBuild's Python is the build's alone, to install into.
    let python = system.rig.folder("python3.12");
    if !python.exists() {
        let mut venv = Command::new(support::python("3.12"));
        support::output(venv.args(["-m", "venv"]).arg(&python));
    }
    let mut codebuild = system.rig.emulator("codebuild.py");
    codebuild.arg(system.project.root()).arg(python.join("bin"));
    codebuild.env("ENVIRONMENT", "dev").env("STATE_BUCKET", STATE_BUCKET);
    codebuild.env("PACKAGER_WHEEL", wheel(system)).env("PIP_NO_INDEX", "1");
    // The store of earlier builds, as `cache` brings it back.
    codebuild.env("DOFS_PACKAGE_CACHE_DIR", system.project.store());
    let Output { status, stdout, stderr } = codebuild.output().expect("it can be started");
    let (said, also) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{said}{also}");
    said.into_owned()
}

/// A wheel as a release has it, but that the program in it only leads to the one under test.
fn wheel(system: &System) -> std::path::PathBuf {
    let program = env!("CARGO_BIN_EXE_cargo-dofs-package");
    let script = format!("#!/bin/sh\nexec '{program}' \"$@\"\n");
    let path = "cargo_dofs_package-0.1.0.data/scripts/cargo-dofs-package";
    let wheel = Wheel::bare("cargo-dofs-package", "0.1.0").file_with_mode(path, script, 0o100_755);
    system.project.publish(&wheel)
}
