//! Everything from outside: the tool is run as its users run it.
//!
//! `cargo test` needs a `python3` with pip, and no network. What needs more says so
//! (`#[ignore = "needs …"]`), and `.ci/run` runs that, too.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the doors are for the crate; tests stand outside and look in"
)]

mod support;

mod architecture;
mod archive;
mod arm64;
mod build;
mod building;
mod cache;
mod determinism;
mod diff;
mod distribution;
mod docs;
mod doctor;
mod dofs;
mod doors;
mod external;
#[cfg(unix)]
mod hook;
mod ignored;
mod imports;
mod init;
#[cfg(unix)]
mod invoke;
mod layouts;
mod leftovers;
mod locks;
mod manifest;
mod matrix;
mod messages;
mod moving;
mod new;
#[cfg(unix)]
mod pipelines;
mod regression;
mod requirements;
mod resolve;
#[cfg(unix)]
mod revision;
mod sources;
mod target;
#[cfg(unix)]
#[cfg(unix)]
mod terminal;
mod terraform;
mod timings;
#[cfg(unix)]
mod traps;
#[cfg(target_os = "linux")]
mod trials;
mod unchanged;
mod verify;
#[cfg(unix)]
mod waiting;
mod wheels;
#[cfg(unix)]
mod worktree;
