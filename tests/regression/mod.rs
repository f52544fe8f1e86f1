//! Bugs that a review of the first version found. Each left a test that failed before it was
//! mended.

mod answers;
#[cfg(unix)]
mod files;
mod lines;
#[cfg(unix)]
mod pip;
#[cfg(unix)]
mod runs;
mod second;
mod settings;
mod store;
mod unheeded;

use std::path::PathBuf;

use crate::support::{Project, Run, Tool, Wheel};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// The target of all runs.
const TARGET: [&str; 2] = ["--python", "3.12"];

/// The same, with an answer in JSON.
const JSON: [&str; 4] = ["--python", "3.12", "--format", "json"];

/// A project with one lambda for each requirements file, and wheels in its index.
fn requiring(files: &[(&str, &str)], wheels: &[Wheel]) -> Project {
    let project = Project::new();
    for (name, requirements) in files {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
        project.write(&format!("lambdas/{name}/requirements.txt"), requirements);
    }
    for wheel in wheels {
        project.publish(wheel);
    }
    project
}

/// A wheel that has one module, `NAME.py`, of this text.
fn saying(name: &str, text: &str) -> Wheel {
    Wheel::bare(name, "1.0").file(&format!("{name}.py"), text)
}

/// Makes sure that a run succeeded.
fn succeed(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.text());
    run
}

/// How often something was resolved in a run that must succeed.
fn resolutions(tool: &Tool<'_>) -> usize {
    let run = succeed(tool.run(&TARGET));
    run.stderr.lines().filter(|line| line.trim_start().starts_with("Resolving ")).count()
}

/// The text of a file in the package of `api`.
fn packaged(project: &Project, name: &str) -> String {
    let entries = project.entries("lambdas/api/api.zip");
    let (bytes, _) = entries.get(name).unwrap_or_else(|| panic!("{name}: {:?}", entries.keys()));
    String::from_utf8(bytes.clone()).expect("UTF-8")
}

/// A folder without any program.
fn nowhere(project: &Project) -> PathBuf {
    let folder = project.home().join("nothing");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs the tool in a shell that first does something to itself.
#[cfg(unix)]
fn run_after(setting: &str, tool: &Tool<'_>, arguments: &[&str]) -> std::process::Output {
    let inner = tool.command(arguments);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{setting}; exec \"$0\" \"$@\"")]);
    shell.arg(inner.get_program()).args(inner.get_args());
    shell.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(inner.get_current_dir().expect("the tool is run somewhere"));
    shell.output().expect("a shell")
}

/// Makes a FIFO.
#[cfg(unix)]
fn fifo(path: &std::path::Path) {
    crate::support::output(std::process::Command::new("mkfifo").arg(path));
}
