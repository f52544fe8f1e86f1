//! What users read: whole texts, each with the exit code.
//!
//! The answer to `UPDATE_EXPECT=1` is to be read as a user would read it: what is wrong, where,
//! why, and what to do.

#[cfg(unix)]
mod broken_ends;
mod command_line;
mod config;
#[cfg(unix)]
mod credentials;
mod discovery;
mod environment;
mod help;
#[cfg(unix)]
mod many;
mod requirements;
mod store;
mod success;

use expect_test::Expect;

use crate::support::{Project, Run, Tool};

/// A module that is enough for a lambda.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// A lambda.
const API: (&str, &str) = ("lambdas/api/api.py", MODULE);

/// Compares all that a run said.
fn check(run: &Run, expected: Expect) {
    expected.assert_eq(&run.text());
}

/// Compares a help, less the blanks at the ends of its lines.
fn check_help(arguments: &[&str], expected: Expect) {
    let text = Project::new().run(arguments).text();
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    expected.assert_eq(&lines.collect::<String>());
}

/// Runs the tool several times, and puts what it said under each command.
fn say(tool: &Tool<'_>, commands: &[&[&str]]) -> String {
    let said = commands.iter().map(|arguments| {
        let text = tool.run(arguments).text();
        format!("$ {}\n{text}", arguments.join(" "))
    });
    said.collect::<Vec<_>>().join("\n")
}

/// A project with one lambda for each requirements file.
fn requiring(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (name, requirements) in files {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
        project.write(&format!("lambdas/{name}/requirements.txt"), requirements);
    }
    project
}

/// A `python3` that answers for its version, and else does what is asked.
#[cfg(unix)]
fn python(project: &Project, version: &str, otherwise: &str) -> std::path::PathBuf {
    let script = format!("case \"$1\" in -c) echo {version} ;; *) {otherwise} ;; esac");
    project.lone_program("python3", &script)
}
