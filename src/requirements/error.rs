//! Why a requirements file can't be used.

use crate::report::Place;
use crate::tree;

/// Why a requirements file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The disk.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A text in another encoding.
    #[error("`{path}` is not UTF-8")]
    Encoding {
        /// The file, relative to the root.
        path: String,
    },
    /// A line that is no requirement.
    #[error("`{text}` is no requirement")]
    Invalid {
        /// The line.
        text: String,
        /// Why.
        cause: String,
        /// Where.
        place: Place,
    },
    /// An option that is refused or unknown.
    #[error("the option `{option}` {why}")]
    Option {
        /// The option.
        option: String,
        /// A clause.
        why: &'static str,
        /// What to do.
        hint: &'static str,
        /// Where.
        place: Place,
    },
    /// A source that can't be built here.
    #[error("`{text}` can't be built: {why}")]
    Source {
        /// The requirement, passwords blanked out.
        text: String,
        /// A clause.
        why: &'static str,
        /// What to do.
        hint: &'static str,
        /// Where.
        place: Place,
    },
    /// A link in a project's folder that is none to a file.
    #[error("`{path}` is a symbolic link, and not to a file")]
    Link {
        /// The link.
        path: String,
        /// Which line needs the folder.
        place: Place,
    },
    /// A file that is not there.
    #[error("there is no `{path}`")]
    Missing {
        /// As it is written.
        path: String,
        /// Where.
        place: Place,
    },
    /// A file that includes itself.
    #[error("`{path}` includes itself")]
    Cycle {
        /// The file, relative to the root.
        path: String,
        /// Where.
        place: Place,
    },
}

impl Error {
    /// Changes the texts that come from a line.
    pub(super) fn map_texts(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Invalid { text, cause, place } => {
                Self::Invalid { text: change(&text), cause: change(&cause), place }
            }
            Self::Option { option, why, hint, place } => {
                Self::Option { option: change(&option), why, hint, place }
            }
            Self::Source { text, why, hint, place } => {
                Self::Source { text: change(&text), why, hint, place }
            }
            Self::Link { path, place } => Self::Link { path: change(&path), place },
            Self::Missing { path, place } => Self::Missing { path: change(&path), place },
            Self::Cycle { path, place } => Self::Cycle { path: change(&path), place },
            Self::Tree(_) | Self::Encoding { .. } => self,
        }
    }

    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "unreadable",
            Self::Encoding { .. } => "requirements-encoding",
            Self::Invalid { .. } => "invalid-requirement",
            Self::Option { .. } => "requirements-option",
            Self::Source { .. } => "source-requirement",
            Self::Link { .. } => "source-link",
            Self::Missing { .. } => "requirements-missing",
            Self::Cycle { .. } => "requirements-cycle",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Encoding { .. } => "save it as UTF-8",
            Self::Invalid { text, .. } if is_bare(text) => "write it as `name==1.2.3`",
            Self::Option { hint, .. } | Self::Source { hint, .. } => hint,
            Self::Link { .. } => "put a copy in its place",
            Self::Missing { .. } => "write it relative to this file, or to the root",
            Self::Tree(_) | Self::Cycle { .. } | Self::Invalid { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Invalid { cause, .. } => vec![cause.clone()],
            Self::Tree(_)
            | Self::Encoding { .. }
            | Self::Option { .. }
            | Self::Source { .. }
            | Self::Link { .. }
            | Self::Missing { .. }
            | Self::Cycle { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Invalid { place, .. }
            | Self::Option { place, .. }
            | Self::Source { place, .. }
            | Self::Link { place, .. }
            | Self::Missing { place, .. }
            | Self::Cycle { place, .. } => Some(place.clone()),
            Self::Encoding { path } => Some(Place { path: path.clone(), line: None }),
            Self::Tree(_) => None,
        }
    }
}

/// Whether a line is one name with a version, and neither marker, address nor option.
fn is_bare(text: &str) -> bool {
    !text.starts_with('-') && !text.contains([';', '@', '\'', '"'])
}
