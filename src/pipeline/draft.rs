//! A package that is not published: written where only this run looks, to be compared.

use camino::Utf8Path;

use super::repair::damaged;
use super::{Assembled, Pipeline, failed};
use crate::archive;
use crate::fs::TemporaryFile;
use crate::report::Failure;

impl Pipeline<'_> {
    /// Writes what was surveyed to a file in a folder outside the project.
    pub(crate) fn draft(
        &self,
        assembled: Assembled,
        folder: &Utf8Path,
    ) -> Result<Result<TemporaryFile, Box<Failure>>, Failure> {
        let damaged = damaged(assembled.wheels.iter());
        let mut assembled = assembled;
        if !damaged.is_empty() {
            let mut failures = Vec::new();
            match self.again(vec![assembled.original], &damaged, &mut failures)?.pop_first() {
                Some((_, again)) => assembled = again,
                None => return Ok(Err(Box::new(failures.pop().expect("it failed, or is there")))),
            }
        }
        let lambda = &assembled.job.lambda;
        let mut file = TemporaryFile::new_in(folder)?;
        let written = archive::draft(self.tree, &assembled.contents, &mut file);
        Ok(written.map(|()| file).map_err(|failure| failed(failure, lambda)))
    }
}
