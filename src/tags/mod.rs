//! The wheels that fit a target, and the values of its markers.
//!
//! A target is a Python version and an architecture, which decide about tags of wheels (PEP 425)
//! and variables of markers (PEP 508). The host has no influence: pip alone would take the host's
//! markers even with `--platform` and `--python-version` (measured with pip 25.3 and 26.3).

mod rank;
mod target;

pub(crate) use rank::{is_pure, rank};
pub(crate) use target::{marker_environment, markers, platforms};

#[cfg(test)]
mod tests;
