//! Opens and reads files: regular ones only, without following links unless asked.

use std::io::{self, Read as _};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Error, Kind};
use crate::digest::{Hasher, Sha256Digest};

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;
/// Longer than a tick of the clock from which a file system takes its times: at the least frequency,
/// of 100 Hz, it has 10 ms (time(7), "The software clock, HZ, and jiffies").
const TICK: Duration = Duration::from_millis(20);
/// A file that was marked as used within this time is not marked again: one write an hour is
/// enough for `cache prune`, which keeps what was used most recently.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A regular file, open for reading at any offset, from many threads at once.
#[derive(Debug)]
pub(crate) struct File {
    inner: std::fs::File,
    /// Where it was opened, for errors.
    path: Utf8PathBuf,
    /// Size in bytes, when it was opened.
    size: u64,
    /// When it was last written, where the file system knows.
    modified: Option<SystemTime>,
    /// When it or what is said of it last changed, which nobody can set back (`st_ctim` in stat(3type)).
    changed: Option<SystemTime>,
}

impl File {
    /// Takes a file that was opened; anything but a regular file is an error.
    pub(super) fn of(inner: std::fs::File, path: Utf8PathBuf) -> Result<Self, Error> {
        let metadata = inner.metadata().map_err(Error::at("look at", &path))?;
        let Kind::File { size, .. } = Kind::of(&metadata) else {
            return Err(Error::because("open", &path, "not a regular file"));
        };
        let (modified, changed) = (metadata.modified().ok(), changed(&metadata));
        Ok(Self { inner, path, size, modified, changed })
    }

    /// Its size in bytes, when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// When it was last written, where the file system knows.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Fills the buffer from an offset in bytes.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        self.read_at(buffer, offset).map_err(Error::at("read", &self.path))
    }

    /// Hashes the whole file, piece by piece.
    pub(crate) fn digest(&self) -> Result<Sha256Digest, Error> {
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; PIECE];
        let mut at = 0;
        while at < self.size {
            let length = (self.size - at).min(PIECE as u64);
            let piece = &mut buffer[..usize::try_from(length).expect("at most a buffer")];
            self.read_exact_at(piece, at)?;
            hasher.update(piece);
            at += length;
        }
        Ok(hasher.finish())
    }

    /// Sets its modification time to now, if it is more than a day old: it then says when the file
    /// was last used.
    pub(crate) fn mark_used(&self) {
        let age = self.modified.and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age >= HOUR) {
            // Not allowed in the store of another user: then that user's runs mark it.
            drop(self.inner.set_modified(SystemTime::now()));
        }
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.inner, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_read(&self.inner, buffer, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer = &mut buffer[count..];
            offset += count as u64;
        }
        Ok(())
    }

    /// Whether the open file still has the size and times of when it was opened.
    pub(crate) fn is_unchanged(&self) -> Result<bool, Error> {
        let now = self.inner.metadata().map_err(Error::at("look at", &self.path))?;
        let times = (now.modified().ok(), changed(&now));
        Ok(now.len() == self.size && times == (self.modified, self.changed))
    }

    /// Whether its path still leads to it, and not to another file that was renamed to it.
    pub(crate) fn is_there(&self) -> Result<bool, Error> {
        let look = |metadata: io::Result<std::fs::Metadata>| {
            metadata.map_err(Error::at("look at", &self.path)).map(|it| identity(&it))
        };
        Ok(look(std::fs::symlink_metadata(&self.path))? == look(self.inner.metadata())?)
    }

    /// Waits until a change would show: one in the same tick of the file system's clock as the last one
    /// leaves the times as they are.
    pub(super) fn settle(&self) {
        let age = self.changed.and_then(|changed| changed.elapsed().ok());
        if let Some(left) = age.and_then(|age| TICK.checked_sub(age)) {
            std::thread::sleep(left);
        }
    }

    /// Reads the whole file, and makes sure that it did not change meanwhile; `None` if it did.
    fn read_whole(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let capacity = usize::try_from(self.size)
            .map_err(|_| Error::because("read", &self.path, "too large for this machine"))?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(capacity)
            .map_err(|_| Error::at("read", &self.path)(io::ErrorKind::OutOfMemory.into()))?;
        // One byte more than expected shows that the file has grown, and a file that grows without
        // end is not read without end.
        let read = (&mut self.inner).take(self.size + 1).read_to_end(&mut bytes);
        read.map_err(Error::at("read", &self.path))?;
        let is_whole = self.is_unchanged()? && bytes.len() as u64 == self.size;
        Ok(is_whole.then_some(bytes))
    }
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;

    let seconds = Duration::from_secs(u64::try_from(metadata.ctime()).ok()?);
    let nanoseconds = Duration::from_nanos(u64::try_from(metadata.ctime_nsec()).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(seconds + nanoseconds)
}

