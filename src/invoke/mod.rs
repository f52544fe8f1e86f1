//! Runs the handler of an unpacked package, as Lambda would.
//!
//! The interpreter of the target ([`find_interpreter`]) is started without its site-packages and in
//! an environment of its own; `starter.py`, beside this file, sets `sys.path` in Lambda's order,
//! imports the module and calls the function once. Both its outputs are standard
//! error; what it returns comes as a message. The first import of a package that the runtime brings
//! is a message, too: then the caller lays these out, so that a handler which needs none of them
//! needs no network.
//!
//! This is no sandbox: the code has the rights of the user. What it is not given is the user's
//! environment.

mod environment;
mod interpreter;

use std::ffi::OsString;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::lambda::PythonVersion;
use crate::process::{Ended, Hear, Program, Reply};
use crate::python::runtime_packages;
use crate::report::Failure;

pub(crate) use interpreter::{Interpreter, find as find_interpreter};

const STARTER: &str = include_str!("starter.py");

/// A call of a handler.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) interpreter: &'a Interpreter,
    pub(crate) python: PythonVersion,
    /// The unpacked package, without links in its path.
    pub(crate) task: &'a Utf8Path,
    /// The unpacked layers, where it has some.
    pub(crate) opt: Option<&'a Utf8Path>,
    /// The folders of layers in which Python looks, in its order.
    pub(crate) layers: &'a [Utf8PathBuf],
    /// Where the runtime's packages are, once they are needed.
    pub(crate) runtime: &'a Utf8Path,
    /// An empty folder.
    pub(crate) home: &'a Utf8Path,
    /// `module.function`.
    pub(crate) handler: &'a str,
    /// What the function is called in Lambda.
    pub(crate) function: &'a str,
    /// A JSON text.
    pub(crate) event: &'a str,
    /// What is set for it; a later one wins.
    pub(crate) variables: &'a [(OsString, OsString)],
    /// In megabytes.
    pub(crate) memory: &'a str,
    /// How long the import may take, and then the function.
    pub(crate) timeout: Duration,
    pub(crate) extent: Extent,
    /// Takes what it writes.
    pub(crate) hear: Option<&'a Hear>,
}

/// How far a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The module is imported.
    Import,
    /// And its function called.
    Call,
}

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What the handler returned, as JSON, and how long it took; after an import alone `null`, and
    /// how long that took.
    Returned(String, Duration),
    /// It raised, or did not come to an end.
    Failed(Failure),
}

/// The first message to the starter.
#[derive(Serialize)]
struct Told<'a> {
    task: &'a Utf8Path,
    opt: Option<&'a Utf8Path>,
    layers: &'a [Utf8PathBuf],
    runtime: &'a Utf8Path,
    /// The names that the runtime's packages are imported by.
    names: Vec<&'a str>,
    projects: Vec<&'a str>,
    handler: &'a str,
    event: &'a str,
    only_import: bool,
    /// Seconds.
    timeout: f64,
}

/// A message of the starter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Message {
    /// A package of the runtime is imported.
    Needs,
    /// The module is imported.
    Imported,
    #[serde(untagged)]
    Last(Last),
}

/// How a call ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Last {
    /// The JSON text of what the handler returned.
    Returned(String),
    /// The name of the exception's class; its traceback was shown.
    Raised(String),
    /// What was given to `sys.exit`.
    Exited(String),
    #[serde(untagged)]
    Fault {
        /// As Lambda has it behind `Runtime.`.
        fault: String,
        message: String,
    },
}

