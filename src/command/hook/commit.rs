//! One commit: the manifest in it against the sources in it.

use super::super::verify::{Disk, Verify, of_no_lambda, verify};
use super::super::{Context, manifest};
use crate::checks::Date;
use crate::lambda;
use crate::report::{Check, Failure, Verified};

/// Verifies the manifest of the commit that is the context's; none where it has no lambdas, and no
/// entries of lambdas that it had.
pub(super) fn verify_commit(
    today: Date,
    context: &Context<'_>,
) -> Result<Option<Verified>, Failure> {
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
    Ok(Some(verify(&request, context)?))
}
