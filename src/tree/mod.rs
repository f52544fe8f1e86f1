//! The door to the project's files.
//!
//! All that is read of a project is read through a [`Tree`], by paths relative to its root: its
//! worktree, or a git revision of it. Its errors speak of such paths too, so nothing that leaves
//! the program names the folder in which one user keeps the project.

mod git;
mod git_dir;
mod listing;
mod paths;
mod repository;
mod revision;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::fs;
pub(crate) use crate::fs::{Kind, Step};
use crate::report::{Failure, as_clause};
pub(crate) use paths::{normal, seen_from, slashes};
pub(crate) use repository::{
    Hooks, Standing, commit, hooks, is_clean, prefix, standing, top, tracked,
};
use revision::Revision;

/// Why something can't be read of a project.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The disk has it not, or not so; the path is relative to the root if it is below it.
    #[error(transparent)]
    Disk(#[from] fs::Error),
    /// Git can't bring it to disk: no file of the revision is there then.
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
    /// The revision whose files come to stand below the root, if it is one.
    revision: Option<Revision>,
}

impl Tree {
    /// Takes a folder as the root of a project.
    pub(crate) fn new(root: &Utf8Path) -> Result<Self, Error> {
        Ok(Self { root: fs::canonical(root)?, revision: None })
    }

    /// Takes a folder as the root of a project, as a revision of its git repository has it. The
    /// worktree need not have the folder, if it has one above it.
    pub(crate) fn at_revision(
        root: &Utf8Path,
        revision: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let revision = Revision::open(root, revision, environment)?;
        Ok(Self { root: revision.root(), revision: Some(revision) })
    }

    /// The commit, in full, whose files these are; none of a worktree.
    pub(crate) fn commit(&self) -> Option<&str> {
        self.revision.as_ref().map(|revision| revision.commit.as_str())
    }

    /// Where a file of the worktree, by its absolute path, stands in the revision, relative to the
    /// root: to be read there and not on disk. None where it is outside of the repository, and none
    /// of a worktree.
    pub(crate) fn counterpart(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = self.revision.as_ref()?.counterpart(path)?;
        Some(self.relative(&path))
    }

    /// Whether the files of a revision are those of the worktree in which the project is: it is
    /// checked out, and nothing was changed or is new, in the whole repository, for packages may be
    /// built of projects anywhere in it. A worktree's always are. What git ignores is not looked
    /// at.
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

    /// Whether a revision has the folder that was taken as the root; a worktree always has.
    pub(crate) fn has_root(&self) -> bool {
        self.revision.as_ref().is_none_or(|revision| revision.is_directory(&self.root))
    }

    /// Whether a folder of a revision is empty only because its files are in another repository.
    pub(crate) fn is_submodule(&self, path: &Utf8Path) -> bool {
        self.revision.as_ref().is_some_and(|it| it.is_submodule(&self.root.join(path)))
    }

    /// Brings what is at and below a path to disk, for a program that is about to read it there.
    pub(crate) fn bring(&self, path: &Utf8Path) -> Result<(), Error> {
        let Some(revision) = &self.revision else { return Ok(()) };
        revision.export(&self.root.join(path)).map_err(|failure| not_brought(path, failure))
    }

    /// The root's absolute path: to be given to programs, never to be shown.
    pub(crate) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the absolute path of one that is relative to the root.
    pub(crate) fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        normal(&self.root.join(path))
    }

    /// Returns an absolute path as the root sees it; one that no relative path leads to is as it
    /// was.
    pub(crate) fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        seen_from(&self.root, path)
    }

    /// Tells what stands at a path; links are not followed.
    pub(crate) fn kind(&self, path: &Utf8Path) -> Result<Option<Kind>, Error> {
        let absolute = self.root.join(path);
        // What is in a folder is not wanted yet.
        if self.revision.as_ref().is_some_and(|revision| revision.is_directory(&absolute)) {
            return Ok(Some(Kind::Directory));
        }
        self.bring(path)?;
        fs::kind(&absolute).map_err(|error| self.disk(error))
    }

    /// Follows a path to its end: the absolute path without links, and what is there.
    pub(crate) fn resolve(&self, path: &Utf8Path) -> Result<(Utf8PathBuf, Kind), Error> {
        self.bring(path)?;
        fs::resolve(&self.root.join(path)).map_err(|error| self.disk(error))
    }

    /// Visits all that is below a directory, sorted; paths are relative to that directory.
    pub(crate) fn walk<E: From<Error>>(
        &self,
        directory: &Utf8Path,
        visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, E>,
    ) -> Result<(), E> {
        self.bring(directory)?;
        fs::walk(&self.root.join(directory), &mut |error, _| Err(self.disk(error).into()), visit)
    }

    /// The same, for who wants names and not files: nothing of a revision comes to disk, and the
    /// sizes of its files are not known.
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

    /// Brings directories to disk at once, for that is faster than one by one. What can't be
    /// brought is told to who reads it.
    pub(crate) fn bring_all(&self, directories: &[&Utf8Path]) {
        if let Some(revision) = &self.revision {
            let all: Vec<Utf8PathBuf> = directories.iter().map(|it| self.root.join(it)).collect();
            drop(revision.export_all(&all));
        }
    }

    /// Finds the regular files that `is_wanted` names, sorted, and nothing in folders that `is_past`
    /// names; paths are relative to the root. Of a revision, only those files come to disk. What
    /// can't be listed and folders whose names are not UTF-8 are told beside them: what is to be
    /// found elsewhere does not hang on them.
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
                // Of a file, the end of its name is as it is.
                if is_directory || is_wanted(&error.path) {
                    note(error);
                }
                Ok(())
            };
            fs::walk(&self.root, &mut pass, &mut visit)?;
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

    /// The same for a file that was found before: that it is gone now is an error, and not an empty
    /// file.
    pub(crate) fn read_found(&self, path: &Utf8Path) -> Result<Vec<u8>, Error> {
        let vanished = || Error::Disk(fs::Error::because("read", path, "it has vanished"));
        self.read(path)?.ok_or_else(vanished)
    }

    /// Reads a regular file whole, and makes sure that it was not changed meanwhile.
    pub(crate) fn read_stable(&self, path: &Utf8Path) -> Result<Vec<u8>, Error> {
        self.bring(path)?;
        fs::read_stable(&self.root.join(path)).map_err(|error| self.disk(error))
    }

    pub(crate) fn open(&self, path: &Utf8Path) -> Result<fs::File, Error> {
        self.bring(path)?;
        fs::open(&self.root.join(path)).map_err(|error| self.disk(error))
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

    /// Writes a file of the worktree whole or not at all.
    pub(crate) fn write(&self, path: &Utf8Path, bytes: &[u8]) -> Result<(), Error> {
        fs::write_whole(&[(&self.root.join(path), bytes)]).map_err(|error| self.disk(error))
    }

    /// An error of the disk, its path made relative to the root where it is below it.
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
