//! What a worktree would give to a package and a revision does not, though git sees no change:
//! files that it ignores.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::Assembled;
use super::prepare::{LOCK, REQUIREMENTS};
use crate::source::{self, SourceTree};
use crate::tree::Tree;

impl Assembled {
    /// Returns a file, relative to the root, that counts for the lambda in only one of its own
    /// tree and another one.
    ///
    /// # Errors
    ///
    /// Those of reading the lambda's files in the other tree.
    pub(crate) fn other_file(&self, other: &Tree) -> Result<Option<Utf8PathBuf>, source::Error> {
        let lambda = &self.job.lambda;
        let output_name = format!("{}.zip", lambda.name);
        let sources = source::read(other, &lambda.directory, &self.job.selection, &output_name)?;
        let (here, there) = (counting(&self.sources), counting(&sources));
        let path = there.symmetric_difference(&here).next();
        Ok(path.map(|path| lambda.directory.join(path)))
    }
}

/// The paths of what is packaged, and of what says which wheels are.
fn counting(sources: &SourceTree) -> BTreeSet<&str> {
    let own = sources.files.iter().map(|file| file.path.as_str());
    own.chain([LOCK, REQUIREMENTS].into_iter().filter(|name| sources.has(name))).collect()
}
