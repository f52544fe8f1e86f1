//! One commit: the manifest in it against the sources in it.

use super::super::verify::of_no_lambda;
use super::super::{Context, Disk, Verify, manifest, verify};
use crate::checks::Date;
use crate::error::Error;
use crate::lambda;
use crate::report::{Check, Verified};

/// Verifies the manifest of the commit that is the context's; none where it has no lambdas, and no
/// entries of lambdas that it had.
///
/// # Errors
///
/// What stops the run before any lambda; a manifest that is none.
pub(crate) fn verify_commit(today: Date, context: &Context<'_>) -> Result<Option<Verified>, Error> {
    let settings = context.settings;
    let lambdas = lambda::discover(&settings.tree, &settings.lambdas);
    if lambdas.is_err_and(|failure| failure.code == lambda::NO_LAMBDAS) {
        let entries = manifest::read(settings)?.unwrap_or_default().0;
        let path = settings.manifest.as_deref().map(|path| settings.shown(path));
        let path = path.unwrap_or_default();
        // No build removes them: there is no lambda left to build.
        let message =
            format!("there is no such lambda, nor any other: remove `{path}`, and commit that");
        let left = entries.iter().map(|(name, entry)| of_no_lambda(name, entry, message.clone()));
        let checks: Vec<Check> = left.collect();
        return Ok((!checks.is_empty()).then(|| Verified { checks, ..Verified::default() }));
    }
    let request = Verify {
        names: Vec::new(),
        state: None,
        terraform_directory: None,
        deployed: false,
        disk: Disk::Manifest,
        today,
    };
    verify(&request, context).map(Some)
}
