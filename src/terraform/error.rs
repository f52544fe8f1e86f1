//! Why a state or a plan could not be read.

use crate::report::{FailureKind, Place};

use super::{Kind, deployed};

/// Why what Terraform or Lambda knows could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Lambda could not be asked.
    #[error(transparent)]
    Deployed(#[from] deployed::Error),
    /// It is no JSON, or ends too early.
    #[error("{} {what}", named(.path))]
    Json {
        /// The file; `-` is standard input.
        path: String,
        /// The line, where that helps.
        line: Option<u32>,
        /// What it is, as the end of a sentence.
        what: &'static str,
        /// Why, in the words of the parser.
        cause: Option<String>,
        /// What to do.
        advice: &'static str,
    },
    /// It is something else, and it is known what.
    #[error("{} is {what}, and not the output of `terraform show -json`", named(.path))]
    Foreign {
        /// The file; `-` is standard input.
        path: String,
        /// What it is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// It has another format.
    #[error(
        "{} is a {} of format {version}, and this tool knows formats 0 and 1",
        named(.path), .kind.word()
    )]
    Version {
        /// The file; `-` is standard input.
        path: String,
        /// State or plan.
        kind: Kind,
        /// Its `format_version`.
        version: String,
    },
    /// Terraform could not finish the plan.
    #[error("{} is a plan that Terraform could not finish", named(.path))]
    Errored {
        /// The file; `-` is standard input.
        path: String,
    },
    /// It does what is not known here.
    #[error("the plan does `{actions}` with `{address}`, and this tool does not know what that is")]
    Action {
        /// The resource.
        address: String,
        /// The actions, as a list.
        actions: String,
        /// The file; `-` is standard input.
        path: String,
    },
}

/// How a file is called in a sentence.
fn named(path: &str) -> String {
    match path {
        "-" => "standard input".to_owned(),
        path => format!("`{path}`"),
    }
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Deployed(error) => error.code(),
            Self::Json { .. } | Self::Foreign { .. } => "terraform-json",
            Self::Version { .. } | Self::Action { .. } => "terraform-format",
            Self::Errored { .. } => "terraform-plan-failed",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Deployed(error) => return error.hint(),
            Self::Json { advice, .. } | Self::Foreign { advice, .. } => advice,
            Self::Version { .. } | Self::Action { .. } => {
                "install a newer version of this tool, or show it with an older Terraform"
            }
            Self::Errored { .. } => "mend what `terraform plan` says, and plan again",
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Deployed(error) => error.causes(),
            Self::Json { cause, .. } => cause.iter().cloned().collect(),
            Self::Foreign { .. }
            | Self::Version { .. }
            | Self::Errored { .. }
            | Self::Action { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Json { path, line: Some(line), .. } if path != "-" => {
                Some(Place { path: path.clone(), line: Some(*line) })
            }
            Self::Deployed(_)
            | Self::Json { .. }
            | Self::Foreign { .. }
            | Self::Version { .. }
            | Self::Errored { .. }
            | Self::Action { .. } => None,
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Deployed(error) => error.kind(),
            Self::Json { .. }
            | Self::Foreign { .. }
            | Self::Version { .. }
            | Self::Errored { .. }
            | Self::Action { .. } => FailureKind::Input,
        }
    }
}
