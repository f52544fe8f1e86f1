//! Requirements and a target become a lock: the exact wheels.
//!
//! A [`Resolver`] answers, pip or uv. An answer is kept in the store under a key that covers all
//! that can change it ([`key()`]), and serves until that key changes or the user asks anew; so a
//! run on known requirements starts no other program. Wheels are checked before they enter the
//! store, and every requirement must have given one.
//!
//! The host is never an input: tags and markers are the target's ([`tags`]), and a password that
//! a line or a configuration has goes to pip and nowhere else.

mod answer;
mod building;
mod configuration;
mod error;
mod export;
mod fetch;
mod key;
mod locations;
mod locked;
mod order;
mod pip;
mod record;
mod uv;

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::address;
use crate::digest::Sha256Digest;
use crate::event::Reporter;
use crate::fs::TemporaryDirectory;
use crate::lambda::Target;
use crate::requirements::{Demand, Requirement, Requirements, is_judgeable};
use crate::store::Store;
use crate::tags;
use crate::tree::Tree;
use crate::wheel::WheelName;

pub(crate) use answer::{relocated, resolve};
pub(crate) use building::Built;
pub(crate) use error::Error;
pub(crate) use export::{export, foreign_lock};
pub(crate) use fetch::fetch;
pub(crate) use key::key;
pub(crate) use locked::{from_pylock, stale, to_pylock};
pub(crate) use order::{installation_order, unmet};
pub(crate) use pip::{Cache, Pip, host_python};
pub(crate) use uv::Uv;

/// The exact wheels of a target.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    /// Sorted by project.
    pub(crate) wheels: Vec<LockedWheel>,
}

/// A wheel of a lock.
#[derive(Debug, Clone)]
pub(crate) struct LockedWheel {
    /// Its file name, taken apart.
    pub(crate) name: WheelName,
    /// The version as METADATA has it.
    pub(crate) version: String,
    /// The SHA-256 of its bytes.
    pub(crate) digest: Sha256Digest,
    /// Its bytes, where they are known.
    pub(crate) size: Option<u64>,
    /// Where it can be had again.
    pub(crate) origin: Origin,
}

/// Where a wheel can be had again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// From where the resolver found it.
    Remote {
        /// Its address, without user, query and fragment.
        url: Option<String>,
    },
    /// From the project's own files.
    File {
        /// Relative to the root.
        path: Utf8PathBuf,
    },
    /// Built from a folder.
    Directory {
        /// Relative to the root, or absolute.
        path: Utf8PathBuf,
        /// Of the files that a build may see.
        digest: Sha256Digest,
    },
    /// Built from a commit.
    Git {
        /// The repository's address, without its user.
        repository: String,
        /// What the line asks for.
        revision: Option<String>,
        /// The commit.
        commit: String,
        /// The project's folder in it.
        subdirectory: Option<String>,
    },
    /// Built from a source distribution.
    Archive {
        /// The file's name.
        file_name: String,
        /// Its path, relative to the root, if it is one of the project's own files.
        path: Option<Utf8PathBuf>,
        /// Its address, without user, query and fragment.
        url: Option<String>,
        /// The project's folder in it.
        subdirectory: Option<String>,
        /// Of its bytes.
        digest: Sha256Digest,
        /// Bytes.
        size: u64,
    },
}

impl Origin {
    /// Whether it was built here.
    pub(crate) fn is_built(&self) -> bool {
        match self {
            Self::Directory { .. } | Self::Git { .. } | Self::Archive { .. } => true,
            Self::Remote { .. } | Self::File { .. } => false,
        }
    }
}

impl Lock {
    /// Takes wheels in any order.
    pub(crate) fn new(mut wheels: Vec<LockedWheel>) -> Self {
        wheels.sort_by(|one, other| one.name.cmp(&other.name));
        Self { wheels }
    }
}

/// What becomes of requirements that have no wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum SourceDistributions {
    /// They are built if a pure wheel comes of it: that is the same on every machine.
    #[default]
    Pure,
    /// They are built, compiled ones too.
    Build,
    /// They are refused.
    Refuse,
}

impl std::str::FromStr for SourceDistributions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "build" => Ok(Self::Build),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("`{text}` is neither `build` nor `refuse`")),
        }
    }
}

