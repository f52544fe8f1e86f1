//! The door to other programs.
//!
//! Arguments are a list and never a shell's line. A child has no input but what it is given, a
//! process group of its own, a limit to its silence, and its last words are kept for the error. Passwords in
//! addresses are blanked out of everything that leaves this room as text.

#![expect(
    clippy::disallowed_types,
    reason = "this room is the door that the lint keeps all others from walking around"
)]

mod children;
mod redact;
mod run;

use std::borrow::Cow;
use std::error::Error as _;
use std::ffi::OsString;
use std::io;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::environment::Environment;
use crate::report::Failure;

pub(crate) use children::end_all;
pub(crate) use redact::{redact, without_user};

/// A program to be run.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its name, or its path.
    pub(crate) name: String,
    pub(crate) arguments: Vec<OsString>,
    /// Its whole environment.
    pub(crate) environment: Environment,
    /// Where it is run; where this one runs, if there is none.
    pub(crate) folder: Option<Utf8PathBuf>,
    /// What it reads on its standard input.
    pub(crate) input: Vec<u8>,
    /// How long it may say nothing before it counts as hung.
    pub(crate) silence: Duration,
}

/// What a program said.
#[derive(Debug)]
pub(crate) struct Output {
    /// Whether it ended with status 0.
    pub(crate) success: bool,
    /// How it ended, as text: `exit status: 1`.
    pub(crate) status: String,
    /// Its exit code, where it had one.
    pub(crate) code: Option<i32>,
    /// Its standard output, byte for byte: it may hold secrets, and a name of a file need not be
    /// text.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error, passwords blanked out.
    pub(crate) stderr: String,
}

impl Output {
    /// Its standard output as text; what is none of it is replaced.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }
}

/// Why a program could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such program, or it can't be started.
    #[error("cannot run `{name}`")]
    Start { name: String, source: io::Error },
    /// It said nothing for too long, and was ended.
    #[error("`{name}` said nothing for {seconds} seconds and was ended")]
    Silent {
        name: String,
        /// How long it was silent.
        seconds: u64,
    },
    /// Waiting for it failed.
    #[error("lost sight of `{name}`")]
    Wait { name: String, source: io::Error },
}

impl Error {
    /// The failure of a run that this stops, under the code of the program.
    pub(crate) fn failure(&self, code: &'static str) -> Failure {
        let failure = Failure::program(code, self.to_string());
        self.source().into_iter().fold(failure, Failure::because)
    }
}

impl Program {
    /// A program by name, with arguments.
    pub(crate) fn new<A: Into<OsString>>(
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = A>,
        environment: Environment,
    ) -> Self {
        Self {
            name: name.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment,
            folder: None,
            input: Vec::new(),
            silence: Duration::from_secs(1_800),
        }
    }
}

/// Lets this process have as many open files as the system grants it: the usual limit of macOS
/// is 256, and a run has its wheels open.
pub(crate) fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        // More than any run needs; "unlimited" is refused by some systems.
        let enough = limit.maximum.unwrap_or(u64::MAX).min(10_240);
        if limit.current.is_some_and(|current| current < enough) {
            limit.current = Some(enough);
            // Not granted: then the limit stands, and what it forbids is told of.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// Returns the last lines of what a program said, at most `count`, blank ones left out.
pub(crate) fn last_lines(text: &str, count: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests;
