//! `[tool.uv.sources]` without a uv.lock: what pip has, too, is taken from where uv would take it.

use super::{build, failure, project};
use crate::building::Library;
use crate::support::{Project, Wheel};

const PROJECT: &str = "lambdas/api/pyproject.toml";

/// A project that asks for `one`, which the index has as 1.0, with this source of it.
fn with(source: &str) -> Project {
    let text = format!(
        "[project]\nname = \"api\"\nversion = \"1\"\ndependencies = [\"One ; os_name == 'posix'\", \"two\"]\n\
         [tool.uv.sources]\nONE = {source}\n"
    );
    let project = project(&[(PROJECT, &text)]);
    Library::new("one", "7.0").write(&project.path("libs/one"));
    project
}

#[test]
fn a_path_is_the_folder_or_the_wheel_there() {
    for source in [
        "{ path = \"../../libs/one\" }",
        "{ path = \"../../libs/one\", editable = true }",
        "{ path = \"../../libs/one-7.0-py3-none-any.whl\" }",
    ] {
        let project = with(source);
        project.write("libs/one-7.0-py3-none-any.whl", Wheel::new("one", "7.0").bytes());
        assert_eq!(build(&project), ["one 7.0", "two 1.0"], "{source}");
    }
}

#[test]
fn an_address_is_a_direct_reference() {
    let wheel = Wheel::new("one", "7.0");
    let index = crate::support::Index::serving(std::slice::from_ref(&wheel));
    let project =
        with(&format!("{{ url = \"http://{}/{}\" }}", index.address(), wheel.file_name()));
    assert_eq!(build(&project), ["one 7.0", "two 1.0"]);
}

#[test]
fn a_repository_is_taken_at_its_revision() {
    let project = with("{ git = \"file:///nowhere/one\", tag = \"v7\" }");
    let folder = project.path("libs/one");
    for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "7"], &["tag", "v7"]] {
        crate::support::git(&folder, arguments);
    }
    let text = String::from_utf8(project.read(PROJECT)).expect("UTF-8");
    let url = format!("file://{}", folder.display());
    project.write(PROJECT, text.replace("file:///nowhere/one", &url));
    assert_eq!(build(&project), ["one 7.0", "two 1.0"]);
}

#[test]
fn what_uv_alone_knows_is_refused_by_name() {
    for source in [
        "{ workspace = true }",
        "{ index = \"own\" }",
        "[{ path = \"a\", marker = \"os_name == 'nt'\" }, { path = \"b\" }]",
        "{ path = \"../../libs/one\", marker = \"os_name == 'posix'\" }",
        "{ git = \"https://h/one\", lfs = true }",
    ] {
        let run = with(source).run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{source}");
        let message = "`one` in `[tool.uv.sources]` is known to uv alone, and there is no uv.lock";
        assert_eq!(run.json()["failures"][0]["message"], message, "{source}");
        assert_eq!(run.json()["failures"][0]["line"], 6, "{source}");
    }
}

#[test]
fn a_folder_with_sources_of_its_own_is_refused() {
    let project = with("{ path = \"../../libs/one\" }");
    let path = "libs/one/pyproject.toml";
    let text = String::from_utf8(project.read(path)).expect("UTF-8");
    project.write(
        path,
        format!("{text}dependencies = [\"three\"]\n[tool.uv.sources]\nthree = {{ path = \"../three\" }}\n"),
    );
    let run = project.run(&["-n", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()), "{}", run.text());
}

#[test]
fn the_sources_of_a_workspace_without_a_lock_hold_for_its_members() {
    let project = project(&[
        (
            PROJECT,
            "[project]\nname = \"api\"\nversion = \"1\"\ndependencies = [\"one\", \"two\"]\n",
        ),
        (
            "pyproject.toml",
            "[tool.uv.workspace]\nmembers = [\"lambdas/*\"]\n[tool.uv.sources]\none = { path = \"libs/one\" }\n",
        ),
    ]);
    Library::new("one", "7.0").write(&project.path("libs/one"));
    assert_eq!(build(&project), ["one 7.0", "two 1.0"]);
    project.write(
        "pyproject.toml",
        "[tool.uv.workspace]\nmembers = [\"lambdas/*\"]\n[tool.uv.sources]\none = { workspace = true }\n",
    );
    let run = project.run(&["-n", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()));
    assert_eq!(run.json()["failures"][0]["path"], "pyproject.toml");
    let hint = run.json()["failures"][0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.starts_with("run `uv lock`, and commit uv.lock"), "{hint}");
    // What is no member has nothing of it.
    project.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"libs/*\"]\n");
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
}
