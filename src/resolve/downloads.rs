//! Downloads side by side, each on a thread of its own, of which more can begin at any time.
//!
//! The threads write to files, and tell nobody but the one who asks for the end; so what turns out
//! not to be wanted is dropped without being waited for.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use super::Error;
use crate::environment::Environment;
use crate::event::{Event, Received, Reporter};
use crate::fs;
use crate::http::{self, Client, Expected};
use crate::patience::TICK;
use crate::report::Failure;
use crate::report::code;
use crate::store;

/// How many files are fetched at a time. These threads wait for the network, so they are not those
/// of the pool, of which there are as many as processors.
const AT_A_TIME: usize = 8;

/// How often it is told how many bytes have come.
const GLANCE: Duration = Duration::from_millis(50);

/// A file that is to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Fetch {
    pub(super) url: String,
    /// Where it goes: a name that is free, in a scratch folder.
    pub(super) path: Utf8PathBuf,
    pub(super) expected: Expected,
}

/// Downloads that are under way. Dropped, they end, and nobody waits for that.
pub(super) struct Downloads {
    shared: Arc<Shared>,
    threads: usize,
}

struct Shared {
    client: Client,
    state: Mutex<State>,
    /// A file was added, has come, or is no longer wanted.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    files: Vec<File>,
    /// Those that have not begun, by their places.
    waiting: VecDeque<usize>,
    /// Nothing is wanted any more.
    is_over: bool,
}

struct File {
    wanted: Fetch,
    is_dropped: bool,
    /// When it has begun, while it is fetched.
    begun: Option<Instant>,
    /// Bytes that have come.
    received: u64,
    outcome: Option<Result<(), http::Error>>,
}

impl Downloads {
    /// By the proxies and certificates of an environment.
    ///
    /// # Errors
    ///
    /// They can't be understood.
    pub(super) fn new(environment: &Environment) -> Result<Self, Failure> {
        let (client, state) = (Client::new(environment)?, Mutex::default());
        let shared = Arc::new(Shared { client, state, changed: Condvar::new() });
        Ok(Self { shared, threads: 0 })
    }

