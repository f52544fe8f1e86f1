//! Sources become wheels: folders, archives, repositories, and source distributions of an index.
//!
//! A build runs a package's code and takes long, so its wheel is kept: under the digest of the
//! folder or archive, or the commit of the repository. The wheel is written anew in one form
//! ([`wheel::normalize`]), so that a pure one has the same bytes wherever it was built. A compiled
//! one depends on the machine, and is only made where the config allows it.

mod cache;
mod git;
mod plan;
mod version;

use super::error::{offline, without_wheel};
use super::{Backend, Context, Error, Offline, Request, SourceDistributions, pip};
use crate::address;
use crate::address::redact;
use crate::digest::Sha256Digest;
use crate::event::{Event, Of};
use crate::fs::{self, TemporaryDirectory};
use crate::origin::{File, Origin, Vcs};
use crate::report::code;
use crate::report::{Failure, Place, Stage};
use crate::requirements::{Demand, archive_stem};
use crate::tags;
use crate::wheel::{self, Checked};

pub(crate) use cache::Builds;
use cache::Made;
pub(super) use git::is_commit;
use plan::{Plan, archive_identity, export, fragment};

#[derive(Debug)]
pub(super) struct Built {
    /// The wheel, in a scratch folder of the store.
    pub(super) checked: Checked,
    pub(super) origin: Origin,
    /// The place of the line that names it in the list of requirements.
    pub(super) line: Option<usize>,
    // Dropping it would remove the wheel.
    _folder: TemporaryDirectory,
}

impl Built {
    pub(super) fn project(&self) -> &str {
        &self.checked.name.project
    }

    pub(super) fn address(&self) -> String {
        address::of_file(&self.checked.path)
    }
}

/// Builds what the lines of a request name, as far as they apply to the target.
pub(super) fn build_lines(context: Context<'_>) -> Result<Vec<Built>, Error> {
    let Context { request, .. } = context;
    let mut all = Vec::new();
    for (index, requirement) in request.requirements.requirements.iter().enumerate() {
        let Demand::Source(source) = &requirement.demand else { continue };
        if !request.applies(requirement) {
            continue;
        }
        let what = redact(requirement.without_hashes());
        may_build(request, &what, &requirement.place)?;
        let place = requirement.place.clone();
        let built = match &source.origin {
            Origin::Archive { file: File { path: None, url, .. }, .. } => {
                let line = requirement.hashed(url.as_deref().unwrap_or_default());
                // The project's name is known only once the archive is there, and `--no-binary`
                // needs some name.
                let built = build_download("x", &line, &place, context)?;
                built.ok_or_else(|| without_wheel(&what, Backend::Pip, place))?
            }
            Origin::Vcs(vcs) => {
                let origin = Origin::Vcs(pinned(vcs, &place, context)?);
                build(Plan::new(origin, what, place, context)?, context)?
            }
            origin => {
                let plan = Plan::new(origin.clone(), what, place, context)?;
                let plan = plan.versioned(source.name.as_deref(), context)?;
                build(plan.demand(&requirement.hashes), context)?
            }
        };
        if let Some(asked) = source.name.as_ref().filter(|asked| *asked != built.project()) {
            let project = built.project();
            let message = format!("what is required as `{asked}` is a project named `{project}`");
            return Err(Failure::lambda(code::OTHER_PROJECT, message)
                .place(requirement.place.clone())
                .hint(format!("write `{project}` before the `@`, or nothing"))
                .into());
        }
        all.push(Built { line: Some(index), ..built });
    }
    Ok(all)
}

/// The repository of a line as a lock may have it: at a commit, and without its password.
fn pinned(vcs: &Vcs, place: &Place, context: Context<'_>) -> Result<Vcs, Error> {
    let repository = vcs.url.as_deref().unwrap_or_default();
    let shown = context.heard(&redact(repository));
    let revision = vcs.requested_revision.as_deref();
    let commit = git::commit(repository, revision, &shown, place, context)?;
    let url = Some(context.concealed(&address::plain(repository)));
    Ok(Vcs { url, commit: Some(commit), ..vcs.clone() })
}

