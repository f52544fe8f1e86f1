//! The lambda's own files: each kept or left out, and by which rule.
//!
//! Rules are tried in this order, and the first that speaks decides: this tool's own files are
//! never packaged; `exclude`; `.lambdaignore`; `include`; the built-in rules. A folder that is
//! left out takes all that is in it along, unless something in it is included by name.
//!
//! Nothing is left out without a rule that `list` shows, and nothing that can't be packaged is
//! passed over: a link that leads out, a FIFO, a name that another file system would lose are
//! errors.

mod pointers;
mod read;
mod rules;
mod secrets;
mod selection;
mod twins;

use camino::Utf8PathBuf;

use crate::path::{ArchivePath, Mode, PathFault};
use crate::report::{Place, Warning};
use crate::tree;

pub(crate) use read::read;
pub(crate) use selection::Selection;

/// A lambda's own files.
#[derive(Debug, Default)]
pub(crate) struct SourceTree {
    /// What is kept, sorted by path.
    pub(crate) files: Vec<SourceFile>,
    /// What is not, sorted by path.
    pub(crate) left_out: Vec<LeftOut>,
    /// What is odd.
    pub(crate) warnings: Vec<Warning>,
}

impl SourceTree {
    /// Whether the lambda has a file of that name at its top, kept or left out.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.path.as_str() == name)
            || self.left_out.iter().any(|left_out| left_out.path == name)
    }
}

/// A file that is kept.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Its path in the package.
    pub(crate) path: ArchivePath,
    /// Where its bytes are, relative to the root: for a link, the file it leads to.
    pub(crate) place: Utf8PathBuf,
    /// Bytes, when it was listed.
    pub(crate) size: u64,
    /// Its mode in the package.
    pub(crate) mode: Mode,
}

/// Something that is left out.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut {
    /// Its path in the lambda; a folder's ends in a slash, and stands for all that is in it.
    pub(crate) path: String,
    /// The rule.
    pub(crate) rule: String,
}

/// Why a lambda's files can't be packaged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The disk.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A name that a package can't carry.
    #[error("`{}` can't be packaged: its name {fault}", .path.escape_debug())]
    Name {
        /// The path, relative to the root.
        path: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// A FIFO, socket or device.
    #[error("`{path}` is neither a file nor a folder")]
    Special {
        /// Where.
        path: Utf8PathBuf,
    },
    /// A link that is not to a regular file of the same lambda.
    #[error("the symbolic link `{path}` {fault}")]
    Link {
        /// Where.
        path: Utf8PathBuf,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A folder of a revision whose files are in another repository.
    #[error("`{path}` is a submodule, whose files are not in the revision")]
    Submodule {
        /// Where.
        path: Utf8PathBuf,
    },
    /// Two names that only some file systems keep apart.
    #[error("`{first}` and `{second}` are one name on some file systems")]
    Twins {
        /// One path, relative to the root.
        first: String,
        /// The other.
        second: String,
    },
    /// A pattern that is none.
    #[error("`{pattern}` is no glob")]
    Pattern {
        /// What was written.
        pattern: String,
        /// Why.
        cause: String,
        /// Where.
        place: Option<Place>,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "unreadable",
            Self::Name { .. } => "file-name",
            Self::Special { .. } => "special-file",
            Self::Link { .. } => "symbolic-link",
            Self::Submodule { .. } => "submodule",
            Self::Twins { .. } => "twin-names",
            Self::Pattern { .. } => "invalid-glob",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Name { .. } | Self::Twins { .. } => {
                "rename the file, or leave it out with `exclude` in the config"
            }
            Self::Special { .. } => "remove it, or leave it out with `exclude` in the config",
            Self::Submodule { .. } => {
                "commit a copy of its files in its place, or leave it out with `exclude`"
            }
            Self::Link { .. } => {
                "put a copy of the file there, or leave the link out with `exclude` in the config"
            }
            Self::Tree(_) => return None,
            Self::Pattern { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Pattern { cause, .. } => vec![cause.clone()],
            Self::Tree(_)
            | Self::Name { .. }
            | Self::Special { .. }
            | Self::Link { .. }
            | Self::Submodule { .. }
            | Self::Twins { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Special { path } | Self::Link { path, .. } | Self::Submodule { path } => {
                Some(Place { path: path.to_string(), line: None })
            }
            Self::Pattern { place, .. } => place.clone(),
            Self::Tree(_) | Self::Name { .. } | Self::Twins { .. } => None,
        }
    }
}
