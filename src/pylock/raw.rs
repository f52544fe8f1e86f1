//! The tables of a lock as TOML has them, before their values are checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::origin::{Directory, Vcs};

/// The file. Its `lock-version` is looked at before this is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Lock {
    #[serde(default)]
    pub(super) environments: Vec<String>,
    pub(super) requires_python: Option<String>,
    #[serde(default)]
    pub(super) default_groups: Vec<String>,
    pub(super) created_by: String,
    /// Required, but what is not there is told with other words.
    pub(super) packages: Option<Vec<Spanned<Package>>>,
    pub(super) tool: Option<Tool<Made>>,
}

/// A table of tools' tables: ours, and what pdm has of packages.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Tool<T> {
    #[serde(rename = "cargo-dofs-package")]
    pub(super) own: Option<Spanned<T>>,
    #[serde(default)]
    pub(super) pdm: Pdm,
}

/// The table of pdm, which has what a package requires as lines (`pdm/formats/pylock.py`).
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Pdm {
    #[serde(default)]
    pub(super) dependencies: Vec<String>,
}

/// Our table of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Made {
    pub(super) source: Option<String>,
    pub(super) requirements_sha256: String,
    pub(super) python: String,
    pub(super) architecture: String,
    /// The parts of the target that somebody said, by their keys.
    #[serde(default)]
    pub(super) said: Vec<String>,
    #[serde(default)]
    pub(super) said_by_terraform: Vec<String>,
}

/// Our table of a package. Digests are hexadecimal digits.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Built {
    pub(super) wheel: String,
    pub(super) sha256: String,
    /// Of the folder that it was built from.
    pub(super) directory_sha256: Option<String>,
}

/// A `[[packages]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) requires_python: Option<String>,
    #[serde(default)]
    pub(super) dependencies: Vec<Dependency>,
    pub(super) vcs: Option<Spanned<Vcs>>,
    pub(super) directory: Option<Directory>,
    pub(super) archive: Option<Spanned<File>>,
    pub(super) sdist: Option<Spanned<File>>,
    #[serde(default)]
    pub(super) wheels: Vec<Spanned<File>>,
    pub(super) tool: Option<Tool<Built>>,
}

/// The keys by which a dependency finds its package; nearly always the name alone.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct Dependency {
    pub(super) name: Option<String>,
    pub(super) marker: Option<String>,
}

/// A `wheels`, `sdist` or `archive`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a table")]
pub(super) struct File {
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) hashes: BTreeMap<String, String>,
    pub(super) subdirectory: Option<String>,
}
