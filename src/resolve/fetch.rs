//! Fetches the wheels of a lock that the store lacks: exactly those.
//!
//! What has a plain address is fetched from there, many at a time and without Python, unless an
//! index is configured: then pip is asked, who knows it and its password. What was built is built
//! again. Whatever comes must have the digest of the lock.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::answer::{store_one, take_in};
use super::building;
use super::error::{offline, replaced};
use super::index_urls::{self, Locations};
use super::{Context, Error, LockedWheel, Request, Source, Wanted};
use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs;
use crate::http::{self, Client, Expected, is_plain};
use crate::origin::{File, Origin};
use crate::report::Failure;
use crate::store;
use crate::wheel;

/// How many wheels are fetched at a time. These threads wait for the network, and are none of the
/// pool's.
const AT_A_TIME: usize = 8;

type Wheels<'a> = Vec<&'a LockedWheel>;

/// Fetches wheels that the store lacks.
pub(crate) fn fetch(
    request: &Request,
    lost: &[&LockedWheel],
    context: Context<'_>,
) -> Result<(), Error> {
    if let (Source::StoreOnly, [first, ..]) = (context.source, lost) {
        return Err(offline(format!("the store has no `{}`", first.name), true).into());
    }
    let (built, others): (Wheels<'_>, Wheels<'_>) =
        lost.iter().partition(|wheel| wheel.origin.is_built());
    let (own, mut remote): (Wheels<'_>, Wheels<'_>) =
        others.into_iter().partition(|wheel| path(wheel).is_some());
    for wheel in own {
        if !read_own(wheel, context)? {
            remote.push(wheel);
        }
    }
    let locations = index_urls::locations(request, context.pip.environment());
    let remote = without_found(remote, &locations, context)?;
    let is_direct = |wheel: &&LockedWheel| !locations.is_configured && address(wheel).is_some();
    let (direct, through_pip): (Wheels<'_>, Wheels<'_>) = remote.into_iter().partition(is_direct);
    let refused = from_addresses(direct, context)?;
    if let Some((wheels, error)) = refused {
        match ask_pip(request, Wanted::Address(&wheels), &wheels, context) {
            // Where nobody has credentials, what the server said is the matter.
            Err(Error::Pip(_)) => return Err(error.into()),
            other => other?,
        }
    }
    // Where no index is configured, one would be asked that the lock knows nothing of.
    let has_url = |wheel: &&LockedWheel| !locations.is_configured && url(wheel).is_some();
    let (by_address, through_pip): (Wheels<'_>, Wheels<'_>) =
        through_pip.into_iter().partition(has_url);
    if !by_address.is_empty() {
        ask_pip(request, Wanted::Address(&by_address), &by_address, context)?;
    }
    if !through_pip.is_empty() {
        ask_pip(request, Wanted::These(&through_pip), &through_pip, context)?;
    }
    for wheel in built {
        build_again(wheel, request, context)?;
    }
    context.reporter.report(&Event::WheelsFetched { wheels: lost.len() });
    Ok(())
}

/// Where a wheel of the project's own lies.
fn path(wheel: &LockedWheel) -> Option<&Utf8Path> {
    match &wheel.origin {
        Origin::Wheel(file) => file.path.as_deref(),
        _ => None,
    }
}

pub(super) fn url(wheel: &LockedWheel) -> Option<&str> {
    match &wheel.origin {
        Origin::Wheel(File { path: None, url, .. }) => url.as_deref(),
        _ => None,
    }
}

/// The address of a wheel, if anybody may fetch it.
fn address(wheel: &LockedWheel) -> Option<&str> {
    url(wheel).filter(|url| is_plain(url))
}

/// Takes a wheel that lies where the lock says; `false` if nothing is there, as on another machine
/// where it lay outside the project.
fn read_own(wheel: &LockedWheel, context: Context<'_>) -> Result<bool, Error> {
    let Some(path) = path(wheel) else { return Ok(false) };
    let Some(bytes) = context.tree.read(path)? else { return Ok(false) };
    let scratch = context.store.scratch()?;
    let copy = scratch.path().join(wheel.name.as_str());
    fs::write(&copy, &bytes)?;
    take_one(&copy, wheel, context).map(|()| true)
}

/// Takes those that lie in folders of wheels on this machine, and returns the others.
fn without_found<'a>(
    wheels: Wheels<'a>,
    locations: &Locations,
    context: Context<'_>,
) -> Result<Wheels<'a>, Error> {
    let mut others = Vec::new();
    for wheel in wheels {
        let Some(path) = index_urls::find(wheel.name.as_str(), &locations.folders) else {
            others.push(wheel);
            continue;
        };
        let scratch = context.store.scratch()?;
        let copy = scratch.path().join(wheel.name.as_str());
        fs::copy(&path, &copy)?;
        match wheel::check(&copy) {
            Ok(checked) if checked.digest == wheel.digest => store_one(&checked, context)?,
            // Another file of that name: the one of the lock is elsewhere.
            Ok(_) | Err(_) => others.push(wheel),
        }
    }
    Ok(others)
}

/// Checks a file that is to be a wheel of the lock, and takes it in.
fn take_one(path: &Utf8Path, wheel: &LockedWheel, context: Context<'_>) -> Result<(), Error> {
    let checked = wheel::check(path)?;
    if checked.digest != wheel.digest {
        return Err(replaced(wheel.name.as_str()).into());
    }
    store_one(&checked, context)
}

/// Wheels whose servers want a password, and what the first of them said.
type Refused<'a> = (Wheels<'a>, Failure);

