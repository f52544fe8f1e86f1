//! Answers from the store, or from the resolver into the store.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::building::{self, Built};
use super::{
    Backend, Context, Download, Error, Lock, LockedWheel, Origin, Request, Resolver, Source,
    SourceDistributions, Wanted, configuration, record,
};
use crate::address;
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::fs;
use crate::requirements::{Demand, Location, parse_named};
use crate::store::Shelf;
use crate::wheel::{self, Checked};

/// How many projects of one request are built before it is given up.
const MOST_BUILDS: usize = 64;

/// Answers a request, from the store if it knows the key. With pins (`name==version`) it is asked
/// anew, and the answer is not kept: it is one for a lock.
///
/// # Errors
///
/// Those of the resolver, of builds and of the wheel's check; a requirement that gave no wheel; a
/// resolver that would be needed but must not be asked.
pub(crate) fn resolve(
    request: Request<'_>,
    key: Sha256Digest,
    source: Source,
    pins: &[String],
    context: Context<'_>,
) -> Result<Lock, Error> {
    let name = request.requirements.path.as_str();
    if source != Source::Resolver
        && let Some((bytes, since)) = context.store.record(Shelf::Resolutions, key)?
        && let Some(lock) = record::from_bytes(&bytes)
    {
        let lock = relocated(lock, request);
        context.reporter.report(&Event::ResolutionServed { requirements: name, since });
        return Ok(lock);
    }
    if source == Source::StoreOnly {
        return Err(Error::Offline { requirements: name.to_owned() });
    }
    let target = request.target.to_string();
    context.reporter.report(&Event::ResolveStarted { requirements: name, target: &target });
    let asked = ask(request, pins, context);
    context.reporter.report(&Event::ResolverEnded { requirements: name });
    let (download, built) = asked?;
    let lock = Lock::new(locked(request, &download, &built, context)?);
    every_requirement_gave_a_wheel(&request, &lock, &built)?;
    if pins.is_empty() {
        let is_hashed = request.requirements.is_hashed();
        let read = if is_hashed { &[][..] } else { &download.configuration };
        let fingerprint = configuration::fingerprint(read);
        let record = record::to_bytes(&lock, fingerprint);
        context.store.write_record(Shelf::Resolutions, key, &record)?;
    }
    download.folder.remove()?;
    let wheels = lock.wheels.len();
    context.reporter.report(&Event::ResolveFinished { requirements: name, wheels });
    Ok(lock)
}

/// Has the resolver work, and builds what it finds no wheel of, until it has all.
fn ask(
    request: Request<'_>,
    pins: &[String],
    context: Context<'_>,
) -> Result<(Download, Vec<Built>), Error> {
    let Context { pip, store, reporter, .. } = context;
    let resolver: &dyn Resolver = match request.backend {
        Backend::Pip => pip,
        Backend::Uv => context.uv,
    };
    let mut built = building::build_lines(request, context)?;
    loop {
        let wanted = Wanted::All(pins);
        let download = resolver.download(request, wanted, &built, store, reporter);
        let next = match &download {
            Err(Error::NoFit { requirement, .. }) => {
                without_wheel(requirement, request).map(|project| (project, requirement.clone()))
            }
            Err(Error::Conflict { causes, .. }) => constrained(causes, request),
            Err(_) => None,
            Ok(download) => wheel_to_be_built(request, download, &built)?,
        };
        let is_new = |project: &str| built.iter().all(|built| built.project() != project);
        let Some((project, requirement)) = next.filter(|(project, _)| is_new(project)) else {
            return download.map(|download| (download, built));
        };
        if built.len() == MOST_BUILDS {
            return download.map(|download| (download, built));
        }
        let wheel = building::build_from_index(&project, &requirement, request, context);
        match (wheel, download) {
            (Ok(Some(wheel)), _) => built.push(wheel),
            // A wheel came, and a line says that it must be built.
            (Ok(None), Ok(_)) => return Err(no_source(&project, &requirement, request)),
            (Ok(None), Err(error)) => return Err(error),
            // The user required a wheel, and hears of the build as the reason.
            (
                Err(error @ (Error::Build { .. } | Error::Compiled { .. })),
                Err(Error::NoFit { requirement, target, place, policy, .. }),
            ) => {
                let causes = error.of_build();
                return Err(Error::NoFit { requirement, target, causes, place, policy });
            }
            (Err(error), _) => return Err(error),
        }
    }
}

