//! Where requirements are found: in lines, in projects, in locks of other tools; and what is said
//! of files that only look like them.

#![cfg(unix)]

mod beside;
mod config;
mod excluded;
mod exports;
mod hostile;
mod lock;
mod near;
mod pipenv;
mod poetry;
mod project;
mod python;
mod sources;
mod uv;

use crate::support::{Index, Project, Run, Tool, Wheel};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// A project for Python 3.12 with the lambda `api`, these files, and `one` and `two` in pip's index.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::with(&[("dofs-package.toml", "python = \"3.12\"\n")]);
    project.write("lambdas/api/api.py", MODULE);
    for (path, text) in files {
        project.write(path, text);
    }
    for name in ["one", "two", "three"] {
        project.publish(&Wheel::new(name, "1.0"));
    }
    project
}

/// The tool on a machine without any program, and without a word on indexes.
fn bare(project: &Project) -> Tool<'_> {
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    tool.env("PATH", project.path("no-programs"))
}

/// The names and versions that are packaged into the first lambda; the run must succeed.
fn packaged(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.text());
    let json = run.json();
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    wheels.map(|it| format!("{} {}", text(&it["name"]), text(&it["version"]))).collect()
}

/// What is packaged of a project, with Python and pip.
fn build(project: &Project) -> Vec<String> {
    packaged(&project.run(&["--format", "json", "-q"]))
}

/// The code of the one failure, with the exit code and the whole talk.
fn failure(run: &Run) -> (i32, String) {
    let json = run.json();
    let code = json["failures"][0]["code"].as_str().unwrap_or_default().to_owned();
    (run.code, code)
}

/// The codes of the warnings of the first package.
fn warnings(run: &Run) -> Vec<String> {
    let json = run.json();
    let all = json["packages"][0]["warnings"].as_array().expect("a list").clone();
    all.iter().map(|it| it["code"].as_str().expect("a text").to_owned()).collect()
}

/// A package of a uv.lock, with its wheel in an index; `more` stands between name and files.
fn locked(wheel: &Wheel, index: &Index, more: &str) -> String {
    format!(
        "\n[[package]]\nname = \"{}\"\nversion = \"{}\"\n\
         source = {{ registry = \"{}\" }}\n{more}\
         wheels = [{{ url = \"http://{}/{}\", hash = \"sha256:{}\", size = {} }}]\n",
        wheel.project(),
        wheel.version(),
        index.simple(),
        index.address(),
        wheel.file_name(),
        wheel.sha256(),
        wheel.bytes().len()
    )
}
