//! Answers from the store, or from the resolver into the store.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use rayon::prelude::*;

use super::{
    Context, Download, Error, Lock, LockedWheel, Request, Source, Wanted, configuration, record,
    tags,
};
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::fs;
use crate::requirements::Demand;
use crate::wheel::{self, Checked};

/// Answers a request, from the store if it knows the key.
///
/// # Errors
///
/// Those of the resolver and of the wheel's check; a requirement that gave no wheel; a resolver
/// that would be needed but must not be asked.
pub(crate) fn resolve(
    request: Request<'_>,
    key: Sha256Digest,
    source: Source,
    context: Context<'_>,
) -> Result<Lock, Error> {
    let name = request.requirements.path.as_str();
    if source != Source::Resolver
        && let Some((bytes, since)) = context.store.record(key)?
        && let Some(lock) = record::from_bytes(&bytes)
    {
        context.reporter.report(&Event::ResolutionServed { requirements: name, since });
        return Ok(lock);
    }
    if source == Source::StoreOnly {
        return Err(Error::Offline { requirements: name.to_owned() });
    }
    let target = request.target.to_string();
    context.reporter.report(&Event::ResolveStarted { requirements: name, target: &target });
    let download = ask(request, Wanted::All, context)?;
    let lock = Lock::new(take_in(&download, context)?);
    every_requirement_gave_a_wheel(&request, &lock)?;
    let fingerprint = configuration::fingerprint(&download.configuration);
    context.store.write_record(key, &record::to_bytes(&lock, fingerprint))?;
    download.folder.remove()?;
    let wheels = lock.wheels.len();
    context.reporter.report(&Event::ResolveFinished { requirements: name, wheels });
    Ok(lock)
}

/// Fetches wheels of an earlier answer that the store has lost.
///
/// # Errors
///
/// Those of the resolver and of the check; a wheel that is not the one of the answer.
pub(crate) fn fetch(
    request: Request<'_>,
    lost: &[&LockedWheel],
    source: Source,
    context: Context<'_>,
) -> Result<(), Error> {
    if source == Source::StoreOnly {
        let wheel = lost.first().map(|wheel| wheel.name.to_string()).unwrap_or_default();
        return Err(Error::OfflineWheel { wheel });
    }
    let download = ask(request, Wanted::These(lost), context)?;
    let found = take_in(&download, context)?;
    for wheel in lost {
        if !found.iter().any(|found| found.digest == wheel.digest) {
            return Err(Error::OtherWheel { wheel: wheel.name.to_string() });
        }
    }
    download.folder.remove()?;
    context.reporter.report(&Event::WheelsFetched { wheels: lost.len() });
    Ok(())
}

/// Has the resolver work.
fn ask(request: Request<'_>, wanted: Wanted<'_>, context: Context<'_>) -> Result<Download, Error> {
    let download = context.resolver.download(request, wanted, context.store, context.reporter);
    let requirements = request.requirements.path.as_str();
    context.reporter.report(&Event::ResolverEnded { requirements });
    download
}

/// Checks what was fetched, and moves it into the store.
fn take_in(download: &Download, context: Context<'_>) -> Result<Vec<LockedWheel>, Error> {
    let folder = download.folder.path();
    let paths: Vec<Utf8PathBuf> =
        fs::list(folder)?.into_iter().map(|(name, _)| folder.join(name)).collect();
    // Of several faults the first by name is told, whichever thread is faster.
    let checked: Vec<_> = paths.par_iter().map(|path| wheel::check(path)).collect();
    let checked: Vec<Checked> = checked.into_iter().collect::<Result<_, _>>()?;
    let locked = |checked: Checked| {
        context.store.insert(&checked.path, checked.digest)?;
        Ok(LockedWheel {
            name: checked.name,
            version: checked.metadata.version,
            digest: checked.digest,
            size: checked.size,
            requires: checked.metadata.requires,
        })
    };
    checked.into_iter().map(locked).collect()
}

/// A requirement that ends with no wheel would be a smaller package, silently.
fn every_requirement_gave_a_wheel(request: &Request<'_>, lock: &Lock) -> Result<(), Error> {
    let environment = tags::marker_environment(request.target);
    let projects: BTreeSet<&str> =
        lock.wheels.iter().map(|wheel| wheel.name.project.as_str()).collect();
    for requirement in &request.requirements.requirements {
        let applies = match &requirement.demand {
            Demand::Named(named) => named.evaluate_markers(&environment, &[]),
            Demand::Wheel(_) => !requirement.line.contains(';'),
        };
        let project = requirement.demand.project();
        if applies && !projects.contains(project.as_str()) {
            let place = requirement.place.clone();
            return Err(Error::NoWheel { project, place });
        }
    }
    Ok(())
}
