//! What would be packaged and then not work in Lambda, found before it is deployed.
//!
//! [`check_natives`] compares the native libraries of a package with its target: a name of a
//! wheel is a claim, and a lambda's own files make none. [`check_unpacked`] and [`check_zip`]
//! hold its size against Lambda's limits, and say which packages it comes from.
//!
//! [`check_handler`] looks for the module of the function that Lambda calls, as its runtime client
//! does, and [`runtime_age`] knows which runtimes AWS gives up, and when.
//!
//! Everything here is a pure function of values; files are read by `elf`, long before.

mod handler;
mod misfit;
mod natives;
mod runtime;
mod sizes;

use camino::Utf8PathBuf;

use crate::elf::Native;
use crate::report::Place;
use crate::wheel::{LARGEST_UNPACKED, WheelName};
use crate::words;

use misfit::Misfit;
use sizes::Part;

pub(crate) use handler::{Layers, check_handler, missing_function};
pub(crate) use natives::check_natives;
pub(crate) use runtime::{Date, runtime_age};
pub(crate) use sizes::{check_unpacked, check_zip};

/// A native library or program of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its path in the package.
    pub(crate) path: String,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// What it says of itself.
    pub(crate) native: Native,
}

/// Where a file of a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A wheel.
    Wheel(WheelName),
    /// A file of the project, relative to the root.
    File(Utf8PathBuf),
}

/// How many files an error lists as causes.
const LISTED: usize = 8;

/// Why a package would not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Native libraries that the target can't load.
    #[error("{}{}", .first.sentence(), more(.others.len()))]
    NativeMismatch {
        /// The first one by path.
        first: Box<Misfit>,
        /// The others, sorted by path.
        others: Vec<Misfit>,
    },
    /// It is larger than Lambda takes.
    #[error(
        "the package unpacks to {} bytes, more than the {} that Lambda takes",
        words::grouped(*.bytes),
        words::grouped(LARGEST_UNPACKED)
    )]
    PackageTooLarge {
        /// Bytes of all files, unpacked.
        bytes: u64,
        /// What has most of them, the largest first.
        largest: Vec<Part>,
    },
}

/// Counts what a message does not name.
fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        others => format!(" (and {})", words::count(others, "more file")),
    }
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NativeMismatch { .. } => "native-mismatch",
            Self::PackageTooLarge { .. } => "package-too-large",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NativeMismatch { first, others } => {
                let misfits = || std::iter::once(&**first).chain(others);
                let wheel = misfits().find(|misfit| matches!(misfit.origin, Origin::Wheel(_)));
                let own = misfits().find(|misfit| matches!(misfit.origin, Origin::File(_)));
                let hints: Vec<String> =
                    [wheel, own].into_iter().flatten().map(Misfit::hint).collect();
                Some(hints.join("; "))
            }
            Self::PackageTooLarge { .. } => Some(
                "leave out what the lambda does not need, or deploy it as a container image"
                    .to_owned(),
            ),
        }
    }

    /// Where, if it is about a file that the user can open.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::NativeMismatch { first, .. } => first.place(),
            Self::PackageTooLarge { .. } => None,
        }
    }

    /// The files that the message does not name, or where the size comes from.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::NativeMismatch { others, .. } => {
                others.iter().take(LISTED).map(Misfit::clause).collect()
            }
            Self::PackageTooLarge { largest, .. } => largest.iter().map(Part::clause).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
