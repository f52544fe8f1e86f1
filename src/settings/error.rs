//! Why settings could not be settled.

use camino::Utf8PathBuf;

use crate::fs;
use crate::lambda::Origin;
use crate::process;
use crate::report::{FailureKind, Place};
use crate::source;
use crate::tree;
pub(crate) use crate::words::nearest;

/// Why settings could not be settled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The disk.
    #[error(transparent)]
    Fs(#[from] fs::Error),
    /// The project.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// The revision.
    #[error(transparent)]
    Revision(#[from] tree::RevisionError),
    /// `--root` names no folder.
    #[error("there is no folder `{root}`")]
    NoSuchRoot {
        /// As it was typed.
        root: Utf8PathBuf,
    },
    /// Nothing upward is a project.
    #[error("neither this folder nor one above has a `lambdas` folder or a dofs-package.toml")]
    NoRoot,
    /// `--config` or `--manifest-path` names no file.
    #[error("there is no `{path}`")]
    NoConfig {
        /// As it was typed.
        path: String,
    },
    /// `--config` or `--manifest-path` names a file of the repository that a revision has not.
    #[error("there is no `{path}` in the revision `{revision}`")]
    NotCommitted {
        /// As it was typed.
        path: String,
        /// The revision, as it was typed.
        revision: String,
    },
    /// Two places have a config.
    #[error("the config is in two places: dofs-package.toml and {other}")]
    TwoConfigs {
        /// The second.
        other: String,
    },
    /// A config that can't be read as one.
    #[error("`{path}` can't be read as a config")]
    Toml {
        /// The file.
        path: String,
        /// The line.
        line: Option<u32>,
        /// Why.
        cause: String,
    },
    /// A key that nobody reads.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key, with the tables around it.
        key: String,
        /// The file.
        path: String,
        /// The line.
        line: Option<u32>,
        /// What to do.
        advice: String,
    },
    /// A table for a lambda that there is not.
    #[error("the config has a table for `{name}`, and there is no such lambda")]
    UnknownLambda {
        /// The name.
        name: String,
        /// A lambda of nearly that name.
        suggestion: Option<String>,
        /// Where its table begins.
        place: Place,
    },
    /// A value that is none.
    #[error("`{key}` from {origin}: {cause}")]
    Value {
        /// The key.
        key: String,
        /// Why, as a sentence.
        cause: String,
        /// Who says it.
        origin: Origin,
        /// Where, if that is a file.
        place: Option<Place>,
    },
    /// A pattern that is none.
    #[error("{fault}")]
    Pattern {
        /// Which.
        fault: source::Error,
        /// Where; a variable's name stands for a file's.
        place: Place,
    },
    /// The config wants another version.
    #[error("the project wants cargo-dofs-package {required}, and this is {own}")]
    Version {
        /// A range.
        required: String,
        /// This version.
        own: String,
    },
    /// cargo can't be run.
    #[error("cargo can't tell of Cargo.toml")]
    Cargo {
        /// Why.
        source: process::Error,
    },
    /// cargo refuses the Cargo.toml.
    #[error("cargo can't read Cargo.toml ({status})")]
    CargoFailed {
        /// How it ended.
        status: String,
        /// Its last lines.
        said: Vec<String>,
    },
    /// cargo says something else than expected.
    #[error("cargo tells of Cargo.toml in a way that is not known here")]
    CargoMetadata {
        /// Why.
        source: cargo_metadata::Error,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fs(_) | Self::Tree(_) => "unreadable",
            Self::Revision(error) => error.code(),
            Self::NoSuchRoot { .. } | Self::NoRoot => "no-root",
            Self::NoConfig { .. } | Self::NotCommitted { .. } => "no-config",
            Self::TwoConfigs { .. } => "two-configs",
            Self::Toml { .. } => "invalid-config",
            Self::UnknownKey { .. } => "unknown-key",
            Self::UnknownLambda { .. } => "unknown-lambda",
            Self::Value { .. } => "invalid-value",
            Self::Pattern { .. } => "invalid-glob",
            Self::Version { .. } => "required-version",
            Self::Cargo { .. } | Self::CargoFailed { .. } | Self::CargoMetadata { .. } => "cargo",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoRoot => "name the project with `--root DIR`",
            Self::NotCommitted { .. } => "commit it, or name a file outside of the repository",
            Self::TwoConfigs { .. } => "keep one of the two",
            Self::UnknownKey { advice, .. } => advice,
            Self::Toml { cause, .. } if cause.ends_with("expected a string") => {
                "write the value in quotes"
            }
            Self::Toml { cause, .. } if cause.ends_with("expected a sequence") => {
                "write a list: `[\"…\"]`"
            }
            Self::UnknownLambda { suggestion: Some(name), .. } => {
                return Some(format!("did you mean `{name}`?"));
            }
            Self::UnknownLambda { suggestion: None, .. } => {
                "remove the table; `[lambda.NAME]` is for a directory that `lambdas` finds"
            }
            Self::Revision(error) => return error.hint(),
            Self::Version { .. } => "install that version, or change `required-version`",
            Self::Fs(_)
            | Self::Tree(_)
            | Self::NoSuchRoot { .. }
            | Self::NoConfig { .. }
            | Self::Toml { .. }
            | Self::Value { .. }
            | Self::Pattern { .. }
            | Self::Cargo { .. }
            | Self::CargoFailed { .. }
            | Self::CargoMetadata { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Toml { path, line, .. } | Self::UnknownKey { path, line, .. } => {
                Some(Place { path: path.clone(), line: *line })
            }
            Self::Pattern { place, .. } | Self::UnknownLambda { place, .. } => Some(place.clone()),
            Self::Value { place, .. } => place.clone(),
            Self::Fs(_)
            | Self::Tree(_)
            | Self::Revision(_)
            | Self::NoSuchRoot { .. }
            | Self::NoRoot
            | Self::NoConfig { .. }
            | Self::NotCommitted { .. }
            | Self::TwoConfigs { .. }
            | Self::Version { .. }
            | Self::Cargo { .. }
            | Self::CargoFailed { .. }
            | Self::CargoMetadata { .. } => None,
        }
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Toml { cause, .. } => vec![cause.clone()],
            Self::CargoFailed { said, .. } => said.clone(),
            Self::Pattern { fault: source::Error::Pattern { cause, .. }, .. } => {
                vec![cause.clone()]
            }
            _ => Vec::new(),
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Value { origin: Origin::Flag(_), .. } => FailureKind::Usage,
            Self::Revision(error) => error.kind(),
            Self::Cargo { .. } | Self::CargoMetadata { .. } => FailureKind::Program,
            _ => FailureKind::Input,
        }
    }
}
