//! Files that look like requirements and are not read, which is said: the package lacks them.

use super::{Locking, Pipeline};
use crate::lambda::Lambda;
use crate::report::{Failure, Warning};
use crate::requirements::{self, NearMiss};
use crate::source::SourceTree;
use crate::words;

/// The code of requirements that are not read.
pub(super) const UNREAD: &str = "requirements-unread";

/// Warns of files that look like the requirements of a lambda that has none.
///
/// # Errors
///
/// A fresh lock is demanded: nobody has locked what such a file asks for.
pub(super) fn warning(
    pipeline: &Pipeline<'_>,
    lambda: &Lambda,
    sources: &SourceTree,
) -> Result<Option<Warning>, Failure> {
    let kept = sources.files.iter().map(|file| file.path.as_str());
    let paths: Vec<&str> = kept.chain(sources.left_out.iter().map(|it| &*it.path)).collect();
    let found = requirements::near_misses(pipeline.tree, &lambda.directory, &paths)?;
    let [NearMiss { path, imported }, others @ ..] = &found[..] else { return Ok(None) };
    let message = match imported {
        Some((project, place)) => {
            format!("`{path}` has `{project}`, which {place} imports, and it is not packaged")
        }
        None => {
            let more = words::and_more(others.len());
            let (verb, is, what) = match others {
                [] => ("looks", "is", "it asks for"),
                [..] => ("look", "are", "they ask for"),
            };
            format!(
                "`{path}`{more} {verb} like requirements and {is} not read: nothing that {what} is packaged"
            )
        }
    };
    let hint = format!(
        "set `requirements = \"{path}\"` in `[lambda.{}]` of the config, or an empty text where none \
         are wanted",
        lambda.name
    );
    if pipeline.resolving.locking == Locking::Required {
        return Err(Failure::network(UNREAD, message).at(path, None).hint(hint));
    }
    Ok(Some(Warning::new(UNREAD, message).at(path, None).hint(hint)))
}
