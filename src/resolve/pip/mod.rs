//! pip: the resolver that stays the default, and the builder of what has no wheel.
//!
//! `pip download` is run with the target's tags and markers ([`shim`](self#shim)); `pip wheel`
//! builds with those of its host, for a build runs there. What an index tells of wheels without
//! their bytes (PEP 658) is enough for pip to choose; then the wheels are fetched here.

mod ahead;
mod diagnose;
mod download;
mod files;
mod interpreter;
mod wheel;

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

use camino::Utf8Path;
use serde::Deserialize;

use super::downloads::Fetch;
use super::{Context, Error, index_urls};
use crate::address::redact;
use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::http::Expected;
use crate::process::{self, Kept, Output, Program, last_lines};
use crate::report::Failure;
use crate::wheel::WheelName;

pub(crate) use diagnose::takes_other_python;
pub(super) use download::{download, download_source};
pub(super) use files::{write_line, write_lines};
pub(crate) use interpreter::host_python;
pub(super) use wheel::wheel;

/// The exit code of the shim for an interpreter that can't run pip; pip itself never exits with it.
const UNUSABLE: i32 = 97;

/// Variables that would make pip download other wheels, write to another folder or run another
/// interpreter, or colour the output that is read here.
// pip takes each of its options from a variable, too: `PIP_` and its name ("Environment Variables"
// in its documentation).
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

/// Whether pip may use its own cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    Configured,
    None,
}

/// What the shim learnt of pip.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    pip: String,
    /// All configuration files that it looks for.
    configuration: Vec<String>,
    /// Where each file came from, by its name.
    #[serde(default)]
    urls: BTreeMap<String, String>,
    /// Of a failed run: what the index has of each project that was looked up, less wheels for
    /// every platform.
    #[serde(default)]
    files: BTreeMap<String, Vec<String>>,
    /// Why a source distribution looks as if its build compiled something, as a clause.
    #[serde(default)]
    native: Option<String>,
    /// What servers refused, and which could not be reached, in the order of time.
    #[serde(default)]
    refusals: Vec<Refusal>,
    /// Of a lean run: the wheels that it leaves to us.
    #[serde(default)]
    wheels: Vec<Chosen>,
    /// Whether files of an index were kept from pip, so that its messages lack them.
    #[serde(default)]
    left_out: bool,
}

/// A request of pip's that came to nothing.
#[derive(Debug, Deserialize)]
struct Refusal {
    /// Without user and query.
    url: String,
    /// The status of HTTP; 0 where no answer came.
    status: u16,
    /// The exception's class where no answer came.
    fault: String,
    /// What the server or the exception said.
    said: String,
}

/// A wheel that pip has chosen, and did not fetch.
#[derive(Debug, Deserialize)]
struct Chosen {
    name: String,
    url: String,
    sha256: Sha256Digest,
    /// In bytes, where the index tells.
    size: Option<u64>,
    /// The certificates that pip trusts for it, where a path of its configuration names them.
    certificates: Option<String>,
}

impl Chosen {
    /// The download that brings it into a folder.
    fn at(&self, folder: &Utf8Path) -> Result<Fetch, Failure> {
        let path = folder.join(WheelName::new(&self.name)?.as_str());
        let expected = Expected { digest: self.sha256, size: self.size };
        Ok(Fetch { url: self.url.clone(), path, expected })
    }

    /// The environment in which it is fetched.
    fn environment(&self, context: Context<'_>) -> Environment {
        let ours = context.environment.clone();
        match &self.certificates {
            Some(path) => ours.with("PIP_CERT", path),
            None => ours,
        }
    }
}

/// What pip is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Wheels for the target; pip is spared what changes no answer, and leaves wheels to us.
    Lean,
    /// The same, and pip does all by itself.
    Wheels,
    /// A source distribution: pip stops before it runs any of its code.
    Source,
    /// A build, with the markers of its host.
    Build,
}

