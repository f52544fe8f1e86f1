//! pips of many years, each on a Python that it supports: one answer.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{self, Project, Tool};

/// pips, and what runs them; without a version the newest.
const PIPS: [(Option<&str>, &str); 6] = [
    (Some("21.2.4"), "3.9"),
    (Some("22.3.1"), "3.8"),
    (Some("23.0.1"), "3.11"),
    (Some("24.0"), "3.12"),
    (Some("25.3"), "3.10"),
    (None, "3.13"),
];

/// The tool with nothing on PATH but a virtual environment with this pip, and that pip's name.
fn tool_with<'a>(project: &'a Project, version: Option<&str>, python: &str) -> (Tool<'a>, String) {
    let programs = support::environment_with_pip(python, version);
    let mut ask = Command::new(programs.join("python3"));
    let said = support::output(ask.args(["-m", "pip", "--version"]));
    let name = said.split_whitespace().nth(1).expect("its version").to_owned();
    (project.tool().online().env("PATH", programs), name)
}

#[test]
#[cfg(unix)]
#[ignore = "needs the package index and Pythons 3.8 to 3.13"]
fn every_pip_gives_api_handler_the_same_package() {
    let project = Project::from_fixture("dofs");
    let mut answers = BTreeSet::new();
    let mut told = String::new();
    for (version, python) in PIPS {
        let (tool, name) = tool_with(&project, version, python);
        assert!(version.is_none_or(|version| version == name), "{name}");
        let run = tool.run(&["build", "api_handler", "-n", "-q", "--no-cache"]);
        assert_eq!(run.code, 0, "pip {name}: {}", run.stderr);
        told += &format!("pip {name} on Python {python}: {}", run.stdout);
        answers.insert(run.stdout);
    }
    assert_eq!(answers.len(), 1, "{told}");
}

#[test]
#[cfg(unix)]
#[ignore = "needs the package index and Pythons 3.8 to 3.13"]
fn every_pip_resolves_open_requirements_to_the_same_wheels() {
    let lines = "boto3==1.34.0\nrequests[socks]==2.31.0\ncolorama==0.4.6 ; sys_platform == 'win32'\n\
                 importlib-metadata==8.5.0 ; python_version < '3.10'\n";
    for target in ["3.9", "3.12"] {
        let project = Project::with(&[
            ("lambdas/api/api.py", "x = 1\n"),
            ("lambdas/api/requirements.txt", lines),
        ]);
        let mut answers = BTreeSet::new();
        let mut told = String::new();
        for (version, python) in PIPS {
            let (tool, name) = tool_with(&project, version, python);
            let run = tool.run(&["--python", target, "-n", "-q", "--no-cache"]);
            assert_eq!(run.code, 0, "pip {name}: {}", run.stderr);
            told += &format!("pip {name} on Python {python}: {}", run.stdout);
            answers.insert(run.stdout);
        }
        assert_eq!(answers.len(), 1, "{told}");
    }
}