/// Windows tells no such time.
#[cfg(not(unix))]
fn changed(_metadata: &std::fs::Metadata) -> Option<SystemTime> {
    None
}

/// What tells a file from all others (`st_dev` and `st_ino` in stat(3type)).
#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;

    (metadata.dev(), metadata.ino())
}

/// Windows tells less: the time at which it was made.
#[cfg(not(unix))]
fn identity(metadata: &std::fs::Metadata) -> Option<SystemTime> {
    metadata.created().ok()
}

/// Opens a regular file; anything else is an error.
pub(crate) fn open(path: &Utf8Path) -> Result<File, Error> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A file may be replaced between its listing and here. With O_NOFOLLOW a link in its place
        // is an error (open(2)); without O_NONBLOCK, to open a FIFO would wait for a writer
        // (fifo(7)).
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(i32::try_from(flags.bits()).expect("open flags are small"));
    }
    File::of(options.open(path).map_err(Error::at("open", path))?, path.to_owned())
}

/// Reads a whole file, and makes sure that it did not change meanwhile; see [`stable()`].
pub(crate) fn read_stable(path: &Utf8Path) -> Result<Vec<u8>, Error> {
    stable(path, || open(path))
}

/// Reads a whole file that `open` opens, and makes sure that it did not change meanwhile. If it did, it
/// is read once more: an editor that saves is ready by then.
pub(super) fn stable(
    path: &Utf8Path,
    open: impl Fn() -> Result<File, Error>,
) -> Result<Vec<u8>, Error> {
    for _ in 0..2 {
        if let Some(bytes) = open()?.read_whole()? {
            return Ok(bytes);
        }
    }
    Err(Error::because("read", path, "it is being written to"))
}

/// Reads a small file that is not packaged, following links; `None` where there is none.
pub(crate) fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, Error> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(Error::at("read", path)(error)),
    };
    match Kind::of(&metadata) {
        Kind::File { .. } => std::fs::read(path).map(Some).map_err(Error::at("read", path)),
        // A common way to say "no file", as in `PIP_CONFIG_FILE=/dev/null`, for which pip's
        // documentation names `os.devnull`.
        _ if path.as_str() == "/dev/null" => Ok(Some(Vec::new())),
        _ => Err(Error::because("read", path, "not a regular file")),
    }
}

/// Returns what is at a path, without following a link; `None` where there is nothing.
pub(crate) fn kind(path: &Utf8Path) -> Result<Option<Kind>, Error> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(Kind::of(&metadata))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::at("look at", path)(error)),
    }
}

/// Follows all links: returns the canonical path and what is there.
pub(crate) fn resolve(path: &Utf8Path) -> Result<(Utf8PathBuf, Kind), Error> {
    let end = super::canonical(path)?;
    let metadata = std::fs::metadata(&end).map_err(Error::at("look at", &end))?;
    Ok((end, Kind::of(&metadata)))
}

/// Returns the target of a link, as it is written in it.
pub(crate) fn link_target(path: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    let target = std::fs::read_link(path).map_err(Error::at("read the link", path))?;
    Utf8PathBuf::from_path_buf(target)
        .map_err(|_| Error::because("read the link", path, "it leads to a path that is not UTF-8"))
}

fn is_absent(error: &io::Error) -> bool {
    // ENOTDIR: a folder on the way is a file, so there is nothing at the path either.
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
