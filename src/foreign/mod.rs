//! Locks of other tools: `uv.lock`, `poetry.lock`, `Pipfile.lock`.
//!
//! They are read here, as values for a target, and equal what their tools export
//! (`tests/requirements/exports.rs` compares them). Their tools are not asked: `poetry export` runs plugins
//! that lie in a checkout, `uv export --frozen` leaves out what was added to the project since, and a
//! package should not need another program than Python.
//!
//! A lock that does not know what its project asks for is stale. That is an error, whoever asks: no
//! package is made without a dependency, nor with one that nobody chose.

mod constraint;
mod pipenv;
mod poetry;
mod uv;

use camino::{Utf8Path, Utf8PathBuf};
use pep508_rs::{ExtraName, MarkerTree};

use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::pylock::{Package, Pylock};
use crate::report::{Failure, Place};
use crate::requirements::{Choice, Line, Tool};
use crate::tags;
use crate::tree::Tree;

/// What is asked of a lock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) tool: Tool,
    /// The lock, relative to the root.
    pub(crate) path: &'a Utf8Path,
    /// The folder of the project, relative to the root.
    pub(crate) folder: &'a Utf8Path,
    pub(crate) choice: &'a Choice,
    pub(crate) target: Target,
}

/// What a lock has for a target.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Exact packages, and the lines of options with which pip finds their files where the lock has
    /// no address. Paths are relative to the lock's folder.
    Packages { lock: Pylock, options: Vec<Line> },
    /// Lines of a requirements file in the lock's folder.
    Lines(Vec<Line>),
}

/// Why a lock has no answer.
#[derive(Debug)]
pub(crate) enum Error {
    /// The project asks for what the lock does not know: why, as a clause.
    Stale(String),
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Error {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Reads a lock.
pub(crate) fn read(asked: Asked<'_>) -> Result<Answer, Error> {
    let bytes = asked.tree.read_found(asked.path)?;
    let text = String::from_utf8_lossy(&bytes);
    match asked.tool {
        Tool::Uv => uv::read(&text, asked),
        Tool::Poetry => poetry::read(&text, asked),
        Tool::Pipenv => pipenv::read(&text, asked),
    }
}

impl Asked<'_> {
    /// The folder of the lock, relative to the root.
    fn lock_folder(&self) -> &Utf8Path {
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }

    /// The project's file: its path, and its bytes if it is there.
    fn project(&self) -> Result<(Utf8PathBuf, Option<Vec<u8>>), Failure> {
        let path = self.folder.join(self.tool.project());
        let bytes = self.tree.read(&path)?;
        Ok((path, bytes))
    }

    /// The failure of a lock that has not the form that its tool gives it.
    fn invalid(&self, cause: impl AsRef<str>, line: Option<u32>) -> Failure {
        let tool = self.tool.command();
        Failure::input("other-lock-invalid", format!("`{}` can't be read", self.path))
            .cause(cause)
            .at(self.path, line)
            .hint(format!("run `{tool}` to make it anew"))
    }

    /// Whether a marker holds for the target, with these extras.
    fn holds(&self, marker: &str, extras: &[ExtraName]) -> Result<bool, Failure> {
        if marker.trim().is_empty() {
            return Ok(true);
        }
        let tree: MarkerTree = marker
            .parse()
            .map_err(|_| self.invalid(format!("the marker `{marker}` can't be judged"), None))?;
        Ok(tree.evaluate(&tags::marker_environment(self.target), extras))
    }

    /// A file's digest, `sha256:` and hexadecimal digits.
    fn digest(&self, hash: Option<&str>) -> Result<Option<Sha256Digest>, Failure> {
        let Some(hash) = hash else { return Ok(None) };
        let digits = hash.strip_prefix("sha256:");
        let digest = digits.and_then(Sha256Digest::from_hex);
        digest.map(Some).ok_or_else(|| self.invalid(format!("`{hash}` is no sha256"), None))
    }

    /// A lock of these packages alone.
    fn packages(packages: Vec<Package>, options: Vec<Line>) -> Answer {
        let lock = Pylock {
            requires_python: None,
            environments: Vec::new(),
            default_groups: Vec::new(),
            packages,
            made: None,
        };
        Answer::Packages { lock, options }
    }

    fn place(&self, line: u32) -> Place {
        Place::new(self.path, Some(line))
    }
}

/// Names as extras that a marker may ask for; what is no name no marker asks for.
fn extras(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<ExtraName> {
    names.into_iter().filter_map(|name| ExtraName::new(name.into()).ok()).collect()
}
