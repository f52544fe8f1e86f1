//! Why requirements could not be resolved.

use crate::fs;
use crate::process;
use crate::report::{FailureKind, Place};
use crate::wheel;

/// Why requirements could not be resolved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The store, or a configuration file of pip.
    #[error(transparent)]
    Fs(#[from] fs::Error),
    /// A wheel that can't be used.
    #[error(transparent)]
    Wheel(#[from] wheel::Error),
    /// A program that can't be run.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// No interpreter that can run pip.
    #[error("no Python that can run pip 21.2 or later was found")]
    NoPip {
        /// What was tried, and what each said.
        tried: Vec<String>,
    },
    /// No interpreter to take a version from.
    #[error("no Python version is set, and there is no `python3` to take it from")]
    NoHostPython,
    /// The interpreter is for no runtime of Lambda.
    #[error("no Python version is set, and that of `python3` will not do: {0}")]
    HostVersion(String),
    /// A requirement has no wheel for the target.
    #[error("no wheel of `{requirement}` fits {target}")]
    NoFit {
        /// The requirement, as the resolver names it.
        requirement: String,
        /// The target.
        target: String,
        /// What the index has, as a clause.
        cause: String,
        /// Where, if it is one of the lines and not required by one.
        place: Option<Place>,
    },
    /// Requirements that no set of versions fulfils.
    #[error("the requirements contradict each other")]
    Conflict {
        /// What the resolver said of it.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// A wheel has another hash than a line demands.
    #[error("a wheel has another hash than the requirements demand")]
    Hashes {
        /// What the resolver said of it.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// The index can't be reached.
    #[error("pip can't reach the package index")]
    Unreachable {
        /// What pip said.
        causes: Vec<String>,
    },
    /// pip failed in another way.
    #[error("pip {version} failed ({status})")]
    Pip {
        /// Its version.
        version: String,
        /// How it ended.
        status: String,
        /// The command, so that it can be tried by hand, and the last lines of its standard error.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// A requirement that applies gave no wheel.
    #[error("`{project}` is required, but pip gave no wheel of it")]
    NoWheel {
        /// The project.
        project: String,
        /// Where.
        place: Place,
    },
    /// A wheel that was fetched again is not the one that was lost.
    #[error("`{wheel}` was replaced by another file of that name")]
    OtherWheel {
        /// Its file name.
        wheel: String,
    },
    /// The network would be needed.
    #[error("the store has no answer for `{requirements}`")]
    Offline {
        /// The requirements file.
        requirements: String,
    },
    /// The network would be needed for a wheel alone.
    #[error("the store has lost `{wheel}`")]
    OfflineWheel {
        /// Its file name.
        wheel: String,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fs(_) => "store",
            Self::Wheel(error) => error.code(),
            Self::Process(_) => "program",
            Self::NoPip { .. } => "no-pip",
            Self::NoHostPython => "no-python",
            Self::HostVersion(_) => "host-python",
            Self::NoFit { .. } => "no-wheel-fits",
            Self::Conflict { .. } => "requirements-conflict",
            Self::Hashes { .. } => "hash-mismatch",
            Self::Unreachable { .. } => "index-unreachable",
            Self::Pip { .. } => "pip-failed",
            Self::NoWheel { .. } => "requirement-without-wheel",
            Self::OtherWheel { .. } => "wheel-replaced",
            Self::Offline { .. } | Self::OfflineWheel { .. } => "offline",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Wheel(error) => return error.hint(),
            Self::NoPip { tried } if tried.is_empty() => "install Python 3 with pip",
            Self::NoPip { .. } => {
                "install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)"
            }
            Self::NoHostPython | Self::HostVersion(_) => {
                "set `python = \"3.12\"` in dofs-package.toml, or pass `--python 3.12`"
            }
            Self::NoFit { .. } => {
                "check the spelling; require a version that has wheels for the target, or build one \
                 (`pip wheel --no-deps`) and require it by its path"
            }
            Self::Hashes { .. } => {
                "find out whether the wheel or the line is wrong before you trust it"
            }
            Self::Conflict { .. } => "loosen one of the versions that pip names",
            Self::Unreachable { .. } => {
                "check the network and pip's index settings (`pip config list`)"
            }
            Self::NoWheel { .. } => "require it in a way that pip can download",
            Self::OtherWheel { .. } => "resolve again with `--upgrade`",
            Self::Offline { .. } | Self::OfflineWheel { .. } => "run once without `--offline`",
            Self::Fs(_) | Self::Process(_) | Self::Pip { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::NoFit { place, .. } => place.clone(),
            Self::Conflict { place, .. }
            | Self::Hashes { place, .. }
            | Self::Pip { place, .. }
            | Self::NoWheel { place, .. } => Some(place.clone()),
            Self::Offline { requirements } => {
                Some(Place { path: requirements.clone(), line: None })
            }
            Self::Fs(_)
            | Self::Wheel(_)
            | Self::Process(_)
            | Self::NoPip { .. }
            | Self::NoHostPython
            | Self::HostVersion(_)
            | Self::Unreachable { .. }
            | Self::OfflineWheel { .. }
            | Self::OtherWheel { .. } => None,
        }
    }

    /// Why, beyond what `source` tells, outermost first.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::NoPip { tried } => tried.clone(),
            Self::NoFit { cause, .. } => vec![cause.clone()],
            Self::Conflict { causes, .. }
            | Self::Hashes { causes, .. }
            | Self::Unreachable { causes }
            | Self::Pip { causes, .. } => causes.clone(),
            Self::Fs(_)
            | Self::Wheel(_)
            | Self::Process(_)
            | Self::NoHostPython
            | Self::HostVersion(_)
            | Self::NoWheel { .. }
            | Self::OtherWheel { .. }
            | Self::Offline { .. }
            | Self::OfflineWheel { .. } => Vec::new(),
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Process(_)
            | Self::NoPip { .. }
            | Self::NoHostPython
            | Self::Unreachable { .. }
            | Self::Pip { .. } => FailureKind::Program,
            Self::Offline { .. } | Self::OfflineWheel { .. } => FailureKind::Network,
            Self::Fs(_)
            | Self::Wheel(_)
            | Self::HostVersion(_)
            | Self::NoFit { .. }
            | Self::Conflict { .. }
            | Self::Hashes { .. }
            | Self::NoWheel { .. }
            | Self::OtherWheel { .. } => FailureKind::Lambda,
        }
    }
}
