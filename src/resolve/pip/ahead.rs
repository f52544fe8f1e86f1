//! Fetches wheels while pip still resolves: those that it has looked at, of which it will take most.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use camino::Utf8Path;

use super::{Chosen, Done, Work};
use crate::resolve::downloads::Downloads;
use crate::resolve::{Context, Error};

/// What begins a line of the shim that announces a wheel; its JSON follows.
const ANNOUNCEMENT: &str = "dofs-package-wheel ";

/// Runs pip, and begins to fetch what it announces into a folder, which must outlive the downloads.
pub(super) fn run(work: &Work<'_>, folder: &Utf8Path) -> Result<(Done, Option<Downloads>), Error> {
    let (sender, lines) = mpsc::channel();
    let is_over = &AtomicBool::new(false);
    let fetch = move || begin(&lines, is_over, folder, work.context);
    let (done, downloads) = thread::scope(|scope| {
        // Without a thread for it the wheels are fetched behind pip.
        let beginning = thread::Builder::new().spawn_scoped(scope, fetch).ok();
        let done = Work { lines: Some(sender.clone()), ..work.clone() }.run();
        is_over.store(true, Ordering::Relaxed);
        // A program that pip has left behind may hold the pipe, so the lines need not end.
        drop(sender.send(String::new()));
        (done, beginning.and_then(|it| it.join().ok()).flatten())
    });
    Ok((done?, downloads))
}

/// Begins to fetch each wheel that a line announces and the store lacks.
fn begin(
    lines: &Receiver<String>,
    is_over: &AtomicBool,
    folder: &Utf8Path,
    context: Context<'_>,
) -> Option<Downloads> {
    let mut downloads = None;
    while let Ok(line) = lines.recv()
        && !is_over.load(Ordering::Relaxed)
    {
        let Some(wheel) = line.strip_prefix(ANNOUNCEMENT) else { continue };
        // What goes wrong here will do so again, and be told, once pip has chosen the wheel.
        let Ok(chosen) = serde_json::from_str::<Chosen>(wheel) else { continue };
        let Ok(wanted) = chosen.at(folder) else { continue };
        if context.store.blob(wanted.expected.digest).is_ok_and(|blob| blob.is_some()) {
            continue;
        }
        let begun = match downloads.take() {
            Some(begun) => Some(begun),
            None => Downloads::new(&chosen.environment(context)).ok(),
        };
        downloads = begun.and_then(|mut all| all.add(wanted).is_ok().then_some(all));
    }
    downloads
}

/// Whether a line of pip's output is none of pip's own.
pub(super) fn is_announcement(line: &str) -> bool {
    line.starts_with(ANNOUNCEMENT)
}
