//! The answer of `verify`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Failure, Warning};

/// All checks, those without a difference, too.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Verified {
    /// Sorted by lambda, then by what was checked.
    pub(crate) checks: Vec<Check>,
    /// Lambdas that could not be packaged, sorted by name.
    pub(crate) failures: Vec<Failure>,
    /// Sorted by name.
    pub(crate) warnings: Vec<NamedWarning>,
}

impl Verified {
    /// How many checks found a difference.
    pub(crate) fn differences(&self) -> usize {
        self.checks.iter().filter(|check| check.status.is_difference()).count()
    }

    /// What was found of each lambda: where something of it differs, that, and else `ok`.
    pub(crate) fn outcomes(&self) -> BTreeMap<&str, CheckStatus> {
        let mut outcomes = BTreeMap::new();
        for check in &self.checks {
            let outcome = outcomes.entry(check.name.as_str()).or_insert(CheckStatus::Ok);
            if check.status.is_difference() {
                *outcome = CheckStatus::Differs;
            }
        }
        outcomes
    }

    /// How many warnings there are, with the checks that only warn.
    pub(crate) fn seen(&self) -> usize {
        let is_warning = |check: &&Check| check.status == CheckStatus::Warning;
        self.warnings.len() + self.checks.iter().filter(is_warning).count()
    }
}

/// A warning, and the name of the lambda that it is about, where it is about one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NamedWarning {
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    pub(crate) warning: Warning,
}

/// A comparison with the package that the sources give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// The lambda's name.
    pub(crate) name: String,
    #[serde(rename = "check")]
    pub(crate) subject: Subject,
    pub(crate) status: CheckStatus,
    /// The right value, where there is only one.
    pub(crate) expected: Option<String>,
    pub(crate) actual: Option<String>,
    /// Where the compared value is: a function's address or name, a place in a file, or a pushed
    /// ref.
    pub(crate) address: Option<String>,
    /// One sentence, in lower case.
    pub(crate) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Subject {
    Zip,
    /// An entry of the package manifest.
    Manifest,
    /// A function in a state or plan of Terraform.
    State,
    /// The code that Lambda has.
    Deployed,
    /// The function that Lambda calls.
    Handler,
    /// The runtime and the architectures.
    Runtime,
    /// What the package's own modules import.
    Imports,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckStatus {
    Ok,
    Differs,
    Missing,
    /// Something is seen that is no difference.
    Warning,
    /// The members are equal, the bytes are not: another tool or format packed it.
    #[serde(rename = "same content")]
    SameContent,
}

impl CheckStatus {
    /// Whether it changes the exit code.
    pub(crate) fn is_difference(self) -> bool {
        match self {
            Self::Ok | Self::Warning => false,
            Self::Differs | Self::Missing | Self::SameContent => true,
        }
    }
}
