//! The answer of `verify`: what was compared with what the sources give.

use serde::{Serialize, Serializer};

use super::{Failure, Warning};

/// What was checked, also where it is as it should be.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Verified {
    /// Sorted by lambda, then by what was checked.
    pub(crate) checks: Vec<Check>,
    /// Lambdas that could not be packaged, sorted by name.
    pub(crate) failures: Vec<Failure>,
    /// What was warned of, each with its lambda's name where it is about one; sorted by that.
    #[serde(serialize_with = "with_names")]
    pub(crate) warnings: Vec<(Option<String>, Warning)>,
}

impl Verified {
    /// How much is not as it should be.
    pub(crate) fn differences(&self) -> usize {
        self.checks.iter().filter(|check| check.status != CheckStatus::Ok).count()
    }
}

fn with_names<S: Serializer>(
    warnings: &[(Option<String>, Warning)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Named<'a> {
        name: &'a Option<String>,
        #[serde(flatten)]
        warning: &'a Warning,
    }
    serializer.collect_seq(warnings.iter().map(|(name, warning)| Named { name, warning }))
}

/// Something that was compared with what the sources give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// The lambda's name; of a function that no lambda belongs to, the function's.
    pub(crate) name: String,
    #[serde(rename = "check")]
    pub(crate) subject: Subject,
    pub(crate) status: CheckStatus,
    /// What it should be, where that is one value.
    pub(crate) expected: Option<String>,
    pub(crate) actual: Option<String>,
    /// What Terraform or AWS calls it, where it is theirs.
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckStatus {
    Ok,
    Differs,
    Missing,
    /// The members are equal, the bytes are not: another tool or format packed it.
    #[serde(rename = "same content")]
    SameContent,
}