/// Why a project that must be built is not.
fn no_source(project: &str, requirement: &str, request: Request<'_>) -> Error {
    let lines = request.requirements.requirements.iter();
    let mut own = lines.filter(|line| line.demand.project().as_deref() == Some(project));
    Error::NoSource { what: requirement.to_owned(), place: own.next().map(|it| it.place.clone()) }
}

/// The project of a requirement without a wheel, if it may be built.
fn without_wheel(requirement: &str, request: Request<'_>) -> Option<String> {
    let project = parse_named(requirement).ok()?.name.to_string();
    let may = request.policy != SourceDistributions::Refuse
        && !request.requirements.only_binary.has(&project);
    may.then_some(project)
}

/// The project of a contradiction with a constraint, with all that is asked of it: where no
/// version has a wheel, pip tells of the constraint and not of that.
fn constrained(causes: &[String], request: Request<'_>) -> Option<(String, String)> {
    let words = ["(constraint) ", "The user requested ", " depends on "];
    let named = |cause: &String| {
        let word = words.into_iter().find(|word| cause.contains(word))?;
        let (_, requirement) = cause.split_once(word)?;
        Some((word == words[0], parse_named(requirement).ok()?))
    };
    let all: Vec<_> = causes.iter().filter_map(named).collect();
    let (_, limited) = all.iter().find(|(is_constraint, _)| *is_constraint)?;
    let project = without_wheel(limited.name.as_ref(), request)?;
    let of_it = all.iter().filter(|(_, named)| named.name == limited.name);
    let versions = of_it.filter_map(|(_, named)| match &named.version_or_url {
        Some(pep508_rs::VersionOrUrl::VersionSpecifier(versions)) => Some(versions.to_string()),
        Some(pep508_rs::VersionOrUrl::Url(_)) | None => None,
    });
    let requirement = format!("{project}{}", versions.collect::<Vec<_>>().join(","));
    Some((project, requirement))
}

/// A project that came as a wheel and, by `--no-binary`, must be built; with its version.
fn wheel_to_be_built(
    request: Request<'_>,
    download: &Download,
    built: &[Built],
) -> Result<Option<(String, String)>, Error> {
    for (file_name, _) in fs::list(download.folder.path())? {
        let name = wheel::WheelName::new(&file_name)?;
        let is_built = built.iter().any(|built| built.project() == name.project);
        // As with pip: a wheel that a line names by its place is what the line wants.
        let mut lines = request.requirements.requirements.iter().map(|line| &line.demand);
        let is_direct =
            lines.any(|it| it.is_direct() && it.project().as_ref() == Some(&name.project));
        if !is_built && !is_direct && request.requirements.no_binary.has(&name.project) {
            let requirement = format!("{}=={}", name.project, name.version);
            return Ok(Some((name.project, requirement)));
        }
    }
    Ok(None)
}

/// Takes in what was fetched, and tells where each wheel can be had again.
fn locked(
    request: Request<'_>,
    download: &Download,
    built: &[Built],
    context: Context<'_>,
) -> Result<Vec<LockedWheel>, Error> {
    let origin = |checked: &Checked| {
        let name = checked.name.as_str();
        let is_it = |built: &&Built| built.checked.digest == checked.digest;
        if let Some(built) = built.iter().find(is_it) {
            return built.origin.clone();
        }
        if let Some(path) = own_file(request, &checked.name) {
            return Origin::File { path };
        }
        let url = download.urls.get(name);
        if let Some(path) = url.and_then(|url| address::local_path(url)) {
            return Origin::File { path: context.tree.relative(Utf8Path::new(&path)) };
        }
        Origin::Remote { url: url.and_then(|url| request.shown_url(url, context)) }
    };
    let taken = take_in(download, context)?;
    for checked in &taken {
        is_demanded(request, checked, built)?;
    }
    Ok(taken
        .into_iter()
        .map(|checked| LockedWheel {
            origin: origin(&checked),
            name: checked.name,
            version: checked.facts.metadata.version,
            digest: checked.digest,
            size: Some(checked.size),
        })
        .collect())
}

