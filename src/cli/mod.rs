//! The command line: what was typed, one run from start to end, and the exit code.

mod arguments;
mod build;
mod cache;
mod context;
mod diff;
mod doctor;
mod exit;
mod external;
mod hook;
mod init;
mod list;
mod lock;
mod man;
mod options;
mod run;
mod signals;
mod verify;

pub(crate) use run::run;
