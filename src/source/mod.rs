//! The lambda's own files: each kept or left out, and by which rule.
//!
//! Rules are tried in this order, and the first that speaks decides: this tool's own files are
//! never packaged; `exclude`; `.lambdaignore`; `include`; the built-in rules. A folder that is
//! left out takes all that is in it along, unless something in it is included by name.
//!
//! Nothing is left out without a rule that `list` shows, and nothing that can't be packaged is
//! passed over: a link that leads out, a FIFO, a name that another file system would lose are
//! errors.

mod git_lfs;
mod name_collisions;
mod read;
mod rules;
mod secrets;
mod selection;

use camino::Utf8PathBuf;

use crate::path::{ArchivePath, Mode};
use crate::report::Warning;

pub(crate) use read::read;
pub(crate) use selection::Selection;

/// What to do about a name that not every file system can have.
const RENAME: &str = "rename the file, or leave it out with `exclude` in the config";

/// A lambda's own files.
#[derive(Debug, Default)]
pub(crate) struct SourceTree {
    /// What is kept, sorted by path.
    pub(crate) files: Vec<SourceFile>,
    /// What is not, sorted by path.
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) warnings: Vec<Warning>,
}

impl SourceTree {
    /// Whether the lambda has a file of that name at its top, kept or left out.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.path.as_str() == name)
            || self.left_out.iter().any(|left_out| left_out.path == name)
    }
}

/// A file that is kept.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Its path in the package.
    pub(crate) path: ArchivePath,
    /// Where its bytes are, relative to the root: for a link, the file it leads to.
    pub(crate) place: Utf8PathBuf,
    /// Bytes, when it was listed.
    pub(crate) size: u64,
    /// Its mode in the package.
    pub(crate) mode: Mode,
}

/// Something that is left out.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut {
    /// Its path in the lambda; a folder's ends in a slash, and stands for all that is in it.
    pub(crate) path: String,
    pub(crate) rule: String,
}
