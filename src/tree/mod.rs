//! The door to the project's files.
//!
//! A project is read only through a [`Tree`], by paths relative to its root, from its worktree or
//! from a git revision. Errors have such paths, too, so no output names the folder in which one
//! user keeps the project.

mod attributes;
mod checkout;
mod dot_git;
mod git;
mod git_config;
mod git_dir;
mod ignored;
mod index;
mod listing;
mod paths;
mod repository;
mod revision;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::fs;
pub(crate) use crate::fs::{Kind, Step};
use crate::report::{Failure, as_clause};
pub(crate) use checkout::{Absent, Checkout};
pub(crate) use dot_git::top;
pub(crate) use paths::{below, normal, seen_from, slashes};
pub(crate) use repository::{AtPath, Hooks, at_path, commit, hooks, is_clean, prefix, tracked};
use revision::Revision;

/// Why a file of a project can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// An error of the disk; the path is relative to the root if it is below the root.
    #[error(transparent)]
    Disk(#[from] fs::Error),
    /// Git can't write the file of a revision to disk.
    #[error("{}", .0.message)]
    Git(Failure),
}

impl Error {
    pub(crate) fn is_of_git(&self) -> bool {
        matches!(self, Self::Git(_))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Disk(error) => error.into(),
            Error::Git(failure) => failure,
        }
    }
}

/// The project's files, as they are in the worktree or in a revision.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The root, absolute and without links.
    root: Utf8PathBuf,
    /// The revision whose files are written below the root; `None` for a worktree.
    revision: Option<Revision>,
    /// What git has for the worktree, once somebody has asked.
    checkout: OnceLock<Option<Checkout>>,
    /// The folders through which files are reached, held open, by their paths relative to the root: the
    /// root itself, and folders that lie behind links.
    held: RwLock<BTreeMap<Utf8PathBuf, Arc<fs::Held>>>,
}

impl Tree {
    /// Takes a folder as the root of a project.
    pub(crate) fn new(root: &Utf8Path) -> Result<Self, Error> {
        let (root, checkout) = (fs::canonical(root)?, OnceLock::new());
        Ok(Self { root, revision: None, checkout, held: RwLock::default() })
    }

    /// Takes a folder as the root of a project in a revision of its git repository. The folder need
    /// not exist in the worktree.
    pub(crate) fn at_revision(
        root: &Utf8Path,
        revision: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let revision = Revision::open(root, revision, environment)?;
        let (root, checkout) = (revision.root(), OnceLock::new());
        Ok(Self { root, revision: Some(revision), checkout, held: RwLock::default() })
    }

    /// The full name of the revision's commit; `None` for a worktree.
    pub(crate) fn commit(&self) -> Option<&str> {
        self.revision.as_ref().map(|revision| revision.commit.as_str())
    }

    /// Converts the absolute path of a file in the worktree to its path in the revision, relative
    /// to the root. `None` outside of the repository, and if this is a worktree.
    pub(crate) fn counterpart(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = self.revision.as_ref()?.counterpart(path)?;
        Some(self.relative(&path))
    }

    /// Whether the worktree of the project has the same files as this tree: the revision is checked
    /// out, and nothing is changed or new. The whole repository counts, for a requirement may be a
    /// folder anywhere in it; files that git ignores don't. Always `true` if this is a worktree.
    pub(crate) fn is_checked_out(
        &self,
        project: &Utf8Path,
        environment: &Environment,
    ) -> Result<bool, Failure> {
        match &self.revision {
            Some(of) => repository::is_checked_out(project, &of.commit, environment),
            None => Ok(true),
        }
    }

    /// Which of some files git ignores; of a revision none. A file that git tracks is not ignored
    /// (git-check-ignore(1)).
    pub(crate) fn ignored(
        &self,
        paths: &[Utf8PathBuf],
        environment: &Environment,
    ) -> BTreeSet<Utf8PathBuf> {
        // A repository around the project that has nothing of it, as of somebody's home, is not its
        // own.
        let is_own = |it: &&Checkout| it.top == self.root || it.has(Utf8Path::new(""));
        let Some(checkout) = self.checkout().filter(is_own) else { return BTreeSet::new() };
        let paths = paths.iter().map(Utf8PathBuf::as_path);
        let untracked: Vec<_> = paths.filter(|path| checkout.tracked(path).is_none()).collect();
        let ignored = checkout.ignored(&untracked, environment);
        ignored.into_iter().map(Utf8Path::to_owned).collect()
    }

