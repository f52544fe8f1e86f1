//! The world outside, for real: packages as people use them, markers as another tool judges them,
//! pips of many years.

mod markers;
mod packages;
#[cfg(unix)]
mod pips;
