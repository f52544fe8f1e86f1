//! Why Lambda could not be asked.

use crate::process;
use crate::report::FailureKind;

/// Why Lambda could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no AWS CLI, or it can't be started.
    #[error("Lambda can't be asked without the AWS CLI")]
    NoCli {
        /// Why.
        source: process::Error,
    },
    /// It did not come to an end.
    #[error("`{command}` did not end")]
    Unended {
        /// What was run, as it can be typed.
        command: String,
        /// Why.
        source: process::Error,
    },
    /// It says that it failed.
    #[error("`{command}` failed ({status})")]
    Failed {
        /// What was run, as it can be typed.
        command: String,
        /// How it ended.
        status: String,
        /// Its last lines.
        said: Vec<String>,
    },
    /// It says something else than expected.
    #[error("`{command}` says what is not known here")]
    Answer {
        /// What was run, as it can be typed.
        command: String,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoCli { .. } => "no-aws",
            Self::Unended { .. } | Self::Failed { .. } => "aws-failed",
            Self::Answer { .. } => "aws-answer",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoCli { .. } => "install the AWS CLI, or leave `--deployed` out",
            Self::Unended { .. } => {
                "look whether its endpoint can be reached: run it with `--debug`"
            }
            Self::Failed { said, .. } => {
                let says = |word: &str| said.iter().any(|line| line.contains(word));
                if says("credentials") || says("ExpiredToken") || says("security token") {
                    "sign in (`aws sts get-caller-identity` shows as whom)"
                } else if says("region") {
                    "set `AWS_DEFAULT_REGION`, which versions 1 and 2 of the CLI read, or `region` in \
                     the profile"
                } else if says("AccessDenied") {
                    "allow `lambda:GetFunctionConfiguration`, and `lambda:ListFunctions` where a \
                     `function-name` has a `*`"
                } else {
                    return None;
                }
            }
            Self::Answer { .. } => "look whether `aws` is the AWS CLI",
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells: the CLI's own words.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Failed { said, .. } => said.clone(),
            Self::NoCli { .. } | Self::Unended { .. } | Self::Answer { .. } => Vec::new(),
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::NoCli { .. }
            | Self::Unended { .. }
            | Self::Failed { .. }
            | Self::Answer { .. } => FailureKind::Program,
        }
    }
}
