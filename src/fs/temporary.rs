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

/// How the names of temporary files begin. Listings leave them out: other runs make and remove them
/// meanwhile, and they never enter a package.
const PREFIX: &str = ".dofs-tmp-";

/// How the names of temporary directories begin: each of them is locked.
const DIRECTORY_PREFIX: &str = ".dofs-tmp-dir-";

/// Whether a name is that of a temporary file of this tool.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// How many bytes are written before the kernel is asked to start writing them to disk.
const WRITEBACK: u64 = 2 << 20;

/// The paths that are removed if the run is interrupted.
static LIVING: Mutex<BTreeSet<Utf8PathBuf>> = Mutex::new(BTreeSet::new());

fn living() -> MutexGuard<'static, BTreeSet<Utf8PathBuf>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every temporary file and directory of this run, and lets no new one be made. Only for
/// the end of an interrupted run.
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
    /// Makes a file or a directory while the list is locked, so that an interruption finds it
    /// there.
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
    /// For how many of them the kernel was asked to start writing.
    begun: u64,
}

impl TemporaryFile {
    /// Makes a file in the folder where it will stay.
    pub(crate) fn new_in(folder: &Utf8Path) -> Result<Self, Error> {
        for _ in 0..8 {
            let prefix = format!("{PREFIX}{}-", std::process::id());
            let mut builder = tempfile::Builder::new();
            builder.prefix(&prefix);
            #[cfg(unix)]
            // The mode of a file that open(2) makes: the umask is taken away from it. The tempfile
            // crate's own 0600 would stay after the rename, and hide a zip from its readers.
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
            // Another run has removed the file as stale, before this one had locked it.
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

    /// Asks the kernel to start writing to disk, so that a later sync waits for less.
    pub(crate) fn begin_writeback(&mut self) {
        begin_writeback(self.inner.as_file(), self.begun, self.written - self.begun);
        self.begun = self.written;
    }

    /// Empties the file, to be written again.
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

    /// Gives the file its name, and replaces a file that had it; that file is unchanged if this
    /// fails.
    pub(crate) fn rename(self, target: &Utf8Path) -> Result<(), Error> {
        let Self { inner, registered: _known_until_renamed, .. } = self;
        let persisted = inner.persist(target);
        persisted.map(drop).map_err(|error| Error::at("write", target)(error.error))
    }
}

/// Asks the kernel to start writing bytes that a later sync would otherwise wait for.
///
/// With `POSIX_FADV_DONTNEED`, Linux starts to write dirty pages and does not wait for them
/// (`generic_fadvise` in its mm/fadvise.c); pages that are still dirty stay in memory
/// (`posix_fadvise(2)`). It is only a hint, so an error of it does not matter.
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
    // On Windows an open file can't be removed.
    Ok(false)
}

/// Removes temporary files in a folder whose runs have ended.
pub(crate) fn remove_stale_temporaries(folder: &Utf8Path) -> Result<(), Error> {
    for name in super::names(folder)?.into_iter().filter(|name| is_temporary(name)) {
        let path = folder.join(name);
        // To open a FIFO for writing waits for a reader (fifo(7)).
        if !matches!(super::kind(&path)?, Some(super::Kind::File { .. })) {
            continue;
        }
        // Removed meanwhile, or another user's: that is no error.
        let Ok(file) = std::fs::File::options().write(true).open(&path) else { continue };
        if file.try_lock().is_ok() {
            super::remove(&path)?;
        }
    }
    Ok(())
}

/// The folders in which this run has looked for directories of runs that have ended.
static LOOKED: Mutex<BTreeSet<Utf8PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes temporary directories in a folder whose runs have ended, once a run. They may hold
/// requirements with passwords. What can't be removed stays: it is in nobody's way.
#[cfg(unix)]
fn remove_stale_directories(folder: &Utf8Path) {
    let mut looked = LOOKED.lock().unwrap_or_else(PoisonError::into_inner);
    if !looked.insert(folder.to_owned()) {
        return;
    }
    let names = super::names(folder).unwrap_or_default();
    for name in names.into_iter().filter(|name| name.starts_with(DIRECTORY_PREFIX)) {
        let path = folder.join(name);
        let is_folder = super::kind(&path).is_ok_and(|it| it == Some(super::Kind::Directory));
        // Another user's can't be opened: its mode is 0700.
        let Some(guard) = is_folder.then(|| std::fs::File::open(&path).ok()).flatten() else {
            continue;
        };
        if guard.try_lock().is_ok() {
            drop(super::remove_directory(&path));
        }
    }
}

// A directory can't be opened as a file elsewhere.
#[cfg(not(unix))]
fn remove_stale_directories(_folder: &Utf8Path) {}

/// A temporary directory, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    /// Its path, known to the end.
    registered: Registered,
    /// Its lock, where the file system has locks: another run sees that it is somebody's.
    _guard: Option<std::fs::File>,
}

impl TemporaryDirectory {
    /// Makes a directory in the system's folder for temporary files.
    pub(crate) fn new() -> Result<Self, Error> {
        Self::new_in(&text(&std::env::temp_dir())?)
    }

    /// Makes a directory in a folder of the caller's, so that files can be renamed out of it.
    pub(crate) fn new_in(folder: &Utf8Path) -> Result<Self, Error> {
        remove_stale_directories(folder);
        for _ in 0..8 {
            let mut made = Self::made(|builder| builder.tempdir_in(folder))?;
            let guard = std::fs::File::open(made.path()).ok();
            made._guard = guard.filter(|guard| guard.lock().is_ok());
            // Another run may have removed it as stale, before this one had locked it, or even opened
            // it; where there are no locks, nobody removes it.
            if super::kind(made.path())?.is_some() {
                return Ok(made);
            }
        }
        Err(Error::because(
            "create a temporary directory in",
            folder,
            "other runs keep removing it",
        ))
    }

    fn made(
        make: impl FnOnce(&mut tempfile::Builder<'_, '_>) -> io::Result<tempfile::TempDir>,
    ) -> Result<Self, Error> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(DIRECTORY_PREFIX);
        #[cfg(unix)]
        // As mkdtemp(3) makes it: /tmp is everybody's, and requirements with passwords are written
        // here.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let ((), registered) = Registered::make(|| {
            let inner = make(&mut builder)
                .map_err(Error::at("create", Utf8Path::new("a temporary directory")))?;
            let path = text(inner.path())?;
            // It is removed below, for the standard library panics where a directory can't be closed.
            let _ = inner.keep();
            Ok(((), path))
        })?;
        Ok(Self { registered, _guard: None })
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        &self.registered.0
    }

    /// Removes it now, and returns the error if that fails.
    pub(crate) fn remove(self) -> Result<(), Error> {
        super::remove_directory(self.path())
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // What stays is removed by a later run.
        drop(super::remove_directory(self.path()));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_a_run_that_was_killed_is_removed_and_that_of_a_living_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let [left, living, file] =
            ["left", "living", "file"].map(|name| folder.join(format!("{DIRECTORY_PREFIX}{name}")));
        for directory in [&left, &living] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join("requirements.txt"), "secret").unwrap();
        }
        std::fs::write(&file, "").unwrap();
        let guard = std::fs::File::open(&living).unwrap();
        guard.lock().unwrap();

        let own = TemporaryDirectory::new_in(folder).unwrap();

        let is_there = |path: &Utf8Path| path.exists();
        assert_eq!([&left, &living, &file].map(|path| is_there(path)), [false, true, true]);
        assert!(is_there(own.path()));
    }
}
