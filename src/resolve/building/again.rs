//! Builds again what a lock has as built.

use camino::Utf8Path;

use super::plan::{archive, directory, repository_at};
use super::{Built, build, build_download, kept_archive};
use crate::address;
use crate::report::Place;
use crate::requirements::{Demand, Location, archive_stem, project_digest};
use crate::resolve::{Context, Error, Origin, Request};

/// Builds again what a lock has as built; nothing if the origin is none of a build.
///
/// # Errors
///
/// Those of a build; what was built is not there any more.
pub(in crate::resolve) fn rebuild(
    origin: &Origin,
    project: &str,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let place = Place { path: request.requirements.path.to_string(), line: None };
    let what = project.to_owned();
    match origin {
        Origin::Remote { .. } | Origin::File { .. } => Ok(None),
        Origin::Directory { path, .. } => {
            let digest = project_digest(context.tree, path, &place)?;
            let what = format!("./{path}");
            build(directory(path, digest, what, place, context), request, context).map(Some)
        }
        Origin::Git { repository, commit, .. } => {
            let address = with_user(repository, request, context);
            let what = format!("git+{repository}@{commit}");
            build(repository_at(&address, origin.clone(), what, place), request, context).map(Some)
        }
        Origin::Archive { path: Some(path), digest, subdirectory, .. }
            if context.tree.kind(path)?.is_some() =>
        {
            let plan = archive(path, *digest, subdirectory.clone(), what, place, context)?;
            build(plan, request, context).map(Some)
        }
        Origin::Archive { file_name, url, digest, subdirectory, .. } => {
            // Its digest is known, so what came of it may be at hand without fetching it.
            if let Some(built) =
                kept_archive(origin, *digest, subdirectory.as_deref(), request, context)?
            {
                return Ok(Some(built));
            }
            let pinned = format!("{project}=={}", version_of(file_name));
            let address = url.as_deref().and_then(|url| line_with_address(url, request));
            let line = format!("{} --hash={digest:?}", address.unwrap_or(&pinned));
            build_download(project, &line, &place, request, context)
        }
    }
}

/// The address of a repository as a line has it: with its user and password.
fn with_user(repository: &str, request: Request<'_>, context: Context<'_>) -> String {
    let addresses = request.requirements.requirements.iter().filter_map(|it| match &it.demand {
        Demand::Source(source) => match &source.location {
            Location::Git { repository, .. } => Some(repository),
            Location::Directory { .. } | Location::Archive { .. } | Location::Address { .. } => {
                None
            }
        },
        Demand::Named(_) | Demand::Wheel(_) => None,
    });
    let is_it = |known: &&String| request.concealed(&address::plain(known), context) == repository;
    addresses.into_iter().find(is_it).cloned().unwrap_or_else(|| repository.to_owned())
}

/// The address of a source distribution as a line has it.
pub(in crate::resolve) fn line_with_address<'a>(
    url: &str,
    request: Request<'a>,
) -> Option<&'a str> {
    request.requirements.requirements.iter().find_map(|it| match &it.demand {
        Demand::Source(source) => match &source.location {
            Location::Address { address } if address::plain(address) == url => {
                Some(address.as_str())
            }
            Location::Address { .. }
            | Location::Directory { .. }
            | Location::Archive { .. }
            | Location::Git { .. } => None,
        },
        Demand::Named(_) | Demand::Wheel(_) => None,
    })
}

/// Whether a line asks for an archive by its path.
pub(in crate::resolve) fn has_line(own: Option<&Utf8Path>, request: Request<'_>) -> bool {
    request.requirements.requirements.iter().any(|it| match &it.demand {
        Demand::Source(source) => {
            matches!(&source.location, Location::Archive { path, .. } if Some(path.as_path()) == own)
        }
        Demand::Named(_) | Demand::Wheel(_) => false,
    })
}

/// The version in the name of a source distribution: `name-1.0.tar.gz`.
fn version_of(file_name: &str) -> &str {
    archive_stem(file_name)
        .unwrap_or(file_name)
        .rsplit_once('-')
        .map_or(file_name, |(_, version)| version)
}
