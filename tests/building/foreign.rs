//! Locks of other tools, read by these tools; programs of their names stand for them.

use super::{MODULE, requiring, succeed, wheels};
use crate::support::{Project, Wheel};

/// A project whose lambda has the lock of a tool, and wheels in its index.
fn with_lock(lock: &str, project_file: &str) -> Project {
    let project = requiring(&[]);
    project.write("lambdas/api/api.py", MODULE);
    project.write(&format!("lambdas/api/{lock}"), "a lock\n");
    project.write(&format!("lambdas/api/{project_file}"), "a project\n");
    for version in ["1.0", "2.0"] {
        project.publish(&Wheel::new("one", version));
    }
    project
}

/// A script that notes its arguments and folder, and prints lines.
fn exporter(project: &Project, lines: &str) -> String {
    let log = project.home().join("asked");
    let notes = "printf '%s|' \"$(basename \"$PWD\")\" \"$@\"; echo";
    format!("{{ {notes}; }} >> '{}'\ncat <<'END'\n{lines}\nEND", log.display())
}

/// What the program was asked, each time.
fn asked(project: &Project) -> Vec<String> {
    let text = std::fs::read_to_string(project.home().join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn each_tool_is_asked_in_its_way_once() {
    let table = [
        (
            "uv.lock",
            "pyproject.toml",
            "uv",
            "api|export|--locked|--no-dev|--no-emit-project|--no-header|--no-annotate|\
             --format=requirements-txt|",
        ),
        (
            "poetry.lock",
            "pyproject.toml",
            "poetry",
            "api|export|--only=main|--format=requirements.txt|--no-interaction|",
        ),
        ("Pipfile.lock", "Pipfile", "pipenv", "api|requirements|--hash|"),
    ];
    for (lock, project_file, program, arguments) in table {
        let project = with_lock(lock, project_file);
        let path = project.program(program, &exporter(&project, "one==1.0 ; python_version > '3'"));
        let run = succeed(project.tool().env("PATH", &path).run(&["--format", "json"]));
        assert_eq!(wheels(&run), ["one-1.0-py3-none-any.whl"], "{lock}");
        assert_eq!(asked(&project), [arguments], "{lock}");
        // Neither the tool nor Python is needed again.
        let nowhere = super::nowhere(&project);
        let again = succeed(project.tool().env("PATH", nowhere).run(&["--format", "json"]));
        assert_eq!(again.json()["packages"][0]["sha256"], run.json()["packages"][0]["sha256"]);
        project.program(program, &exporter(&project, "one==2.0"));
        project.write(&format!("lambdas/api/{lock}"), "another lock\n");
        let run = succeed(project.tool().env("PATH", &path).run(&["--format", "json"]));
        assert_eq!(wheels(&run), ["one-2.0-py3-none-any.whl"], "{lock}");
        assert_eq!(asked(&project).len(), 2, "{lock}");
    }
}

#[test]
fn without_its_tool_a_lock_is_an_error_with_the_command_to_run() {
    let project = with_lock("uv.lock", "pyproject.toml");
    let run = project.tool().env("PATH", super::nowhere(&project)).run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `lambdas/api/uv.lock` can only be read by `uv`, which is not on PATH
          --> lambdas/api/uv.lock
        hint: install `uv`, or run `uv export --locked --no-dev --no-emit-project --no-header --no-annotate --format=requirements-txt > requirements.txt` beside the lock where it is installed
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
    let project = with_lock("Pipfile.lock", "Pipfile");
    let run = project.tool().env("PATH", super::nowhere(&project)).run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `lambdas/api/Pipfile.lock` can only be read by `pipenv`, which is not on PATH
          --> lambdas/api/Pipfile.lock
        hint: install `pipenv`, or run `pipenv requirements --hash > requirements.txt` beside the lock where it is installed
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_tool_that_fails_is_shown_with_its_last_words() {
    let project = with_lock("poetry.lock", "pyproject.toml");
    let path = project
        .program("poetry", "echo 'The requested command export does not exist.' >&2; exit 1");
    let run = project.tool().env("PATH", &path).run(&["-q"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: `poetry` can't export `lambdas/api/poetry.lock`
          --> lambdas/api/poetry.lock
          caused by: poetry export --only=main --format=requirements.txt --no-interaction
          caused by: The requested command export does not exist.
        hint: install poetry's plugin for it (`poetry self add poetry-plugin-export`)
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
    // A failure is not kept.
    project.program("poetry", &exporter(&project, "one==1.0"));
    succeed(project.tool().env("PATH", &path).run(&["-q"]));
}

#[test]
fn requirements_beside_a_lock_of_another_tool_win() {
    let project = with_lock("uv.lock", "pyproject.toml");
    project.write("lambdas/api/requirements.txt", "one==1.0\n");
    let path = project.program("uv", "exit 1");
    let run = succeed(project.tool().env("PATH", &path).run(&["--format", "json"]));
    assert_eq!(wheels(&run), ["one-1.0-py3-none-any.whl"]);
}

#[test]
fn lines_of_an_export_may_name_folders_beside_the_lock() {
    let project = with_lock("uv.lock", "pyproject.toml");
    super::Library::new("shared", "1.0").write(&project.path("shared"));
    let lines = "-e ../../shared\none==1.0 --hash=sha256:HASH";
    let wheel = project.index().join("one-1.0-py3-none-any.whl");
    let hash = super::archives::hash(&wheel);
    let lines = lines.replace("--hash=sha256:HASH", &hash);
    let path = project.program("uv", &exporter(&project, &lines));
    let run = succeed(project.tool().env("PATH", &path).run(&["--format", "json"]));
    let expected = ["one-1.0", "shared-1.0"].map(|it| format!("{it}-py3-none-any.whl"));
    assert_eq!(wheels(&run), expected);
}
