//! Builds again what a lock has as built.

use super::plan::{Plan, archive_identity};
use super::{Built, build, build_download, taken};
use crate::address;
use crate::origin::{File, Origin};
use crate::report::Failure;
use crate::requirements::archive_stem;
use crate::resolve::{Context, Error, Request};

/// Builds a project again from its origin; messages call its wheel `wheel`.
pub(in crate::resolve) fn rebuild(
    origin: &Origin,
    project: &str,
    wheel: &str,
    context: Context<'_>,
) -> Result<Built, Error> {
    let place = context.request.place();
    let what = match origin {
        Origin::Directory(directory) => format!("./{}", directory.path),
        Origin::Vcs(vcs) => {
            let repository = origin.repository().unwrap_or_default();
            format!("git+{repository}@{}", vcs.commit.as_deref().unwrap_or_default())
        }
        Origin::Wheel(_) | Origin::Sdist(_) | Origin::Archive { .. } => project.to_owned(),
    };
    let is_there = match origin.file() {
        Some(File { path: Some(path), .. }) => context.tree.kind(path)?.is_some(),
        Some(_) => false,
        None => true,
    };
    if is_there {
        let plan = Plan::new(origin.clone(), what, place, context)?;
        return build(plan, context);
    }
    // Its digest is known, so what came of it may be at hand without fetching it.
    let (identity, origin) = (archive_identity(origin), origin.clone());
    let plan = Plan { identity, what, place, origin, line: None };
    if let Some(built) = taken(&plan, context)? {
        return Ok(built);
    }
    let file = plan.origin.file().expect("all others are there");
    let pinned = format!("{project}=={}", version_of(&file.name));
    let address = file.url.as_deref().and_then(|url| line_with_address(url, context.request));
    let digest = file.digest.expect("a lock has it");
    let line = format!("{} --hash={digest:?}", address.unwrap_or(&pinned));
    build_download(project, &line, &plan.place, context)?.ok_or_else(|| {
        let message = format!("`{wheel}` can't be had again: what it was built from is not there");
        Failure::lambda("source-gone", message)
            .hint("lock it anew with `cargo dofs-package lock`")
            .into()
    })
}

/// The address of a source distribution as a line has it.
pub(super) fn line_with_address<'a>(url: &str, request: &'a Request) -> Option<&'a str> {
    let mut addresses = request.origins().filter_map(|own| own.file()?.url.as_deref());
    addresses.find(|address| address::plain(address) == url)
}

/// The version in the name of a source distribution: `name-1.0.tar.gz`.
fn version_of(file_name: &str) -> &str {
    archive_stem(file_name)
        .unwrap_or(file_name)
        .rsplit_once('-')
        .map_or(file_name, |(_, version)| version)
}
