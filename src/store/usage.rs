//! What the store takes, and emptying it.

use camino::Utf8Path;

use super::{Error, GUARD, TAG_NAME, is_marked, parts};
use crate::fs::{self, Guard, Kind, Step};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) files: u64,
    /// Bytes in them.
    pub(crate) bytes: u64,
}

/// Counts the files of the store and their bytes; a store that is not there has none.
pub(crate) fn usage(directory: &Utf8Path) -> Result<Usage, Error> {
    let mut usage = Usage::default();
    for part in parts() {
        let part = directory.join(part);
        if fs::kind(&part)?.is_none() {
            continue;
        }
        fs::walk::<fs::Error>(&part, &mut |error, _| Err(error), &mut |_, kind| {
            if let Kind::File { size, .. } = kind {
                usage.files += 1;
                usage.bytes += size;
            }
            Ok(Step::On)
        })?;
    }
    Ok(usage)
}

/// Empties the store, once no other run uses it, and returns what it held.
///
/// Only the folders that a store makes are removed, and only where its mark stands beside them:
/// a variable that names the home folder by mistake costs nothing.
pub(crate) fn clean(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Usage, Error> {
    if fs::kind(directory)?.is_none() || fs::list(directory)?.is_empty() {
        return Ok(Usage::default());
    }
    if !is_marked(directory)? {
        return Err(no_store("empty", directory));
    }
    let _alone = Guard::exclusive(&directory.join(GUARD), waiting)?;
    let held = usage(directory)?;
    for part in parts() {
        fs::remove_directory(&directory.join(part))?;
    }
    Ok(held)
}

/// A folder from which nothing is removed.
pub(super) fn no_store(action: &'static str, directory: &Utf8Path) -> Error {
    let why = format!("it has no {TAG_NAME} of this tool, so it is no store");
    fs::Error::because(action, directory, &why).into()
}
