//! The crate's error: one transparent variant per room, and what all of them answer.

use std::error::Error as _;

use crate::report::{Failure, FailureKind, Place, as_clause};
use crate::{fs, lambda, store, tree, wheel};

/// Anything that stops a lambda, or the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A wheel.
    #[error(transparent)]
    Wheel(#[from] wheel::Error),
    /// Something else on the disk.
    #[error(transparent)]
    Disk(#[from] fs::Error),
    /// The project.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A room's failure, as it is.
    #[error("{}", .0.message)]
    Failure(Box<Failure>),
}

impl Error {
    /// A failure that is carried as it is, whoever wanted to read something.
    fn carried(&self) -> Option<Failure> {
        match self {
            Self::Failure(failure) => Some((**failure).clone()),
            Self::Disk(error) => Some(error.failure()),
            Self::Tree(error) => Some(error.failure()),
            _ => None,
        }
    }

    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Wheel(error) => error.code(),
            Self::Disk(_) | Self::Tree(_) => "unreadable",
            Self::Failure(failure) => failure.code,
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Wheel(error) => error.hint(),
            Self::Disk(_) => None,
            Self::Tree(_) => None,
            Self::Failure(failure) => failure.hint.clone(),
        }
    }

    /// Where.
    fn place(&self) -> Option<Place> {
        match self {
            Self::Wheel(error) => error.place(),
            Self::Disk(_) | Self::Tree(_) => None,
            Self::Failure(failure) => failure.place.clone(),
        }
    }

    /// Why, outermost first.
    fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut source = self.source();
        while let Some(error) = source {
            causes.push(as_clause(&error.to_string()));
            source = error.source();
        }
        causes.extend(match self {
            // The words of the AWS CLI stay as they are.
            Self::Wheel(_) | Self::Disk(_) | Self::Tree(_) => Vec::new(),
            Self::Failure(failure) => failure.causes.clone(),
        });
        causes
    }

    /// Whose fault it is: of an error that stopped the run before any lambda.
    fn kind(&self) -> FailureKind {
        match self {
            Self::Wheel(_) | Self::Disk(_) | Self::Tree(_) => FailureKind::Input,
            Self::Failure(failure) => failure.kind,
        }
    }

    /// Flattens an error that stopped the run.
    pub(crate) fn failure(&self) -> Failure {
        if let Some(failure) = self.carried() {
            return failure;
        }
        Failure {
            name: None,
            code: self.code(),
            message: self.to_string(),
            causes: self.causes(),
            hint: self.hint(),
            place: self.place(),
            kind: self.kind(),
        }
    }

    /// Flattens an error that stopped one lambda; without a place of its own it is about the
    /// lambda's directory.
    pub(crate) fn lambda_failure(&self, lambda: &lambda::Lambda) -> Box<Failure> {
        Box::new(self.failure().of_lambda(lambda.name.as_str(), lambda.directory.as_str()))
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

/// Until each room makes its failures itself.
macro_rules! flattened {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Error::from(error).failure()
            }
        })+
    };
}

flattened!(wheel::Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.failure()
    }
}