/// A run of pip.
#[derive(Clone)]
struct Work<'a> {
    context: Context<'a>,
    /// Its command and options, less the names of files, which are not shown; with blanks between
    /// them.
    arguments: String,
    /// The option that says where to, and the folder.
    destination: [&'a str; 2],
    purpose: Purpose,
    /// Where its own files are, that with the lines among them, and its temporary ones go.
    folder: &'a Utf8Path,
    /// Variables that are set besides.
    variables: &'a [(&'a str, &'a str)],
    /// More folders whose names mean nothing to the user.
    hidden: Vec<&'a Utf8Path>,
    /// Hears each line of its standard output as it comes.
    lines: Option<Sender<String>>,
}

struct Done {
    /// What it said, without passwords.
    output: Output,
    answer: Answer,
    /// The command as it can be tried by hand: without the shim, so for the host's markers.
    command: String,
}

impl Work<'_> {
    /// The environment that pip gets: ours, without the variables that would change its work. Its
    /// temporary files go into a folder of ours, for pip does not remove them when a signal ends
    /// it.
    fn environment(&self) -> Environment {
        let folder = self.folder.as_str();
        let own = [
            // What pip says is read as UTF-8 here, and Python would write it in the encoding of the
            // locale, a block at a time (python(1), `-u` and PYTHONIOENCODING).
            ("PYTHONIOENCODING", "utf-8"),
            ("PYTHONUNBUFFERED", "1"),
            ("NO_COLOR", "1"),
            ("TMPDIR", folder),
            ("TEMP", folder),
            ("TMP", folder),
        ];
        let ours = self.context.environment.for_git().without(REMOVED);
        let ours = match index_urls::relative_links(self.context.environment) {
            Some(links) => ours.with("PIP_FIND_LINKS", links),
            None => ours,
        };
        let added = own.iter().chain(self.variables);
        added.fold(ours, |all, (name, value)| all.with(name, value))
    }

    /// Runs pip by the first interpreter that can do it; that pip failed is no error here.
    fn run(&self) -> Result<Done, Error> {
        let Context { request, environment, .. } = self.context;
        let shim @ [.., answer] = &files::write_shim(self)?;
        let lines = self.folder.join(files::REQUIREMENTS);
        let requirements = &request.requirements.path;
        let command = self.arguments.split(' ').next().unwrap_or_default();
        let mut tried = Vec::new();
        for python in interpreter::candidates(request.target.python, self.purpose, environment) {
            let files = self.destination.into_iter().chain(["-r", lines.as_str()]);
            let arguments =
                shim.iter().map(|path| path.as_str()).chain(self.arguments.split(' ')).chain(files);
            let program = Program {
                what: format!("`pip {command}` of `{requirements}`"),
                kept: Kept::End,
                at: Some(at),
                lines: self.lines.clone(),
                ..Program::new(python.as_str(), arguments, self.environment())
            };
            let output = program.run();
            let name = python.file_name().unwrap_or("python3");
            let mut output = match output {
                Ok(output) => output,
                Err(process::Error::Start { .. }) => {
                    tried.push(format!("`{name}`: it can't be started"));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.hide(&mut output, &lines);
            let learnt = fs::read(answer)?.filter(|_| output.code != Some(UNUSABLE));
            let learnt = learnt.map(|bytes| serde_json::from_slice::<Answer>(&bytes));
            let mut answer = match learnt {
                Some(Ok(answer)) => answer,
                Some(Err(error)) if output.success => {
                    tried.push(format!("`{name}`: its answer can't be read: {error}"));
                    continue;
                }
                Some(Err(_)) | None => {
                    let said = last_lines(&output.stderr, 1).pop().unwrap_or(output.status);
                    tried.push(format!("`{name}`: {said}"));
                    continue;
                }
            };
            for refusal in &mut answer.refusals {
                refusal.url = self.shown(&refusal.url);
                refusal.said = self.context.heard(&refusal.said);
            }
            let command = format!("{name} -m pip {}", self.arguments);
            return Ok(Done { output, answer, command });
        }
        let hint = match tried.as_slice() {
            [] => "install Python 3 with pip",
            _ => "install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)",
        };
        let message = "no Python that can run pip 21.2 or later was found";
        Err(Error::Pip(Failure::program("no-pip", message).said(tried).hint(hint)))
    }

    /// An address for messages; of one whose path may have a password, only the host.
    fn shown(&self, url: &str) -> String {
        let concealed = self.context.concealed(url);
        if concealed == url && !index_urls::locations(self.context).has_token_of(url) {
            return concealed;
        }
        let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
        host + "/****"
    }

    /// The user knows the file of the project, and not the copy that pip is given; a value of a
    /// variable may be a password.
    fn hide(&self, output: &mut Output, lines: &Utf8Path) {
        let theirs = self.context.request.requirements.path.as_str();
        let own = |line: &&str| !ahead::is_announcement(line);
        let mut stdout: String = output.text().split_inclusive('\n').filter(own).collect();
        for text in [&mut stdout, &mut output.stderr] {
            *text = text.replace(lines.as_str(), theirs);
            let folders = self.hidden.iter().map(|folder| folder.as_str());
            for folder in [self.destination[1], self.folder.as_str()].into_iter().chain(folders) {
                *text = text.replace(folder, ".");
            }
            *text = self.context.heard(text);
        }
        output.stdout = stdout.into_bytes();
    }
}

/// Shows the command of a failed run with `-v`: it is long, and seldom what helps.
fn tell(command: &str, context: Context<'_>) {
    let text = format!("this failed: {}", redact(command));
    context.reporter.report(&Event::Noted(&text));
}

/// What a line says that pip is at: a project, or a file and its size. An address may hold a password, so
/// of one only the name of its file.
fn at(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(requirement) = line.strip_prefix("Collecting ") {
        let end = requirement.find([' ', '@']).unwrap_or(requirement.len());
        return Some(&requirement[..end]).filter(|it| !it.is_empty()).map(|it| format!("`{it}`"));
    }
    let mut words = line.strip_prefix("Downloading ")?.split_whitespace();
    let file = words.next()?.rsplit('/').next()?.split(['?', '#']).next()?;
    let size = words.collect::<Vec<_>>().join(" ");
    Some(format!("`{file}` {size}").trim_end().to_owned())
}

/// Options that every command of pip is given. Without a network it may use files of this machine alone,
/// and no configuration, which could name others.
fn common(cache: Cache, source: super::Source) -> String {
    // Nobody answers a question of pip's here (`--no-input`); the shim keeps its keyring for it. The
    // check of its own version would ask an index for `pip`, which no requirement names.
    let cache = match cache {
        Cache::Configured => "",
        Cache::None => " --no-cache-dir",
    };
    let local = if source.offline().is_some() { " --isolated --no-index" } else { "" };
    format!("--no-input --disable-pip-version-check --progress-bar=off --no-color{cache}{local}")
}

/// A folder for one run of pip. Lines may hold passwords, so it lies outside the store, where
/// only this user reads.
fn work_folder() -> Result<TemporaryDirectory, Error> {
    Ok(TemporaryDirectory::new()?)
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn a_line_of_pip_says_what_it_is_at() {
        let lines = [
            ("Collecting boto3==1.34.0 (from -r lines.txt (line 1))", Some("`boto3==1.34.0`")),
            ("Collecting botocore<1.35.0,>=1.34.0", Some("`botocore<1.35.0,>=1.34.0`")),
            (
                "  Downloading six-1.16.0-py2.py3-none-any.whl (11 kB)",
                Some("`six-1.16.0-py2.py3-none-any.whl` (11 kB)"),
            ),
            ("  Downloading https://host/a/b.whl?token=x (1.2 MB)", Some("`b.whl` (1.2 MB)")),
            ("  Downloading https://u:p@host/a/b.whl#sha256=0", Some("`b.whl`")),
            ("Saved ./six-1.16.0-py2.py3-none-any.whl", None),
            ("Collecting one@https://u:p@host/one.whl", Some("`one`")),
            ("Collecting ", None),
            ("", None),
        ];
        for (line, expected) in lines {
            assert_eq!(at(line).as_deref(), expected, "{line}");
        }
    }
}
