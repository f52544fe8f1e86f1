//! Failures and warnings: one sentence with a code, and the place, the causes and a hint.
//!
//! ```text
//! error: `boto3` is required twice, as `1.0` and as `2.0`      message
//!   --> lambdas/api/requirements.txt:3                         place
//!   caused by: …                                               causes
//! hint: keep one of the lines                                  hint
//! ```

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::code;

/// Something that the user should know, though the package is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Warning {
    /// Of the table in docs/codes.md.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    #[serde(flatten, serialize_with = "known_path_and_line")]
    pub(crate) place: Option<Place>,
}

/// Something that stopped a lambda, or the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// The lambda's name; none where the run as a whole failed.
    pub(crate) name: Option<String>,
    /// Of the table in docs/codes.md.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Why, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    #[serde(flatten, serialize_with = "path_and_line")]
    pub(crate) place: Option<Place>,
    /// Decides the exit code.
    #[serde(skip)]
    pub(crate) kind: FailureKind,
}

/// The kinds of failures that exit codes tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The command line.
    Usage,
    /// Config, discovery or an input file.
    Input,
    /// The lambda itself.
    Lambda,
    /// Another program is missing or failed.
    Program,
    /// The network would be needed, and is forbidden.
    Network,
    /// This tool itself.
    Bug,
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The file, relative to the root.
    pub(crate) path: String,
    /// The line, counted from 1; none for the file as a whole.
    pub(crate) line: Option<u32>,
}

/// The line, counted from 1, that an offset in a text is in; an offset that is not in it has the
/// first.
pub(crate) fn line_at(text: impl AsRef<[u8]>, offset: usize) -> u32 {
    let before = text.as_ref().get(..offset).unwrap_or_default();
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// Writes what is known of a place.
fn known_path_and_line<S: Serializer>(
    place: &Option<Place>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Fields<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    }
    let path = place.as_ref().map(|place| place.path.as_str());
    let line = place.as_ref().and_then(|place| place.line);
    Fields { path, line }.serialize(serializer)
}

/// Writes both fields, as `null` where there is no place: the docs promise them.
fn path_and_line<S: Serializer>(place: &Option<Place>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Fields<'a> {
        path: Option<&'a str>,
        line: Option<u32>,
    }
    let path = place.as_ref().map(|place| place.path.as_str());
    let line = place.as_ref().and_then(|place| place.line);
    Fields { path, line }.serialize(serializer)
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.path),
            None => formatter.write_str(&self.path),
        }
    }
}

impl Place {
    /// A line of a file, or the file as a whole.
    pub(crate) fn new(path: impl fmt::Display, line: impl Into<Option<u32>>) -> Self {
        // Only Windows has another separator.
        let path = match cfg!(windows) {
            true => path.to_string().replace('\\', "/"),
            false => path.to_string(),
        };
        Self { path, line: line.into() }
    }
}

impl Failure {
    fn new(kind: FailureKind, code: &'static str, message: String) -> Self {
        debug_assert!(code::is_known(code), "`{code}` has no row in docs/codes.md");
        let (name, causes, hint, place) = (None, Vec::new(), None, None);
        Self { name, code, message, causes, hint, place, kind }
    }

    /// The command line is wrong, or names something that does not exist: exit code 2.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, code, message.into())
    }

    /// The config, discovery or an input file is wrong: exit code 3; 4, once it is a lambda's.
    pub(crate) fn input(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Input, code, message.into())
    }

    /// A lambda can't be packaged, also where no single one is named: exit code 4.
    pub(crate) fn lambda(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Lambda, code, message.into())
    }

    /// Another program is missing or failed, or the network did: exit code 5.
    pub(crate) fn program(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Program, code, message.into())
    }

    /// The network, a lock or a target would be needed, and that is forbidden: exit code 6.
    pub(crate) fn network(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FailureKind::Network, code, message.into())
    }

    /// This tool has a fault: exit code 70, whatever else failed.
    pub(super) fn bug(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Bug, "internal", message.into())
    }

    /// Sets the place: a file relative to the root, and its line, counted from 1.
    pub(crate) fn at(self, path: impl fmt::Display, line: impl Into<Option<u32>>) -> Self {
        self.place(Place::new(path, line))
    }

    pub(crate) fn place(self, place: impl Into<Option<Place>>) -> Self {
        Self { place: place.into(), ..self }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a cause as a clause: it begins in lower case and has no full stop, since it is shown
    /// behind `caused by:`.
    pub(crate) fn cause(self, cause: impl AsRef<str>) -> Self {
        self.said([as_clause(cause.as_ref())])
    }

    /// Adds an error and its sources as causes, outermost first.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut error = Some(error);
        while let Some(cause) = error {
            self = self.cause(cause.to_string());
            error = cause.source();
        }
        self
    }

    /// Adds lines of another program as causes, unchanged.
    pub(crate) fn said(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.causes.extend(lines);
        self
    }

    /// Makes it the failure of a lambda; where it has no place, that is the lambda's directory.
    pub(crate) fn of_lambda(self, name: &str, directory: &str) -> Self {
        let kind = match self.kind {
            kind @ (FailureKind::Program | FailureKind::Network | FailureKind::Bug) => kind,
            FailureKind::Usage | FailureKind::Input | FailureKind::Lambda => FailureKind::Lambda,
        };
        let place = self.place.or_else(|| Some(Place::new(directory, None)));
        Self { name: Some(name.to_owned()), place, kind, ..self }
    }
}

impl Warning {
    /// A warning without place and hint.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(code::is_known(code), "`{code}` has no row in docs/codes.md");
        Self { code, message: message.into(), place: None, hint: None }
    }

    /// Says where: a file relative to the root, and its line, counted from 1.
    pub(crate) fn at(self, path: impl fmt::Display, line: impl Into<Option<u32>>) -> Self {
        self.place(Place::new(path, line))
    }

    /// Says where, if that is known.
    pub(crate) fn place(self, place: impl Into<Option<Place>>) -> Self {
        Self { place: place.into(), ..self }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Makes a message a clause: `Permission denied (os error 13)`, as Rust's standard library writes
/// it, becomes `permission denied`.
pub(crate) fn as_clause(text: &str) -> String {
    let text = text.split(" (os error ").next().unwrap_or(text).trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}
