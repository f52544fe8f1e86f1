//! A file of Terraform's that can't be read, where something hangs on it.

use super::Disk;
use super::functions::is_of_terraform;
use super::subject::{Packaged, Packages};
use crate::report::{Failure, FailureKind};

/// The failure of the first lambda of which a file that can't be read might say something that is
/// checked, or that its package hangs on.
pub(super) fn failure(packages: &Packages, disk: Disk) -> Option<Failure> {
    let (warning, place) = packages.untold.broken()?;
    let packaged = packages.packages.iter().find(|packaged| hangs_on_it(packaged, disk))?;
    let name = &packaged.known.name;
    let file = &place.path;
    Some(Failure {
        name: Some(name.clone()),
        code: warning.code,
        message: format!("what Terraform says of `{name}` can't be told"),
        causes: vec![warning.message.clone()],
        hint: Some(format!(
            "mend `{file}`, or set `python`, `architecture` and `handler` in `[lambda.{name}]`"
        )),
        place: Some(place.clone()),
        kind: FailureKind::Input,
    })
}

fn hangs_on_it(packaged: &Packaged, disk: Disk) -> bool {
    let known = &packaged.known;
    let has_handler = known.handler.as_ref().is_some_and(|said| !is_of_terraform(said));
    let is_unknown = known.hint.functions.is_empty() || !known.hint.untold.is_empty();
    packaged.is_target_open || disk == Disk::ManifestAndZips && is_unknown && !has_handler
}
