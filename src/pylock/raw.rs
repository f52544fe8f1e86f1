//! The tables of a lock as TOML has them, before anything is asked of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// The file. Its `lock-version` is looked at before this is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Lock {
    /// Markers.
    #[serde(default)]
    pub(super) environments: Vec<String>,
    /// A version specifier.
    pub(super) requires_python: Option<String>,
    /// Names of groups.
    #[serde(default)]
    pub(super) default_groups: Vec<String>,
    /// The name of a tool.
    pub(super) created_by: String,
    /// The packages.
    #[serde(default)]
    pub(super) packages: Vec<Spanned<Package>>,
    /// What the lock was made from and for.
    #[serde(default = "Tool::none")]
    pub(super) tool: Tool<Made>,
}

/// A table of tools' tables: ours is looked at, and no other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Tool<T> {
    /// Ours.
    pub(super) cargo_dofs_package: Option<Spanned<T>>,
}

impl<T> Tool<T> {
    /// No tables.
    fn none() -> Self {
        Self { cargo_dofs_package: None }
    }
}

/// Our table of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Made {
    /// Hexadecimal digits.
    pub(super) requirements_sha256: String,
    /// As in `3.12`.
    pub(super) python: String,
    /// As AWS calls it.
    pub(super) architecture: String,
}

/// Our table of a package.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Built {
    /// A file name.
    pub(super) wheel: String,
    /// Hexadecimal digits.
    pub(super) sha256: String,
}

/// A `[[packages]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Package {
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: Option<String>,
    /// When it is installed.
    pub(super) marker: Option<String>,
    /// A version specifier.
    pub(super) requires_python: Option<String>,
    /// What it requires.
    #[serde(default)]
    pub(super) dependencies: Vec<Dependency>,
    /// A commit.
    pub(super) vcs: Option<Spanned<Vcs>>,
    /// A folder.
    pub(super) directory: Option<Directory>,
    /// An archive.
    pub(super) archive: Option<Spanned<File>>,
    /// An sdist.
    pub(super) sdist: Option<Spanned<File>>,
    /// Wheels.
    #[serde(default)]
    pub(super) wheels: Vec<Spanned<File>>,
    /// What came of it.
    #[serde(default = "Tool::none")]
    pub(super) tool: Tool<Built>,
}

/// What tells a package from others; nearly always its name.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Dependency {
    /// The name.
    pub(super) name: Option<String>,
}

/// A `wheels`, `sdist` or `archive`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct File {
    /// The file's name.
    pub(super) name: Option<String>,
    /// Its address.
    pub(super) url: Option<String>,
    /// Its path.
    pub(super) path: Option<String>,
    /// Its bytes.
    pub(super) size: Option<u64>,
    /// Hexadecimal digits by the algorithm.
    pub(super) hashes: BTreeMap<String, String>,
    /// The project's folder, in an archive.
    pub(super) subdirectory: Option<String>,
}

/// A `vcs`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Vcs {
    /// The program.
    pub(super) r#type: String,
    /// The repository's address.
    pub(super) url: Option<String>,
    /// The repository's path.
    pub(super) path: Option<String>,
    /// What was asked for.
    pub(super) requested_revision: Option<String>,
    /// The commit.
    pub(super) commit_id: String,
    /// The project's folder.
    pub(super) subdirectory: Option<String>,
}

/// A `directory`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Directory {
    /// Its path.
    pub(super) path: String,
    /// Whether it was installed in place.
    #[serde(default)]
    pub(super) editable: bool,
    /// The project's folder.
    pub(super) subdirectory: Option<String>,
}