    /// Adds a file, which begins behind those that were added before; returns its place.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub(super) fn add(&mut self, wanted: Fetch) -> Result<usize, Failure> {
        let mut state = self.shared.state();
        let index = state.files.len();
        let (begun, received, outcome) = (None, 0, None);
        state.files.push(File { wanted, is_dropped: false, begun, received, outcome });
        state.waiting.push_back(index);
        drop(state);
        self.shared.changed.notify_all();
        if self.threads == AT_A_TIME {
            return Ok(index);
        }
        let shared = Arc::clone(&self.shared);
        match thread::Builder::new().spawn(move || shared.work()) {
            Ok(_) => self.threads += 1,
            Err(error) if self.threads == 0 => {
                return Err(Failure::program(code::THREADS, "cannot start the threads")
                    .because(&error)
                    .hint("allow this user more threads"));
            }
            // Fewer fetch as well.
            Err(_) => {}
        }
        Ok(index)
    }

    /// Brings files to their paths, drops all others, and tells meanwhile how far it is. What was
    /// added before is not fetched twice. The results are in the order of the files.
    ///
    /// # Errors
    ///
    /// No thread can be started, or a file can't be moved to its path.
    pub(super) fn finish(
        mut self,
        wanted: Vec<Fetch>,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Result<(), http::Error>>, Error> {
        let bytes = wanted.iter().try_fold(0_u64, |sum, it| sum.checked_add(it.expected.size?));
        reporter.report(&Event::FetchStarted { wheels: wanted.len(), bytes });
        let mut places = self.shared.keep(&wanted);
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        // The largest begin first, so that none of them runs alone at the end.
        order.sort_by_key(|index| Reverse(wanted[*index].expected.size));
        for index in order {
            if places[index].is_none() {
                places[index] = Some(self.add(wanted[index].clone())?);
            }
        }
        let places: Vec<usize> = places.into_iter().flatten().collect();
        self.wait_for(&places, reporter);
        reporter.report(&Event::FetchEnded);
        let mut state = self.shared.state();
        let mut results = Vec::new();
        for (place, wanted) in places.into_iter().zip(wanted) {
            let file = &mut state.files[place];
            let outcome = file.outcome.take().expect("it was waited for");
            if outcome.is_ok() && file.wanted.path != wanted.path {
                fs::rename(&file.wanted.path, &wanted.path)?;
            }
            results.push(outcome);
        }
        Ok(results)
    }

    fn wait_for(&self, places: &[usize], reporter: &dyn Reporter) {
        let (mut received, mut told, mut last) = (0, Vec::new(), Instant::now());
        let mut state = self.shared.state();
        loop {
            let files = || places.iter().map(|place| &state.files[*place]);
            let bytes: u64 = files().map(|file| file.received).sum();
            let is_done = files().all(|file| file.outcome.is_some());
            let under_way: Vec<_> = files().filter_map(File::under_way).collect();
            // A reporter may take its time.
            drop(state);
            reporter.report(&Event::Fetching { bytes: bytes.saturating_sub(received) });
            received = received.max(bytes);
            let is_over = |name: &mut String| !under_way.iter().any(|(it, ..)| it == name);
            for name in told.extract_if(.., is_over) {
                tell(&name, None, reporter);
            }
            if is_done {
                return;
            }
            if last.elapsed() >= TICK {
                last = Instant::now();
                for (name, so_far, elapsed) in under_way {
                    tell(&name, Some((so_far, elapsed)), reporter);
                    if !told.contains(&name) {
                        told.push(name);
                    }
                }
            }
            let waited = self.shared.changed.wait_timeout(self.shared.state(), GLANCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Downloads {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what is not among these; returns where each of them is, if it is there.
    fn keep(&self, wanted: &[Fetch]) -> Vec<Option<usize>> {
        let mut state = self.state();
        let mut places: Vec<Option<usize>> = Vec::new();
        for wanted in wanted {
            // Each comes to one path.
            let is_it = |place: &usize| {
                state.files[*place].wanted.is_same(wanted) && !places.contains(&Some(*place))
            };
            places.push((0..state.files.len()).find(is_it));
        }
        state.waiting.retain(|place| places.contains(&Some(*place)));
        for (place, file) in state.files.iter_mut().enumerate() {
            file.is_dropped = !places.contains(&Some(place));
        }
        places
    }

    /// Fetches files until nothing is wanted any more.
    fn work(&self) {
        let mut state = self.state();
        while !state.is_over {
            let Some(place) = state.waiting.pop_front() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.files[place].begun = Some(Instant::now());
            let wanted = state.files[place].wanted.clone();
            // Within the lock: whoever drops all may then remove the folder.
            let file = fs::create(&wanted.path);
            drop(state);
            let outcome =
                file.map_err(in_scratch).and_then(|file| self.fetch(place, &wanted, file));
            state = self.state();
            let file = &mut state.files[place];
            (file.begun, file.outcome) = (None, Some(outcome));
            self.changed.notify_all();
        }
    }

    fn fetch(
        &self,
        place: usize,
        wanted: &Fetch,
        mut file: impl io::Write,
    ) -> Result<(), http::Error> {
        self.client.fetch(&wanted.url, &wanted.expected, &mut |piece| {
            file.write_all(piece)?;
            let mut state = self.state();
            state.files[place].received += piece.len() as u64;
            match state.is_over || state.files[place].is_dropped {
                true => Err(io::Error::other("nobody wants it any more")),
                false => Ok(()),
            }
        })?;
        let flushed = file.flush().map_err(fs::Error::at("write", &wanted.path));
        flushed.map_err(in_scratch)
    }
}

impl Fetch {
    /// Whether another one brings the same.
    fn is_same(&self, other: &Self) -> bool {
        self.url == other.url && self.expected.digest == other.expected.digest
    }
}

impl File {
    /// Its name, what has come of it and for how long it is fetched, while it is.
    fn under_way(&self) -> Option<(String, Received, Duration)> {
        let name = self.wanted.path.file_name().unwrap_or_default();
        let received = Received { bytes: self.received, size: self.wanted.expected.size };
        Some((name.to_owned(), received, self.begun?.elapsed()))
    }
}

fn in_scratch(error: fs::Error) -> http::Error {
    Failure::from(store::Error::from(error)).into()
}

/// Tells who waits of a file, in silence, too; that it is over, where nothing is given.
fn tell(name: &str, so_far: Option<(Received, Duration)>, reporter: &dyn Reporter) {
    let (received, elapsed) = so_far.unzip();
    let what = &format!("`{name}`");
    reporter.report(&Event::StillWaiting { what, at: None, received, elapsed });
}
