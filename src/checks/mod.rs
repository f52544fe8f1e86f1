//! Finds what would not work in Lambda, before it is deployed.
//!
//! [`check_natives`] compares the native libraries of a package with its target: the name of a
//! wheel may promise too much, and a lambda's own files promise nothing. [`check_unpacked`] and
//! [`check_zip`] compare sizes with Lambda's limits, and name the largest packages. [`check_host`]
//! compares native libraries with the machine where a package is tried.
//!
//! [`Reach`] follows imports from the handler through the lambda's own modules, and finds those
//! that nothing in Lambda gives; [`handler`] says whether the handler itself is there.
//!
//! Everything here is a pure function of values; `elf` and `python` have read the files before.

pub(crate) mod handler;
mod host;
mod imports;
mod modules;
mod natives;
mod sizes;

use camino::Utf8PathBuf;

use crate::elf::Native;
use crate::wheel::WheelName;

pub(crate) use host::{Host, check_host};
pub(crate) use imports::{ImportFindings, Outside, Program, RULES, Reach, SYNTAX, SearchPath};
pub(crate) use natives::check_natives;
pub(crate) use sizes::{check_unpacked, check_zip, unpacked_size, warn_of_unpacked};

/// A native library or program of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) origin: Origin,
    pub(crate) native: Native,
}

/// Where a file of a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Wheel(WheelName),
    /// A file of the project, relative to the root.
    File(Utf8PathBuf),
}

#[cfg(test)]
mod tests;
