//! Sources become wheels: folders, archives, repositories, and source distributions of an index.
//!
//! A build runs a package's code, so what comes of it is kept: under the digest of the folder or
//! archive, or the commit of the repository. The wheel is written anew in one form
//! ([`wheel::normalize`]), so that a pure one has the same bytes wherever it was built. One that
//! is compiled is a matter of the machine, and only made where the config allows it.

mod again;
mod export;
mod git;
mod kept;
mod once;
mod plan;

use camino::Utf8Path;

use super::{Backend, Context, Error, Origin, Request, Source, SourceDistributions};
use crate::address;
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::process::redact;
use crate::report::Place;
use crate::requirements::{Demand, Location, Requirement};
use crate::tags;
use crate::wheel::{self, Checked};

pub(super) use again::{has_line, line_with_address, rebuild};
pub(super) use git::is_commit;
pub(super) use once::Builds;
use once::Made;
use plan::{Plan, archive, directory, fragment, repository_at};

/// A wheel that was built.
#[derive(Debug)]
pub(crate) struct Built {
    /// The wheel, in a scratch folder of the store.
    pub(super) checked: Checked,
    /// What it was built from.
    pub(super) origin: Origin,
    /// The place of the line that names it in the list of requirements.
    pub(super) line: Option<usize>,
    /// Keeps the folder.
    _folder: TemporaryDirectory,
}

impl Built {
    /// The project's name, normalised.
    pub(super) fn project(&self) -> &str {
        &self.checked.name.project
    }

    /// The wheel's address for pip.
    pub(super) fn address(&self) -> String {
        address::of_file(&self.checked.path)
    }
}

/// Builds what the lines of a request name, as far as they apply to the target.
///
/// # Errors
///
/// A build that fails or is refused; see [`Error`].
pub(super) fn build_lines(request: Request<'_>, context: Context<'_>) -> Result<Vec<Built>, Error> {
    let mut all = Vec::new();
    for (index, requirement) in request.requirements.requirements.iter().enumerate() {
        let Demand::Source(source) = &requirement.demand else { continue };
        if !request.applies(requirement) {
            continue;
        }
        let what = redact(requirement.text.split(" --hash").next().unwrap_or_default());
        may_build(request, &what, &requirement.place)?;
        let place = requirement.place.clone();
        let built = match &source.location {
            Location::Directory { path, digest } => {
                build(directory(path, *digest, what, place, context), request, context)?
            }
            Location::Archive { path, digest } => {
                let mut plan = archive(path, *digest, None, what, place, context)?;
                plan.demand(&requirement.hashes);
                build(plan, request, context)?
            }
            Location::Address { address } => {
                let hashes = requirement.hashes.iter().map(|hash| format!(" {hash}"));
                let line = address.clone() + &hashes.collect::<String>();
                let built = build_download("x", &line, &place, request, context)?;
                let by = Backend::Pip;
                let none = || Error::NoWheel { project: what, by, place };
                built.ok_or_else(none)?
            }
            Location::Git { repository, revision, subdirectory } => {
                let environment = context.pip.environment();
                let shown = request.concealed(&redact(repository), context);
                let revision_or_head = revision.as_deref();
                let commit =
                    git::commit(repository, revision_or_head, &shown, &place, environment)?;
                let origin = Origin::Git {
                    repository: request.concealed(&address::plain(repository), context),
                    revision: revision.clone(),
                    commit,
                    subdirectory: subdirectory.clone(),
                };
                build(repository_at(repository, origin, what, place), request, context)?
            }
        };
        if let Some(asked) = source.name.as_ref().filter(|asked| *asked != built.project()) {
            let (asked, project) = (asked.clone(), built.project().to_owned());
            let place = requirement.place.clone();
            return Err(Error::OtherProject { asked, project, place });
        }
        all.push(Built { line: Some(index), ..built });
    }
    Ok(all)
}

/// Builds a source distribution of the index: `requirement` is a project with its versions.
/// Returns nothing where there is none.
///
/// # Errors
///
/// Those of pip and of the build.
pub(super) fn build_from_index(
    project: &str,
    requirement: &str,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let is_it = |line: &&Requirement| line.demand.project().as_deref() == Some(project);
    let line = request.requirements.requirements.iter().find(is_it);
    let hashes = line.iter().flat_map(|line| &line.hashes).map(|hash| format!(" {hash}"));
    let asked = format!("{requirement}{}", hashes.collect::<String>());
    let file = Place { path: request.requirements.path.to_string(), line: None };
    let place = line.map_or(file, |line| line.place.clone());
    build_download(project, &asked, &place, request, context)
}

