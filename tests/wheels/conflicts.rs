//! Several wheels, or a wheel and a lambda, with one path.

use super::packaged;
use crate::support::{Project, Wheel};

/// The warnings of the package: code and message, a line each.
fn warnings(json: &serde_json::Value) -> String {
    let warnings = json["packages"][0]["warnings"].as_array().expect("a list").iter();
    warnings
        .map(|warning| {
            let text = |key: &str| warning[key].as_str().expect("a text").to_owned();
            format!("{}: {}\n", text("code"), text("message"))
        })
        .collect()
}

#[test]
fn of_two_wheels_the_one_that_newer_pips_install_later_wins() {
    let project = Project::new();
    let shared = |name: &str| Wheel::new(name, "1.0").file("shared/x.py", name);
    // Newer pips install `gamma`, then `alpha`, then `beta`; older ones `gamma`, `beta`, `alpha`.
    project.publish(&shared("alpha"));
    project.publish(&shared("beta").requires("gamma"));
    project.publish(&Wheel::new("gamma", "1.0"));
    let (json, stderr) = packaged(&project, "alpha\nbeta\n");
    assert_eq!(project.entries("lambdas/api/api.zip")["shared/x.py"].0, b"beta");
    expect_test::expect![[r#"
        file-conflict: `beta-1.0-py3-none-any.whl` replaces files of `alpha-1.0-py3-none-any.whl` by other bytes: `shared/x.py`
    "#]].assert_eq(&warnings(&json));
    expect_test::expect![[r#"
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 3 wheels
        warning: `api`: `beta-1.0-py3-none-any.whl` replaces files of `alpha-1.0-py3-none-any.whl` by other bytes: `shared/x.py`
        hint: require only one of the two packages, if both are not needed
            Packaged api (2.9 kB, 15 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&stderr);
}

#[test]
fn who_requires_a_wheel_wins_over_it_and_within_a_layer_the_first_name_does() {
    let project = Project::new();
    let wheel = |name: &str| Wheel::new(name, "1.0").file(&format!("{name}.txt"), name);
    project.publish(&wheel("able").file("layer.txt", "able").requires("zulu"));
    project.publish(&wheel("baker").file("layer.txt", "baker").requires("zulu"));
    project.publish(&wheel("zulu").file("able.txt", "zulu"));
    packaged(&project, "baker\nable\n");
    let entries = project.entries("lambdas/api/api.zip");
    assert_eq!(entries["layer.txt"].0, b"able");
    assert_eq!(entries["able.txt"].0, b"able");
}

#[test]
fn the_same_bytes_twice_are_no_conflict() {
    let project = Project::new();
    for name in ["one", "two"] {
        project.publish(&Wheel::new(name, "1.0").file("shared/__init__.py", "the same\n"));
    }
    let (json, stderr) = packaged(&project, "one\ntwo\n");
    assert_eq!(project.entries("lambdas/api/api.zip")["shared/__init__.py"].0, b"the same\n");
    assert_eq!(warnings(&json), "");
    assert!(!stderr.contains("warning"), "{stderr}");
}

#[test]
fn the_lambdas_own_file_wins_over_those_of_packages() {
    let project = Project::with(&[("lambdas/api/one/__init__.py", "OWN = True\n")]);
    project.publish(&Wheel::new("one", "1.0").file("api.py", "NOT = 'the handler'\n"));
    let (json, stderr) = packaged(&project, "one\n");
    let entries = project.entries("lambdas/api/api.zip");
    assert_eq!(entries["one/__init__.py"].0, b"OWN = True\n");
    assert_eq!(entries["api.py"].0, super::HANDLER.1.as_bytes());
    expect_test::expect![[r#"
        own-file-wins: its own files replace those of packages: `api.py`, `one/__init__.py`
    "#]]
    .assert_eq(&warnings(&json));
    expect_test::expect![[r#"
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 1 wheel
        warning: `api`: its own files replace those of packages: `api.py`, `one/__init__.py`
        hint: remove them from the lambda, or `exclude` them in the config
            Packaged api (1.1 kB, 6 files)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&stderr);
}

#[test]
fn a_file_where_another_wheel_has_a_folder_is_an_error() {
    let project = Project::with(&[
        super::HANDLER,
        ("lambdas/api/requirements.txt", "one\ntwo\n"),
        ("lambdas/api/api.zip", "the last good one"),
    ]);
    project.publish(&Wheel::bare("one", "1.0").file("shared", "a file"));
    project.publish(&Wheel::bare("two", "1.0").file("shared/x.py", "").file("shared.py", ""));
    let run = project.run(&["--python", "3.12"]);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
        error: `shared` is a file in `one-1.0-py3-none-any.whl` and a folder in `two-1.0-py3-none-any.whl`
          --> lambdas/api
        hint: rename the lambda's own, or require only one of the packages
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
    assert_eq!(project.read("lambdas/api/api.zip"), b"the last good one");
}
