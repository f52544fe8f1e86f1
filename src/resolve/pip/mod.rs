//! pip: the resolver that stays the default, and the builder of what has no wheel.
//!
//! `pip download` is run with the target's tags and markers ([`shim`](self#shim)); `pip wheel`
//! builds with those of its host, for a build runs there.

mod diagnose;
mod download;
mod files;
mod interpreter;
mod wheel;

use std::collections::BTreeMap;
use std::ffi::OsString;

use camino::Utf8Path;
use serde::Deserialize;

use super::building::Builds;
use super::{Error, Request};
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs::{self, TemporaryDirectory};
use crate::process::{self, Output, Program, last_lines};
use crate::report::Failure;

pub(crate) use diagnose::takes_other_python;
pub(super) use files::write_lines;
pub(crate) use interpreter::host_python;

/// The exit code of the shim for an interpreter that won't do.
const UNUSABLE: i32 = 97;
// pip takes each of its options from a variable, too: `PIP_` and its name ("Environment Variables"
// in its documentation).

/// Variables that would bend a download to other wheels, folders or interpreters, or colour what
/// is read of it.
const REMOVED: &[&str] = &[
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "PIP_ABI",
    "PIP_DEST",
    "PIP_EDITABLE",
    "PIP_IMPLEMENTATION",
    "PIP_NO_BINARY",
    "PIP_NO_DEPS",
    "PIP_ONLY_BINARY",
    "PIP_PLATFORM",
    "PIP_PYTHON",
    "PIP_PYTHON_VERSION",
    "PIP_REQUIREMENT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
];

/// pip, by whichever interpreter can run it.
#[derive(Debug)]
pub(crate) struct Pip {
    environment: Environment,
    /// Whether pip may use its own cache.
    cache: Cache,
    builds: Builds,
}

/// Whether pip may use its own cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    Configured,
    None,
}

/// What the shim learnt of pip.
#[derive(Debug, Deserialize)]
struct Answer {
    pip: String,
    /// All configuration files that it looks for.
    configuration: Vec<String>,
    /// Where each file came from, by its name.
    #[serde(default)]
    urls: BTreeMap<String, String>,
}

struct Work<'a> {
    request: &'a Request,
    /// Its command and options, less the names of files, which are not shown; with blanks between
    /// them.
    arguments: String,
    /// The option that says where to, and the folder.
    destination: [&'a str; 2],
    /// The requirements file that it is given.
    lines: &'a Utf8Path,
    /// Whether markers are the target's; a build has those of its host.
    for_target: bool,
    /// Where its own files are, and its temporary ones go.
    folder: &'a Utf8Path,
    /// Variables that are set besides.
    variables: &'a [(&'a str, &'a str)],
    /// More folders whose names mean nothing to the user.
    hidden: Vec<&'a Utf8Path>,
}

struct Done {
    /// What it said, without passwords.
    output: Output,
    answer: Answer,
    /// The command as it can be tried by hand: without the shim, so for the host's markers.
    command: String,
}

impl Pip {
    pub(crate) fn new(environment: Environment, cache: Cache) -> Self {
        Self { environment, cache, builds: Builds::default() }
    }

    pub(super) fn builds(&self) -> &Builds {
        &self.builds
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The environment that pip gets: ours, less what would bend its work. Its temporary files go
    /// into a folder of ours, for pip does not remove them when it is ended.
    fn environment_for(&self, work: &Work<'_>) -> Environment {
        let ours = self.environment.for_git();
        let mut variables: BTreeMap<OsString, OsString> = ours
            .all()
            .filter(|(name, _)| !REMOVED.iter().any(|removed| *name == *removed))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let own = [("PYTHONIOENCODING", "utf-8"), ("PYTHONUNBUFFERED", "1"), ("NO_COLOR", "1")];
        for (name, value) in own.into_iter().chain(work.variables.iter().copied()) {
            variables.insert(name.into(), value.into());
        }
        for name in ["TMPDIR", "TEMP", "TMP"] {
            variables.insert(name.into(), work.folder.as_str().into());
        }
        Environment::new(variables)
    }

    /// Options that every command of pip is given.
    fn common(&self) -> &'static str {
        match self.cache {
            Cache::Configured => {
                "--no-input --disable-pip-version-check --progress-bar=off --no-color"
            }
            Cache::None => {
                "--no-input --disable-pip-version-check --progress-bar=off --no-color \
                 --no-cache-dir"
            }
        }
    }

    /// Runs pip by the first interpreter that can do it; that pip failed is no error here.
    fn run(&self, work: &Work<'_>, reporter: &dyn Reporter) -> Result<Done, Error> {
        let shim = files::write_shim(work)?;
        let requirements = work.request.requirements.path.as_str();
        let mut tried = Vec::new();
        for python in interpreter::candidates(work.request.target.python, &self.environment) {
            let own = [shim.script.as_str(), shim.markers.as_str(), shim.answer.as_str()];
            let files = work.destination.into_iter().chain(["-r", work.lines.as_str()]);
            let arguments = own.into_iter().chain(work.arguments.split(' ')).chain(files);
            let program = Program::new(python.as_str(), arguments, self.environment_for(work));
            let output = program.run(&mut |elapsed| {
                reporter.report(&Event::ResolveRuns { requirements, program: "pip", elapsed });
            });
            let name = python.file_name().unwrap_or("python3");
            let mut output = match output {
                Ok(output) => output,
                Err(process::Error::Start { .. }) => {
                    tried.push(format!("`{name}`: it can't be started"));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.hide(&mut output, work);
            let learnt = fs::read(&shim.answer)?
                .and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok());
            let Some(answer) = learnt.filter(|_| output.code != Some(UNUSABLE)) else {
                let said = last_lines(&output.stderr, 1).pop().unwrap_or(output.status);
                tried.push(format!("`{name}`: {said}"));
                continue;
            };
            let command = format!("{name} -m pip {}", work.arguments);
            return Ok(Done { output, answer, command });
        }
        let hint = match tried.as_slice() {
            [] => "install Python 3 with pip",
            _ => "install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)",
        };
        let message = "no Python that can run pip 21.2 or later was found";
        Err(Error::Pip(Failure::program("no-pip", message).said(tried).hint(hint)))
    }

    /// The user knows the file of the project, and not the copy that pip is given; a value of a
    /// variable may be a password.
    fn hide(&self, output: &mut Output, work: &Work<'_>) {
        let ours = work.folder.join(files::REQUIREMENTS);
        let theirs = work.request.requirements.path.as_str();
        let mut stdout = output.text().into_owned();
        for text in [&mut stdout, &mut output.stderr] {
            *text = text.replace(ours.as_str(), theirs);
            let folders = work.hidden.iter().map(|folder| folder.as_str());
            for folder in [work.destination[1], work.folder.as_str()].into_iter().chain(folders) {
                *text = text.replace(folder, ".");
            }
            *text = work.request.requirements.conceal(text, &self.environment);
        }
        output.stdout = stdout.into_bytes();
    }
}

/// A folder for one run of pip. Lines may hold passwords, so it lies outside the store, where
/// only this user reads.
fn work_folder() -> Result<TemporaryDirectory, Error> {
    Ok(TemporaryDirectory::new()?)
}
