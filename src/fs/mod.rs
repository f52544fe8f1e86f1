//! The door to the disk.
//!
//! Nothing else in the crate touches `std::fs`, so here is where listings are sorted and
//! complete, where opening never follows a link or waits for a FIFO, and where temporary files
//! are known by name, to be removed when the run is interrupted. Every error names its path.

#![expect(
    clippy::disallowed_methods,
    reason = "this room is the door that the lint keeps all others from walking around"
)]

mod guard;
mod held;
mod read;
mod sync;
mod temporary;
mod walk;

use std::ffi::OsStr;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::report::Failure;
use crate::report::code;

pub(crate) use guard::Guard;
pub(crate) use held::Held;
pub(crate) use read::{File, kind, link_target, open, read, read_stable, resolve};
pub(crate) use sync::{Unsynced, sync, write_whole};
pub(crate) use temporary::{
    TemporaryDirectory, TemporaryFile, is_temporary, remove_stale_temporaries, remove_temporaries,
};
pub(crate) use walk::{Step, list, names, not_utf8, walk};

/// An operation on the disk that failed, and its path.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`")]
pub(crate) struct Error {
    /// The operation, as a verb: `read`, `list`.
    pub(crate) action: &'static str,
    pub(crate) path: Utf8PathBuf,
    pub(crate) source: io::Error,
}

impl Error {
    /// Makes the closure that `map_err` wants.
    pub(crate) fn at(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { action, path, source }
    }

    /// Whether this run may not write there.
    fn is_of_writing(&self) -> bool {
        let kind = self.source.kind();
        matches!(kind, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    }

    /// An error that this program finds, and not the operating system.
    pub(crate) fn because(action: &'static str, path: &Utf8Path, why: &str) -> Self {
        Self::at(action, path)(io::Error::other(why.to_owned()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::input(code::UNREADABLE, error.to_string()).because(&error.source);
        match error.source.kind() {
            // The kind that `not_utf8` and camino give to a name that is not UTF-8.
            io::ErrorKind::InvalidData => failure.hint("rename the file"),
            io::ErrorKind::PermissionDenied => {
                let is_of_reading = ["open", "read", "list", "look at"].contains(&error.action);
                let failure = failure.hint(match is_of_reading {
                    true => "let the user who runs this read it, and enter the folders above it",
                    false => "let the user who runs this write there",
                });
                // A path that is not absolute is one of the project, as places are.
                match error.path.is_relative() {
                    true => failure.at(&error.path, None),
                    false => failure,
                }
            }
            _ => failure,
        }
    }
}

/// What is at a path; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File {
        /// Bytes.
        size: u64,
        /// Whether its owner may execute it; `false` on Windows, which has no such bit. The bits of
        /// group and others depend on the umask, so they may not reach a package.
        executable: bool,
    },
    Directory,
    /// A symbolic link, wherever it leads.
    Symlink,
    /// A FIFO, socket or device.
    Special,
}

impl Kind {
    /// Takes the kind from the result of lstat(2).
    fn of(metadata: &std::fs::Metadata) -> Self {
        let file_type = metadata.file_type();
        if file_type.is_file() {
            Self::File { size: metadata.len(), executable: is_executable(metadata) }
        } else if file_type.is_dir() {
            Self::Directory
        } else if file_type.is_symlink() {
            Self::Symlink
        } else {
            Self::Special
        }
    }
}

#[cfg(unix)]
impl Kind {
    /// Takes the kind from the result of fstatat(2).
    fn of_stat(stat: &rustix::fs::Stat) -> Self {
        use rustix::fs::{FileType, Mode};

        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Self::File {
                size: u64::try_from(stat.st_size).unwrap_or_default(),
                executable: Mode::from_raw_mode(stat.st_mode).contains(Mode::XUSR),
            },
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            _ => Self::Special,
        }
    }
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// Makes a directory and those above it; no error if it exists.
pub(crate) fn create_directory(path: &Utf8Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(Error::at("create the directory", path))
}

/// Writes a file in a temporary directory; [`write_whole`] is for files that must be whole or not
/// there.
pub(crate) fn write(path: &Utf8Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(Error::at("write", path))
}

/// Sets mode 0755; does nothing on Windows, which has no such bits.
pub(crate) fn make_executable(path: &Utf8Path) -> Result<(), Error> {
    set_mode(path, 0o755)
}

/// Sets the bits of a mode, whatever the umask is; does nothing on Windows, which has no such bits.
pub(crate) fn set_mode(path: &Utf8Path, mode: u32) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, permissions)
            .map_err(Error::at("change the mode of", path))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Makes a file in a temporary directory, to be written piece by piece and flushed at the end.
pub(crate) fn create(path: &Utf8Path) -> Result<io::BufWriter<std::fs::File>, Error> {
    std::fs::File::create_new(path).map(io::BufWriter::new).map_err(Error::at("create", path))
}

pub(crate) fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
    std::fs::copy(from, to).map(drop).map_err(Error::at("copy", from))
}

/// Makes a symbolic link; does nothing on Windows, where that needs a privilege.
pub(crate) fn link(target: &Utf8Path, path: &Utf8Path) -> Result<(), Error> {
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, path).map_err(Error::at("link", path))?;
    #[cfg(not(unix))]
    let _ = (target, path);
    Ok(())
}

/// Renames a file on the same file system; replaces a file of that name.
pub(crate) fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
    std::fs::rename(from, to).map_err(Error::at("write", to))
}

/// Removes a file; no error if there is none.
pub(crate) fn remove(path: &Utf8Path) -> Result<(), Error> {
    absent_is_fine(std::fs::remove_file(path)).map_err(Error::at("remove", path))
}

/// Removes a directory with all that is in it; no error if there is none.
pub(crate) fn remove_directory(path: &Utf8Path) -> Result<(), Error> {
    absent_is_fine(held::remove(path)).map_err(Error::at("remove the directory", path))
}

/// Returns the path with links and `..` resolved.
pub(crate) fn canonical(path: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    path.canonicalize_utf8().map_err(Error::at("resolve", path))
}

/// Returns the path of the first file of that name in the folders of `path`, the value of PATH.
///
/// A folder whose name is not UTF-8 is skipped: programs in it can still be started by name, they
/// are only not found here.
pub(crate) fn find(name: &str, path: &OsStr) -> Option<Utf8PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter_map(|folder| Utf8PathBuf::from_path_buf(folder).ok())
        // An empty or relative folder would be one of the working directory's (POSIX, "PATH" in
        // section 8.3), where a project could place a program.
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|file| file.metadata().is_ok_and(|found| found.is_file()))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_right_is_missing_the_place_is_the_path_and_the_hint_says_which_right() {
        let denied = |action, path: &str| {
            let error = Error::at(action, path.into())(io::ErrorKind::PermissionDenied.into());
            let failure = Failure::from(error).of_lambda("api", "lambdas/api");
            let place = failure.place.map(|place| place.to_string()).unwrap_or_default();
            format!("{place}: {}", failure.hint.unwrap_or_default())
        };
        let read = "let the user who runs this read it, and enter the folders above it";
        let path = "lambdas/api/requirements.txt";
        assert_eq!(denied("open", path), format!("{path}: {read}"));
        assert_eq!(denied("list", "lambdas/api/sub"), format!("lambdas/api/sub: {read}"));
        let write = "let the user who runs this write there";
        assert_eq!(denied("create a temporary file in", "out"), format!("out: {write}"));
        // What is not of the project is no place of it.
        assert_eq!(denied("read", "/elsewhere/a"), format!("lambdas/api: {read}"));
    }
}
