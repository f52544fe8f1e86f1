//! The lambda's own files, and the rule by which each is kept or left out.
//!
//! Rules are tried in this order, and the first that matches decides: this tool's own files, which
//! are never packaged; `exclude`; `.lambdaignore`; `include`; the built-in rules. If a folder is
//! left out, so is everything in it, unless something in it is included by name.
//!
//! Nothing is left out without a rule that `list` shows. What can't be packaged is an error and not
//! skipped: a link out of the lambda, a FIFO, a name that another file system can't have.

mod as_git_has_it;
mod installed;
mod name_collisions;
mod read;
mod rules;
mod secrets;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::Sha256Digest;
use crate::lambda::Lambda;
use crate::path::{ArchivePath, Mode};
use crate::report::{self, Failure, Warning};

pub(crate) use installed::{Installation, installations, leads_into};
pub(crate) use read::read;
pub(crate) use selection::{Pattern, Selection};

/// The hint for a name that not every file system can have.
const RENAME: &str = "rename the file, or leave it out with `exclude` in the config";

/// Where the own files of a lambda are, and what lies among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) lambda: &'a Lambda,
    /// The files that this tool writes, relative to its directory, each with what it is: a package that has its
    /// own zip in it would be another one at each build.
    pub(crate) written: &'a BTreeMap<Utf8PathBuf, &'static str>,
    /// Whether its function runs on no Python, and needs what lies in `node_modules`.
    pub(crate) is_other: bool,
    /// The folder of the package in which its own files lie; empty for the top.
    pub(crate) prefix: &'a str,
    /// What its package has from elsewhere.
    pub(crate) elsewhere: &'a [Elsewhere],
    /// Whether this is itself elsewhere.
    pub(crate) is_copied: bool,
}

/// A file or folder of the project that is copied into a package.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    /// Relative to the root.
    pub(crate) source: Utf8PathBuf,
    /// Where it goes in the package.
    pub(crate) target: ArchivePath,
    /// Where the config says so.
    pub(crate) place: report::Place,
    /// The files in it that this tool writes, relative to it, each with what it is.
    pub(crate) written: BTreeMap<Utf8PathBuf, &'static str>,
    /// The paths of lambdas that lie in it, relative to it.
    pub(crate) inner: BTreeSet<Utf8PathBuf>,
}

/// The failure of a file or folder that can't be copied into a package.
pub(crate) fn no_source(message: &str, place: &report::Place) -> Failure {
    Failure::lambda("files-source", message)
        .place(place.clone())
        .hint("name a file or folder of the project in `files`, relative to the root")
}

/// A lambda's own files.
#[derive(Debug, Default)]
pub(crate) struct SourceTree {
    /// The files that are kept, sorted by path.
    pub(crate) files: Vec<SourceFile>,
    /// The files and folders that are left out, sorted by path.
    pub(crate) left_out: Vec<LeftOut>,
    /// The names of the folders at its top, but those that are left out.
    pub(crate) folders: Vec<String>,
    /// The names in its folder, for a lambda that is one file: they say what it requires, and are
    /// not packaged.
    pub(crate) beside: BTreeSet<String>,
    pub(crate) warnings: Vec<Warning>,
    /// What an installer put among the files, and what became of it.
    pub(crate) leftovers: Leftovers,
    /// What comes from elsewhere.
    pub(crate) copied: Vec<Copied>,
}

/// The files that a package has from one place elsewhere.
#[derive(Debug)]
pub(crate) struct Copied {
    /// The folder that is copied, or that has the one file; relative to the root.
    pub(crate) directory: Utf8PathBuf,
    /// The folder of the package; empty, or with a slash at its end.
    pub(crate) target: String,
    /// Its files, whose paths are in the folder.
    pub(crate) tree: SourceTree,
}

/// Files that `pip install -t` left among a lambda's own, of projects that are also required.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    /// The paths of those that are left out for it, sorted.
    pub(crate) left_out: BTreeSet<String>,
    /// The paths of those that stay, for somebody has changed them.
    pub(crate) changed: BTreeSet<String>,
}

impl SourceTree {
    /// All files, those from elsewhere last.
    pub(crate) fn all(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().chain(self.copied.iter().flat_map(|it| &it.tree.files))
    }

    /// What is left out, also of what comes from elsewhere, by its path in the package.
    pub(crate) fn all_left_out(&self) -> Vec<LeftOut> {
        let copied = self.copied.iter().flat_map(|it| {
            let path = |path: &str| format!("{}{path}", it.target);
            let left_out = it.tree.left_out.iter();
            left_out.map(move |it| LeftOut { path: path(&it.path), rule: it.rule.clone() })
        });
        self.left_out.iter().cloned().chain(copied).collect()
    }

    /// Each folder that was read, and what was found there.
    pub(crate) fn roots<'a>(
        &'a self,
        own: &'a Utf8Path,
    ) -> impl Iterator<Item = (&'a Utf8Path, &'a SourceTree)> {
        std::iter::once((own, self)).chain(self.copied.iter().map(|it| (&*it.directory, &it.tree)))
    }

    /// Whether the lambda has a file of that name at its top, kept or left out, or beside its one
    /// file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.beside.contains(name)
            || self.files.iter().any(|file| file.path.as_str() == name)
            || self.left_out.iter().any(|left_out| left_out.path == name)
    }
}

/// A file that is kept.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Its path in the package.
    pub(crate) path: ArchivePath,
    /// Its path relative to the root; for a link, that of the file which it leads to.
    pub(crate) place: Utf8PathBuf,
    /// Size in bytes, when it was listed.
    pub(crate) size: u64,
    /// Its mode in the package.
    pub(crate) mode: Mode,
    /// Whether the config or a `.lambdaignore` names it as wanted.
    pub(crate) is_included: bool,
    /// Whether it is a module that may have metadata of a script (PEP 723), when it was looked into.
    pub(crate) is_script: bool,
    /// The digest of a module's bytes, when it was looked into.
    pub(crate) digest: Option<Sha256Digest>,
}

/// A file or folder that is left out.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut {
    /// Its path in the lambda. That of a folder ends in a slash, and means everything in it.
    pub(crate) path: String,
    pub(crate) rule: String,
}