/// Who resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Backend {
    /// pip.
    #[default]
    Pip,
    /// uv, which knows nothing of pip's configuration.
    Uv,
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
        })
    }
}

impl std::str::FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pip" => Ok(Self::Pip),
            "uv" => Ok(Self::Uv),
            _ => Err(format!("`{text}` is no resolver: `pip` or `uv`")),
        }
    }
}

/// What is to be resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What is required.
    pub(crate) requirements: &'a Requirements,
    /// For what.
    pub(crate) target: Target,
    /// Who resolves.
    pub(crate) backend: Backend,
    /// What becomes of what has no wheel.
    pub(crate) policy: SourceDistributions,
}

impl Request<'_> {
    /// Whether a requirement is surely one for the target, by its marker. What can't be judged
    /// here is left to the resolver, which leaves it out or says what is wrong with it.
    fn applies(&self, requirement: &Requirement) -> bool {
        let environment = tags::marker_environment(self.target);
        match &requirement.demand {
            Demand::Named(named) => {
                named.evaluate_markers(&environment, &[]) && is_judgeable(&requirement.line)
            }
            // Markers of paths have no parser of their own: a name before one makes it a line.
            Demand::Wheel(_) => marker_applies(&requirement.line, self.target),
            Demand::Source(source) => marker_applies(&source.marker, self.target),
        }
    }

    /// A text with the names of the lines' variables in place of their values.
    fn concealed(&self, text: &str, context: Context<'_>) -> String {
        self.requirements.conceal(text, context.pip.environment())
    }

    /// An address as a lock may have it; none where it has a password in its path.
    fn shown_url(&self, url: &str, context: Context<'_>) -> Option<String> {
        let plain = address::plain(url);
        let concealed = self.requirements.conceal(&plain, context.pip.environment());
        let found = locations::locations(*self, context.pip.environment());
        (concealed == plain && !found.has_token_of(&plain)).then_some(plain)
    }
}

/// Whether what stands behind the semicolon of a line holds for a target; what is no marker is
/// left to pip, which tells of it.
fn marker_applies(line: &str, target: Target) -> bool {
    let Some((_, marker)) = line.split_once(';') else { return true };
    let named = crate::requirements::parse_named(&format!("a ; {}", marker.trim()));
    named.map_or(true, |named| named.evaluate_markers(&tags::marker_environment(target), &[]))
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the store, else from the resolver.
    StoreFirst,
    /// From the resolver, whatever the store knows.
    Resolver,
    /// From the store only.
    StoreOnly,
}

/// What the stage works with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The project.
    pub(crate) tree: &'a Tree,
    /// Where wheels and answers are kept.
    pub(crate) store: &'a Store,
    /// Who answers, builds, and fetches what needs a password or a configured index.
    pub(crate) pip: &'a Pip,
    /// Who answers where the config wants it.
    pub(crate) uv: &'a Uv,
    /// Where answers may come from: from the store only, nothing is built.
    pub(crate) source: Source,
    /// Who is told.
    pub(crate) reporter: &'a dyn Reporter,
}

/// Wheels that a resolver has fetched.
#[derive(Debug)]
pub(crate) struct Download {
    /// The folder with the wheels, and nothing else.
    pub(crate) folder: TemporaryDirectory,
    /// All configuration files that the resolver looked for, there or not.
    pub(crate) configuration: Vec<String>,
    /// Where each file came from, by its name; such an address may hold a password.
    pub(crate) urls: BTreeMap<String, String>,
}

/// Which wheels a resolver is to fetch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those that fulfil the requirements, with all that they require in turn; these pins
    /// (`name==version`) are constraints besides.
    All(&'a [String]),
    /// Exactly these of an earlier answer.
    These(&'a [&'a LockedWheel]),
    /// Exactly these, from the addresses that a lock has of them.
    Address(&'a [&'a LockedWheel]),
}

/// Whoever turns requirements into wheels.
pub(crate) trait Resolver: Sync {
    /// Fetches wheels into a new folder of the store's scratch space.
    ///
    /// # Errors
    ///
    /// No wheel fits, requirements contradict each other, the program or the network fails.
    fn download(
        &self,
        request: Request<'_>,
        wanted: Wanted<'_>,
        built: &[Built],
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Download, Error>;
}
