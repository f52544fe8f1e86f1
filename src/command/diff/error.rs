//! What `diff` was asked to compare that can't be compared.

use crate::report::FailureKind;

/// What can't be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A glob that several lambdas have.
    #[error("`{name}` names {count} lambdas, and `diff` takes one")]
    SeveralLambdas {
        /// As it was typed.
        name: String,
        /// How many.
        count: usize,
    },
    /// One zip, and nothing beside it.
    #[error("there is nothing to compare `{path}` with")]
    OneZip {
        /// As it was typed.
        path: String,
    },
    /// A lambda that was not packaged.
    #[error("`{name}` has no zip at `{path}`")]
    NoZip {
        /// The lambda's name.
        name: String,
        /// Where it would be, relative to the root.
        path: String,
    },
    /// A member that neither zip has.
    #[error("neither has a member `{}`", .member.escape_debug())]
    UnknownMember {
        /// As it was typed.
        member: String,
        /// A member of nearly that name.
        suggestion: Option<String>,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::SeveralLambdas { .. } => "several-lambdas",
            Self::OneZip { .. } => "one-zip",
            Self::NoZip { .. } => "not-packaged",
            Self::UnknownMember { .. } => "unknown-member",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::OneZip { .. } => Some("name another zip, or in its place a lambda".to_owned()),
            Self::NoZip { name, .. } => Some(format!("run `cargo dofs-package build {name}`")),
            Self::UnknownMember { suggestion, .. } => {
                suggestion.as_ref().map(|name| format!("did you mean `{}`?", name.escape_debug()))
            }
            Self::SeveralLambdas { .. } => None,
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::NoZip { .. } => FailureKind::Input,
            Self::SeveralLambdas { .. } | Self::OneZip { .. } | Self::UnknownMember { .. } => {
                FailureKind::Usage
            }
        }
    }
}