/// Fetches a source distribution and builds it.
fn build_download(
    project: &str,
    line: &str,
    place: &Place,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let what = redact(line.split(" --hash").next().unwrap_or_default());
    let what = request.requirements.conceal(&what, context.pip.environment());
    may_build(request, &what, place)?;
    if context.source == Source::StoreOnly {
        return Err(Error::OfflineSource { what, place: place.clone() });
    }
    let download = context.pip.download_source(request, project, line, place, context)?;
    let Some(download) = download else { return Ok(None) };
    let folder = download.folder.path();
    let Some((file_name, _)) = fs::list(folder)?.into_iter().next() else { return Ok(None) };
    let path = folder.join(&file_name);
    let bytes = fs::read(&path)?.unwrap_or_default();
    let digest = Sha256Digest::of(&bytes);
    let url = download.urls.get(&file_name);
    // One of a folder on this machine; a lock has no addresses of such.
    let own = url.and_then(|url| address::local_path(url));
    let own = own.map(|path| context.tree.relative(Utf8Path::new(&path)));
    let url = url.filter(|_| own.is_none()).and_then(|url| request.shown_url(url, context));
    let subdirectory = line
        .split_once("#subdirectory=")
        .map(|(_, folder)| folder.split(['&', ' ']).next().unwrap_or_default().to_owned());
    let fragment = fragment(subdirectory.as_deref());
    let size = bytes.len() as u64;
    let plan = Plan {
        identity: format!("archive {digest:?}{fragment}"),
        what: file_name.clone(),
        place: place.clone(),
        origin: Origin::Archive { file_name, path: own, url, subdirectory, digest, size },
        line: Box::new(move |_| {
            // Where other lines have hashes, pip wants one of every file.
            let hash = format!(" --hash={digest:?}");
            Ok(address::of_file(&path) + &fragment + &hash)
        }),
    };
    build(plan, request, context).map(Some)
}

/// A build runs a package's code, and the config may forbid that.
fn may_build(request: Request<'_>, what: &str, place: &Place) -> Result<(), Error> {
    match request.policy {
        SourceDistributions::Refuse => {
            Err(Error::SourceRefused { what: what.to_owned(), place: place.clone() })
        }
        SourceDistributions::Pure | SourceDistributions::Build => Ok(()),
    }
}

/// The same of a project that a lock has as a source, whatever the store has of it.
pub(super) fn may_be_built(project: &str, request: Request<'_>) -> Result<(), Error> {
    let place = Place { path: request.requirements.path.to_string(), line: None };
    may_build(request, project, &place)
}

/// Builds what is planned, or takes what came of it before.
fn build(plan: Plan<'_>, request: Request<'_>, context: Context<'_>) -> Result<Built, Error> {
    let Plan { identity, what, place, origin, line } = plan;
    may_build(request, &what, &place)?;
    let folder = context.store.scratch()?;
    if let Some(checked) = kept::take(&identity, request, folder.path(), context)? {
        may_compile(&checked, request, &what, &place)?;
        return Ok(Built { checked, origin, line: None, _folder: folder });
    }
    if context.source == Source::StoreOnly {
        return Err(Error::OfflineSource { what, place });
    }
    let make = || {
        context.reporter.report(&Event::BuildStarted { what: &what });
        let [source, out, normal] = [(); 3].map(|()| context.store.scratch());
        let (source, out, normal) = (source?, out?, normal?);
        let line = line(source.path())?;
        let made =
            context.pip.wheel(request, &line, &what, &place, out.path(), context.reporter)?;
        Ok(Made { path: wheel::normalize(&made, normal.path())?, _folder: normal })
    };
    let key = format!("{identity} for {}", request.target);
    let normal = context.pip.builds().once(&key, folder.path(), make)?;
    let checked = wheel::check(&normal)?;
    may_compile(&checked, request, &what, &place)?;
    kept::keep(&identity, request, &checked, context)?;
    Ok(Built { checked, origin, line: None, _folder: folder })
}

/// The wheel that came of a source distribution before, by the digest of that.
fn kept_archive(
    origin: &Origin,
    digest: Sha256Digest,
    subdirectory: Option<&str>,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let identity = format!("archive {digest:?}{}", fragment(subdirectory));
    let folder = context.store.scratch()?;
    let place = Place { path: request.requirements.path.to_string(), line: None };
    let Some(checked) = kept::take(&identity, request, folder.path(), context)? else {
        return Ok(None);
    };
    let what = checked.name.project.clone();
    may_build(request, &what, &place)?;
    may_compile(&checked, request, &what, &place)?;
    Ok(Some(Built { checked, origin: origin.clone(), line: None, _folder: folder }))
}

/// A compiled wheel is a matter of the machine: of its compiler, its libraries, and its Python.
fn may_compile(
    checked: &Checked,
    request: Request<'_>,
    what: &str,
    place: &Place,
) -> Result<(), Error> {
    let (wheel, what, place) = (checked.name.to_string(), what.to_owned(), place.clone());
    if tags::is_pure(&checked.name) {
        return Ok(());
    }
    if request.policy != SourceDistributions::Build {
        return Err(Error::Compiled { what, wheel, place });
    }
    match tags::rank(&checked.name, request.target) {
        Some(_) => Ok(()),
        None => {
            let target = request.target.to_string();
            Err(Error::CompiledForOther { what, wheel, target, place })
        }
    }
}
