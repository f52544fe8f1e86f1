//! Wheels are those of the target, whatever the interpreter that runs pip is.

use super::{requiring, succeed};
use crate::support::{Project, Wheel};

/// The file names of the wheels in the first package, for a target.
fn chosen(project: &Project, python: &str, architecture: &str) -> Vec<String> {
    let arguments = ["--python", python, "--arch", architecture, "--format", "json"];
    let json = succeed(project.run(&arguments)).json();
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").clone();
    wheels.iter().filter_map(|wheel| Some(wheel["wheel"].as_str()?.to_owned())).collect()
}

/// The same, projects only.
fn projects(project: &Project, python: &str, architecture: &str) -> String {
    let wheels = chosen(project, python, architecture);
    let names: Vec<&str> = wheels.iter().filter_map(|wheel| wheel.split('-').next()).collect();
    names.join(" ")
}

#[test]
fn markers_are_those_of_the_target() {
    // No host is both targets, so one that evaluates them for itself is found out.
    let requirements = "\
        old ; python_version < '3.10'\n\
        new ; python_full_version >= '3.10'\n\
        graviton ; platform_machine == 'aarch64'\n\
        intel ; platform_machine == 'x86_64'\n\
        windows ; sys_platform == 'win32' or os_name == 'nt'\n\
        linux ; sys_platform == 'linux' and platform_system == 'Linux'\n\
        cpython ; implementation_name == 'cpython' and implementation_version < '3.14'\n\
        pypy ; platform_python_implementation == 'PyPy'\n\
        parent\n";
    let parent = Wheel::new("parent", "1.0")
        .requires("child_old ; python_version < '3.10' and platform_machine == 'aarch64'")
        .requires("child_new ; python_version >= '3.10' and platform_machine == 'x86_64'")
        .requires("child_windows ; sys_platform == 'win32'");
    let project = requiring(requirements, &[parent]);
    let names =
        ["old", "new", "graviton", "intel", "windows", "linux", "cpython", "pypy", "child_old"];
    for name in names.into_iter().chain(["child_new", "child_windows"]) {
        project.publish(&Wheel::new(name, "1.0"));
    }
    let old = projects(&project, "3.9", "arm64");
    assert_eq!(old, "child_old cpython graviton linux old parent");
    let new = projects(&project, "3.13", "x86_64");
    assert_eq!(new, "child_new cpython intel linux new parent");
}

#[test]
fn a_marker_that_only_pip_can_judge_is_left_to_pip() {
    let lines = "one ; python_version not in '3.9, 3.12'\ntwo ; python_version in '3.9, 3.12'\n\
                 three ; python_version not in '3.9, 3.12' and sys_platform == 'linux'\n";
    let project = requiring(lines, &[]);
    for name in ["one", "two", "three"] {
        project.publish(&Wheel::new(name, "1.0"));
    }
    assert_eq!(projects(&project, "3.12", "x86_64"), "two");
    assert_eq!(projects(&project, "3.13", "x86_64"), "one three");
}

#[test]
fn the_newest_wheel_that_the_runtimes_glibc_carries_is_chosen() {
    let project = requiring("native\n", &[]);
    let tags = [
        "manylinux_2_35_x86_64",
        "manylinux_2_28_x86_64",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "musllinux_1_2_x86_64",
        "macosx_11_0_arm64",
        "win_amd64",
    ];
    for tag in tags {
        project.publish(&Wheel::new("native", "1.0").tag(&format!("py3-none-{tag}")));
    }
    let table = [
        ("3.12", "x86_64", "manylinux_2_28_x86_64"),
        ("3.11", "x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("3.12", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
        ("3.9", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
    ];
    for (python, architecture, tag) in table {
        let expected = format!("native-1.0-py3-none-{tag}.whl");
        assert_eq!(chosen(&project, python, architecture), [expected], "{python} {architecture}");
    }
}

#[test]
fn wheels_for_the_stable_abi_fit_later_versions_and_those_of_one_version_only_it() {
    let project = requiring("stable\nexact\n", &[]);
    let wheel = |name: &str, tag: &str| {
        project.publish(&Wheel::new(name, "1.0").tag(&format!("{tag}-manylinux_2_17_x86_64")));
    };
    wheel("stable", "cp39-abi3");
    wheel("exact", "cp311-cp311");
    wheel("exact", "cp312-cp312");
    let wheels = chosen(&project, "3.12", "x86_64");
    let expected = [
        "exact-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "stable-1.0-cp39-abi3-manylinux_2_17_x86_64.whl",
    ];
    assert_eq!(wheels, expected);
}

#[test]
fn a_version_that_asks_for_a_later_python_is_passed_over() {
    let later = Wheel::new("one", "2.0").metadata("Requires-Python: >=3.10");
    let project = requiring("one\n", &[Wheel::new("one", "1.0"), later]);
    assert_eq!(chosen(&project, "3.9", "x86_64"), ["one-1.0-py3-none-any.whl"]);
    assert_eq!(chosen(&project, "3.10", "x86_64"), ["one-2.0-py3-none-any.whl"]);
}

#[test]
fn a_newer_version_without_a_fitting_wheel_is_passed_over_and_none_at_all_is_told() {
    let version = |version: &str, tag: &str| Wheel::new("native", version).tag(tag);
    let wheels =
        [version("2.0", "cp312-cp312-win_amd64"), version("1.0", "cp312-cp312-linux_x86_64")];
    let project = requiring("# why\nnative\n", &wheels);
    assert_eq!(chosen(&project, "3.12", "x86_64"), ["native-1.0-cp312-cp312-linux_x86_64.whl"]);
    let run = project.run(&["--python", "3.12", "--arch", "arm64"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on arm64
        error: no wheel of `native` fits python3.12 on arm64
          --> lambdas/api/requirements.txt:2
          caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}
