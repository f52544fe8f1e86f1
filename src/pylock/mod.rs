//! Locks: `pylock.toml`, read and written.
//!
//! The format is everybody's ("`pylock.toml` Specification" of the PyPA, PEP 751, `lock-version`
//! 1.0): [`read()`] takes what other tools write, and what [`write()`] gives can be installed with
//! pip and uv. Keys that this tool does not use are skipped, those of other tools and of later
//! minor versions alike; those that it uses must follow the specification, or a message names the
//! line.
//! [`select()`] finds the packages that apply to a target.
//!
//! Two tables are our own, both under `cargo-dofs-package`: `[tool]` says from which requirements
//! and for which target the lock was made, and `[packages.tool]` which wheel was built from a
//! source. The specification forbids that such tables change what is installed. A lock that was made
//! here has the first at its end.
//!
//! A lock that lost its end, perhaps with packages, is no lock ([`Unreadable::Cut`]): one of ours without
//! that table, one without `packages`, one that breaks off in its last table. Of one of another tool
//! that breaks off between two packages only what these require tells it ([`lacks()`]).
//!
//! This room has text and values only. Where a lock lies, whether it is stale, and how its files
//! are fetched, is decided in `resolve` and `pipeline`.

mod raw;
mod read;
mod select;
mod target;
mod write;

use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::origin::Origin;
use crate::wheel::WheelName;

pub(crate) use read::{MAKE_ANEW, Unreadable, read};
pub(crate) use select::{OTHER_TARGET, Unfit, lacks, select};
use target::environment_of;
pub(crate) use target::takes;
pub(crate) use write::write;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pylock {
    /// The Python versions it is for (PEP 440).
    pub(crate) requires_python: Option<String>,
    /// Markers, of which one must hold; empty where the lock is for every environment.
    pub(crate) environments: Vec<String>,
    /// The dependency groups that are installed unless others are asked for.
    pub(crate) default_groups: Vec<String>,
    /// In the order of the file; a name may come twice, with other markers.
    pub(crate) packages: Vec<Package>,
    /// None in locks of other tools.
    pub(crate) made: Option<Made>,
}

impl Pylock {
    /// A lock of ours, for one target.
    pub(crate) fn new(made: Made, packages: Vec<Package>) -> Self {
        Self {
            requires_python: Some(format!("=={}.*", made.target.python)),
            environments: vec![environment_of(made.target)],
            default_groups: Vec::new(),
            packages,
            made: Some(made),
        }
    }
}

/// The requirements and the target that a lock of ours was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// The file that it was made from, relative to the lock's folder; none in the first locks, and
    /// in answers.
    pub(crate) source: Option<String>,
    /// The digest of the lines.
    pub(crate) requirements: Sha256Digest,
    pub(crate) target: Target,
    pub(crate) said: Said,
}

/// Who said each part of a lock's target; none of a part that was a guess or a default of the run
/// that made it. Locks of earlier versions, which took the host's Python where nobody said one, have
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Said {
    pub(crate) python: Option<By>,
    pub(crate) architecture: Option<By>,
}

/// Who said a part of a target; the later says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// Terraform's files, which say it again, or something else, wherever they are.
    Terraform,
    /// A flag, the environment or the config; in earlier locks perhaps Terraform.
    User,
}

impl Said {
    /// What one or the other says.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            python: self.python.max(other.python),
            architecture: self.architecture.max(other.architecture),
        }
    }

    /// The parts that somebody said, by their keys in the lock.
    fn keys(self, by: By) -> impl Iterator<Item = &'static str> {
        let keys = [("python", self.python), ("architecture", self.architecture)];
        keys.into_iter().filter(move |(_, said)| *said == Some(by)).map(|(key, _)| key)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    /// Its version (PEP 440); never written for a repository or a folder, whose version is what
    /// its sources say.
    pub(crate) version: Option<String>,
    /// The condition under which it is installed (PEP 508); without one it always is.
    pub(crate) marker: Option<String>,
    /// The Python versions it is for (PEP 440).
    pub(crate) requires_python: Option<String>,
    /// What it requires; for readers, not for installers (`packages.dependencies` in the
    /// specification).
    pub(crate) dependencies: Vec<Dependency>,
    /// Where it comes from: wheels, of this project and version, and perhaps an sdist, of which
    /// one is chosen; or an archive, a repository or a folder alone. Paths are relative to the
    /// lock's folder, or absolute.
    pub(crate) origins: Vec<Origin>,
    /// The wheel that came of it, where it was built.
    pub(crate) built: Option<Built>,
    /// The line of its `[[packages]]` in the file that was read, counted from 1.
    pub(crate) line: u32,
}

/// What a package requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dependency {
    /// The project's name, normalised.
    pub(crate) name: String,
    /// The condition under which it is required, where its tool says one.
    pub(crate) marker: Option<String>,
}

impl Dependency {
    pub(crate) fn of(name: String) -> Self {
        Self { name, marker: None }
    }
}

/// The wheel that came of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Built {
    pub(crate) wheel: WheelName,
    pub(crate) digest: Sha256Digest,
}

#[cfg(test)]
mod tests;
