//! What would be packaged and then not work in Lambda, found before it is deployed.
//!
//! [`check_natives`] compares the native libraries of a package with its target: a name of a
//! wheel is a claim, and a lambda's own files make none. [`check_unpacked`] and [`check_zip`]
//! hold its size against Lambda's limits, and say which packages it comes from.
//!
//! Everything here is a pure function of values; files are read by `elf`, long before.

mod natives;
mod sizes;

use camino::Utf8PathBuf;

use crate::elf::Native;
use crate::wheel::WheelName;

pub(crate) use natives::check_natives;
pub(crate) use sizes::{check_unpacked, check_zip};

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
