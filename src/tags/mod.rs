//! Which wheels a target takes, and what markers it gives.
//!
//! A target is a Python version and an architecture; the tags of wheels (PEP 425) and the
//! variables of markers (PEP 508) follow from it alone. The host is never asked.

mod rank;
mod target;

pub(crate) use rank::{is_pure, rank};
pub(crate) use target::{marker_environment, markers, platforms};

#[cfg(test)]
mod tests;
