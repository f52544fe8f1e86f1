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

use camino::Utf8PathBuf;

use crate::digest::Sha256Digest;
use crate::lambda::Lambda;
use crate::path::{ArchivePath, Mode};
use crate::report::Warning;

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