/// Builds a source distribution of the index, if there is one; `requirement` is a project with its
/// versions.
pub(super) fn build_from_index(
    project: &str,
    requirement: &str,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let line = context.request.line_of(project);
    let line = line.map_or_else(|| requirement.to_owned(), |line| line.hashed(requirement));
    build_download(project, &line, &context.request.place_of(project), context)
}

/// Builds a project again from its origin; messages call its wheel `wheel`.
pub(super) fn rebuild(
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
        return build(plan.versioned(Some(project), context)?, context);
    }
    // The digest is in the lock, so the wheel may be in the store: then nothing is fetched.
    let (identity, origin) = (archive_identity(origin), origin.clone());
    let plan = Plan { identity, what, place, origin, line: None, version: None };
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

/// Fetches a source distribution and builds it.
fn build_download(
    project: &str,
    line: &str,
    place: &Place,
    context: Context<'_>,
) -> Result<Option<Built>, Error> {
    let what = context.heard(&redact(line.split(" --hash").next().unwrap_or_default()));
    may_build(context.request, &what, place)?;
    if let Some(by) = context.source.offline() {
        return Err(would_be_built(&what, place, by).into());
    }
    let download = pip::download_source(project, line, &what, place, context)?;
    let Some(download) = download else { return Ok(None) };
    let folder = download.folder.path();
    let Some((name, _)) = fs::list(folder)?.into_iter().next() else { return Ok(None) };
    let here = folder.join(&name);
    let bytes = fs::read_stable(&here)?;
    let digest = Sha256Digest::of(&bytes);
    let native = download.native.clone();
    let file = download.file(name, bytes.len() as u64, digest, context);
    let subdirectory = line
        .split_once("#subdirectory=")
        .map(|(_, folder)| folder.split(['&', ' ']).next().unwrap_or_default().to_owned());
    // Where other lines have hashes, pip demands one of every file ("Hash-checking Mode" in its
    // documentation).
    let line = format!(
        "{}{} --hash={digest:?}",
        address::of_file(&here),
        fragment(subdirectory.as_deref())
    );
    // In a lock an `archive` is what somebody asked for by its address, and an `sdist` is that of
    // an index ("archive" and "sdist" in the specification of `pylock.toml`).
    let url = file.url.as_deref();
    let is_asked_for = url.is_some_and(|url| line_with_address(url, context.request).is_some());
    let what = file.name.clone();
    let archive = Origin::Archive { file, subdirectory };
    let identity = archive_identity(&archive);
    let origin = match archive {
        Origin::Archive { file, .. } if !is_asked_for => Origin::Sdist(file),
        asked_for => asked_for,
    };
    let line = Some(line);
    let plan = Plan { identity, what, place: place.clone(), origin, line, version: None };
    match native.filter(|_| context.request.policy != SourceDistributions::Build) {
        // A wheel that was built of it before may be pure all the same.
        Some(sign) => taken(&plan, context)?
            .map_or_else(|| Err(would_compile(&plan, &sign)), |built| Ok(Some(built))),
        None => build(plan, context).map(Some),
    }
}

/// The address of a source distribution as a line has it.
fn line_with_address<'a>(url: &str, request: &'a Request) -> Option<&'a str> {
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

/// A build runs a package's code, and the config may forbid that.
pub(super) fn may_build(request: &Request, what: &str, place: &Place) -> Result<(), Failure> {
    let message = format!("`{what}` would have to be built, and the config forbids that");
    match request.policy {
        SourceDistributions::Refuse => {
            Err(Failure::lambda("source-refused", message).place(place.clone()).hint(
                "require a wheel of it, or allow building with `source-distributions = \"build\"`",
            ))
        }
        SourceDistributions::Pure | SourceDistributions::Build => Ok(()),
    }
}

fn would_be_built(what: &str, place: &Place, by: Offline) -> Failure {
    let message = format!("the store has no wheel of `{what}`, which would have to be built");
    offline(message, by).place(place.clone())
}

