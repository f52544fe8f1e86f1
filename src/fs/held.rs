//! Folders that are held open, so that what is below them is reached without following a link, whatever
//! is swapped for one meanwhile.
//!
//! A path is looked up component by component each time it is opened. Between the listing of a folder
//! and the opening of a file in it, another process can put a link to elsewhere in the folder's place:
//! `O_NOFOLLOW` heeds the last component alone. Where Linux has `openat2` (since 5.6), one call refuses
//! links on all of them (`RESOLVE_NO_SYMLINKS` in openat2(2)); elsewhere each folder is opened from the
//! one above it. Windows has neither: there paths are opened as they are.
//!
//! What can't be closed: a folder or a file that is swapped for a real one is read as that, for it is
//! then what the project has.

use camino::{Utf8Path, Utf8PathBuf};

use super::read::stable;
use super::{Error, File, Kind, Step, is_temporary, not_utf8};

/// A folder that is held open.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its absolute path, for errors.
    path: Utf8PathBuf,
    #[cfg(unix)]
    folder: std::os::fd::OwnedFd,
}

/// A name in a listing.
#[cfg(unix)]
struct Listed {
    /// Replacement characters stand for what is not UTF-8.
    name: String,
    is_directory: bool,
    /// What it is of, or why that can't be told.
    kind: Result<Kind, Error>,
}

/// How a folder is opened that files are only looked up in.
#[cfg(target_os = "linux")]
const SEARCH: rustix::fs::OFlags = rustix::fs::OFlags::PATH;
#[cfg(all(unix, not(target_os = "linux")))]
const SEARCH: rustix::fs::OFlags = rustix::fs::OFlags::RDONLY;

impl Held {
    /// Visits everything below a folder in it; see [`super::walk()`].
    pub(crate) fn walk<E>(
        &self,
        below: &Utf8Path,
        unlisted: &mut dyn FnMut(Error, bool) -> Result<(), E>,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        self.walk_some(below, &|_| true, unlisted, visit)
    }

    /// Reads a whole file below the folder, and makes sure that it did not change meanwhile.
    pub(crate) fn read_stable(&self, below: &Utf8Path) -> Result<Vec<u8>, Error> {
        stable(&self.path.join(below), || self.open(below))
    }
}

#[cfg(unix)]
impl Held {
    /// Opens a folder, which may lie behind links.
    pub(crate) fn hold(path: &Utf8Path) -> Result<Self, Error> {
        use rustix::fs::{Mode, OFlags};

        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | SEARCH;
        let folder = rustix::fs::open(path.as_std_path(), flags, Mode::empty());
        let folder = folder.map_err(|error| Error::at("open", path)(error.into()))?;
        Ok(Self { path: path.to_owned(), folder })
    }

    /// Opens a regular file below the folder; a link on the way to it is an error.
    pub(crate) fn open(&self, below: &Utf8Path) -> Result<File, Error> {
        use rustix::fs::OFlags;

        let path = self.path.join(below);
        // Without O_NONBLOCK, to open a FIFO would wait for a writer (fifo(7)).
        let found = self.below(below, OFlags::RDONLY | OFlags::NONBLOCK);
        let found = found.map_err(|error| swapped("open", &path, error))?;
        let file = File::of(found.into(), path)?;
        file.settle();
        Ok(file)
    }

    /// Whether there is a link on the way to a folder.
    pub(crate) fn is_behind_link(&self, below: &Utf8Path) -> bool {
        let found = self.below(below, rustix::fs::OFlags::DIRECTORY | SEARCH);
        found.is_err_and(is_of_link)
    }

