//! Lambdas: the directories that are packaged, their names and their targets.

mod discover;
mod imports;
mod target;

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::report::Failure;

pub(crate) use discover::{NO_LAMBDAS, absent, discover};
pub(crate) use imports::ImportPolicy;
pub(crate) use target::{Architecture, Origin, PythonVersion, Settled, Target};

/// The name of a lambda: that of its directory, one segment of a path, never a hidden one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LambdaName(String);

impl LambdaName {
    /// Takes the name of a directory; `None` if it begins with `.` or `_`, and is left out.
    pub(crate) fn new(directory: &Utf8Path) -> Option<Self> {
        let name = directory.file_name()?;
        (!name.starts_with(['.', '_'])).then(|| Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LambdaName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A directory that becomes a package.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    /// Unique in a run.
    pub(crate) name: LambdaName,
    /// Its directory, relative to the root.
    pub(crate) directory: Utf8PathBuf,
    /// Why it can't be packaged, whatever is in the directory.
    pub(crate) fault: Option<Box<Failure>>,
}

/// The lambdas that the globs of a project match.
#[derive(Debug)]
pub(crate) struct Discovered {
    /// Sorted by name.
    pub(crate) lambdas: Vec<Lambda>,
    /// The globs that match nothing.
    pub(crate) unmatched: Vec<String>,
}
