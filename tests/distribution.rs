//! What users install: the wheel that carries the program.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, Project};

/// The newest glibc 2 whose symbols `manylinux2014` allows.
/// Source: PEP 599.
const NEWEST: u32 = 17;

/// The lambdas of the example that need no package index.
const LAMBDAS: [&str; 4] = ["dlq_processor", "fulfill_order", "order_storage", "validator"];

#[test]
fn the_package_of_the_crate_has_what_it_is_built_from_and_its_licences() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline", "--quiet"]).current_dir(top);
    let listed = support::output(&mut cargo);
    let has = |path: &str| listed.lines().any(|line| line == path);

    for path in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "docs/codes.md"] {
        assert!(has(path), "{path} is missing in {listed}");
    }
    assert!(!listed.contains(".github/") && !listed.contains(".ci/"), "{listed}");
    for entry in walkdir::WalkDir::new(top.join("src")) {
        let path = entry.expect("src can be listed").into_path();
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source is text");
        for included in text.split("include_str!(\"").skip(1).filter_map(|it| it.split('"').next())
        {
            let file = path.parent().expect("a folder").join(included);
            let file = file.canonicalize().unwrap_or_else(|error| panic!("{file:?}: {error}"));
            let relative = file.strip_prefix(top).expect("it is in the repository");
            assert!(has(&relative.to_string_lossy()), "{} is missing", relative.display());
        }
    }
}

/// Builds the wheel as docs/pipelines.md says.
fn wheel(folder: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/wheel");
    let mut build = Command::new(script);
    build.arg(folder).env_remove("CARGO").env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    // Less optimised: it takes minutes less to compile, and behaves the same.
    build.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    support::output(&mut build);
    let mut found = std::fs::read_dir(folder).expect("a folder");
    let wheel = found.next().expect("a wheel").expect("it can be looked at").path();
    assert!(found.next().is_none(), "one wheel");
    wheel
}

/// The minor versions of the glibc 2 whose symbols a program asks for.
fn glibc(program: &[u8]) -> Vec<u32> {
    const NAME: &[u8] = b"GLIBC_2.";
    let after = program.windows(NAME.len()).enumerate().filter(|(_, bytes)| *bytes == NAME);
    let digits = after.map(|(at, _)| {
        let digits = program[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    });
    digits.collect()
}

#[test]
#[ignore = "needs the package index, for maturin and zig"]
fn the_wheel_gives_the_program_to_a_machine_without_rust() {
    let project = Project::from_fixture("dofs");
    let folder = project.home().join("dist");

    let wheel = wheel(&folder);

    let name = wheel.file_name().expect("a name").to_string_lossy().into_owned();
    let version = env!("CARGO_PKG_VERSION");
    let begins = format!("cargo_dofs_package-{version}-py3-none-manylinux2014_");
    assert!(name.starts_with(&begins), "{name}");

    // A clean environment, with nothing to fetch from and none of this machine's programs.
    let environment = project.home().join("environment");
    let mut python = support::python3();
    support::output(python.args(["-m", "venv"]).arg(&environment));
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-index"]).arg(&wheel);
    support::output(&mut pip);
    let installed = environment.join("bin/cargo-dofs-package");
    let newest = glibc(&std::fs::read(&installed).expect("a program")).into_iter().max();
    assert!(newest.is_some_and(|minor| minor <= NEWEST), "it wants glibc 2.{newest:?}");

    let run = |name: &str, arguments: &[&str]| {
        let mut tool = Command::new(name);
        tool.args(arguments).args(["-q", "build"]).args(LAMBDAS).current_dir(project.root());
        tool.env_clear().env("PATH", environment.join("bin")).env("HOME", project.home());
        support::output(&mut tool)
    };
    let ours = project.run(&[&["-q", "build"][..], &LAMBDAS].concat());
    assert_eq!(ours.stdout.lines().count(), LAMBDAS.len(), "{}", ours.stderr);
    let installed = installed.to_str().expect("UTF-8");
    assert_eq!(run(installed, &[]), ours.stdout);
    // As cargo calls it.
    assert_eq!(run(installed, &["dofs-package"]), ours.stdout);

    // Nothing names the folder in which it was built.
    let mut unzip = support::python3();
    unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(project.home().join("unpacked"));
    support::output(&mut unzip);
    let unpacked = project.home().join("unpacked");
    for entry in walkdir::WalkDir::new(&unpacked) {
        let path = entry.expect("it can be listed").into_path();
        let is_text = path.components().any(|part| {
            part.as_os_str().to_string_lossy().ends_with(".dist-info") && path.is_file()
        });
        if is_text {
            let text = std::fs::read_to_string(&path).expect("text");
            assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{}", path.display());
        }
    }
}
