//! Why a lock can't be used.

use crate::report::Place;

/// Why a lock can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is no TOML, or has not the shape of a lock.
    #[error("the lock can't be read")]
    Shape {
        /// What is wrong with it.
        cause: String,
        /// Where.
        place: Place,
    },
    /// Another major version of the format.
    #[error("the lock has the format `{version}`, and only 1.x is known")]
    Version {
        /// Its `lock-version`.
        version: String,
        /// Where.
        place: Place,
    },
    /// A text that is not what its key says.
    #[error("`{value}` in the lock is no {what}")]
    Value {
        /// The text.
        value: String,
        /// What it should be.
        what: &'static str,
        /// Where.
        place: Place,
    },
    /// A package that says of too little or too much where it comes from.
    #[error("`{package}` in the lock {fault}")]
    Source {
        /// Its name.
        package: String,
        /// What is wrong with it, as a clause.
        fault: &'static str,
        /// Where.
        place: Place,
    },
    /// A file that can't be proven to be the one that was locked.
    #[error("`{file}` in the lock has no sha256")]
    Digest {
        /// Its name.
        file: String,
        /// The algorithms of the hashes that it has.
        others: Vec<String>,
        /// Where.
        place: Place,
    },
    /// A wheel of another project or version.
    #[error("`{wheel}` in the lock is no wheel of `{package}`")]
    Wheel {
        /// Its file name.
        wheel: String,
        /// The package, with its version if that is what differs.
        package: String,
        /// Where.
        place: Place,
    },
    /// Another Python version.
    #[error("{what} is for Python `{requires}`, and not for {target}")]
    Python {
        /// The lock, or a package in it.
        what: String,
        /// Its `requires-python`.
        requires: String,
        /// The target.
        target: String,
        /// Where.
        place: Place,
    },
    /// Another environment.
    #[error("the lock is for other environments than {target}")]
    Environment {
        /// Their markers.
        environments: Vec<String>,
        /// The target.
        target: String,
        /// Where.
        place: Place,
    },
    /// A marker that can't be judged.
    #[error("the marker `{marker}` in the lock can't be judged")]
    Marker {
        /// The marker.
        marker: String,
        /// Why not.
        cause: String,
        /// Where.
        place: Place,
    },
    /// Two packages of one name that both apply.
    #[error("the lock has `{package}` twice for {target}")]
    Twice {
        /// Their name.
        package: String,
        /// The target.
        target: String,
        /// The line of the first.
        first: u32,
        /// Where the second is.
        place: Place,
    },
    /// No file of a package fits.
    #[error("no wheel of `{package}` in the lock fits {target}")]
    NoFit {
        /// The package, with its version if it is known.
        package: String,
        /// The target.
        target: String,
        /// What there is, as a clause.
        cause: String,
        /// Where.
        place: Place,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } | Self::Value { .. } => "lock-invalid",
            Self::Version { .. } => "lock-version",
            Self::Source { .. } => "lock-source",
            Self::Digest { .. } => "lock-without-sha256",
            Self::Wheel { .. } => "lock-other-wheel",
            Self::Python { .. } | Self::Environment { .. } => "lock-other-target",
            Self::Marker { .. } => "lock-marker",
            Self::Twice { .. } => "lock-ambiguous",
            Self::NoFit { .. } => "lock-no-wheel-fits",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Shape { .. }
            | Self::Value { .. }
            | Self::Source { .. }
            | Self::Wheel { .. }
            | Self::Marker { .. }
            | Self::Twice { .. } => "run `cargo dofs-package lock` to make it anew",
            Self::Version { .. } => {
                "take a later version of this tool, or run `cargo dofs-package lock` to make it \
                 anew"
            }
            Self::Digest { .. } => {
                "run `cargo dofs-package lock`, or let the tool that made it write sha256"
            }
            Self::Python { .. } | Self::Environment { .. } | Self::NoFit { .. } => {
                "run `cargo dofs-package lock`, or set the target that the lock is for"
            }
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Shape { cause, .. } | Self::Marker { cause, .. } | Self::NoFit { cause, .. } => {
                vec![cause.clone()]
            }
            Self::Digest { others, .. } if others.is_empty() => vec!["it has no hash".to_owned()],
            Self::Digest { others, .. } => vec![format!("it has {}", others.join(", "))],
            Self::Environment { environments, .. } => {
                environments.iter().map(|marker| format!("it is for `{marker}`")).collect()
            }
            Self::Twice { first, .. } => vec![format!("the other one is on line {first}")],
            Self::Version { .. }
            | Self::Value { .. }
            | Self::Source { .. }
            | Self::Wheel { .. }
            | Self::Python { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Shape { place, .. }
            | Self::Version { place, .. }
            | Self::Value { place, .. }
            | Self::Source { place, .. }
            | Self::Digest { place, .. }
            | Self::Wheel { place, .. }
            | Self::Python { place, .. }
            | Self::Environment { place, .. }
            | Self::Marker { place, .. }
            | Self::Twice { place, .. }
            | Self::NoFit { place, .. } => Some(place.clone()),
        }
    }
}
