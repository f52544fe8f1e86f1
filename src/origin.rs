//! Where a wheel comes from: in a line of requirements, in the answer of a resolver, in a lock.
//!
//! A line has less than a lock: no digest of the file at a URL, no commit of a branch. They are
//! added when the file is fetched and the repository is read; a lock always has them. Repositories
//! and folders have the keys of `pylock.toml` ("pylock.toml Specification" of the PyPA), from which
//! they are deserialized.

use camino::Utf8PathBuf;
use serde::{Deserialize, Deserializer};

use crate::digest::Sha256Digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A wheel that exists as a file.
    Wheel(File),
    /// It is built from a source distribution of an index.
    Sdist(File),
    /// It is built from an archive that a line names by path or URL. In a lock the archive may also
    /// be a wheel, which its name shows.
    Archive { file: File, subdirectory: Option<String> },
    /// It is built from a commit.
    Vcs(Vcs),
    /// It is built from a folder.
    Directory(Directory),
}

/// A file at a URL or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    /// In a line it may have a password. In an answer it has no user, query and fragment, and is
    /// left out where the path itself may be a secret.
    pub(crate) url: Option<String>,
    /// Its path: relative to the root or absolute, and in a lock relative to the lock's folder.
    pub(crate) path: Option<Utf8PathBuf>,
    /// In bytes.
    pub(crate) size: Option<u64>,
    pub(crate) digest: Option<Sha256Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(crate) struct Vcs {
    /// `git`, `hg`, `bzr` or `svn`; only the first is built.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The repository's URL without `git+`; there is a URL or a path.
    pub(crate) url: Option<String>,
    pub(crate) path: Option<String>,
    /// The branch, tag or commit of the line; `None` is the default branch.
    pub(crate) requested_revision: Option<String>,
    /// In full.
    #[serde(rename = "commit-id", deserialize_with = "required")]
    pub(crate) commit: Option<String>,
    pub(crate) subdirectory: Option<String>,
}

/// A folder with a pyproject.toml or a setup.py.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(expecting = "a table")]
pub(crate) struct Directory {
    /// Relative to the root or absolute, and in a lock relative to the lock's folder.
    pub(crate) path: Utf8PathBuf,
    /// Whether the lock says that it is installed in place; here it is built like any other, for
    /// the folder is not there in Lambda.
    #[serde(default)]
    pub(crate) editable: bool,
    pub(crate) subdirectory: Option<String>,
    /// The digest of the files that a build may read; not a key of `pylock.toml`.
    #[serde(skip)]
    pub(crate) digest: Option<Sha256Digest>,
}

/// Deserializes a key that a lock must have, and a line does not have.
fn required<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

impl Origin {
    /// A folder of the project, with the digest of the files that a build may read.
    pub(crate) fn directory(path: Utf8PathBuf, digest: Sha256Digest) -> Self {
        Self::Directory(Directory {
            path,
            editable: false,
            subdirectory: None,
            digest: Some(digest),
        })
    }

    /// The repository from which it is built.
    pub(crate) fn repository(&self) -> Option<&str> {
        match self {
            Self::Vcs(vcs) => vcs.url.as_deref().or(vcs.path.as_deref()),
            Self::Wheel(_) | Self::Sdist(_) | Self::Archive { .. } | Self::Directory(_) => None,
        }
    }

    /// The file that is fetched, or built from.
    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Self::Wheel(file) | Self::Sdist(file) | Self::Archive { file, .. } => Some(file),
            Self::Vcs(_) | Self::Directory(_) => None,
        }
    }

    pub(crate) fn is_built(&self) -> bool {
        !matches!(self, Self::Wheel(_))
    }
}
