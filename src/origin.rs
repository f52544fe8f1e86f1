//! Where a wheel comes from: as a line asks for it, as a resolver found it, as a lock keeps it.
//!
//! A line knows less than a lock: neither the digest of what an address leads to, nor the commit
//! that a branch is. These are filled in when the file is fetched and the repository is asked; a
//! lock has them always. Repositories and folders have the keys of `pylock.toml` (PyPA), from
//! which they are read.

use camino::Utf8PathBuf;
use serde::{Deserialize, Deserializer};

use crate::digest::Sha256Digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is there as a file.
    Wheel(File),
    /// It is built from the source distribution that an index has of it.
    Sdist(File),
    /// It is built from the archive that a line names by its path or address. In a lock this may
    /// also be a wheel, by its name.
    Archive { file: File, subdirectory: Option<String> },
    /// It is built from a commit.
    Vcs(Vcs),
    /// It is built from a folder.
    Directory(Directory),
}

/// A file that is fetched, or lies somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    /// Its address. That of a line may hold a password; that of an answer has no user, query and
    /// fragment, and is not kept where its path may be a secret.
    pub(crate) url: Option<String>,
    /// Its path: relative to the root or absolute, and in a lock relative to the lock's folder.
    pub(crate) path: Option<Utf8PathBuf>,
    /// Bytes.
    pub(crate) size: Option<u64>,
    pub(crate) digest: Option<Sha256Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(crate) struct Vcs {
    /// `git`, `hg`, `bzr` or `svn`; only the first is built.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The repository's address, less `git+`; as with files, it or a path is there.
    pub(crate) url: Option<String>,
    pub(crate) path: Option<String>,
    /// A branch, a tag or a commit, as it was asked for; the default branch where there is none.
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
    /// As with files.
    pub(crate) path: Utf8PathBuf,
    /// Whether it was installed in place when the lock was made; here it is built like any other.
    #[serde(default)]
    pub(crate) editable: bool,
    pub(crate) subdirectory: Option<String>,
    /// Of the files that a build may see; no part of the format.
    #[serde(skip)]
    pub(crate) digest: Option<Sha256Digest>,
}

/// What a line does not know and a lock must have.
fn required<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

impl Origin {
    /// A folder of the project, with the digest of what a build may see of it.
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
