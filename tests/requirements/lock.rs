//! Locks name what they were made from, and keep the versions that still fit.

use expect_test::expect;

use super::{build, project};
use crate::support::{Project, Run, Wheel};

const LOCK: &str = "lambdas/api/pylock.toml";
const LINES: &str = "lambdas/api/requirements.txt";
const PROJECT: &str = "lambdas/api/pyproject.toml";

fn text(project: &Project) -> String {
    String::from_utf8(project.read(LOCK)).expect("UTF-8")
}

fn lock(project: &Project) -> Run {
    let run = project.run(&["lock"]);
    assert_eq!(run.code, 0, "{}", run.text());
    run
}

#[test]
fn a_lock_names_the_project_that_it_was_made_from() {
    let project = project(&[(PROJECT, "[project]\nname = \"api\"\ndependencies = [\"one\"]\n")]);
    lock(&project);
    assert!(text(&project).contains("\nsource = \"pyproject.toml\"\n"), "{}", text(&project));
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(super::packaged(&run), ["one 1.0"]);
    project.write(PROJECT, "[project]\nname = \"api\"\ndependencies = [\"one\", \"two\"]\n");
    let check = project.run(&["lock", "--check"]);
    assert_eq!(check.code, 1, "{}", check.text());
}

#[test]
fn a_lock_made_from_another_file_is_stale_though_the_lines_are_equal() {
    let project = project(&[(LINES, "one\n"), ("needs.txt", "one\n")]);
    lock(&project);
    project.write("dofs-package.toml", "python = \"3.12\"\nrequirements = \"needs.txt\"\n");
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: it was made from `lambdas/api/requirements.txt`, and not from `needs.txt`
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&["--locked"]).text());
    lock(&project);
    assert!(text(&project).contains("\nsource = \"../../needs.txt\"\n"), "{}", text(&project));
    assert_eq!(project.run(&["--locked"]).code, 0);
}

#[test]
fn a_lock_of_lines_that_are_gone_does_not_hide_the_project() {
    let project = project(&[
        (LINES, "one\n"),
        (PROJECT, "[project]\nname = \"api\"\ndependencies = [\"two\"]\n"),
    ]);
    lock(&project);
    std::fs::remove_file(project.path(LINES)).unwrap();
    assert_eq!(build(&project), ["two 1.0"]);
    assert_eq!(project.run(&["--locked"]).code, 6);
}

#[test]
fn a_lock_of_another_tool_that_has_what_the_project_asks_for_is_used() {
    let wheel = Wheel::new("one", "1.0");
    let project = project(&[(PROJECT, "[project]\nname = \"api\"\ndependencies = [\"one\"]\n")]);
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"pdm\"\n[[packages]]\nname = \"one\"\nversion = \"1.0\"\n\
         wheels = [{{ path = \"../../wheels/{0}\", hashes = {{ sha256 = \"{1}\" }} }}]\n",
        wheel.file_name(),
        wheel.sha256()
    );
    project.write(&format!("wheels/{}", wheel.file_name()), wheel.bytes());
    project.write(LOCK, lock);
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(super::packaged(&run), ["one 1.0"]);
    project.write(PROJECT, "[project]\nname = \"api\"\ndependencies = [\"one\", \"two\"]\n");
    assert_eq!(project.run(&["--locked"]).code, 6);
}

#[test]
fn list_says_where_requirements_come_from() {
    let project =
        project(&[(PROJECT, "[project]\nname = \"api\"\ndependencies = [\n  \"one\",\n]\n")]);
    project.publish(&Wheel::new("one", "1.1").requires("two"));
    let run = project.run(&["list", "-q"]);
    let rows: Vec<&str> =
        run.stdout.lines().filter(|row| row.contains("\trequirement\t")).collect();
    assert_eq!(
        rows,
        [
            "api\trequirement\tone 1.1\tlambdas/api/pyproject.toml:4 (363 B, 412 B unpacked)",
            "api\trequirement\ttwo 1.0\tlambdas/api/pyproject.toml (336 B, 393 B unpacked)",
        ]
    );
}

/// A lock of `one` 1.0 and `two` 1.0, of which there are newer ones by now.
fn locked() -> Project {
    let project = project(&[(LINES, "one\ntwo\n")]);
    lock(&project);
    for name in ["one", "two", "three"] {
        project.publish(&Wheel::new(name, "2.0"));
    }
    project
}

fn versions(project: &Project) -> Vec<String> {
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    super::packaged(&run)
}

#[test]
fn one_more_requirement_changes_no_other_version() {
    let project = locked();
    project.write(LINES, "one\ntwo\nthree\n");
    lock(&project);
    assert_eq!(versions(&project), ["one 1.0", "three 2.0", "two 1.0"]);
}

#[test]
fn one_requirement_less_changes_no_other_version() {
    let project = locked();
    project.write(LINES, "two\n");
    lock(&project);
    assert_eq!(versions(&project), ["two 1.0"]);
}

#[test]
fn a_raised_bound_moves_only_what_must() {
    let project = locked();
    project.write(LINES, "one>=1.5\ntwo\n");
    lock(&project);
    assert_eq!(versions(&project), ["one 2.0", "two 1.0"]);
}

#[test]
fn what_a_new_requirement_needs_moves_with_it() {
    let project = locked();
    project.publish(&Wheel::new("four", "1.0").requires("two>=2"));
    project.write(LINES, "one\ntwo\nfour\n");
    lock(&project);
    assert_eq!(versions(&project), ["four 1.0", "one 1.0", "two 2.0"]);
}

#[test]
fn another_target_and_another_source_keep_the_versions() {
    let project = locked();
    std::fs::remove_file(project.path(LINES)).unwrap();
    project.write(PROJECT, "[project]\nname = \"api\"\ndependencies = [\"one\", \"two\"]\n");
    project.write("dofs-package.toml", "python = \"3.13\"\n");
    lock(&project);
    assert_eq!(versions(&project), ["one 1.0", "two 1.0"]);
}

#[test]
fn upgrade_chooses_anew() {
    let project = locked();
    let run = project.run(&["lock", "--upgrade"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(versions(&project), ["one 2.0", "two 2.0"]);
}

#[test]
fn a_lock_of_another_tool_that_can_not_be_read_is_to_be_removed_before_its_tool_is_run() {
    for (name, command) in
        [("uv.lock", "uv lock"), ("poetry.lock", "poetry lock"), ("Pipfile.lock", "pipenv lock")]
    {
        for folder in ["lambdas/api", "lambdas/a b"] {
            let project = project(&[
                (&format!("{folder}/{name}"), "broken = "),
                (&format!("{folder}/handler.py"), super::MODULE),
            ]);
            let run = project.run(&["-n", "--format", "json", "-q"]);
            let hint = run.json()["failures"][0]["hint"].clone();
            let quoted = if folder.contains(' ') { "'lambdas/a b'" } else { folder };
            let way = format!("restore it, or remove it and run `(cd {quoted} && {command})`");
            assert_eq!(hint, way, "{name}");
        }
    }
}

#[test]
fn a_broken_lock_that_stands_alone_is_made_anew_once_there_is_what_it_was_made_from() {
    let project = project(&[(LOCK, "lock-version = \"1.0\"\npackages = 7\n")]);
    let run = project.run(&["lock", "--format", "json", "-q"]);
    let hint = run.json()["failures"][0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("add the requirements that it was made from"), "{hint}");
    project.write(LINES, "one\n");
    lock(&project);
    assert_eq!(build(&project), ["one 1.0"]);
}
