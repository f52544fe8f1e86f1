//! Where lambdas are, what they are called, and where their zips go.

#[cfg(unix)]
mod adopted;
#[cfg(unix)]
mod edited;
mod files;
mod layers;
mod names;
mod nested;
mod others;
mod patterns;
mod refused;
mod scripts;
#[cfg(unix)]
mod shared;
mod standing;
#[cfg(unix)]
mod terraform;
mod zips;

use crate::support::Project;

const HANDLER: &str = "def lambda_handler(event, context):\n    return 1\n";

/// A project of a config and of handlers in folders.
fn project(config: &str, folders: &[&str]) -> Project {
    let project = Project::new();
    project.write("dofs-package.toml", config);
    for folder in folders {
        project.write(&format!("{folder}/handler.py"), HANDLER);
    }
    project
}

/// What a run packages: `NAME PATH` of each.
fn packaged(project: &Project) -> Vec<String> {
    let run = project.run(&["-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let row = |line: &str| {
        let mut parts = line.split('\t');
        let (name, zip) = (parts.next().expect("a name"), parts.next_back().expect("a path"));
        format!("{name} {zip}")
    };
    run.stdout.lines().map(row).collect()
}
