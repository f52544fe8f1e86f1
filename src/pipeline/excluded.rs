//! Requirements that are not packaged, because the config names them: Lambda has them, or nobody needs
//! them there.

use crate::python;
use crate::requirements::ProjectGlob;

/// The first of these globs that names a project, as it is written.
pub(super) fn rule_of<'g>(excluded: &'g [ProjectGlob], project: &str) -> Option<&'g str> {
    excluded.iter().find(|glob| names(glob, project)).map(ProjectGlob::text)
}

/// Whether a glob, or the set for which it stands, has a project.
pub(super) fn names(glob: &ProjectGlob, project: &str) -> bool {
    if glob.is_runtime() { python::is_of_sdk(project) } else { glob.is_match(project) }
}
