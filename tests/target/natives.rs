//! Native code: what wheels claim, and what a lambda's own files are, against the target.

use super::elf::{AARCH64, MACOS, X86_64, library};
use super::{HANDLER, OLD, requiring, warnings};
use crate::support::{Project, Run, Wheel};

/// A wheel of this tag with one library.
fn native(tag: &str, path: &str, bytes: &[u8]) -> Wheel {
    Wheel::new("native", "1.0").tag(tag).file(path, bytes)
}

/// Packages for a target.
fn package(project: &Project, python: &str, architecture: &str) -> Run {
    project.run(&["--python", python, "--arch", architecture])
}

/// The same, which must succeed: the codes of its warnings.
fn warned(project: &Project, python: &str, architecture: &str) -> Vec<String> {
    let arguments = ["--python", python, "--arch", architecture, "--format", "json"];
    let run = project.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.text());
    warnings(&run.json())
}

#[test]
fn a_wheel_with_a_library_of_another_machine_than_its_name_says_is_refused() {
    let tag = "cp312-cp312-manylinux_2_17_x86_64";
    let wheel = native(tag, "native/_x.so", &library(AARCH64, Some("GLIBC_2.17")));
    let project = requiring("native\n", &[wheel]);
    project.write(OLD.0, OLD.1);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        error: `native/_x.so` of `native 1.0` is for aarch64, and the target is python3.12 on x86_64
          --> lambdas/api
        hint: require a version of `native` that has a wheel for python3.12 on x86_64
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&package(&project, "3.12", "x86_64").text());
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());
}

#[test]
fn the_failure_has_a_code_in_the_answer() {
    let tag = "cp312-cp312-manylinux_2_17_x86_64";
    let wheel = native(tag, "native/_x.so", &library(AARCH64, None));
    let project = requiring("native\n", &[wheel]);
    let run = project.run(&["--python", "3.12", "--format", "json", "-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
    assert_eq!(run.json()["failures"][0]["code"], "native-mismatch");
}

#[test]
fn a_library_for_a_later_glibc_than_the_wheels_name_says_is_refused_where_the_runtimes_is_older() {
    let tag = "py3-none-manylinux_2_17_x86_64";
    let wheel = native(tag, "native/_x.so", &library(X86_64, Some("GLIBC_2.28")));
    let project = requiring("native\n", &[wheel]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.11 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        error: `native/_x.so` of `native 1.0` needs GLIBC 2.28, and python3.11 runs on Amazon Linux 2 with 2.26
          --> lambdas/api
        hint: require a version of `native` that has a wheel for python3.11 on x86_64
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&package(&project, "3.11", "x86_64").text());
    assert_eq!(warned(&project, "3.12", "x86_64"), [""; 0]);
}

#[test]
fn a_wheel_whose_libraries_fit_is_silent() {
    for (machine, architecture) in [(X86_64, "x86_64"), (AARCH64, "aarch64")] {
        let tag = format!("py3-none-manylinux_2_17_{architecture}");
        let wheel = native(&tag, "native/_x.so", &library(machine, Some("GLIBC_2.17")));
        let project = requiring("native\n", &[wheel]);
        let named = if machine == AARCH64 { "arm64" } else { "x86_64" };
        for python in ["3.9", "3.11", "3.12", "3.13", "3.14"] {
            assert_eq!(warned(&project, python, named), [""; 0], "{python} {named}");
        }
    }
}

#[test]
fn helpers_for_other_machines_are_warned_of() {
    let wheel = native("py3-none-any", "native/bin/helper", &library(AARCH64, None));
    let project = requiring("native\n", &[wheel]);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	f/sGdxjQOAyNA/NEqUCVmGbgISdaeouvMf3XzkOn/zw=	lambdas/api/api.zip
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        warning: `api`: `native 1.0` has files that do not fit python3.12 on x86_64: `native/bin/helper` is for aarch64
        hint: require a version of `native` that has a wheel for the target, if the lambda loads or starts them
            Packaged api (1.3 kB, 7 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&package(&project, "3.12", "x86_64").text());
    assert_eq!(warned(&project, "3.12", "arm64"), [""; 0]);
}

#[test]
fn helpers_for_other_machines_beside_one_that_fits_are_not() {
    let wheel = native("py3-none-any", "native/linux-arm64/helper", &library(AARCH64, None))
        .file("native/linux-x86_64/helper", library(X86_64, Some("GLIBC_2.17")))
        .file("native/macos/helper", MACOS);
    let project = requiring("native\n", &[wheel]);
    assert_eq!(warned(&project, "3.12", "x86_64"), [""; 0]);
    assert_eq!(warned(&project, "3.12", "arm64"), [""; 0]);
}

#[test]
fn a_module_of_another_machine_is_refused_even_in_a_wheel_that_claims_to_fit_every_platform() {
    let module = "native/_x.cpython-312-aarch64-linux-gnu.so";
    let wheel = native("py3-none-any", module, &library(AARCH64, None));
    let project = requiring("native\n", &[wheel]);
    assert_eq!(package(&project, "3.12", "x86_64").code, 4);
}

#[test]
fn the_lambdas_own_library_of_another_machine_is_refused() {
    let project = Project::with(&[HANDLER, OLD]);
    project.write("lambdas/api/lib/_x.so", library(AARCH64, None));
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lib/_x.so` is for aarch64, and the target is python3.12 on x86_64
          --> lambdas/api/lib/_x.so
        hint: build `lib/_x.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&package(&project, "3.12", "x86_64").text());
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());
    assert_eq!(warned(&project, "3.12", "arm64"), [""; 0]);
}