/// Compares a wheel with the hashes of its line, whoever has fetched it: not every resolver does.
/// Those of a source were compared when it was built.
fn is_demanded(request: Request<'_>, checked: &Checked, built: &[Built]) -> Result<(), Error> {
    let project = &checked.name.project;
    let is_built = built.iter().any(|built| built.checked.digest == checked.digest);
    let lines = request.requirements.requirements.iter().filter(|line| request.applies(line));
    let mut lines = lines.filter(|line| line.demand.project().as_ref() == Some(project));
    let own = format!("--hash=sha256:{}", checked.digest.to_hex());
    let is_other = |hashes: &[String]| {
        let mut sha256 = hashes.iter().filter(|hash| hash.starts_with("--hash=sha256:")).peekable();
        sha256.peek().is_some() && sha256.all(|hash| !hash.eq_ignore_ascii_case(&own))
    };
    match lines.find(|line| !is_built && is_other(&line.hashes)) {
        None => Ok(()),
        Some(line) => Err(Error::Hashes {
            causes: vec![format!("`{}` has {:?}", checked.name, checked.digest)],
            place: line.place.clone(),
        }),
    }
}

/// The path of a wheel that a line names by its path, if that line applies.
fn own_file(request: Request<'_>, name: &wheel::WheelName) -> Option<Utf8PathBuf> {
    let lines = request.requirements.requirements.iter().filter(|line| request.applies(line));
    let is_it = |path: &&Utf8PathBuf| path.file_name() == Some(name.as_str());
    lines.filter_map(|line| line.path.as_ref()).find(is_it).cloned()
}

/// An answer may be that of another project with the same lines and the same files elsewhere:
/// where such a file or folder is, is told by the lines at hand.
pub(crate) fn relocated(mut lock: Lock, request: Request<'_>) -> Lock {
    let locations = || {
        request.requirements.requirements.iter().filter_map(|line| match &line.demand {
            Demand::Source(source) => Some(&source.location),
            Demand::Named(_) | Demand::Wheel(_) => None,
        })
    };
    for wheel in &mut lock.wheels {
        match &mut wheel.origin {
            Origin::Remote { .. } | Origin::Git { .. } => {}
            Origin::File { path } => {
                if let Some(own) = own_file(request, &wheel.name) {
                    *path = own;
                }
            }
            Origin::Directory { path, digest } => {
                let same = locations().find_map(|location| match location {
                    Location::Directory { path, digest: own } if own == digest => Some(path),
                    _ => None,
                });
                if let Some(same) = same {
                    path.clone_from(same);
                }
            }
            Origin::Archive { path, digest, .. } => {
                let same = locations().find_map(|location| match location {
                    Location::Archive { path, digest: own } if own == digest => Some(path),
                    _ => None,
                });
                if let Some(same) = same {
                    *path = Some(same.clone());
                }
            }
        }
    }
    lock
}

/// Checks what was fetched, and moves it into the store.
pub(super) fn take_in(download: &Download, context: Context<'_>) -> Result<Vec<Checked>, Error> {
    let folder = download.folder.path();
    let paths: Vec<Utf8PathBuf> =
        fs::list(folder)?.into_iter().map(|(name, _)| folder.join(name)).collect();
    // Of several faults the first by name is told, whichever thread is faster.
    let checked: Vec<_> = paths.par_iter().map(|path| wheel::check(path)).collect();
    let checked: Vec<Checked> = checked.into_iter().collect::<Result<_, _>>()?;
    for checked in &checked {
        store_one(checked, context)?;
    }
    Ok(checked)
}

/// Moves a checked wheel into the store, with what was learnt of it.
pub(super) fn store_one(checked: &Checked, context: Context<'_>) -> Result<(), Error> {
    wheel::keep(context.store, checked.digest, &checked.facts)?;
    Ok(context.store.insert(&checked.path, checked.digest)?)
}

/// A requirement that ends with no wheel would be a smaller package, silently.
fn every_requirement_gave_a_wheel(
    request: &Request<'_>,
    lock: &Lock,
    built: &[Built],
) -> Result<(), Error> {
    let projects: BTreeSet<&str> =
        lock.wheels.iter().map(|wheel| wheel.name.project.as_str()).collect();
    for (index, requirement) in request.requirements.requirements.iter().enumerate() {
        let of_line = built.iter().find(|built| built.line == Some(index));
        let project = of_line
            .map(|built| built.project().to_owned())
            .or_else(|| requirement.demand.project())
            .unwrap_or_else(|| requirement.text.clone());
        if request.applies(requirement) && !projects.contains(project.as_str()) {
            let place = requirement.place.clone();
            return Err(Error::NoWheel { project, by: request.backend, place });
        }
    }
    Ok(())
}
