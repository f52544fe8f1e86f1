//! What is known of Python itself: what a Lambda runtime brings besides the standard library.
//!
//! Tables and pure functions; nothing here reads a file or runs anything.

mod runtime;

pub(crate) use runtime::runtime_packages;
