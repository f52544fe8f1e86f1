//! Fetches the wheels of a lock that the store lacks: exactly those.
//!
//! What has a plain address is fetched from there, many at a time and without Python, unless an
//! index is configured: then pip is asked, who knows it and its password. What was built is built
//! again. Whatever comes must have the digest of the lock.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::building;
use super::downloads::{Downloads, Fetch};
use super::error::{REFUSED, offline, replaced};
use super::index_urls::{self, Locations};
use super::{Context, Download, Error, LockedWheel, Wanted, pip};
use crate::event::{Event, Of};
use crate::fs;
use crate::http::{self, Expected, is_plain};
use crate::origin::{File, Origin};
use crate::report::{Failure, Stage};
use crate::wheel::{self, Checked};

type Wheels<'a> = Vec<&'a LockedWheel>;

/// Fetches wheels that the store lacks.
pub(crate) fn fetch(lost: &[&LockedWheel], context: Context<'_>) -> Result<(), Error> {
    if let (Some(by), [first, ..]) = (context.source.offline(), lost) {
        return Err(offline(format!("the store has no `{}`", first.name), by).into());
    }
    let locations = index_urls::locations(context);
    let (mut direct, mut by_address, mut by_name) = (Vec::new(), Vec::new(), Vec::new());
    let (built, others): (Wheels<'_>, Wheels<'_>) =
        lost.iter().partition(|wheel| wheel.origin.is_built());
    for wheel in others {
        if read_own(wheel, context)? || is_found(wheel, &locations, context)? {
            continue;
        }
        // Where an index is configured, pip asks that one, with its password. Where none is, pip is
        // given the address: by name it would ask an index that the lock does not mention.
        match url(wheel).filter(|_| !locations.is_configured) {
            Some(url) if is_plain(url) => direct.push(wheel),
            Some(_) => by_address.push(wheel),
            None => by_name.push(wheel),
        }
    }
    from_addresses(&direct, context)?;
    if !by_address.is_empty() {
        ask_pip(Wanted::Address(&by_address), &by_address, context)?;
    }
    if !by_name.is_empty() {
        ask_pip(Wanted::These(&by_name), &by_name, context)?;
    }
    for wheel in built {
        build_again(wheel, context)?;
    }
    context.reporter.report(&Event::WheelsFetched { wheels: lost.len() });
    Ok(())
}

/// The address of a wheel that is not a file of the project.
pub(super) fn url(wheel: &LockedWheel) -> Option<&str> {
    match &wheel.origin {
        Origin::Wheel(File { path: None, url, .. }) => url.as_deref(),
        _ => None,
    }
}

/// Takes a wheel that lies where the lock says; `false` if nothing is there, as on another machine
/// where it lay outside the project.
fn read_own(wheel: &LockedWheel, context: Context<'_>) -> Result<bool, Error> {
    let Origin::Wheel(File { path: Some(path), .. }) = &wheel.origin else { return Ok(false) };
    let Some(bytes) = context.tree.read(path)? else { return Ok(false) };
    let scratch = context.store.scratch()?;
    let copy = scratch.path().join(wheel.name.as_str());
    fs::write(&copy, &bytes)?;
    take_one(&copy, wheel, context).map(|()| true)
}

/// Takes a wheel that lies in a folder of wheels on this machine; `false` if none is there, or
/// another file of that name: then the one of the lock is elsewhere.
fn is_found(
    wheel: &LockedWheel,
    locations: &Locations,
    context: Context<'_>,
) -> Result<bool, Error> {
    let found = index_urls::find(wheel.name.as_str(), &locations.folders);
    let Some(path) = found else { return Ok(false) };
    let scratch = context.store.scratch()?;
    let copy = scratch.path().join(wheel.name.as_str());
    fs::copy(&path, &copy)?;
    // One that is no sound wheel is another file, too.
    let checked = wheel::check(&copy).ok().filter(|checked| checked.digest == wheel.digest);
    let Some(checked) = checked else { return Ok(false) };
    Ok(wheel::take_in(context.store, &checked, &copy).map(|()| true)?)
}

/// Checks a file that is to be a wheel of the lock, and takes it in.
fn take_one(path: &Utf8Path, wheel: &LockedWheel, context: Context<'_>) -> Result<(), Error> {
    let checked = wheel::check(path)?;
    if checked.digest != wheel.digest {
        return Err(replaced(wheel.name.as_str()).into());
    }
    Ok(wheel::take_in(context.store, &checked, path)?)
}

