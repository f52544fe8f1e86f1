//! The clock of a run: the day, and, where somebody asks, how long everything took.

use std::collections::BTreeMap;
use std::time::SystemTime;

use camino::Utf8Path;

use crate::command::{Invocation, TimingsFile, TimingsForm};
use crate::event::Reporter;
use crate::render::json;
use crate::render::timings::{Outcome, Stopwatch, page};
use crate::report::Failure;
use crate::verify::Date;

/// The clock of a run whose times are written to a file, or of one that needs none.
pub(super) struct Clock<'a>(Option<Running<'a>>);

struct Running<'a> {
    file: &'a TimingsFile,
    stopwatch: Stopwatch<'a>,
    /// When the run began.
    date: String,
}

impl<'a> Clock<'a> {
    /// It runs from now on, where there is a file.
    pub(super) fn of(file: Option<&'a TimingsFile>, reporter: &'a dyn Reporter) -> Self {
        Self(file.map(|file| Running {
            file,
            stopwatch: Stopwatch::started(reporter),
            date: date(seconds()),
        }))
    }

    /// The same invocation, with its events seen by the clock.
    pub(super) fn seen_by<'b>(&'b self, invocation: Invocation<'b>) -> Invocation<'b> {
        match &self.0 {
            Some(Running { stopwatch, .. }) => Invocation { reporter: stopwatch, ..invocation },
            None => invocation,
        }
    }

    /// Stops, and returns the file and what goes into it. `outcomes` gives those of lambdas, by name.
    pub(super) fn stop(
        self,
        command: &'static str,
        outcomes: impl FnOnce() -> BTreeMap<String, Outcome>,
        failures: &[Failure],
    ) -> Option<(&'a Utf8Path, Vec<u8>)> {
        let Running { file, stopwatch, date } = self.0?;
        let timings = stopwatch.stopped(command, date, outcomes(), failures);
        let text = match file.form {
            TimingsForm::Html => page(&timings),
            TimingsForm::Json => json::answer(&timings),
        };
        Some((&file.path, text.into_bytes()))
    }
}

/// The day, in UTC.
pub(super) fn today() -> Date {
    Date::of_seconds(seconds())
}

/// Seconds since 1970. Before that no runtime is old.
#[expect(
    clippy::disallowed_methods,
    reason = "a runtime's age hangs on the day, and a report says of when it is; nothing else does"
)]
fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// A time as RFC 3339 has it, in UTC.
fn date(seconds: u64) -> String {
    let (day, second) = (Date::of_seconds(seconds), seconds % 86_400);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{day}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}
