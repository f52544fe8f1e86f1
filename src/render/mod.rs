//! Writes answers and messages.
//!
//! The only room that writes: answers to standard output ([`text`], [`json`]), messages to standard
//! error ([`Human`]). Answers are made as texts by pure functions, so that the same input gives the
//! same bytes. Messages have cargo's form: a green verb in twelve columns, warnings and errors with
//! their place and a hint, a progress bar only on a terminal.

mod alike;
mod human;
pub(crate) mod json;
pub(crate) mod junit;
mod progress;
pub(crate) mod text;
pub(crate) mod tfvars;
pub(crate) mod timings;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::address::redact;
use crate::report::FORMAT;

pub(crate) use human::{Human, Talk};

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    format: u32,
}

const TOOL: Tool =
    Tool { name: "cargo-dofs-package", version: env!("CARGO_PKG_VERSION"), format: FORMAT };

/// Writes help to standard output, or what is wrong with the command line to standard error; `lambda` is
/// the lambda whose name stands in place of a command, if one does.
pub(crate) fn usage(error: &clap::Error, lambda: Option<&str>) -> io::Result<()> {
    let text = error.render().to_string();
    let shown = redact(&text);
    // Colours are lost where an argument that is quoted has a secret.
    match error.use_stderr() && shown != text {
        true => io::stderr().write_all(shown.as_bytes())?,
        false => error.print()?,
    }
    let suggested = error.get(clap::error::ContextKind::SuggestedSubcommand);
    let is_word = error.kind() == clap::error::ErrorKind::InvalidSubcommand;
    let hint = match lambda {
        Some(name) => format!("run `cargo dofs-package build {name}` to package that lambda"),
        // A word without a similar command may be the name of a lambda of elsewhere.
        None if is_word && suggested.is_none() => {
            "name lambdas after a command: `cargo dofs-package build NAME`".to_owned()
        }
        None => return Ok(()),
    };
    io::stderr().write_all(format!("\nhint: {hint}\n").as_bytes())
}

/// Ends the progress line at an interruption, so that the shell's prompt begins on a new one.
pub(crate) fn leave_line() {
    use std::io::IsTerminal as _;
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // The run ends in any case.
        drop(stderr.write_all(b"\n"));
    }
}

/// Writes to standard error what another program writes to its own, as it is, and ends its last line
/// where it did not: what comes next begins on a new one.
pub(crate) fn heard() -> impl Fn(&[u8]) + Send + Sync {
    let is_unfinished = AtomicBool::new(false);
    move |bytes| {
        let bytes = match bytes {
            [.., last] => {
                is_unfinished.store(*last != b'\n', Ordering::Relaxed);
                bytes
            }
            [] if is_unfinished.swap(false, Ordering::Relaxed) => b"\n",
            [] => return,
        };
        // Where standard error can't be written, the answer and the exit code are enough.
        drop(io::stderr().write_all(bytes));
    }
}

/// Writes the answer to standard output, whole.
pub(crate) fn answer(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
