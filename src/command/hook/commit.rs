//! One commit: the manifest in it against the sources in it.

use super::super::{Context, Disk, Verified, Verify, manifest, verify};
use crate::checks::Date;
use crate::error::Error;
use crate::lambda;
use crate::manifest::Entry;
use crate::report::{Check, CheckStatus, Subject};
use crate::tree::{seen_from, slashes};

/// Verifies the manifest of the commit that is the context's; none where it has no lambdas, and no
/// entries of lambdas that it had.
///
/// # Errors
///
/// What stops the run before any lambda; a manifest that is none.
pub(crate) fn verify_commit(today: Date, context: &Context<'_>) -> Result<Option<Verified>, Error> {
    let settings = context.settings;
    let lambdas = lambda::discover(&settings.tree, &settings.lambdas);
    if let Err(lambda::Error::None { .. }) = lambdas {
        let entries = manifest::read(settings)?.unwrap_or_default().0;
        let path = settings.manifest.iter().map(|path| seen_from(&settings.project, path));
        let mend = path.map(|path| format!("remove `{}`, and commit that", slashes(&path)));
        let mend = mend.collect::<String>();
        let left = entries.iter().map(|(name, entry)| left_over(name, entry, &mend));
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

/// An entry that a build would remove, if there were a lambda left to build.
fn left_over(name: &str, entry: &Entry, mend: &str) -> Check {
    Check {
        name: name.to_owned(),
        subject: Subject::Manifest,
        status: CheckStatus::Differs,
        expected: None,
        actual: Some(entry.digest.to_base64()),
        address: None,
        message: format!("there is no such lambda, nor any other: {mend}"),
    }
}
