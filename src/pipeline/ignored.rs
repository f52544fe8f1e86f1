//! Files that git ignores: a package of the worktree has them and one of a revision has not, though
//! git sees no change.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::Assembled;
use super::prepare::{LOCK, REQUIREMENTS};
use crate::lambda::Lambda;
use crate::report::Failure;
use crate::source::{self, Selection, SourceTree};
use crate::tree::Tree;

/// The files of a lambda that its package is made from, to be compared with those in another tree.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    lambda: Lambda,
    selection: Selection,
    paths: BTreeSet<String>,
}

impl Assembled {
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            lambda: self.job.lambda.clone(),
            selection: self.job.selection.clone(),
            paths: paths_of(&self.sources),
        }
    }
}

impl Inputs {
    /// Returns the files, relative to the root, that are inputs in only one of two trees.
    pub(crate) fn others(&self, other: &Tree) -> Result<Vec<Utf8PathBuf>, Failure> {
        let output_name = format!("{}.zip", self.lambda.name);
        let directory = &self.lambda.directory;
        let there = paths_of(&source::read(other, directory, &self.selection, &output_name)?);
        let paths = there.symmetric_difference(&self.paths);
        Ok(paths.map(|path| directory.join(path)).collect())
    }
}

/// The paths of the packaged files, of the requirements and of the lock.
fn paths_of(sources: &SourceTree) -> BTreeSet<String> {
    let own = sources.files.iter().map(|file| file.path.to_string());
    let others = [LOCK, REQUIREMENTS].into_iter().filter(|name| sources.has(name));
    own.chain(others.map(str::to_owned)).collect()
}
