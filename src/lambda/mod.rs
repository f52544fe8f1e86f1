//! Lambdas: the directories we package, what they are called and what they run on.

mod discover;
mod target;

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::report::Place;
use crate::tree;

pub(crate) use discover::discover;
pub(crate) use target::{Architecture, Origin, PythonVersion, Settled, Target};

/// The name of a lambda: that of its directory, one segment of a path, never a hidden one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LambdaName(String);

impl LambdaName {
    /// Takes the name of a directory; `None` for one that is left out, by its `.` or `_`.
    pub(crate) fn new(directory: &Utf8Path) -> Option<Self> {
        let name = directory.file_name()?;
        (!name.starts_with(['.', '_'])).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LambdaName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A directory that becomes a package.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    /// Its name, unique in a run.
    pub(crate) name: LambdaName,
    /// Its directory, relative to the root.
    pub(crate) directory: Utf8PathBuf,
}

/// What the globs of a project match.
#[derive(Debug)]
pub(crate) struct Discovered {
    /// The lambdas, sorted by name.
    pub(crate) lambdas: Vec<Lambda>,
    /// The globs that match nothing.
    pub(crate) unmatched: Vec<String>,
}

/// Why lambdas could not be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A directory can't be listed.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A glob in the config is none.
    #[error("`{glob}` is no glob")]
    Glob {
        /// What was written.
        glob: String,
        /// Why.
        cause: String,
    },
    /// Nothing matches.
    #[error("no lambda in {searched}")]
    None {
        /// The globs, as a list for people.
        searched: String,
    },
    /// Two directories have one name, and would have one zip.
    #[error("two lambdas are called `{name}`: `{first}` and `{second}`")]
    Twice {
        /// The name.
        name: String,
        /// One directory.
        first: Utf8PathBuf,
        /// The other.
        second: Utf8PathBuf,
    },
    /// A directory of lambdas is a link.
    #[error("`{path}` is a symbolic link, not a directory")]
    Link {
        /// Where.
        path: Utf8PathBuf,
    },
    /// The name would tear the line of tab-separated values, or the zip's own name.
    #[error("`{}` is no name for a lambda: it has a control character", .path.as_str().escape_debug())]
    Name {
        /// Where.
        path: Utf8PathBuf,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "unreadable",
            Self::Glob { .. } => "invalid-glob",
            Self::None { .. } => "no-lambdas",
            Self::Twice { .. } => "duplicate-lambda",
            Self::Link { .. } => "lambda-link",
            Self::Name { .. } => "lambda-name",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::None { .. } => Some(
                "make a directory for each lambda, or name the project with `--root` and its \
                 directories with `lambdas = [\"…\"]` in dofs-package.toml"
                    .to_owned(),
            ),
            Self::Twice { .. } => Some("rename one of the directories".to_owned()),
            Self::Link { .. } => {
                Some("put the lambda's files there, or begin the link's name with `_`".to_owned())
            }
            Self::Name { .. } => Some("rename the directory".to_owned()),
            Self::Tree(_) => None,
            Self::Glob { .. } => None,
        }
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Glob { cause, .. } => vec![cause.clone()],
            Self::Tree(_)
            | Self::None { .. }
            | Self::Twice { .. }
            | Self::Link { .. }
            | Self::Name { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Link { path } => Some(Place { path: path.to_string(), line: None }),
            Self::Tree(_)
            | Self::Glob { .. }
            | Self::None { .. }
            | Self::Twice { .. }
            | Self::Name { .. } => None,
        }
    }
}
