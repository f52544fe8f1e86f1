//! `verify`: does what is there match what the sources give?

mod code;
mod commits;
mod disk;
mod others;
mod reports;
mod state;
mod terraform;

use crate::support::{Project, Run};

/// Two lambdas, with a manifest in a folder for Terraform, and nothing packaged.
fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\nmanifest = \"terraform/packages.json\"\n"),
        ("lambdas/a/a.py", "handler = 1\n"),
        ("lambdas/b/b.py", "def handler(event, context): pass\n"),
    ]);
    std::fs::create_dir(project.path("terraform")).expect("a folder");
    project
}

/// The same, packaged.
fn packaged() -> Project {
    let project = project();
    project.digests();
    project
}

/// Name, check and status of each line, but those of imports, which have their own tests.
fn lines(run: &Run) -> Vec<String> {
    let of = |line: &str| line.split('\t').take(3).collect::<Vec<_>>().join(" ");
    run.stdout
        .lines()
        .map(of)
        .filter(|line| line != "a imports ok" && line != "b imports ok")
        .collect()
}