#[test]
fn the_lambdas_own_library_of_macos_is_refused() {
    let project = Project::with(&[HANDLER]);
    project.write("lambdas/api/_x.cpython-312-darwin.so", MACOS);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `_x.cpython-312-darwin.so` is for macOS, and the target is python3.12 on x86_64
          --> lambdas/api/_x.cpython-312-darwin.so
        hint: build `_x.cpython-312-darwin.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&package(&project, "3.12", "x86_64").text());
}

#[test]
fn what_is_excluded_is_not_compared() {
    let project = Project::with(&[HANDLER, ("dofs-package.toml", "exclude = [\"lib/**\"]\n")]);
    project.write("lambdas/api/lib/_x.so", library(AARCH64, None));
    assert_eq!(warned(&project, "3.12", "x86_64"), [""; 0]);
}

#[test]
fn several_misfits_of_a_lambda_are_one_failure() {
    let tag = "cp312-cp312-manylinux_2_17_x86_64";
    let wheel = native(tag, "native/_x.so", &library(AARCH64, None))
        .file("native/_y.so", library(X86_64, Some("GLIBC_2.38")));
    let project = requiring("native\n", &[wheel]);
    project.write("lambdas/api/_z.so", b"\x7fELF cut short");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        error: `_z.so` is a broken ELF file (and 2 more files)
          --> lambdas/api/_z.so
          caused by: `native/_x.so` of `native 1.0` is for aarch64
          caused by: `native/_y.so` of `native 1.0` needs GLIBC 2.38
        hint: require a version of `native` that has a wheel for python3.12 on x86_64; build `_z.so` for the target, on Amazon Linux 2023 or with `zig cc -target x86_64-linux-gnu.2.34`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&package(&project, "3.12", "x86_64").text());
}

#[cfg(unix)]
#[test]
fn own_native_code_without_a_set_python_is_compared_for_the_hosts_with_a_warning() {
    let project = Project::with(&[HANDLER]);
    project.write("lambdas/api/_x.so", library(X86_64, Some("GLIBC_2.28")));
    let host = |version: &str| project.lone_program("python3", &format!("echo {version}"));
    let run = project.tool().env("PATH", host("3.12")).run(&[]);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	X+zyxvdtLJJLbb7anFf59tIeQrHge2GiqhngDIVI6XQ=	lambdas/api/api.zip
        --- stderr
        warning: `api`: no Python version is set, so that of `python3` is used: 3.12
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
            Packaged api (356 B, 2 files)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&run.text());
    let run = project.tool().env("PATH", host("3.11")).run(&[]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        warning: `api`: no Python version is set, so that of `python3` is used: 3.11
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: `_x.so` needs GLIBC 2.28, and python3.11 runs on Amazon Linux 2 with 2.26
          --> lambdas/api/_x.so
        hint: build `_x.so` for the target, on Amazon Linux 2 or with `zig cc -target x86_64-linux-gnu.2.26`, or `exclude` it in the config
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
    let run = project.tool().env("PATH", host("3.12")).run(&["--locked"]);
    expect_test::expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: no Python version is set, and `--locked` demands one: that of this machine is a guess
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}

#[test]
fn a_lambda_without_native_code_asks_no_python() {
    let project = Project::with(&[HANDLER]);
    let run = project.tool().env("PATH", project.home()).run(&["--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(warnings(&run.json()), [""; 0]);
}
