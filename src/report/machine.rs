//! The answers of `doctor` and `cache`, about this machine.

use serde::Serialize;

use super::{Failure, Sourced};

/// The answer of `doctor`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Diagnosis {
    /// Programs that this tool may run.
    pub(crate) programs: Vec<ProgramFact>,
    /// The store, where it can be looked at.
    pub(crate) store: Option<StoreFact>,
    /// The project, where there is one.
    pub(crate) project: Option<ProjectFact>,
    /// Why something could not be looked at.
    pub(crate) problems: Vec<Failure>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProgramFact {
    pub(crate) name: &'static str,
    /// None where its output has none.
    pub(crate) version: Option<String>,
    /// None where it is not on PATH.
    pub(crate) path: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StoreFact {
    pub(crate) directory: String,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProjectFact {
    pub(crate) root: String,
    /// The file at the root that has its config.
    pub(crate) config: Option<&'static str>,
    /// Sorted by name.
    pub(crate) lambdas: Vec<LambdaFact>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LambdaFact {
    pub(crate) name: String,
    /// None where it can't be told.
    pub(crate) python: Option<Sourced>,
    /// None where root modules of Terraform disagree.
    pub(crate) architecture: Option<Sourced>,
    /// Why a part of its target is not told, or why it can't be packaged for it.
    pub(crate) doubts: Vec<String>,
}

/// Where the store is, or what it holds, or what was removed from it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Cache {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) directory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// The digests of damaged wheels, and the paths of damaged records in the store, where it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) damaged: Option<Vec<String>>,
}
