//! Real packages, laid out file by file as pip lays out the same wheels, and imported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, Project};

/// A lambda: its name, what it requires, and the modules that it imports. Together they have what
/// is odd about wheels: stable ABIs, folders of libraries, namespaces, `.pth` files, markers.
type Group = (&'static str, &'static str, &'static str);

/// No group is larger than Lambda takes.
const GROUPS: [Group; 4] = [
    (
        "cloud",
        "boto3==1.35.36\nrequests==2.32.3\naws-lambda-powertools==3.2.0\naws-xray-sdk==2.14.0\n\
         opentelemetry-sdk==1.27.0\njsonschema==4.23.0\nPyYAML==6.0.2\nSQLAlchemy==2.0.36\n\
         redis==5.1.1\npymongo==4.10.1\n",
        "boto3, requests, aws_lambda_powertools, aws_xray_sdk.core, opentelemetry.sdk.trace, \
         jsonschema, yaml, yaml._yaml, sqlalchemy, redis, pymongo, bson",
    ),
    (
        "data",
        "numpy==1.26.4 ; python_version < '3.13'\nnumpy==2.1.3 ; python_version >= '3.13'\n\
         pandas==2.2.3\n",
        "numpy, pandas",
    ),
    (
        "web",
        "pydantic==2.9.2\ncryptography==43.0.1\npsycopg2-binary==2.9.10\nPillow==11.0.0\n\
         lxml==5.3.0\norjson==3.10.12\nblack==24.10.0\nzope.interface==7.1.0\nzope.event==5.0\n\
         aiohttp==3.10.10\nJinja2==3.1.4\nfastapi==0.115.2\n",
        "pydantic, cryptography.fernet, psycopg2, PIL.Image, lxml.etree, orjson, black, \
         zope.interface, zope.event, aiohttp, jinja2, fastapi",
    ),
    (
        "storage",
        "google-cloud-storage==2.18.2\nprotobuf==5.28.2\ngrpcio==1.67.0\n",
        "google.cloud.storage, google.protobuf.message, grpc",
    ),
];

/// Files by path, with their bytes and modes.
type Tree = BTreeMap<String, (Vec<u8>, u32)>;

/// A project of all groups, packaged for a target: with its answer, and how many wheels it has.
fn package(python: &str, architecture: &str) -> (Project, serde_json::Value) {
    let project = Project::new();
    for (name, requirements, _) in GROUPS {
        project.write(&format!("lambdas/{name}/{name}.py"), "def handler(event, context): ...\n");
        project.write(&format!("lambdas/{name}/requirements.txt"), requirements);
    }
    let arguments = ["--python", python, "--arch", architecture, "--format", "json"];
    let run = project.tool().online().run(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    (project, json)
}

/// Packages everything for a target, and compares it with what pip makes of the same wheels.
fn is_as_pip_installs_it(python: &str, architecture: &str) -> Project {
    let (project, json) = package(python, architecture);
    let mut wheels = BTreeSet::new();
    for packaged in json["packages"].as_array().expect("a list") {
        let name = packaged["name"].as_str().expect("a name");
        let files = wheel_files(&project, packaged);
        let ours = project.entries(&format!("lambdas/{name}/{name}.zip"));
        let theirs = install(&project, &files, python, architecture);
        same(name, ours, theirs);
        wheels.extend(files);
        let codes: Vec<&serde_json::Value> =
            packaged["warnings"].as_array().expect("a list").iter().map(|it| &it["code"]).collect();
        assert!(codes.iter().all(|code| *code != "native-foreign"), "{name}: {codes:?}");
    }
    assert!(wheels.len() >= 70, "these are fewer wheels than there should be: {}", wheels.len());
    project
}

/// The wheels of a package under their own names, out of the store.
fn wheel_files(project: &Project, packaged: &serde_json::Value) -> Vec<PathBuf> {
    let folder = project.home().join("wheels");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut files = Vec::new();
    for wheel in packaged["requirements"].as_array().expect("a list") {
        let text = |key: &str| wheel[key].as_str().expect("a text");
        let file = folder.join(text("wheel"));
        let blob = project.store().join("wheels-1").join(text("sha256"));
        std::fs::copy(blob, &file).expect("the store has it");
        files.push(file);
    }
    files
}

/// What pip makes of wheels for a target.
fn install(project: &Project, wheels: &[PathBuf], python: &str, architecture: &str) -> Tree {
    let target = project.home().join("target");
    let machine = if architecture == "arm64" { "aarch64" } else { architecture };
    let mut pip = support::python3();
    pip.args(["-m", "pip", "install", "--no-compile", "--no-deps", "--no-index", "-q"]);
    pip.args(["--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:"]);
    // pip compares files with its host's version, whatever target it is given.
    pip.arg("--ignore-requires-python");
    pip.args(["--implementation=cp", "--python-version", python]).arg("--target").arg(&target);
    let glibc = (5..=34).rev().map(|minor| format!("manylinux_2_{minor}"));
    let named = ["manylinux2014", "manylinux2010", "manylinux1", "linux"].map(str::to_owned);
    for tag in glibc.chain(named) {
        pip.args(["--platform", &format!("{tag}_{machine}")]);
    }
    support::output(pip.args(wheels));
    let tree = support::installed(&target);
    std::fs::remove_dir_all(&target).expect("it can be removed");
    tree
}

/// Compares a package with an installation: all paths, bytes and modes but those which are about
/// an installer and its host.
fn same(name: &str, ours: Tree, theirs: Tree) {
    let own = [format!("{name}.py"), "requirements.txt".to_owned()];
    let ours: Tree = ours.into_iter().filter(|(path, _)| !own.contains(path)).collect();
    // The wheel of numpy 1.26.4 for Python 3.9 has bytecode in it, which pip keeps.
    let is_odd = |path: &str| support::is_of_an_installer(path) || path.contains("/__pycache__/");
    let theirs: Tree = theirs.into_iter().filter(|(path, _)| !is_odd(path)).collect();
    let paths = |tree: &Tree| tree.keys().cloned().collect::<BTreeSet<String>>();
    let odd: Vec<_> = paths(&ours).symmetric_difference(&paths(&theirs)).cloned().collect();
    assert!(odd.is_empty(), "{name} has or lacks {odd:?}");
    // RECORD tells of what an installer has added.
    let differs = |path: &&String| ours[*path] != theirs[*path] && !path.ends_with("/RECORD");
    let different: Vec<&String> = ours.keys().filter(differs).collect();
    assert!(different.is_empty(), "{name} has other files than pip's: {different:?}");
}

/// Imports each package's modules with nothing but itself and the standard library.
fn is_imported(project: &Project, python: &str) {
    for (name, _, modules) in GROUPS {
        let folder = project.home().join("unpacked").join(name);
        unpack(&project.path(&format!("lambdas/{name}/{name}.zip")), &folder);
        let mut command = Command::new(support::python(python));
        let script = format!("import sys; sys.path.append(sys.argv[1]); import {modules}");
        // Without users' and sites' packages.
        support::output(command.args(["-I", "-S", "-B", "-c", &script]).arg(&folder));
    }
}

/// Writes the entries of a zip into a folder.
fn unpack(zip: &Path, folder: &Path) {
    for (path, (bytes, _)) in support::entries(zip) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders");
        std::fs::write(path, bytes).expect("a file");
    }
}

#[test]
#[ignore = "needs the package index and python3.9"]
fn packages_for_python_3_9_are_as_pip_installs_them_and_can_be_imported() {
    is_imported(&is_as_pip_installs_it("3.9", "x86_64"), "3.9");
}

#[test]
#[ignore = "needs the package index and python3.12"]
fn packages_for_python_3_12_are_as_pip_installs_them_and_can_be_imported() {
    is_imported(&is_as_pip_installs_it("3.12", "x86_64"), "3.12");
}

#[test]
#[ignore = "needs the package index and python3.13"]
fn packages_for_python_3_13_are_as_pip_installs_them_and_can_be_imported() {
    is_imported(&is_as_pip_installs_it("3.13", "x86_64"), "3.13");
}

#[test]
#[ignore = "needs the package index"]
fn packages_for_python_3_9_on_arm64_are_as_pip_installs_them() {
    is_as_pip_installs_it("3.9", "arm64");
}

#[test]
#[ignore = "needs the package index"]
fn packages_for_python_3_12_on_arm64_are_as_pip_installs_them() {
    is_as_pip_installs_it("3.12", "arm64");
}

#[test]
#[ignore = "needs the package index"]
fn packages_for_python_3_13_on_arm64_are_as_pip_installs_them() {
    is_as_pip_installs_it("3.13", "arm64");
}