/// Fetches wheels from their addresses; those whose servers want a password, by pip.
fn from_addresses<'a>(wheels: &[&'a LockedWheel], context: Context<'_>) -> Result<(), Error> {
    if wheels.is_empty() {
        return Ok(());
    }
    let scratch = context.store.scratch()?;
    let wanted = |wheel: &'a LockedWheel| Fetch {
        url: url(wheel).expect("the caller looked").to_owned(),
        path: scratch.path().join(wheel.name.as_str()),
        expected: Expected {
            digest: wheel.digest,
            size: wheel.origin.file().and_then(|file| file.size),
        },
    };
    let wanted: Vec<Fetch> = wheels.iter().copied().map(wanted).collect();
    let fetched = fetch_each(wanted.clone(), None, context)?;
    let (mut paths, mut refused) = (Vec::new(), Vec::new());
    let (mut failed, mut refusal) = (None, None);
    for ((wheel, wanted), result) in wheels.iter().copied().zip(&wanted).zip(fetched) {
        match result {
            Ok(()) => paths.push((wheel, &wanted.path)),
            Err(http::Error::Unauthorized(failure)) => {
                refused.push(wheel);
                refusal.get_or_insert(failure);
            }
            // What came is taken in all the same: the next run need not fetch it again.
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    // All results first: of several failures the first by name is reported, whichever thread is
    // faster.
    let taken: Vec<_> =
        paths.par_iter().map(|(wheel, path)| take_one(path, wheel, context)).collect();
    taken.into_iter().collect::<Result<(), _>>()?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let Some(refusal) = refusal else { return Ok(()) };
    // pip has credentials that this tool does not read: those of a keyring or a `.netrc`
    // ("Authentication" in its documentation).
    match ask_pip(Wanted::Address(&refused), &refused, context) {
        // Where pip has none either, the server's own answer is the better message.
        Err(Error::Pip(_)) => Err(refusal.into()),
        Err(Error::Failed(failure)) if failure.code == REFUSED => Err(refusal.into()),
        other => other,
    }
}

/// Brings wheels to their paths: from the store, else as [`fetch_each`]. The results are of those that
/// the store lacks, in their order.
pub(super) fn bring_each(
    wheels: Vec<Fetch>,
    begun: Option<Downloads>,
    context: Context<'_>,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    let mut lacking = Vec::new();
    for wheel in wheels {
        if !is_in_store(&wheel, context)? {
            lacking.push(wheel);
        }
    }
    fetch_each(lacking, begun, context)
}

/// Copies a wheel to its path, if the store has it.
pub(super) fn is_in_store(wheel: &Fetch, context: Context<'_>) -> Result<bool, Error> {
    let Fetch { path, expected: Expected { digest, .. }, .. } = wheel;
    if !context.store.copy(*digest, path)? {
        return Ok(false);
    }
    let is_sound = fs::open(path)?.digest()? == *digest;
    if !is_sound {
        fs::remove(path)?;
    }
    Ok(is_sound)
}

/// Fetches files side by side, some of which may have `begun`; results are in the order of the files.
fn fetch_each(
    wanted: Vec<Fetch>,
    begun: Option<Downloads>,
    context: Context<'_>,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    context.reporter.during(Stage::Fetch, Of::Same, || {
        let downloads = begun.map_or_else(|| Downloads::new(context.environment), Ok)?;
        downloads.finish(wanted, context.reporter)
    })
}

/// Has pip fetch wheels; all of them must come, and be those of the lock.
fn ask_pip(wanted: Wanted<'_>, wheels: &[&LockedWheel], context: Context<'_>) -> Result<(), Error> {
    context.reporter.report(&Event::PipFetchStarted { wheels: wheels.len() });
    let download = pip::download(wanted, &[], context)?;
    let found = take_in(&download, context)?;
    for wheel in wheels {
        if !found.iter().any(|found| found.digest == wheel.digest) {
            return Err(replaced(wheel.name.as_str()).into());
        }
    }
    Ok(download.folder.remove()?)
}

/// Checks what was fetched, and moves it into the store; sorted by name.
pub(super) fn take_in(download: &Download, context: Context<'_>) -> Result<Vec<Checked>, Error> {
    let folder = download.folder.path();
    let paths: Vec<Utf8PathBuf> =
        fs::list(folder)?.into_iter().map(|(name, _)| folder.join(name)).collect();
    // All results first: of several failures the first by name is reported, whichever thread is
    // faster.
    let checked: Vec<_> = paths.par_iter().map(|path| wheel::check(path)).collect();
    let checked: Vec<Checked> = checked.into_iter().collect::<Result<_, _>>()?;
    for checked in &checked {
        wheel::take_in(context.store, checked, &checked.path)?;
    }
    Ok(checked)
}

/// Builds a wheel again; a pure one must come out as it was.
fn build_again(wheel: &LockedWheel, context: Context<'_>) -> Result<(), Error> {
    let (project, name) = (&wheel.name.project, wheel.name.as_str());
    let built = building::rebuild(&wheel.origin, project, name, context)?;
    if built.checked.digest != wheel.digest {
        let message = format!("`{name}` was built again, and is not the one of the lock");
        return Err(Error::BuiltOtherwise(Failure::lambda("built-otherwise", message).hint(
            "resolve it anew with `cargo dofs-package build --upgrade`, or `lock --upgrade` where \
             there is a lock",
        )));
    }
    Ok(wheel::take_in(context.store, &built.checked, &built.checked.path)?)
}
