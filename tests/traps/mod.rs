//! Nothing that a checkout brings is run: every command in trees full of traps.
//!
//! A trap leaves a file when it is run, named by what runs it.

mod git;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::{Project, Tool};

/// The folder of what was run.
fn fired_folder(project: &Project) -> PathBuf {
    project.home().join("fired")
}

/// The names of the traps that were run, sorted.
fn fired(project: &Project) -> Vec<String> {
    let entries = std::fs::read_dir(fired_folder(project)).expect("the folder of what was run");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

/// A command of the shell that is a trap. What comes in goes out, so that a filter does not fail.
fn trap(project: &Project, name: &str) -> String {
    std::fs::create_dir_all(fired_folder(project)).expect("a folder");
    format!("touch '{}/{name}'; cat", fired_folder(project).display())
}

/// Runs the tool with standard input, whatever comes of it; returns what it said.
fn say(tool: &Tool<'_>, arguments: &[&str], input: &str) -> String {
    let mut command = tool.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the tool can be started");
    let mut pipe = child.stdin.take().expect("it was asked for");
    // A command that does not read it may have ended by now.
    drop(pipe.write_all(input.as_bytes()));
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}{}", output.status, text(&output.stdout), text(&output.stderr))
}
