//! `invoke`: the handler of the very package, run as Lambda would.

mod environment;
mod events;
mod failures;
mod interpreters;
mod outputs;
mod packages;
mod runtime;
mod terraform;

use std::io::Write as _;
use std::process::{Output, Stdio};
use std::sync::OnceLock;

use crate::support::{Project, Run, output, python3};

/// The version of `python3`, as `--python` takes it.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let ask = "import sys; print('%d.%d' % sys.version_info[:2])";
        output(python3().args(["-c", ask])).trim().to_owned()
    })
}

/// The config of the lambda `api` with the handler `api.handler`.
const CONFIG: &str = "[lambda.api]\nhandler = \"api.handler\"\n";

/// A project with one lambda, `api`, whose module has this code.
fn project(code: &str) -> Project {
    Project::with(&[("dofs-package.toml", CONFIG), ("lambdas/api/api.py", code)])
}

/// A project whose handler has this body.
fn handler(body: &str) -> Project {
    let lines = body.lines().map(|line| format!("    {line}\n"));
    project(&format!("def handler(event, context):\n{}", lines.collect::<String>()))
}

/// Invokes `api` on the Python of this machine.
fn invoke(project: &Project, arguments: &[&str]) -> Run {
    project.run(&with_python(arguments))
}

fn with_python<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["invoke", "api", "--python", version()], arguments].concat()
}

/// What a handler with this body returns.
fn returned(body: &str) -> String {
    let run = invoke(&handler(body), &[]);
    assert_eq!(run.code, 0, "{}", run.text());
    run.stdout
}

/// Invokes `api` with something on standard input.
fn invoke_with_input(project: &Project, arguments: &[&str], input: &str) -> Output {
    let mut command = project.tool().command(&with_python(arguments));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the tool can be started");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input.as_bytes()).expect("it is read");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}
