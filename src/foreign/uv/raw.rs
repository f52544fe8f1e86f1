//! The keys of a `uv.lock`, as far as they are read.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Lock {
    pub(super) version: i64,
    pub(super) requires_python: Option<String>,
    #[serde(default)]
    pub(super) manifest: Manifest,
    #[serde(default, rename = "package")]
    pub(super) packages: Vec<Spanned<Raw>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    pub(super) constraints: Vec<Demand>,
    pub(super) overrides: Vec<Demand>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Raw {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) source: Source,
    #[serde(default)]
    pub(super) dependencies: Vec<Edge>,
    #[serde(default)]
    pub(super) optional_dependencies: BTreeMap<String, Vec<Edge>>,
    #[serde(default)]
    pub(super) dev_dependencies: BTreeMap<String, Vec<Edge>>,
    #[serde(default)]
    pub(super) resolution_markers: Vec<String>,
    pub(super) metadata: Option<Metadata>,
    pub(super) sdist: Option<RawFile>,
    #[serde(default)]
    pub(super) wheels: Vec<RawFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) registry: Option<String>,
    pub(super) git: Option<String>,
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) directory: Option<String>,
    pub(super) editable: Option<String>,
    pub(super) r#virtual: Option<String>,
    pub(super) subdirectory: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Edge {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) source: Option<Source>,
    pub(super) marker: Option<String>,
    #[serde(default)]
    pub(super) extra: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Metadata {
    pub(super) requires_dist: Vec<Demand>,
    pub(super) requires_dev: BTreeMap<String, Vec<Demand>>,
}

/// What the project asked for when the lock was made.
#[derive(Debug, Deserialize)]
pub(super) struct Demand {
    pub(super) name: String,
    #[serde(default)]
    pub(super) extras: Vec<String>,
    pub(super) specifier: Option<String>,
    pub(super) marker: Option<String>,
    /// Where it is, if it is no project of an index.
    #[serde(flatten)]
    pub(super) source: Source,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawFile {
    pub(super) url: Option<String>,
    pub(super) path: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) hash: Option<String>,
    pub(super) size: Option<u64>,
}

impl Source {
    /// Whether it is a project of an index, and not a folder, a file or a repository.
    pub(super) fn is_index(&self) -> bool {
        let others = [&self.git, &self.url, &self.path];
        others.into_iter().all(Option::is_none) && self.folder().is_none()
    }

    /// The folder that it is, relative to the lock's.
    pub(super) fn folder(&self) -> Option<&str> {
        let folder = self.directory.as_ref().or(self.editable.as_ref());
        folder.or(self.r#virtual.as_ref()).map(String::as_str)
    }
}
