//! Locks: `pylock.toml`, read and written.
//!
//! The format is everybody's ("`pylock.toml` Specification" of the PyPA, PEP 751, `lock-version`
//! 1.0): [`read()`] takes what other tools write, and what [`write()`] gives can be installed with
//! pip and uv. Keys that nobody here uses are passed over, those of other tools and
//! of later minor versions alike; those that are used are held to the letter, with the line in the
//! message. What applies to a target is told by [`select()`].
//!
//! Two tables are our own, both under `cargo-dofs-package`: `[tool]` says what the lock was made
//! from and for, and `[packages.tool]` which wheel came of what was built. The specification
//! forbids that such tables change what is installed: without them a lock is not known to be
//! fresh, and names the same files.
//!
//! This room has text and values only. Where a lock lies, whether it is stale, and how its files
//! are fetched is for others to know.

mod error;
mod marker;
mod raw;
mod read;
mod select;
mod source;
mod target;
mod url;
mod write;

use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::wheel::WheelName;

pub(crate) use error::Error;
pub(crate) use read::read;
pub(crate) use select::{Choice, select};
use target::environment_of;
pub(crate) use target::takes;
pub(crate) use write::write;

/// The name by which locks know this tool.
pub(crate) const CREATED_BY: &str = "cargo-dofs-package";

/// What a lock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pylock {
    /// The tool that made it.
    pub(crate) created_by: String,
    /// The Python versions it is for (PEP 440).
    pub(crate) requires_python: Option<String>,
    /// Markers, of which one must hold; none where it is for every environment.
    pub(crate) environments: Vec<String>,
    /// The dependency groups that are installed if nobody says which.
    pub(crate) default_groups: Vec<String>,
    /// What may be installed, in the order of the file; a name may come twice, with other markers.
    pub(crate) packages: Vec<Package>,
    /// What it was made from and for; none in locks of other tools.
    pub(crate) made: Option<Made>,
}

impl Pylock {
    /// A lock of ours, for one target.
    pub(crate) fn new(made: Made, packages: Vec<Package>) -> Self {
        Self {
            created_by: CREATED_BY.to_owned(),
            requires_python: Some(format!("=={}.*", made.target.python)),
            environments: vec![environment_of(made.target)],
            default_groups: Vec::new(),
            packages,
            made: Some(made),
        }
    }
}

/// What a lock of ours was made from and for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    /// The digest of the requirements.
    pub(crate) requirements: Sha256Digest,
    /// The target.
    pub(crate) target: Target,
}

/// What may be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    /// Its version (PEP 440); never written for a [`Source::Vcs`] or [`Source::Directory`], whose
    /// version is what its sources say.
    pub(crate) version: Option<String>,
    /// When it is installed (PEP 508); always, if there is none.
    pub(crate) marker: Option<String>,
    /// The Python versions it is for (PEP 440).
    pub(crate) requires_python: Option<String>,
    /// The names of what it requires, normalised; for readers, not for installers.
    pub(crate) dependencies: Vec<String>,
    /// Where it comes from.
    pub(crate) source: Source,
    /// The wheel that came of it, where it was built.
    pub(crate) built: Option<Built>,
    /// The line of its `[[packages]]` in the file that was read, counted from 1.
    pub(crate) line: u32,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Files of an index: at least one wheel, or an sdist.
    Distributions {
        /// Its wheels: their names are names of wheels, of this project and version.
        wheels: Vec<File>,
        /// What it can be built from.
        sdist: Option<File>,
    },
    /// An archive that was asked for by its address: a wheel, an sdist, or another archive.
    Archive {
        /// The archive; its name is that in its path or address.
        file: File,
        /// The project's folder in it.
        subdirectory: Option<String>,
    },
    /// A commit.
    Vcs(Vcs),
    /// A folder.
    Directory(Directory),
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// Its address; it or a path is there.
    pub(crate) url: Option<String>,
    /// Its path, relative to the lock, or absolute.
    pub(crate) path: Option<String>,
    /// Its bytes.
    pub(crate) size: Option<u64>,
    /// The SHA-256 of its bytes.
    pub(crate) digest: Sha256Digest,
}

/// A commit of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vcs {
    /// `git`, `hg`, `bzr` or `svn`.
    pub(crate) kind: String,
    /// The repository's address; it or a path is there.
    pub(crate) url: Option<String>,
    /// The repository's path, relative to the lock, or absolute.
    pub(crate) path: Option<String>,
    /// What the user asked for; for readers, never to be checked out.
    pub(crate) requested_revision: Option<String>,
    /// The commit.
    pub(crate) commit: String,
    /// The project's folder in it.
    pub(crate) subdirectory: Option<String>,
}

/// A folder with a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    /// Its path, relative to the lock, or absolute.
    pub(crate) path: String,
    /// Whether it was installed in place when the lock was made.
    pub(crate) editable: bool,
    /// The project's folder in it.
    pub(crate) subdirectory: Option<String>,
}

/// The wheel that came of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Built {
    /// Its file name.
    pub(crate) wheel: WheelName,
    /// The SHA-256 of its bytes.
    pub(crate) digest: Sha256Digest,
}

#[cfg(test)]
mod tests;
