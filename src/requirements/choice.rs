//! What the config says of a lambda's requirements.

use camino::Utf8PathBuf;

/// Where a lambda's requirements are, and which of a project's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) chosen: Chosen,
    /// The groups of a project that are packaged besides its dependencies, normalised.
    pub(crate) groups: Vec<String>,
    /// The extras, likewise.
    pub(crate) extras: Vec<String>,
    /// Whether the lambda's own table says them: those for all are for lambdas that require something.
    pub(crate) is_own: bool,
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
