//! Guards: locks between runs, held through the operating system.
//!
//! They keep `cache clean` from pulling the store from under a build. No package is right only
//! because of them: where a file system has no locks (some NFS), a build goes on without.

use camino::Utf8Path;

use super::Error;

/// Held for as long as it lives; the operating system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Guard(#[expect(dead_code, reason = "the lock ends with the file")] std::fs::File);

impl Guard {
    /// Shares the file with others who share it; waits for one who has it alone.
    pub(crate) fn shared(path: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let file = opened(path)?;
        if matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)) {
            waiting();
            file.lock_shared().map_err(Error::at("lock", path))?;
        }
        Ok(Self(file))
    }

    /// Has the file alone, if nobody else has it now.
    pub(crate) fn if_free(path: &Utf8Path) -> Result<Option<Self>, Error> {
        let file = opened(path)?;
        Ok(file.try_lock().is_ok().then(|| Self(file)))
    }

    /// Has the file alone; waits for all who share it.
    pub(crate) fn exclusive(path: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let file = opened(path)?;
        if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            waiting();
            file.lock().map_err(Error::at("lock", path))?;
        }
        Ok(Self(file))
    }
}

fn opened(path: &Utf8Path) -> Result<std::fs::File, Error> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options.open(path).map_err(Error::at("open", path))
}
