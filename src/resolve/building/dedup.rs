//! Builds of one run: of those who want the same, the first builds and the others wait for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::fs::{self, TemporaryDirectory};
use crate::resolve::Error;

/// The wheels that were built in this run, by what they were built from, and for what.
#[derive(Debug, Default)]
pub(crate) struct Builds(Mutex<BTreeMap<String, Arc<Mutex<Option<Made>>>>>);

#[derive(Debug)]
pub(super) struct Made {
    pub(super) path: Utf8PathBuf,
    // The wheel lies in it as long as this lives.
    pub(super) _folder: TemporaryDirectory,
}

impl Builds {
    /// Copies what comes of a build into a folder; it is made if nobody has made it.
    ///
    /// `make` must not work on the threads of the pool: one that waits here could be given the
    /// very work that it waits for.
    ///
    /// # Errors
    ///
    /// Those of the build; whoever waited for it then tries it, too.
    pub(super) fn once(
        &self,
        key: &str,
        folder: &Utf8Path,
        make: impl FnOnce() -> Result<Made, Error>,
    ) -> Result<Utf8PathBuf, Error> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = Arc::clone(all.entry(key.to_owned()).or_default());
        drop(all);
        let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match own.take() {
            Some(made) => made,
            None => make()?,
        };
        let made = own.insert(made);
        let copy = folder.join(made.path.file_name().unwrap_or_default());
        fs::copy(&made.path, &copy)?;
        Ok(copy)
    }
}
