//! What is known of Python itself: what a Lambda runtime brings besides the standard library.
//!
//! Tables and pure functions; nothing here reads a file or runs anything.

#[expect(dead_code, reason = "the check of imports and `invoke`, which use it, come next")]
mod runtime;