    /// Whether the root exists in the revision; always `true` for a worktree.
    pub(crate) fn has_root(&self) -> bool {
        self.revision.as_ref().is_none_or(|revision| revision.is_directory(&self.root))
    }

    /// What git has for the worktree; `None` for a revision, and where git has nothing.
    pub(crate) fn checkout(&self) -> Option<&Checkout> {
        match self.revision {
            Some(_) => None,
            None => self.checkout.get_or_init(|| Checkout::find(&self.root)).as_ref(),
        }
    }

    /// Why files at or below a path are not there, though git has them.
    pub(crate) fn absent(&self, path: &Utf8Path) -> Option<Absent> {
        if let Some(revision) = &self.revision {
            let module = revision.submodule_of(&self.root.join(path))?;
            return Some(Absent::Submodule(seen_from(revision.prefix(), &module)));
        }
        let absent = self.checkout()?.absent(path);
        absent.into_iter().next().map(|(_, absent)| absent)
    }

    /// Whether a folder of a revision is a submodule, whose files are in another repository.
    pub(crate) fn is_submodule(&self, path: &Utf8Path) -> bool {
        self.revision.as_ref().is_some_and(|it| it.is_submodule(&self.root.join(path)))
    }

    /// Writes the files at and below a path to disk, for a program that reads them there.
    pub(crate) fn bring(&self, path: &Utf8Path) -> Result<(), Error> {
        let Some(revision) = &self.revision else { return Ok(()) };
        revision.export(&self.root.join(path)).map_err(|failure| not_brought(path, failure))
    }

