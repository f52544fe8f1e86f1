//! The door to other programs.
//!
//! Arguments are a list and never a line for a shell. A child runs in an empty folder unless it is
//! given another, and takes no program from a relative one. It reads only the input that it is given,
//! has a process group of its own, and is ended if it is silent or runs for too long; its last lines
//! are kept for the error. Passwords in URLs are blanked out of all text that leaves this room.

#![expect(
    clippy::disallowed_types,
    reason = "this room is the door that the lint keeps all others from walking around"
)]

mod children;
mod converse;
mod run;
mod start;

use camino::{Utf8Path, Utf8PathBuf};
use std::borrow::Cow;
use std::error::Error as _;
use std::ffi::OsString;
use std::io;
use std::sync::mpsc::Sender;

use crate::environment::Environment;
use crate::fs;
use crate::patience::{Limit, Limits};
use crate::report::{Failure, code};

pub(crate) use children::end_all;
pub(crate) use converse::{Ended, Hear, Reply};

/// A program to be run.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its name, or its path.
    pub(crate) name: String,
    /// What it is for whoever waits for it: `` `git fetch` ``.
    pub(crate) what: String,
    pub(crate) arguments: Vec<OsString>,
    /// Its whole environment.
    pub(crate) environment: Environment,
    /// Its working directory; `None` is an empty one.
    pub(crate) folder: Option<Utf8PathBuf>,
    /// What it reads on its standard input.
    pub(crate) input: Vec<u8>,
    /// How long it may run, and write nothing, before it is ended.
    pub(crate) limits: Limits,
    /// What is kept of its standard output; of its standard error the end.
    pub(crate) kept: Kept,
    /// Reads from a line of what it writes, to whichever end, what it is at.
    pub(crate) at: Option<fn(&str) -> Option<String>>,
    /// Hears each line of its standard output as it comes. They may hold secrets.
    pub(crate) lines: Option<Sender<String>>,
}

/// What is kept of what a program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// All: it is an answer.
    All,
    /// The last bytes: it is talk.
    End,
}

/// The output of a program that has ended.
#[derive(Debug)]
pub(crate) struct Output {
    /// Whether it ended with status 0.
    pub(crate) success: bool,
    /// How it ended, as text: `exit status: 1`.
    pub(crate) status: String,
    /// Its exit code, where it had one.
    pub(crate) code: Option<i32>,
    /// Its standard output, byte for byte, for file names need not be UTF-8. It may hold secrets.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error, passwords blanked out.
    pub(crate) stderr: String,
}

impl Output {
    /// Its standard output as text; bytes that are not UTF-8 become replacement characters.
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
    /// There is no folder for it to run in.
    #[error("cannot run `{name}`")]
    Folder { name: String, source: fs::Error },
    /// It was silent or ran for too long, and was ended.
    #[error("{what} {limit}, and was ended")]
    Late { what: String, limit: Limit },
    /// Its answer is longer than any that is asked for, and it was ended.
    #[error("`{name}` said more than a gigabyte and was ended")]
    TooLong { name: String },
    /// Waiting for it failed.
    #[error("lost sight of `{name}`")]
    Wait { name: String, source: io::Error },
}

impl Error {
    /// Makes a failure of the error, under the code of the program unless it was waited for in vain.
    pub(crate) fn failure(&self, code: &'static str) -> Failure {
        if let Self::Late { limit, .. } = self {
            return Failure::program(code::TIMED_OUT, self.to_string()).hint(limit.hint());
        }
        let failure = Failure::program(code, self.to_string());
        self.source().into_iter().fold(failure, Failure::because)
    }
}

impl Program {
    /// A Python, with arguments, that imports nothing from its working directory nor from beside its
    /// script (PYTHONSAFEPATH, since Python 3.11; older ones have the empty folder). Not for pip: the
    /// builds that it starts have scripts that import what lies beside them.
    pub(crate) fn python(
        path: impl Into<String>,
        arguments: impl IntoIterator<Item = &'static str>,
        environment: &Environment,
    ) -> Self {
        Self::new(path, arguments, environment.clone().with("PYTHONSAFEPATH", "1"))
    }

    /// A cargo, with arguments. rustup takes a toolchain, and cargo its settings, from the working
    /// directory and the folders above it ("Overrides" in the rustup book, "Hierarchical structure" in
    /// The Cargo Book): above the root there is none, while temporary files may lie in a checkout.
    pub(crate) fn cargo<A: Into<OsString>>(
        path: &Utf8Path,
        arguments: impl IntoIterator<Item = A>,
        environment: &Environment,
    ) -> Self {
        let folder = path.ancestors().last().filter(|root| root.is_absolute());
        let program = Self::new(path.as_str(), arguments, environment.clone());
        Self { folder: folder.map(Utf8Path::to_owned), ..program }
    }

    /// A program by name, with arguments.
    pub(crate) fn new<A: Into<OsString>>(
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = A>,
        environment: Environment,
    ) -> Self {
        let name = name.into();
        Self {
            what: format!("`{}`", Utf8Path::new(&name).file_name().unwrap_or(&name)),
            name,
            arguments: arguments.into_iter().map(Into::into).collect(),
            limits: environment.patience().limits,
            environment,
            folder: None,
            input: Vec::new(),
            kept: Kept::All,
            at: None,
            lines: None,
        }
    }
}

/// Raises the limit of open files as far as the system allows: macOS starts a process with 256, and
/// a run holds all its wheels open.
pub(crate) fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        // OPEN_MAX of macOS, whose setrlimit(2) refuses RLIM_INFINITY for open files.
        let enough = limit.maximum.unwrap_or(u64::MAX).min(10_240);
        if limit.current.is_some_and(|current| current < enough) {
            limit.current = Some(enough);
            // If this is refused, the old limit holds, and opening one file too many is an error.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// Returns the last lines of a text, at most `count`, without blank ones.
pub(crate) fn last_lines(text: &str, count: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests;
