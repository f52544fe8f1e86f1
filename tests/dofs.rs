//! The example project, for real: needs the package index.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::support::{self, Project};

/// The lambdas that require nothing.
const WITHOUT_REQUIREMENTS: [&str; 4] =
    ["dlq_processor", "fulfill_order", "order_storage", "validator"];

/// A lambda that requires this, and nothing else.
fn requiring(requirements: &str) -> Project {
    Project::with(&[
        ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
        ("lambdas/api/requirements.txt", requirements),
    ])
}

/// Names and versions of the wheels in the first package of an answer.
fn wheels(json: &serde_json::Value) -> BTreeMap<String, String> {
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    wheels.map(|wheel| (text(&wheel["name"]), text(&wheel["version"]))).collect()
}

#[test]
fn the_packages_without_requirements_have_these_digests() {
    let project = Project::from_fixture("dofs");
    let run = project.run(&[&["-q", "build"][..], &WITHOUT_REQUIREMENTS].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    // May change with the format number (how packages are written, or how files are deflated)
    // and with the files of the fixture. Anything else that changes them redeploys the lambdas
    // of everybody: it is a bug.
    expect_test::expect![[r#"
        dlq_processor	/Ghbdk8wCao1JH1ZZvzTtLeEgj0Alr97rUgCi040/+M=	lambdas/dlq_processor/dlq_processor.zip
        fulfill_order	T24mO+zTJ35XI+3CSywazMMV8GgX3jHAR040+4pKKjE=	lambdas/fulfill_order/fulfill_order.zip
        order_storage	9VTnA7Gb0AW3OH7VocesNwc9eheb9KYE/qt7bK8nGf0=	lambdas/order_storage/order_storage.zip
        validator	UGsIX2uA+zSb3afNwc4E5xeYp/STs4NiFGewJKF64mw=	lambdas/validator/validator.zip
    "#]].assert_eq(&run.stdout);
}

#[test]
fn the_committed_manifest_is_what_a_build_writes() {
    let project = Project::from_fixture("dofs");
    let committed = String::from_utf8(project.read("terraform/packages.json")).unwrap();
    // So that it has to be written, and not only left as it is.
    project.write("terraform/packages.json", committed.replace("\"size\": 1324", "\"size\": 9"));

    let run = project.run(&[&["-q", "build"][..], &WITHOUT_REQUIREMENTS].concat());

    assert_eq!(run.code, 0, "{}", run.stderr);
    let written = String::from_utf8(project.read("terraform/packages.json")).unwrap();
    assert_eq!(written, committed);
}

#[test]
#[ignore = "needs the package index"]
fn the_package_of_api_handler_has_this_digest() {
    let project = Project::from_fixture("dofs");
    let run = project.tool().online().run(&["-q", "build", "api_handler", "--locked"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Its requirements are locked by their hashes: see above for what may change it.
    expect_test::expect![[r#"
        api_handler	EaQBOHBRhy7miUulDeWU/TjNixMs2op4jYC3v1djQEA=	lambdas/api_handler/api_handler.zip
    "#]]
    .assert_eq(&run.stdout);
}

#[test]
#[ignore = "needs the package index and python3.12"]
fn the_package_of_api_handler_is_what_pip_installs_and_the_lambdas_own_files() {
    let project = Project::from_fixture("dofs");
    let run = project.tool().online().run(&["build", "api_handler", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut ours = project.entries("lambdas/api_handler/api_handler.zip");
    for own in ["api_handler.py", "requirements.txt"] {
        let (bytes, _) = ours.remove(own).unwrap();
        assert_eq!(bytes, project.read(&format!("lambdas/api_handler/{own}")), "{own}");
    }

    let target = project.home().join("target");
    let mut pip = Command::new(support::python("3.12"));
    pip.args(["-m", "pip", "install", "--no-compile", "--no-deps", "--only-binary=:all:", "-q"]);
    pip.args(["--disable-pip-version-check", "--implementation=cp", "--python-version=3.12"]);
    pip.env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS").arg("--target").arg(&target);
    let glibc = (17..=34).rev().map(|minor| format!("manylinux_2_{minor}"));
    for tag in glibc.chain(["manylinux2014".to_owned(), "linux".to_owned()]) {
        pip.args(["--platform", &format!("{tag}_x86_64")]);
    }
    let wheels = wheels(&run.json());
    pip.args(wheels.iter().map(|(name, version)| format!("{name}=={version}")));
    support::output(&mut pip);
    let mut theirs = support::installed(&target);

    theirs.retain(|path, _| !support::is_of_an_installer(path));
    let names = |tree: &BTreeMap<String, (Vec<u8>, u32)>| tree.keys().cloned().collect();
    let (our_names, their_names): (BTreeSet<String>, BTreeSet<String>) =
        (names(&ours), names(&theirs));
    assert_eq!(our_names, their_names);
    let differs = |path: &&String| ours[*path] != theirs[*path] && !path.ends_with("/RECORD");
    let different: Vec<&String> = our_names.iter().filter(differs).collect();
    assert!(different.is_empty(), "{different:?}");
    assert!(ours.len() > 1_500, "boto3 and botocore alone have more files than {}", ours.len());
}

#[test]
#[ignore = "needs the package index and python3.12"]
fn every_package_answers_its_event_with_nothing_but_itself() {
    let project = Project::from_fixture("dofs");
    let run = project.tool().online().run(&["-q"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut calls = String::new();
    for name in run.digests().keys() {
        let folder = project.home().join(name);
        for (path, (bytes, _)) in project.entries(&format!("lambdas/{name}/{name}.zip")) {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let mut python = Command::new(support::python("3.12"));
        python.arg(fixtures.join("answer_event.py")).arg(&folder).arg(name);
        python.arg(fixtures.join("dofs/events").join(format!("{name}.json")));
        let answer: serde_json::Value =
            serde_json::from_str(&support::output(&mut python)).unwrap();
        assert_eq!(answer["module_file"], format!("{name}.py"));
        calls += &format!("{name}: {}\n", answer["calls"]);
    }
    expect_test::expect![[r#"
        api_handler: ["StartExecution"]
        dlq_processor: ["PutItem","PutItem","UpdateItem"]
        fulfill_order: ["GetItem","UpdateItem"]
        order_storage: ["PutItem","SendMessage"]
        validator: []
    "#]]
    .assert_eq(&calls);
}

#[test]
#[cfg(unix)]
#[ignore = "needs the package index and python3.11"]
fn a_host_of_another_version_takes_the_wheels_of_the_target() {
    let project = requiring("boto3==1.34.0\n");
    let mut ask = Command::new(support::python("3.11"));
    let host = support::output(ask.args(["-c", "import sys; print(sys.executable)"]));
    let folder = project.lone_program("python3", &format!("exec '{}' \"$@\"", host.trim()));
    let arguments = ["--python", "3.9", "--format", "json"];
    let run = project.tool().online().env("PATH", folder).run(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let wheels = wheels(&run.json());
    // botocore 1.34.0 wants urllib3 below 1.27 before Python 3.10, and below 2.1 from it on.
    assert!(wheels["urllib3"].starts_with("1.26."), "{wheels:?}");
    assert_eq!(wheels["botocore"].rsplit_once('.').unwrap().0, "1.34");
}

#[test]
#[ignore = "needs the package index"]
fn wheels_for_arm64_hold_code_for_arm64() {
    let project = requiring("numpy==1.26.4\n");
    let arguments = ["--python", "3.12", "--arch", "arm64", "--format", "json"];
    let run = project.tool().online().run(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let entries = project.entries("lambdas/api/api.zip");
    let is_library = |path: &str| path.ends_with(".so") || path.contains(".so.");
    let libraries = entries.iter().filter(|(path, _)| is_library(path));
    // EM_AARCH64 in `e_machine` of the ELF header.
    let is_arm = |bytes: &[u8]| bytes.starts_with(b"\x7fELF") && bytes[18..20] == [183, 0];
    let (arm, other): (Vec<_>, Vec<_>) = libraries.partition(|(_, (bytes, _))| is_arm(bytes));
    let other: Vec<&String> = other.into_iter().map(|(path, _)| path).collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(arm.len() > 10, "numpy has more libraries than {}", arm.len());
    assert!(arm.iter().all(|(_, (_, mode))| *mode == 0o100_755), "{arm:?}");
}
