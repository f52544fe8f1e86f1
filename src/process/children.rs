//! The running children, so that an interrupted run can end them.

use std::collections::BTreeSet;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fs::TemporaryDirectory;

/// Process ids of living children, each the leader of its group.
static LIVING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn living() -> MutexGuard<'static, BTreeSet<u32>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running child, with a folder that is removed after it; when this is dropped before the child was
/// waited for, its group is killed.
#[derive(Debug)]
pub(super) struct Living(
    pub(super) Child,
    #[expect(dead_code, reason = "it is removed when this is dropped")] Option<TemporaryDirectory>,
);

impl Living {
    /// Starts a program that [`end_all`] can end.
    pub(super) fn start(
        command: &mut std::process::Command,
        folder: Option<TemporaryDirectory>,
    ) -> std::io::Result<Self> {
        // Held while the child starts: an interruption either finds it in the set or comes
        // before it exists.
        let mut living = living();
        let child = command.spawn()?;
        living.insert(child.id());
        Ok(Self(child, folder))
    }

    /// Ends the child and whatever it started.
    pub(super) fn end(&mut self) {
        end_group(self.0.id());
        // Windows has no process groups, so at least the child is killed. It may have ended by now.
        drop(self.0.kill());
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        // A child that was waited for has a status already. It must not be signalled: another
        // process may have its id by now.
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.end();
            drop(self.0.wait());
        }
        living().remove(&self.0.id());
    }
}

/// Ends every living child with its group, and lets no new one start: for the end of an
/// interrupted run only.
pub(crate) fn end_all() {
    let living = living();
    living.iter().copied().for_each(end_group);
    // Never unlocked, so no thread starts another child.
    std::mem::forget(living);
}

#[cfg(unix)]
fn end_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // The error is ESRCH where the whole group has ended (kill(2)), which is what was wanted.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end_group(_leader: u32) {}
