//! Which wheels a target takes, and what markers it gives.
//!
//! A target is a Python version and an architecture; the tags of wheels (PEP 425) and the
//! variables of markers (PEP 508) follow from it alone. The host is never asked.

mod marker;
mod platform;
mod rank;

pub(crate) use marker::{marker_environment, markers};
pub(crate) use platform::platforms;
pub(crate) use rank::{is_pure, rank};

#[cfg(test)]
mod tests;