    /// Opens what is below the folder, without a link on the way.
    fn below(
        &self,
        below: &Utf8Path,
        flags: rustix::fs::OFlags,
    ) -> rustix::io::Result<std::os::fd::OwnedFd> {
        use rustix::fs::{Mode, OFlags};

        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let below = if below.as_str().is_empty() { Utf8Path::new(".") } else { below };
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::ResolveFlags;
            use rustix::io::Errno;

            let links = ResolveFlags::NO_SYMLINKS;
            match rustix::fs::openat2(
                &self.folder,
                below.as_std_path(),
                flags,
                Mode::empty(),
                links,
            ) {
                // An older kernel, or a container that lets it not be called (seccomp(2)).
                Err(Errno::NOSYS | Errno::PERM) => {}
                answer => return answer,
            }
        }
        let mut components = below.components().peekable();
        let mut folder = None;
        while let Some(component) = components.next() {
            let from = folder.as_ref().unwrap_or(&self.folder);
            let flags = match components.peek() {
                Some(_) => OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | SEARCH,
                None => flags,
            };
            folder = Some(rustix::fs::openat(from, component.as_str(), flags, Mode::empty())?);
        }
        Ok(folder.expect("a path has a component"))
    }

    /// The same as [`Held::walk`], past all but directories whose names are not wanted: nothing is asked
    /// of them.
    pub(crate) fn walk_some<E>(
        &self,
        below: &Utf8Path,
        is_wanted: &dyn Fn(&str) -> bool,
        unlisted: &mut dyn FnMut(Error, bool) -> Result<(), E>,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        let mut next = Some(Utf8PathBuf::new());
        // The folders that are walked through, each with the names that are left of it.
        let mut levels: Vec<(Utf8PathBuf, std::vec::IntoIter<Listed>)> = Vec::new();
        loop {
            if let Some(folder) = next.take() {
                match self.list(&below.join(&folder), is_wanted) {
                    Ok(listed) => levels.push((folder, listed.into_iter())),
                    Err(error) => unlisted(error, true)?,
                }
            }
            let Some((folder, left)) = levels.last_mut() else { return Ok(()) };
            let Some(Listed { name, is_directory, kind }) = left.next() else {
                levels.pop();
                continue;
            };
            if is_temporary(&name) {
                continue;
            }
            match kind {
                Err(error) => unlisted(error, is_directory)?,
                Ok(kind) => {
                    let path = folder.join(name);
                    if visit(&path, kind)? == Step::On && is_directory {
                        next = Some(path);
                    }
                }
            }
        }
    }

    /// Lists the directories and what else is wanted of a folder, sorted by the bytes of the names.
    fn list(
        &self,
        below: &Utf8Path,
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Listed>, Error> {
        use rustix::fs::{AtFlags, FileType, OFlags, statat};

        let path = self.path.join(below);
        let refuse = |error: rustix::io::Errno| swapped("list", &path, error);
        let folder = self.below(below, OFlags::RDONLY | OFlags::DIRECTORY).map_err(refuse)?;
        let (folder, mut names) = entries(folder).map_err(refuse)?;
        let folder = folder.fd().map_err(refuse)?;
        names.retain(|(name, kind)| {
            matches!(kind, FileType::Directory | FileType::Unknown)
                || is_wanted(&name.to_string_lossy())
        });
        names.sort_by(|one, other| one.0.cmp(&other.0));
        let listed = names.into_iter().map(|(name, kind)| {
            let kind = match kind {
                // The listing has told.
                FileType::Directory => Ok(Kind::Directory),
                _ => statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW).map(|it| Kind::of_stat(&it)),
            };
            let is_directory = kind == Ok(Kind::Directory);
            let lossy = name.to_string_lossy();
            let full = path.join(&*lossy);
            let kind = match name.to_str() {
                Ok(_) => kind.map_err(|error| swapped("list", &full, error)),
                Err(_) => Err(not_utf8(&full)),
            };
            Listed { name: lossy.into_owned(), is_directory, kind }
        });
        Ok(listed.collect())
    }
}

/// What is in a folder, in the order of the file system.
#[cfg(unix)]
type Entries = Vec<(std::ffi::CString, rustix::fs::FileType)>;

/// What is in an open folder, with what the listing says of it; and the folder, which stays open.
#[cfg(unix)]
fn entries(folder: std::os::fd::OwnedFd) -> rustix::io::Result<(rustix::fs::Dir, Entries)> {
    let mut names = Vec::new();
    let mut entries = rustix::fs::Dir::new(folder)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push((entry.file_name().to_owned(), entry.file_type()));
        }
    }
    Ok((entries, names))
}

/// How a folder is opened to be listed.
#[cfg(unix)]
const LIST: rustix::fs::OFlags = rustix::fs::OFlags::DIRECTORY.union(rustix::fs::OFlags::CLOEXEC);

/// The names in a folder that are UTF-8, in the order of the file system.
#[cfg(unix)]
pub(super) fn names(folder: &Utf8Path) -> std::io::Result<Vec<String>> {
    let folder = rustix::fs::open(folder.as_std_path(), LIST, rustix::fs::Mode::empty())?;
    let names = entries(folder)?.1.into_iter();
    Ok(names.filter_map(|(name, _)| name.into_string().ok()).collect())
}

/// Removes a folder with all that is in it, without following a link.
#[cfg(unix)]
pub(super) fn remove(folder: &Utf8Path) -> std::io::Result<()> {
    let folder = folder.as_std_path();
    Ok(remove_at(rustix::fs::CWD, std::os::unix::ffi::OsStrExt::as_bytes(folder.as_os_str()))?)
}

