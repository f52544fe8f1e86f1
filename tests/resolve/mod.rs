//! Requirements become wheels: through pip, for the target, once.

mod described;
mod files;
mod index;
mod key;
#[cfg(unix)]
mod python;
mod refusals;
mod store;
mod target;

use crate::support::{Project, Run, Wheel};

/// A project with one lambda of these requirements, and wheels in its index.
fn requiring(requirements: &str, wheels: &[Wheel]) -> Project {
    let project = Project::with(&[
        ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
        ("lambdas/api/requirements.txt", requirements),
    ]);
    for wheel in wheels {
        project.publish(wheel);
    }
    project
}

/// Packages for Python 3.12, which must succeed.
fn package(project: &Project) -> Run {
    succeed(project.run(&["--python", "3.12"]))
}

/// Makes sure that a run succeeded.
fn succeed(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

/// What was said, as snapshots have it: they take the blanks that all lines begin with away.
fn talk(run: &Run) -> String {
    format!("--- stderr\n{}", run.stderr)
}

/// How often something was resolved.
fn resolutions(run: &Run) -> usize {
    run.stderr.lines().filter(|line| line.trim_start().starts_with("Resolving ")).count()
}

/// The names and versions of the wheels in the first package of an answer.
fn wheels(run: &Run) -> Vec<String> {
    let json = run.json();
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").iter();
    let text = |wheel: &serde_json::Value, key: &str| wheel[key].as_str().map(str::to_owned);
    wheels
        .filter_map(|wheel| Some(format!("{} {}", text(wheel, "name")?, text(wheel, "version")?)))
        .collect()
}