/// Builds a wheel, or takes the one that was built from the same source before.
fn build(plan: Plan, context: Context<'_>) -> Result<Built, Error> {
    if let Some(built) = taken(&plan, context)? {
        return Ok(built);
    }
    let Plan { identity, what, place, .. } = &plan;
    if context.request.policy != SourceDistributions::Build
        && let Some(wheel) = cache::refused(identity, context)?
    {
        return Err(compiled(&plan, &wheel));
    }
    if let Some(by) = context.source.offline() {
        return Err(would_be_built(what, place, by).into());
    }
    let folder = context.store.scratch()?;
    let make = || {
        context.reporter.report(&Event::BuildStarted(what));
        let [source, out, normal] = [(); 3].map(|()| context.store.scratch());
        let (source, out, normal) = (source?, out?, normal?);
        let line = match (&plan.origin, &plan.line) {
            (Origin::Directory(directory), _) => {
                export(context, &directory.path, place, source.path())?;
                address::of_file(source.path())
            }
            (_, line) => line.clone().unwrap_or_default(),
        };
        let told = plan.version.as_deref().map(version::variables).unwrap_or_default();
        let made = pip::wheel(&line, what, place, out.path(), &told, context)?;
        Ok(Made { path: wheel::normalize(&made, normal.path())?, _folder: normal })
    };
    let key = format!("{identity} for {}", context.request.target);
    let make = || context.reporter.during(Stage::Build, Of::Same, make);
    let normal = context.builds.once(&key, folder.path(), make)?;
    let checked = wheel::check(&normal)?;
    if let Err(error) = may_compile(&checked, &plan, context.request) {
        cache::refuse(identity, checked.name.as_str(), context)?;
        return Err(error);
    }
    cache::keep(identity, &checked, context)?;
    Ok(Built { checked, origin: plan.origin, line: None, _folder: folder })
}

/// The wheel that was built from the same source before, if there is one.
fn taken(plan: &Plan, context: Context<'_>) -> Result<Option<Built>, Error> {
    may_build(context.request, &plan.what, &plan.place)?;
    let folder = context.store.scratch()?;
    let checked = cache::take(&plan.identity, folder.path(), context)?;
    let Some(checked) = checked else { return Ok(None) };
    may_compile(&checked, plan, context.request)?;
    Ok(Some(Built { checked, origin: plan.origin.clone(), line: None, _folder: folder }))
}

/// Refuses a compiled wheel where the config does not allow it: it depends on the machine, on its
/// compiler, its libraries and its Python. Measured: two builds of `crcmod` on one machine differ,
/// since the random build folder is in the DWARF of its library.
fn may_compile(checked: &Checked, plan: &Plan, request: &Request) -> Result<(), Error> {
    let (wheel, what) = (&checked.name, &plan.what);
    if tags::is_pure(wheel) {
        return Ok(());
    }
    if request.policy != SourceDistributions::Build {
        return Err(compiled(plan, wheel.as_str()));
    }
    if tags::rank(wheel, request.target).is_some() {
        return Ok(());
    }
    let message = format!("`{what}` was compiled for this machine, and not for {}", request.target);
    let failure = Failure::lambda("source-compiled", message)
        .cause(format!("the build gave `{wheel}`"))
        .place(plan.place.clone());
    Err(failure.hint("build where Python and processor are those of the target").into())
}

const COMPILE: &str = "require a version that has a wheel for the target, or allow compiling with \
     `source-distributions = \"build\"` on a machine like Lambda's";

/// The error of a build that gave a compiled wheel, where that is not allowed.
fn compiled(plan: &Plan, wheel: &str) -> Error {
    let what = &plan.what;
    let message = format!("`{what}` is compiled, so its result is only the same on one machine");
    let failure = Failure::lambda("source-compiled", message)
        .cause(format!("the build gave `{wheel}`"))
        .place(plan.place.clone())
        .hint(COMPILE);
    let reason = format!("building `{what}` compiles `{wheel}`, the same on one machine only");
    Error::Build { failure, reason: vec![reason], has_failed: false }
}

/// The error of a source that looks as if its build compiled something: it is not built to find out.
fn would_compile(plan: &Plan, sign: &str) -> Error {
    let what = &plan.what;
    let message =
        format!("`{what}` has native code, so what is built of it is only the same on one machine");
    let failure = Failure::lambda("source-compiled", message)
        .cause(sign)
        .place(plan.place.clone())
        .hint(COMPILE);
    let reason = format!("`{what}` has native code, which is not compiled by default: {sign}");
    Error::Build { failure, reason: vec![reason], has_failed: false }
}
