//! Temporary files and directories that leave nothing behind.
//!
//! Each is removed when it is dropped, when the run is interrupted
//! ([`remove_temporaries`]), and, after a `kill -9` or a power loss, by the next run
//! ([`remove_stale_temporaries`]). A temporary file holds a lock of the operating system on
//! itself for as long as its owner lives: one whose lock is free is nobody's.

use std::collections::BTreeSet;
use std::io::{self, Seek as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::Error;

/// How the names of temporary files begin. No listing has them: they come and go beside what
/// is listed, and never enter a package.
const PREFIX: &str = ".dofs-tmp-";

/// Whether a name is that of a temporary file of this tool.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// How many bytes are written before the disk is asked to begin with them.
const WRITEBACK: u64 = 2 << 20;

/// What is to be removed if the run is interrupted.
static LIVING: Mutex<BTreeSet<Utf8PathBuf>> = Mutex::new(BTreeSet::new());

fn living() -> MutexGuard<'static, BTreeSet<Utf8PathBuf>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every temporary file and directory of this run, and lets no new one be made: for the
/// end of an interrupted run only.
pub(crate) fn remove_temporaries() {
    let living = living();
    for path in living.iter() {
        // The run ends now, with the signal's exit code; there is nobody left to tell.
        drop(super::remove(path));
        drop(super::remove_directory(path));
    }
    // Never unlocked: threads that still run stop where they would make or rename a file.
    std::mem::forget(living);
}

/// A path that is removed at an interruption for as long as this lives.
#[derive(Debug)]
struct Registered(Utf8PathBuf);

impl Registered {
    /// Makes something, known from its first moment: an interruption comes before or after.
    fn make<T>(make: impl FnOnce() -> Result<(T, Utf8PathBuf), Error>) -> Result<(T, Self), Error> {
        let mut living = living();
        let (made, path) = make()?;
        living.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        living().remove(&self.0);
    }
}

fn text(path: &std::path::Path) -> Result<Utf8PathBuf, Error> {
    Utf8PathBuf::from_path_buf(path.to_owned()).map_err(|path| {
        let shown = Utf8PathBuf::from(path.to_string_lossy().into_owned());
        Error::because("use", &shown, "its path is not UTF-8")
    })
}

/// A file on its way to a name of its own.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    /// The file; dropped, it is removed.
    inner: tempfile::NamedTempFile,
    /// Keeps its path known to the end.
    registered: Registered,
    /// Bytes written so far.
    written: u64,
    /// How many of them the disk was asked to begin with.
    begun: u64,
}

impl TemporaryFile {
    /// Makes a file in the folder where it is to stay, with the modes that the umask leaves.
    pub(crate) fn new_in(folder: &Utf8Path) -> Result<Self, Error> {
        for _ in 0..8 {
            let prefix = format!("{PREFIX}{}-", std::process::id());
            let mut builder = tempfile::Builder::new();
            builder.prefix(&prefix);
            #[cfg(unix)]
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
            #[cfg(unix)]
            builder.permissions(permissions);
            let (inner, registered) = Registered::make(|| {
                let made = builder.tempfile_in(folder);
                let inner = made.map_err(Error::at("create a temporary file in", folder))?;
                let path = text(inner.path())?;
                Ok((inner, path))
            })?;
            // Not every file system has locks; without one, nobody removes the file as stale.
            let locked = inner.as_file().lock().is_ok();
            if !locked
                || !is_unlinked(inner.as_file()).map_err(Error::at("look at", &registered.0))?
            {
                return Ok(Self { inner, registered, written: 0, begun: 0 });
            }
            // Another run took the file for a stale one between its making and its locking.
        }
        Err(Error::because("create a temporary file in", folder, "other runs keep removing it"))
    }

    /// Writes bytes at the end.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.as_file_mut().write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written - self.begun >= WRITEBACK {
            self.begin_writeback();
        }
        Ok(())
    }

    /// Lets the disk begin with all that was written; a later sync then waits for less.
    pub(crate) fn begin_writeback(&mut self) {
        begin_writeback(self.inner.as_file(), self.begun, self.written - self.begun);
        self.begun = self.written;
    }

    /// Empties the file, to be written anew.
    pub(crate) fn clear(&mut self) -> Result<(), Error> {
        (self.written, self.begun) = (0, 0);
        let file = self.inner.as_file_mut();
        let cleared = file.set_len(0).and_then(|()| file.rewind());
        cleared.map_err(Error::at("write", &self.registered.0))
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        &self.registered.0
    }

    pub(super) fn file(&self) -> &std::fs::File {
        self.inner.as_file()
    }

    /// Gives the file its name, in place of what had it; what had it is as it was if that fails.
    pub(crate) fn rename(self, target: &Utf8Path) -> Result<(), Error> {
        let Self { inner, registered: _known_until_renamed, .. } = self;
        let persisted = inner.persist(target);
        persisted.map(drop).map_err(|error| Error::at("write", target)(error.error))
    }
}

/// Lets the disk begin with bytes that a later sync would otherwise wait for.
///
/// Linux starts to write dirty pages when it is told that they are not needed, and does not wait;
/// pages that are still dirty stay in memory. Only a hint: what it returns does not matter.
#[cfg(target_os = "linux")]
fn begin_writeback(file: &std::fs::File, offset: u64, length: u64) {
    use rustix::fs::{Advice, fadvise};
    let _ = fadvise(file, offset, std::num::NonZeroU64::new(length), Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin_writeback(_file: &std::fs::File, _offset: u64, _length: u64) {}

#[cfg(unix)]
fn is_unlinked(file: &std::fs::File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.nlink() == 0)
}

#[cfg(not(unix))]
fn is_unlinked(_file: &std::fs::File) -> io::Result<bool> {
    // An open file can't be removed there.
    Ok(false)
}

/// Removes temporary files in a folder whose runs are gone.
pub(crate) fn remove_stale_temporaries(folder: &Utf8Path) -> Result<(), Error> {
    for name in super::names(folder)?.into_iter().filter(|name| is_temporary(name)) {
        let path = folder.join(name);
        // A FIFO of such a name would be waited for.
        if !matches!(super::kind(&path)?, Some(super::Kind::File { .. })) {
            continue;
        }
        // Gone meanwhile, or somebody else's: not ours to remove, and no fault.
        let Ok(file) = std::fs::File::options().write(true).open(&path) else { continue };
        if file.try_lock().is_ok() {
            super::remove(&path)?;
        }
    }
    Ok(())
}

/// A directory for the time of a step.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    /// The directory; dropped, it is removed with all it holds.
    inner: tempfile::TempDir,
    /// Keeps the path known to the end.
    registered: Registered,
}

impl TemporaryDirectory {
    /// Makes a directory that only this user can enter, in the system's place for such.
    pub(crate) fn new() -> Result<Self, Error> {
        Self::made(|builder| builder.tempdir())
    }

    /// The same, in a folder of the caller's, so that files can be renamed out of it.
    pub(crate) fn new_in(folder: &Utf8Path) -> Result<Self, Error> {
        Self::made(|builder| builder.tempdir_in(folder))
    }

    fn made(
        make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<tempfile::TempDir>,
    ) -> Result<Self, Error> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let (inner, registered) = Registered::make(|| {
            let inner = make(&mut builder)
                .map_err(Error::at("create", Utf8Path::new("a temporary directory")))?;
            let path = text(inner.path())?;
            Ok((inner, path))
        })?;
        Ok(Self { inner, registered })
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        &self.registered.0
    }

    /// Removes it now, and says so where that fails.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let path = self.path().to_owned();
        self.inner.close().map_err(Error::at("remove", &path))
    }
}
