//! The doors to other programs: none runs what a checkout brings, or takes its values as syntax.

#[cfg(unix)]
mod aws;
#[cfg(unix)]
mod traps;
