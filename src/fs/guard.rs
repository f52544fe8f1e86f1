//! Guards: file locks of the operating system between runs (flock(2)).
//!
//! They keep `cache clean` from emptying the store while a build uses it. No package depends on
//! them: where a file system has no locks (some NFS), a build goes on without.

use camino::Utf8Path;

use super::Error;

/// A lock that is held until this is dropped; the operating system releases it when the process
/// ends, however that is. None where this run may not write the file, and there is none: then nobody
/// removes anything there.
#[derive(Debug)]
pub(crate) struct Guard(
    #[expect(dead_code, reason = "the lock ends with the file")] Option<std::fs::File>,
);

impl Guard {
    /// Takes the lock together with other runs; waits for a run that has it alone.
    pub(crate) fn shared(path: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let file = match opened(path) {
            Ok(file) => file,
            // Of another user, or on a disk that is read only.
            Err(error) if error.is_of_writing() => match std::fs::File::open(path) {
                Ok(file) => file,
                Err(_) => return Ok(Self(None)),
            },
            Err(error) => return Err(error),
        };
        if matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)) {
            waiting();
            file.lock_shared().map_err(Error::at("lock", path))?;
        }
        Ok(Self(Some(file)))
    }

    /// Takes the lock alone, if no other run has it now, and this one may.
    pub(crate) fn if_free(path: &Utf8Path) -> Result<Option<Self>, Error> {
        let file = match opened(path) {
            Err(error) if error.is_of_writing() => return Ok(None),
            opened => opened?,
        };
        Ok(file.try_lock().is_ok().then(|| Self(Some(file))))
    }

    /// Takes the lock alone; waits for all runs that share it.
    pub(crate) fn exclusive(path: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        let file = opened(path)?;
        if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            waiting();
            file.lock().map_err(Error::at("lock", path))?;
        }
        Ok(Self(Some(file)))
    }
}

fn opened(path: &Utf8Path) -> Result<std::fs::File, Error> {
    let mut options = std::fs::OpenOptions::new();
    // Opened for writing, because NFS emulates flock by fcntl locks, and these give an exclusive
    // lock on such a file only (flock(2)).
    options.create(true).truncate(false).write(true);
    options.open(path).map_err(Error::at("open", path))
}
