//! An interrupted run leaves nothing behind.
//!
//! Ctrl-C and SIGTERM end children, remove temporary files and end the process with the code
//! that shells give such an end. Zips that have their names stay: each is whole. Where there are
//! no signals of Unix the system ends the process at once, and what it left is swept by the next
//! run.

use super::exit::SIGNAL;
use crate::{fs, process, render};

/// Begins to listen, on a thread of its own.
pub(super) fn listen() {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};

    // With a handler, a write beyond the limit of file sizes fails with `EFBIG`; without one the
    // signal would end the process (setrlimit(2), `RLIMIT_FSIZE`).
    let flag = std::sync::Arc::default();
    drop(signal_hook::flag::register(SIGXFSZ, flag));
    // Without handlers the system ends the process at once, as it does elsewhere.
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    });
}

#[expect(clippy::exit, reason = "the main thread may be anywhere, and must not go on")]
fn end(signal: i32) {
    process::end_all();
    fs::remove_temporaries();
    render::leave_line();
    std::process::exit(SIGNAL + signal);
}