/// Removes a folder that is in another. What somebody else removes meanwhile is gone, too.
#[cfg(unix)]
fn remove_at<P: rustix::path::Arg + Copy>(
    above: impl std::os::fd::AsFd + Copy,
    name: P,
) -> rustix::io::Result<()> {
    use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat, unlinkat};
    use rustix::io::Errno;

    let folder = openat(above, name, LIST | OFlags::NOFOLLOW, Mode::empty())?;
    let (folder, entries) = entries(folder)?;
    let folder = folder.fd()?;
    for (inner, kind) in entries {
        let is_folder = match kind {
            FileType::Unknown => statat(folder, &inner, AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir()),
            kind => kind.is_dir(),
        };
        let removed = match is_folder {
            true => remove_at(folder, &*inner),
            false => unlinkat(folder, &inner, AtFlags::empty()),
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
    }
    unlinkat(above, name, AtFlags::REMOVEDIR)
}

/// Whether a link was on the way: of a link where a folder must be, some systems say that it is none.
#[cfg(unix)]
fn is_of_link(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    matches!(error, Errno::LOOP | Errno::NOTDIR)
}

/// The error of a path below a held folder.
#[cfg(unix)]
fn swapped(action: &'static str, path: &Utf8Path, error: rustix::io::Errno) -> Error {
    match error {
        rustix::io::Errno::LOOP => Error::because(
            action,
            path,
            "a symbolic link has taken its place, or that of a folder above it",
        ),
        other => Error::at(action, path)(other.into()),
    }
}

#[cfg(not(unix))]
impl Held {
    /// Takes a folder, which may lie behind links.
    pub(crate) fn hold(path: &Utf8Path) -> Result<Self, Error> {
        Ok(Self { path: path.to_owned() })
    }

    /// Opens a regular file below the folder.
    pub(crate) fn open(&self, below: &Utf8Path) -> Result<File, Error> {
        super::open(&self.path.join(below))
    }

    /// Whether there is a link on the way to a folder; no matter where none is refused.
    pub(crate) fn is_behind_link(&self, _below: &Utf8Path) -> bool {
        false
    }

    /// The same as [`Held::walk`], past all but directories whose names are not wanted.
    pub(crate) fn walk_some<E>(
        &self,
        below: &Utf8Path,
        is_wanted: &dyn Fn(&str) -> bool,
        unlisted: &mut dyn FnMut(Error, bool) -> Result<(), E>,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        let directory = self.path.join(below);
        // Names come in the order of the file system, which would be another on another machine.
        let walk = walkdir::WalkDir::new(&directory).min_depth(1).sort_by_file_name();
        let mut walk = walk.into_iter();
        while let Some(found) = walk.next() {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    unlisted(listing_error(&directory, error), true)?;
                    continue;
                }
            };
            let is_directory = found.file_type().is_dir();
            let path = Utf8Path::from_path(found.path());
            let is_listed = match path {
                None => {
                    let shown = found.path().to_string_lossy();
                    unlisted(not_utf8(Utf8Path::new(&shown)), is_directory)?;
                    false
                }
                Some(path) if path.file_name().is_some_and(is_temporary) => false,
                Some(path) if !is_directory && !path.file_name().is_some_and(is_wanted) => false,
                Some(path) => {
                    let path = path.strip_prefix(&directory).expect("a walk stays below");
                    let path = Utf8PathBuf::from(path.as_str().replace('\\', "/"));
                    match found.metadata() {
                        Ok(metadata) => visit(&path, Kind::of(&metadata))? == Step::On,
                        Err(error) => {
                            unlisted(listing_error(&directory, error), false)?;
                            continue;
                        }
                    }
                }
            };
            // After a file, that would skip the rest of the directory that the file is in.
            if !is_listed && is_directory {
                walk.skip_current_dir();
            }
        }
        Ok(())
    }
}

#[cfg(not(unix))]
fn listing_error(directory: &Utf8Path, error: walkdir::Error) -> Error {
    let path = error.path().and_then(Utf8Path::from_path).unwrap_or(directory).to_owned();
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
    Error { action: "list", path, source }
}

/// The names in a folder that are UTF-8, in the order of the file system.
#[cfg(not(unix))]
pub(super) fn names(folder: &Utf8Path) -> std::io::Result<Vec<String>> {
    let names = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    names.filter_map(Result::transpose).collect()
}

/// Removes a folder with all that is in it, without following a link.
#[cfg(not(unix))]
pub(super) fn remove(folder: &Utf8Path) -> std::io::Result<()> {
    std::fs::remove_dir_all(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_all_that_is_in_it_and_nothing_that_a_link_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let [gone, kept] = ["gone", "kept"].map(|name| folder.join(name));
        for path in [&gone, &kept, &gone.join("one/two")] {
            std::fs::create_dir_all(path).unwrap();
            std::fs::write(path.join("file"), "").unwrap();
        }
        std::os::unix::fs::symlink(&kept, gone.join("one/link")).unwrap();

        remove(&gone).unwrap();

        assert!(!gone.exists() && kept.join("file").exists());
        let link = folder.join("link");
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        assert!(remove(&link).is_err() && kept.join("file").exists());
        let error = remove(&gone).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
}
