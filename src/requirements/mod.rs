//! What a requirements file says.
//!
//! Files are read here, with all they include, so that a broken line is told of with its place
//! before a program is started; and they are flattened, so that equal demands of two lambdas
//! have one answer, wherever their files are. What pip would expand or resolve stays as it is
//! written: text goes to pip unexpanded, and only the key of the answer sees values.
//!
//! Source: "Requirements File Format" in pip's documentation, and PEP 508.

mod address;
mod form;
mod line;
mod parse;
mod read;

use std::str::FromStr as _;

use camino::Utf8PathBuf;
use pep508_rs::VerbatimUrl;

use crate::environment::Environment;
use crate::report::Place;
use crate::tree;

pub(crate) use read::read;

/// All that a requirements file demands, with its includes.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    /// The file, relative to the root.
    pub(crate) path: Utf8PathBuf,
    /// What must be in the package, in the order of the lines.
    pub(crate) requirements: Vec<Requirement>,
    /// What limits versions.
    pub(crate) constraints: Vec<Requirement>,
    /// Options for pip, in the order of the lines.
    pub(crate) options: Vec<OptionLine>,
    /// What was taken otherwise than a reader might think, each a sentence.
    pub(crate) notes: Vec<String>,
}

impl Requirements {
    /// Where these have what `others`, which demand the same, have at a place.
    pub(crate) fn place_of(&self, others: &Self, place: Place) -> Place {
        let same = others.requirements.iter().position(|other| other.place == place);
        let file = Place { path: others.path.to_string(), line: None };
        match same.and_then(|index| self.requirements.get(index)) {
            Some(own) => own.place.clone(),
            None if place == file => Place { path: self.path.to_string(), line: None },
            None => place,
        }
    }
}

impl Requirements {
    /// Puts the names of variables back where a text has their values: these may be passwords.
    pub(crate) fn conceal(&self, text: &str, environment: &Environment) -> String {
        let value = |name: &str| environment.text(name).map(str::to_owned);
        let requirements = self.requirements.iter().chain(&self.constraints);
        let lines = requirements.map(|it| &it.line).chain(self.options.iter().map(|it| &it.line));
        lines.fold(text.to_owned(), |text, line| line::conceal(&text, line, &value))
    }
}

/// One demand.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    /// Where it is written.
    pub(crate) place: Place,
    /// The line for pip: variables as they are written, paths absolute.
    pub(crate) line: String,
    /// What the key of an answer sees: variables expanded, a local wheel by its digest.
    pub(crate) identity: String,
    /// What it asks for.
    pub(crate) demand: Demand,
}

/// What a requirement asks for.
#[derive(Debug, Clone)]
pub(crate) enum Demand {
    /// A project by name: from an index, or from the address of a wheel.
    Named(Box<pep508_rs::Requirement<VerbatimUrl>>),
    /// A wheel by path or address; its file name says the project, normalised.
    Wheel(String),
}

/// An option for pip.
#[derive(Debug, Clone)]
pub(crate) struct OptionLine {
    /// The line for pip.
    pub(crate) line: String,
    /// What the key of an answer sees.
    pub(crate) identity: String,
}

impl Demand {
    /// The project's name, normalised (PEP 503).
    pub(crate) fn project(&self) -> String {
        match self {
            Self::Named(requirement) => requirement.name.to_string(),
            Self::Wheel(project) => project.clone(),
        }
    }

    /// Whether the wheel comes from elsewhere than an index.
    pub(crate) fn is_direct(&self) -> bool {
        match self {
            Self::Named(requirement) => {
                matches!(requirement.version_or_url, Some(pep508_rs::VersionOrUrl::Url(_)))
            }
            Self::Wheel(_) => true,
        }
    }
}

/// Reads a requirement as PEP 508 has it.
///
/// # Errors
///
/// The text is none; the error says why, in one line.
pub(crate) fn parse_named(text: &str) -> Result<pep508_rs::Requirement<VerbatimUrl>, String> {
    pep508_rs::Requirement::from_str(text).map_err(|error| {
        // The rest of the message draws the text and an arrow below it.
        error.to_string().lines().next().unwrap_or_default().to_owned()
    })
}

/// Whether a line is one name with a version, and neither marker, address nor option.
fn is_bare(text: &str) -> bool {
    !text.starts_with('-') && !text.contains([';', '@', '\'', '"'])
}

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
    /// A requirement that would have to be built.
    #[error("`{text}` is no wheel, and would have to be built")]
    Build {
        /// The requirement, passwords blanked out.
        text: String,
        /// Where.
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
    fn map_texts(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Invalid { text, cause, place } => {
                Self::Invalid { text: change(&text), cause: change(&cause), place }
            }
            Self::Option { option, why, hint, place } => {
                Self::Option { option: change(&option), why, hint, place }
            }
            Self::Build { text, place } => Self::Build { text: change(&text), place },
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
            Self::Build { .. } => "source-requirement",
            Self::Missing { .. } => "requirements-missing",
            Self::Cycle { .. } => "requirements-cycle",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Encoding { .. } => "save it as UTF-8",
            Self::Invalid { text, .. } if is_bare(text) => "write it as `name==1.2.3`",
            Self::Option { hint, .. } => hint,
            Self::Build { .. } => {
                "build a wheel of it (`pip wheel --no-deps`) and require that by its path"
            }
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
            | Self::Build { .. }
            | Self::Missing { .. }
            | Self::Cycle { .. } => Vec::new(),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Invalid { place, .. }
            | Self::Option { place, .. }
            | Self::Build { place, .. }
            | Self::Missing { place, .. }
            | Self::Cycle { place, .. } => Some(place.clone()),
            Self::Encoding { path } => Some(Place { path: path.clone(), line: None }),
            Self::Tree(_) => None,
        }
    }
}
