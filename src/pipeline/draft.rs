//! A package that is not published: written where only this run looks, to be compared.

use camino::{Utf8Path, Utf8PathBuf};

use super::mend::Mended;
use super::{Assembled, Pipeline};
use crate::archive;
use crate::error::Error;
use crate::report::Failure;

impl Pipeline<'_> {
    /// Writes what was surveyed to a folder outside the project, as `NAME.zip`, and returns its path.
    pub(crate) fn draft(
        &self,
        assembled: Assembled,
        folder: &Utf8Path,
    ) -> Result<Result<Utf8PathBuf, Box<Failure>>, Error> {
        let mended = Mended::new(assembled.wheels.as_slice(), self)?;
        Ok(mended.apply(assembled).and_then(|assembled| {
            let lambda = &assembled.job.lambda;
            let path = folder.join(format!("{}.zip", lambda.name));
            archive::draft(self.tree, &assembled.contents, &path)
                .map_err(|error| Error::from(error).lambda_failure(lambda))?;
            Ok(path)
        }))
    }
}