/// Calls a handler. `lay_out` is called once at most, and puts the runtime's packages into their
/// folder.
///
/// # Errors
///
/// Python can't be started, or the runtime's packages can't be had. What the handler does wrong is
/// an outcome.
pub(crate) fn call(
    call: &Call<'_>,
    lay_out: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let arguments = ["-I", "-S", "-B", "-u", "-X", "utf8", "-c", STARTER];
    let mut program =
        Program::new(call.interpreter.path.as_str(), arguments, environment::of(call));
    program.folder = Some(call.task.to_owned());
    program.input = line(&told(call));
    let (mut since, mut is_imported) = (Instant::now(), false);
    let mut last = None;
    let mut listen = |line: &[u8]| -> Result<Reply, Listening> {
        Ok(match serde_json::from_slice(line).map_err(|_| Listening::NoMessage)? {
            Message::Needs => {
                let asked = Instant::now();
                lay_out().map_err(Listening::NotLaidOut)?;
                since += asked.elapsed();
                Reply::Answer(line_of_nothing())
            }
            Message::Imported => {
                is_imported = true;
                if call.extent == Extent::Call {
                    since = Instant::now();
                }
                Reply::Anew(line_of_nothing())
            }
            Message::Last(message) => {
                last = Some((message, since.elapsed()));
                Reply::Enough
            }
        })
    };
    let ended = program.converse(call.hear, call.timeout, &mut listen);
    Ok(match ended {
        Err(Listening::NotLaidOut(failure)) => return Err(failure),
        Err(Listening::Broken(error)) => return Err(error.failure("invoke-failed")),
        // Only code that writes to the file descriptors of others comes here.
        Err(Listening::NoMessage) => {
            Outcome::Failed(ended_early(call, "it broke into its own pipe"))
        }
        Ok(Ended::Late) => Outcome::Failed(late(call, is_imported)),
        Ok(Ended::Itself(status)) => Outcome::Failed(ended_early(call, &status)),
        Ok(Ended::Wished) => {
            let (message, elapsed) = last.expect("there was a message that was enough");
            outcome(call, message, elapsed, is_imported)
        }
    })
}

/// Why the conversation broke off.
enum Listening {
    Broken(crate::process::Error),
    NotLaidOut(Failure),
    NoMessage,
}

impl From<crate::process::Error> for Listening {
    fn from(error: crate::process::Error) -> Self {
        Self::Broken(error)
    }
}

fn told<'a>(call: &Call<'a>) -> Told<'a> {
    let packages = || runtime_packages(call.python);
    Told {
        task: call.task,
        opt: call.opt,
        layers: call.layers,
        runtime: call.runtime,
        names: packages().flat_map(|package| package.imports.iter().copied()).collect(),
        projects: packages().map(|package| package.project).collect(),
        handler: call.handler,
        event: call.event,
        only_import: call.extent == Extent::Import,
        timeout: call.timeout.as_secs_f64(),
    }
}

/// A message is a line.
fn line(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("texts and numbers have a form in JSON");
    line.push(b'\n');
    line
}

fn line_of_nothing() -> Vec<u8> {
    b"null\n".to_vec()
}

fn outcome(call: &Call<'_>, last: Last, elapsed: Duration, is_imported: bool) -> Outcome {
    let handler = call.handler;
    let of_module = if is_imported { "" } else { "the module of " };
    Outcome::Failed(match last {
        Last::Returned(json) => return Outcome::Returned(json, elapsed),
        Last::Raised(class) => {
            Failure::lambda("handler-raised", format!("{of_module}`{handler}` raised `{class}`"))
        }
        Last::Exited(code) => ended_early(call, &format!("`sys.exit({code})`")),
        Last::Fault { fault, message } if fault == "MarshalError" => {
            let text = format!("what `{handler}` returns has no form in JSON");
            Failure::lambda("handler-answer", text).said([message])
        }
        Last::Fault { message, .. } => {
            let text = format!("the handler `{handler}` can't be loaded");
            Failure::lambda("handler-not-loaded", text).said([message])
        }
    })
}

fn ended_early(call: &Call<'_>, how: &str) -> Failure {
    let message = format!("Python ended before `{}` returned: {how}", call.handler);
    Failure::lambda("handler-ended", message)
}

fn late(call: &Call<'_>, is_imported: bool) -> Failure {
    let (handler, seconds) = (call.handler, call.timeout.as_secs());
    let message = match is_imported {
        true => format!("`{handler}` did not return within {seconds} s, and was ended"),
        false => format!("the import for `{handler}` took more than {seconds} s, and was ended"),
    };
    Failure::lambda("handler-timeout", message).hint("give it more time with `--timeout`")
}
