//! Patterns of `include` and `exclude` that match nothing.

use super::project;
use crate::support::{Project, Wheel};

/// The lines about patterns that a run says.
fn said(project: &Project, arguments: &[&str]) -> Vec<String> {
    let run = project.run(arguments);
    assert_eq!(run.code, 0, "{}", run.text());
    let lines: Vec<&str> = run.stderr.lines().collect();
    let about = lines.windows(3).filter(|it| it[0].contains(" matches "));
    about.map(|it| it.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" | ")).collect()
}

#[test]
fn a_pattern_that_matches_in_no_lambda_is_warned_of_once() {
    let project = project(
        "python = \"3.12\"\nexclude = [\"handlr.py\", \"data/**\"]\n[lambda.web]\ninclude = [\"secret.env\"]\n",
        &["lambdas/api", "lambdas/web"],
    );
    project.write("lambdas/api/data/a.csv", "1\n");
    let expected = [
        "warning: `handlr.py` matches no file of any lambda | --> dofs-package.toml:2 | hint: correct it in \
         `exclude`, or take it out",
        "warning: `secret.env` matches no file of any lambda | --> dofs-package.toml:4 | hint: correct it in \
         `include`, or take it out",
    ];
    assert_eq!(said(&project, &["build", "-n"]), expected);
    assert_eq!(said(&project, &["list"]), expected);
    // Only a whole run can know.
    assert_eq!(said(&project, &["build", "-n", "api"]), [""; 0]);
    assert_eq!(said(&project, &["build", "-n", "--partition=1/1"]), [""; 0]);
}

#[test]
fn a_pattern_that_matches_what_another_rule_leaves_out_is_no_error() {
    for (pattern, file) in [
        ("tests/**", "tests/test_a.py"),
        ("*.pyc", "__pycache__/a.pyc"),
        ("handler_*.py", "handler_old.py"),
        ("deep/**/x.json", "deep/er/x.json"),
        ("/notes/", "notes/a.txt"),
    ] {
        let project =
            project(&format!("python = \"3.12\"\nexclude = [\"{pattern}\"]\n"), &["lambdas/api"]);
        project.write(&format!("lambdas/api/{file}"), "");
        assert_eq!(said(&project, &["build", "-n"]), [""; 0], "{pattern}");
    }
}

#[test]
fn a_pattern_that_two_lists_have_is_matched_in_either() {
    let project = project(
        "python = \"3.12\"\nexclude = [\"*.md\", \"README.md\"]\n[lambda.web]\nexclude = [\"README.md\"]\n",
        &["lambdas/api", "lambdas/web"],
    );
    project.write("lambdas/api/README.md", "");
    assert_eq!(said(&project, &["build", "-n"]), [""; 0]);
}

#[test]
fn a_pattern_for_files_of_wheels_names_the_key_that_leaves_them_out() {
    let project = project("python = \"3.12\"\nexclude = [\"tiny/**\"]\n", &["lambdas/api"]);
    let wheel = Wheel::new("tiny", "1.0");
    project.write("wheels/tiny-1.0-py3-none-any.whl", wheel.bytes());
    project.write("lambdas/api/requirements.txt", "../../wheels/tiny-1.0-py3-none-any.whl\n");
    let said = said(&project, &["build", "-n"]);
    assert_eq!(
        said,
        [
            "warning: `tiny/**` matches files of `tiny-1.0-py3-none-any.whl`, and `exclude` is about a lambda's own \
          files only | --> dofs-package.toml:2 | hint: leave whole packages out with `exclude-packages`"
        ]
    );
}

#[test]
fn a_variable_is_named_as_the_place_of_its_pattern() {
    let project = project("python = \"3.12\"\n", &["lambdas/api"]);
    let run = project.tool().env("DOFS_PACKAGE_EXCLUDE", "nothing").run(&["build", "-n"]);
    assert!(run.stderr.contains("  --> DOFS_PACKAGE_EXCLUDE\n"), "{}", run.text());
}