/// Fetches wheels from their addresses; returns those that want a password.
fn from_addresses<'a>(
    wheels: Wheels<'a>,
    context: Context<'_>,
) -> Result<Option<Refused<'a>>, Error> {
    if wheels.is_empty() {
        return Ok(None);
    }
    let scratch = context.store.scratch()?;
    let wanted = |wheel: &&'a LockedWheel| Fetch {
        url: address(wheel).expect("the caller looked"),
        path: scratch.path().join(wheel.name.as_str()),
        digest: wheel.digest,
        size: wheel.origin.file().and_then(|file| file.size),
    };
    let wanted: Vec<Fetch<'_>> = wheels.iter().map(wanted).collect();
    let fetched = fetch_each(&wanted, context.pip.environment(), context.reporter)?;
    let came = wheels.into_iter().zip(&wanted).zip(fetched);
    let (mut refused, mut paths): (Option<Refused<'_>>, Vec<_>) = (None, Vec::new());
    let mut failed = None;
    for ((wheel, wanted), result) in came {
        match result {
            Ok(()) => paths.push((wheel, &wanted.path)),
            Err(http::Error::Unauthorized(failure)) => {
                refused.get_or_insert_with(|| (Vec::new(), failure)).0.push(wheel);
            }
            // What came is taken in all the same: the next run need not fetch it again.
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    // Of several faults the first by name is told, whichever thread is faster.
    let taken: Vec<_> =
        paths.par_iter().map(|(wheel, path)| take_one(path, wheel, context)).collect();
    taken.into_iter().collect::<Result<(), _>>()?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(refused),
    }
}

#[derive(Debug)]
pub(super) struct Fetch<'a> {
    pub(super) url: &'a str,
    /// Where it goes: a name that is free, in a scratch folder.
    pub(super) path: Utf8PathBuf,
    /// What it must have.
    pub(super) digest: Sha256Digest,
    /// Bytes, where that is known.
    pub(super) size: Option<u64>,
}

/// Fetches files side by side.
pub(super) fn fetch_all(
    wanted: &[Fetch<'_>],
    environment: &Environment,
    reporter: &dyn Reporter,
) -> Result<(), Error> {
    let fetched = fetch_each(wanted, environment, reporter)?;
    Ok(fetched.into_iter().collect::<Result<(), http::Error>>()?)
}

/// Fetches files side by side, the largest first; results are in the order of the files.
fn fetch_each(
    wanted: &[Fetch<'_>],
    environment: &Environment,
    reporter: &dyn Reporter,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = wanted.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.size?));
    reporter.report(&Event::FetchStarted { wheels: wanted.len(), bytes });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_A_TIME.min(wanted.len())).build();
    let pool = pool.map_err(|error| {
        Failure::program("threads", "cannot start the threads")
            .because(&error)
            .hint("allow this user more threads")
    })?;
    let client = Client::new(environment)?;
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(wanted[*index].size));
    let one = |index: usize| (index, fetch_one(&wanted[index], &client, reporter));
    let mut fetched: Vec<_> = pool.install(|| order.into_iter().par_bridge().map(one).collect());
    reporter.report(&Event::FetchEnded);
    fetched.sort_by_key(|(index, _)| *index);
    Ok(fetched.into_iter().map(|(_, result)| result).collect())
}

fn fetch_one(
    wanted: &Fetch<'_>,
    client: &Client,
    reporter: &dyn Reporter,
) -> Result<(), http::Error> {
    let in_scratch = |error: fs::Error| Failure::from(store::Error::from(error));
    let mut file = fs::Writer::create(&wanted.path).map_err(in_scratch)?;
    let expected = Expected { digest: wanted.digest, size: wanted.size };
    let fetched = client.fetch(wanted.url, &expected, &mut |bytes| {
        file.write_all(bytes)?;
        reporter.report(&Event::Fetching { bytes: bytes.len() as u64 });
        Ok(())
    });
    fetched?;
    Ok(file.finish().map_err(in_scratch)?)
}

/// Has pip fetch wheels; all of them must come, and be those of the lock.
fn ask_pip(
    request: &Request,
    wanted: Wanted<'_>,
    wheels: &[&LockedWheel],
    context: Context<'_>,
) -> Result<(), Error> {
    use super::Resolver as _;
    let requirements = request.requirements.path.as_str();
    context.reporter.report(&Event::PipFetchStarted { requirements, wheels: wheels.len() });
    let (pip, store, reporter) = (context.pip, context.store, context.reporter);
    let download = pip.download(request, wanted, &[], store, reporter);
    reporter.report(&Event::ResolverEnded { requirements });
    let download = download?;
    let found = take_in(&download, context)?;
    for wheel in wheels {
        if !found.iter().any(|found| found.digest == wheel.digest) {
            return Err(replaced(wheel.name.as_str()).into());
        }
    }
    Ok(download.folder.remove()?)
}

/// Builds a wheel again; a pure one must come out as it was.
fn build_again(wheel: &LockedWheel, request: &Request, context: Context<'_>) -> Result<(), Error> {
    let (project, name) = (&wheel.name.project, wheel.name.as_str());
    let built = building::rebuild(&wheel.origin, project, name, request, context)?;
    if built.checked.digest != wheel.digest {
        let message = format!("`{name}` was built again, and is not the one of the lock");
        return Err(Error::BuiltOtherwise(Failure::lambda("built-otherwise", message).hint(
            "resolve it anew with `cargo dofs-package build --upgrade`, or `lock --upgrade` where \
             there is a lock",
        )));
    }
    store_one(&built.checked, context)
}