    /// The root's absolute path, for programs; never for output.
    pub(crate) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the absolute path of one that is relative to the root.
    pub(crate) fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        normal(&self.root.join(path))
    }

    /// Makes an absolute path relative to the root; returns it unchanged if there is no relative
    /// path to it, as on another drive.
    pub(crate) fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        seen_from(&self.root, path)
    }

    /// Holds a folder open that lies behind a link: what is below it is reached through it from now on,
    /// where else a link on the way is an error.
    pub(crate) fn hold(&self, folder: &Utf8Path) -> Result<(), Error> {
        let absolute = self.root.join(folder);
        if self.revision.as_ref().is_some_and(|revision| revision.is_directory(&absolute)) {
            return Ok(());
        }
        self.bring(folder)?;
        let (held, below) = self.held(folder)?;
        if held.is_behind_link(&below) {
            let own = fs::Held::hold(&absolute).map_err(|error| self.disk(error))?;
            let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(folder.to_owned(), Arc::new(own));
        }
        Ok(())
    }

    /// The held folder through which a path is reached, and the path below that. What is outside of the
    /// root is reached through the folder that it is in.
    fn held(&self, path: &Utf8Path) -> Result<(Arc<fs::Held>, Utf8PathBuf), Error> {
        let is_outside = path.is_absolute() || path.starts_with("..");
        let all = self.held.read().unwrap_or_else(PoisonError::into_inner);
        // A path sorts behind those that are above it.
        let mut above = all.iter().rev().filter(|(folder, _)| path.starts_with(folder));
        if let Some((folder, held)) = above.find(|(it, _)| !(is_outside && it.as_str().is_empty()))
        {
            let below = path.strip_prefix(folder).expect("it starts so");
            return Ok((Arc::clone(held), below.to_owned()));
        }
        drop(all);
        let hold = |folder: &Utf8Path| {
            let held = fs::Held::hold(&self.root.join(folder)).map_err(|error| self.disk(error))?;
            Ok::<_, Error>(Arc::new(held))
        };
        if let (true, Some(folder), Some(name)) = (is_outside, path.parent(), path.file_name()) {
            return Ok((hold(folder)?, name.into()));
        }
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let held = match all.get(Utf8Path::new("")) {
            Some(held) => Arc::clone(held),
            None => {
                let held = hold(Utf8Path::new(""))?;
                all.insert(Utf8PathBuf::new(), Arc::clone(&held));
                held
            }
        };
        Ok((held, path.to_owned()))
    }

    /// Returns what is at a path; links are not followed.
    pub(crate) fn kind(&self, path: &Utf8Path) -> Result<Option<Kind>, Error> {
        let absolute = self.root.join(path);
        // A folder is known from the listing, so its files need not be written to disk yet.
        if self.revision.as_ref().is_some_and(|revision| revision.is_directory(&absolute)) {
            return Ok(Some(Kind::Directory));
        }
        self.bring(path)?;
        fs::kind(&absolute).map_err(|error| self.disk(error))
    }

    /// Follows all links: returns the canonical path and what is there.
    pub(crate) fn resolve(&self, path: &Utf8Path) -> Result<(Utf8PathBuf, Kind), Error> {
        self.bring(path)?;
        fs::resolve(&self.root.join(path)).map_err(|error| self.disk(error))
    }

    /// Visits everything below a directory, sorted; paths are relative to that directory.
    pub(crate) fn walk<E: From<Error>>(
        &self,
        directory: &Utf8Path,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        self.bring(directory)?;
        let (held, below) = self.held(directory)?;
        held.walk(&below, &mut |error, _| Err(self.disk(error).into()), visit)
    }

    /// The same for names alone: no file of a revision is written to disk, and their sizes are not
    /// known.
    pub(crate) fn survey<E: From<Error>>(
        &self,
        directory: &Utf8Path,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        let absolute = self.root.join(directory);
        match &self.revision {
            Some(revision) if revision.is_directory(&absolute) => {
                let mut not_utf8 =
                    |path: &Utf8Path| Err(Error::from(fs::not_utf8(&directory.join(path))).into());
                revision.survey(&absolute, &mut not_utf8, visit)
            }
            _ => self.walk(directory, visit),
        }
    }

    /// The same, where directories whose names are not UTF-8 are no error: `not_utf8` is called with the
    /// path of each, in which replacement characters stand for other bytes.
    pub(crate) fn survey_with<E: From<Error>>(
        &self,
        directory: &Utf8Path,
        not_utf8: &mut dyn FnMut(&Utf8Path),
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        let absolute = self.root.join(directory);
        if let Some(revision) = &self.revision
            && revision.is_directory(&absolute)
        {
            let mut pass = |path: &Utf8Path| {
                not_utf8(path);
                Ok(Step::Past)
            };
            return revision.survey(&absolute, &mut pass, visit);
        }
        self.bring(directory)?;
        let mut unlisted = |error: fs::Error, is_directory: bool| {
            let is_name = error.source.kind() == std::io::ErrorKind::InvalidData;
            if !is_name {
                return Err(self.disk(error).into());
            }
            if is_directory {
                not_utf8(error.path.strip_prefix(&absolute).unwrap_or(&error.path));
            }
            Ok(())
        };
        let (held, below) = self.held(directory)?;
        held.walk(&below, &mut unlisted, visit)
    }

    /// The names in a directory; none where it is no directory, or can't be listed. Names that are not
    /// UTF-8 are not among them.
    pub(crate) fn names(&self, directory: &Utf8Path) -> Vec<String> {
        let absolute = self.root.join(directory);
        let Some(revision) = &self.revision else {
            return fs::names(&absolute).unwrap_or_default();
        };
        let mut names = Vec::new();
        let not_utf8 = &mut |_: &Utf8Path| Ok(Step::Past);
        let listed =
            revision.survey::<std::convert::Infallible>(&absolute, not_utf8, &mut |path, _| {
                names.push(path.to_string());
                Ok(Step::Past)
            });
        let Ok(()) = listed;
        names
    }

    /// Writes directories of a revision to disk together, which is faster than one by one. Errors
    /// are dropped here: reading such a directory tries again, and reports them.
    pub(crate) fn bring_all(&self, directories: &[&Utf8Path]) {
        if let Some(revision) = &self.revision {
            let all: Vec<Utf8PathBuf> = directories.iter().map(|it| self.root.join(it)).collect();
            drop(revision.export_all(&all));
        }
    }

    /// Finds the regular files for which `is_wanted` returns true, by their names, sorted, outside of
    /// the folders for which `is_past` does; paths are relative to the root. Of a revision, only these
    /// files are written to disk.
    ///
    /// Folders that can't be listed or are not UTF-8 are returned as errors beside the files: they
    /// don't matter for what is found elsewhere.
    pub(crate) fn find(
        &self,
        is_wanted: &dyn Fn(&Utf8Path) -> bool,
        is_past: &dyn Fn(&Utf8Path) -> bool,
    ) -> Result<(Vec<Utf8PathBuf>, Vec<Error>), Error> {
        let (mut found, mut unlisted) = (Vec::new(), Vec::new());
        let mut note = |error| {
            let error = fs::Error { action: "list", ..self.relative_error(error) };
            unlisted.push(Error::Disk(error));
        };
        let mut visit = |path: &Utf8Path, kind| {
            match kind {
                Kind::Directory if is_past(path) => return Ok::<_, Error>(Step::Past),
                Kind::File { .. } if is_wanted(path) => found.push(path.to_owned()),
                Kind::Directory | Kind::File { .. } | Kind::Symlink | Kind::Special => {}
            }
            Ok(Step::On)
        };
        let Some(revision) = &self.revision else {
            let mut pass = |error: fs::Error, is_directory| {
                // The ending of a file's name is readable even if the name is not UTF-8.
                if is_directory || is_wanted(&error.path) {
                    note(error);
                }
                Ok(())
            };
            let is_named = |name: &str| is_wanted(Utf8Path::new(name));
            let (held, top) = (self.held(Utf8Path::new(""))?.0, Utf8Path::new(""));
            held.walk_some(top, &is_named, &mut pass, &mut visit)?;
            return Ok((found, unlisted));
        };
        let mut not_utf8 = |path: &Utf8Path| {
            note(fs::not_utf8(&self.root.join(path)));
            Ok(Step::Past)
        };
        revision.survey(&self.root, &mut not_utf8, &mut visit)?;
        let paths: Vec<Utf8PathBuf> = found.iter().map(|path| self.root.join(path)).collect();
        revision.export_all(&paths).map_err(|it| not_brought(Utf8Path::new("."), it))?;
        Ok((found, unlisted))
    }

    /// Reads a small file of the project, following links; `None` where there is none.
    pub(crate) fn read(&self, path: &Utf8Path) -> Result<Option<Vec<u8>>, Error> {
        self.bring(path)?;
        fs::read(&self.root.join(path)).map_err(|error| self.disk(error))
    }

    /// The same for a file that was found before; it is an error if it is gone now.
    pub(crate) fn read_found(&self, path: &Utf8Path) -> Result<Vec<u8>, Error> {
        let vanished = || Error::Disk(fs::Error::because("read", path, "it has vanished"));
        self.read(path)?.ok_or_else(vanished)
    }

    /// Reads a whole regular file, and makes sure that it did not change meanwhile.
    pub(crate) fn read_stable(&self, path: &Utf8Path) -> Result<Vec<u8>, Error> {
        self.bring(path)?;
        let (held, below) = self.held(path)?;
        held.read_stable(&below).map_err(|error| self.disk(error))
    }

    pub(crate) fn open(&self, path: &Utf8Path) -> Result<fs::File, Error> {
        self.bring(path)?;
        let (held, below) = self.held(path)?;
        held.open(&below).map_err(|error| self.disk(error))
    }

    /// Whether a file that was opened here is as it was then.
    pub(crate) fn is_unchanged(&self, file: &fs::File) -> Result<bool, Error> {
        file.is_unchanged().map_err(|error| self.disk(error))
    }

    /// Reads a part of a file that was opened here.
    pub(crate) fn read_at(
        &self,
        file: &fs::File,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), Error> {
        file.read_exact_at(buffer, offset).map_err(|error| self.disk(error))
    }

    /// Writes a file of the worktree, whole or not at all.
    pub(crate) fn write(&self, path: &Utf8Path, bytes: &[u8]) -> Result<(), Error> {
        fs::write_whole(&[(&self.root.join(path), bytes)]).map_err(|error| self.disk(error))
    }

    /// Makes the path of an error relative to the root, if it is below the root.
    pub(crate) fn relative_error(&self, mut error: fs::Error) -> fs::Error {
        if let Ok(relative) = error.path.strip_prefix(&self.root) {
            error.path = match relative.as_str() {
                "" => ".".into(),
                _ => relative.to_owned(),
            };
        }
        error
    }

    fn disk(&self, error: fs::Error) -> Error {
        Error::Disk(self.relative_error(error))
    }
}

fn not_brought(path: &Utf8Path, failure: Failure) -> Error {
    let mut causes = vec![as_clause(&failure.message)];
    causes.extend(failure.causes);
    Error::Git(Failure { message: format!("cannot read `{path}`"), causes, ..failure })
}
