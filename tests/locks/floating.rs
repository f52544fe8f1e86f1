//! The line that says how many packages may have another version tomorrow.

use expect_test::expect;

use super::{one_and_two, requiring, resolving, succeed};
use crate::support::{Index, Project, Run, Wheel};

/// The lines about it, with the hint.
fn lines(run: &Run) -> String {
    let all: Vec<&str> = run.stderr.lines().collect();
    let is_it = |line: &&&str| line.contains(" float");
    let at = all.iter().filter(is_it).map(|line| format!("{line}\n"));
    at.collect()
}

fn package(project: &Project, index: &Index) -> Run {
    succeed(resolving(project, index).run(&["build"]))
}

#[test]
fn what_no_line_pins_floats() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one\n"), ("other", "one\n"), ("pinned", "two==1.0\n")]);

    let run = resolving(&project, &index).run(&["build", "--format", "json"]);

    expect![[r#"
        warning: 2 packages of 2 lambdas float: another day may give other versions
    "#]]
    .assert_eq(&lines(&run));
    for package in run.json()["packages"].as_array().unwrap() {
        assert_eq!(package["warnings"].to_string(), "[]");
        assert_eq!(package["locked"], false);
    }
    assert_eq!(lines(&resolving(&project, &index).run(&["build", "-q"])), "");
}

#[test]
fn a_pin_of_the_one_leaves_what_it_requires_afloat() {
    let index = Index::serving(&one_and_two());
    let project = requiring(&[("api", "one===1.0\n")]);

    let run = package(&project, &index);

    expect![[r#"
        warning: 1 package of 1 lambda floats: another day may give other versions
    "#]]
    .assert_eq(&lines(&run));
}

#[test]
fn pins_of_constraints_locks_hashes_and_own_wheels_do_not_float() {
    let index = Index::serving(&one_and_two());
    let two = Wheel::new("two", "1.0");
    let hashed = format!("two==1.0 --hash=sha256:{}\n", two.sha256());
    let project = requiring(&[
        ("constrained", "-c pins.txt\none\n"),
        ("hashed", &hashed),
        ("locked", "one\n"),
        ("own", "../../two-1.0-py3-none-any.whl\n"),
    ]);
    project.write("lambdas/constrained/pins.txt", "one==1.0\ntwo==1.0\n");
    project.write("two-1.0-py3-none-any.whl", two.bytes());
    succeed(resolving(&project, &index).run(&["lock", "locked"]));

    let run = package(&project, &index);

    assert_eq!(lines(&run), "");
}

#[test]
fn the_hint_makes_locks_of_the_targets_that_were_packaged_for() {
    let wheels = one_and_two();
    let index = Index::serving(&wheels);
    for (config, arguments, expected) in [
        ("python = \"3.12\"\n", &[][..], "pin them with `cargo dofs-package lock`"),
        (
            "python = \"3.12\"\n",
            &["--arch", "arm64"],
            "pin them with `cargo dofs-package lock --arch arm64`",
        ),
        (
            "python = \"3.12\"\n",
            &["--python", "3.13", "--arch", "x86_64"],
            "pin them with `cargo dofs-package lock --python 3.13 --arch x86_64`",
        ),
        // No lock is made for the version of a machine.
        (
            "",
            &[],
            "pin them with `cargo dofs-package lock --python X.Y`, `X.Y` being what the functions run on",
        ),
        (
            "",
            &["--arch", "arm64"],
            "pin them with `cargo dofs-package lock --python X.Y --arch arm64`, `X.Y` being what \
             the functions run on",
        ),
        (
            "[lambda.api]\npython = \"3.13\"\n",
            &[],
            "set `python` where nobody says it, and pin them with `cargo dofs-package lock`",
        ),
    ] {
        let project = requiring(&[("api", "one\n"), ("jobs", "one\n")]);
        project.write("dofs-package.toml", config);
        let run = resolving(&project, &index).run(&[&["build", "-n"], arguments].concat());
        let hints: Vec<&str> =
            run.stderr.lines().filter(|line| line.contains("pin them")).collect();
        assert_eq!(hints, [format!("hint: {expected}")], "{}", run.text());
    }
}
