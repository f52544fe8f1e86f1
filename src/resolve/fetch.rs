//! Fetches the wheels of a lock that the store lacks: exactly those.
//!
//! What has a plain address is fetched from there, many at a time and without Python, unless an
//! index is configured: then pip is asked, who knows it and its password. What was built is built
//! again. Whatever comes must have the digest of the lock.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::building;
use super::error::{REFUSED, offline, replaced};
use super::index_urls::{self, Locations};
use super::{Context, Download, Error, LockedWheel, Source, Wanted, pip};
use crate::event::{Event, Of, Received, Reporter};
use crate::fs;
use crate::http::{self, Client, Expected, is_plain};
use crate::origin::{File, Origin};
use crate::patience::TICK;
use crate::report::code;
use crate::report::{Failure, Stage};
use crate::store;
use crate::wheel::{self, Checked};

/// How many wheels are fetched at a time. These threads wait for the network, so they are not those
/// of the pool, of which there are as many as processors.
const AT_A_TIME: usize = 8;

type Wheels<'a> = Vec<&'a LockedWheel>;

/// Fetches wheels that the store lacks.
pub(crate) fn fetch(lost: &[&LockedWheel], context: Context<'_>) -> Result<(), Error> {
    if let (Source::StoreOnly, [first, ..]) = (context.source, lost) {
        return Err(offline(format!("the store has no `{}`", first.name), true).into());
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
        url: url(wheel).expect("the caller looked"),
        path: scratch.path().join(wheel.name.as_str()),
        expected: Expected {
            digest: wheel.digest,
            size: wheel.origin.file().and_then(|file| file.size),
        },
    };
    let wanted: Vec<Fetch<'_>> = wheels.iter().copied().map(wanted).collect();
    let fetched = fetch_each(&wanted, context)?;
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

#[derive(Debug)]
pub(super) struct Fetch<'a> {
    pub(super) url: &'a str,
    /// Where it goes: a name that is free, in a scratch folder.
    pub(super) path: Utf8PathBuf,
    pub(super) expected: Expected,
}

/// Brings wheels to their paths: from the store, else as [`fetch_each`]. The results are of those that
/// the store lacks, in their order.
pub(super) fn bring_each(
    wheels: Vec<Fetch<'_>>,
    context: Context<'_>,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    let mut lacking = Vec::new();
    for wheel in wheels {
        let Fetch { path, expected: Expected { digest, .. }, .. } = &wheel;
        if context.store.copy(*digest, path)? {
            if fs::open(path)?.digest()? == *digest {
                continue;
            }
            fs::remove(path)?;
        }
        lacking.push(wheel);
    }
    fetch_each(&lacking, context)
}

/// Fetches files side by side, the largest first; results are in the order of the files.
pub(super) fn fetch_each(
    wanted: &[Fetch<'_>],
    context: Context<'_>,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    context.reporter.during(Stage::Fetch, Of::Same, || side_by_side(wanted, context))
}

fn side_by_side(
    wanted: &[Fetch<'_>],
    context: Context<'_>,
) -> Result<Vec<Result<(), http::Error>>, Error> {
    let reporter = context.reporter;
    let bytes = wanted.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.expected.size?));
    reporter.report(&Event::FetchStarted { wheels: wanted.len(), bytes });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_A_TIME.min(wanted.len())).build();
    let pool = pool.map_err(|error| {
        Failure::program(code::THREADS, "cannot start the threads")
            .because(&error)
            .hint("allow this user more threads")
    })?;
    let client = Client::new(context.environment)?;
    // The largest begin first, so that none of them runs alone at the end.
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(wanted[*index].expected.size));
    let under_way = UnderWay { wanted, reporter, begun: Mutex::default() };
    let one = |index: usize| (index, fetch_one(index, &client, &under_way));
    let mut fetched: Vec<_> = thread::scope(|scope| {
        let (running, is_over) = mpsc::channel::<()>();
        let under_way = &under_way;
        let tell = move || {
            while is_over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                under_way.tell();
            }
        };
        // Without it the files come all the same.
        drop(thread::Builder::new().spawn_scoped(scope, tell));
        let fetched = pool.install(|| order.into_iter().par_bridge().map(one).collect());
        drop(running);
        fetched
    });
    reporter.report(&Event::FetchEnded);
    fetched.sort_by_key(|(index, _)| *index);
    Ok(fetched.into_iter().map(|(_, result)| result).collect())
}

/// The files that are being fetched.
struct UnderWay<'a> {
    wanted: &'a [Fetch<'a>],
    reporter: &'a dyn Reporter,
    /// When each of them has begun, and how many bytes have come.
    begun: Mutex<BTreeMap<usize, (Instant, u64)>>,
}

impl UnderWay<'_> {
    fn begun(&self) -> MutexGuard<'_, BTreeMap<usize, (Instant, u64)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells who waits of each, in silence, too.
    fn tell(&self) {
        for (index, (begun, bytes)) in &*self.begun() {
            let received = Received { bytes: *bytes, size: self.wanted[*index].expected.size };
            self.tell_of(*index, Some(received), Some(begun.elapsed()));
        }
    }

    fn tell_of(&self, index: usize, received: Option<Received>, elapsed: Option<Duration>) {
        let file = self.wanted[index].path.file_name().unwrap_or_default();
        let what = &format!("`{file}`");
        self.reporter.report(&Event::StillWaiting { what, at: None, received, elapsed });
    }

    fn add(&self, index: usize, bytes: u64) {
        let mut begun = self.begun();
        let (_, all) = begun.entry(index).or_insert((Instant::now(), 0));
        *all += bytes;
    }

    fn end(&self, index: usize) {
        self.begun().remove(&index);
        self.tell_of(index, None, None);
    }
}

fn fetch_one(index: usize, client: &Client, under_way: &UnderWay<'_>) -> Result<(), http::Error> {
    let wanted = &under_way.wanted[index];
    let in_scratch = |error: fs::Error| Failure::from(store::Error::from(error));
    let mut file = fs::create(&wanted.path).map_err(in_scratch)?;
    under_way.add(index, 0);
    let fetched = client.fetch(wanted.url, &wanted.expected, &mut |piece| {
        file.write_all(piece)?;
        let bytes = piece.len() as u64;
        under_way.add(index, bytes);
        under_way.reporter.report(&Event::Fetching { bytes });
        Ok(())
    });
    under_way.end(index);
    fetched?;
    let flushed = file.flush().map_err(fs::Error::at("write", &wanted.path));
    Ok(flushed.map_err(in_scratch)?)
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
