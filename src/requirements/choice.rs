//! What the config says of a lambda's requirements.

use camino::Utf8PathBuf;

use super::ProjectGlob;

/// Where a lambda's requirements are, which of a project's, and which of them are not packaged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    pub(crate) chosen: Chosen,
    /// The groups of a project that are packaged besides its dependencies, normalised.
    pub(crate) groups: Vec<String>,
    /// The extras, likewise.
    pub(crate) extras: Vec<String>,
    /// Whether the lambda's own table says them: those for all are for lambdas that require something.
    pub(crate) is_own: bool,
    /// What is not packaged, though it is required.
    pub(crate) excluded: Vec<ProjectGlob>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The config says nothing.
    #[default]
    Found,
    /// None are wanted.
    Nothing,
    /// This file, relative to the root.
    File(Utf8PathBuf),
}
