//! Messages on standard error, in the form of cargo's.

use std::io::{IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anstyle::{AnsiColor, Style};

use super::alike::{Held, Kind, Message, Told};
use super::progress::{Longest, Progress};
use super::text::visible;
use crate::event::{Event, Reporter};
use crate::report::{Change, Failure, FoundLambda, LockStatus, Locked, Package, Status, Warning};
use crate::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Talk {
    Nothing,
    Errors,
    /// Also what happens.
    Status,
    /// Also where answers come from.
    More,
}

/// How many things that are other a line names.
const NAMED: usize = 3;

/// How often a line says that something slow still runs, where there is no terminal.
const HEARTBEAT: Duration = Duration::from_secs(10);

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = AnsiColor::Cyan.on_default().bold();

const ERROR: (&str, Style) = ("error", BAD);
const WARNING: (&str, Style) = ("warning", CAUTION);

/// Shows events to a person, or to the log of a pipeline.
pub(crate) struct Human {
    talk: Talk,
    /// Whether a line may move.
    is_terminal: bool,
    /// Whether the answer, in lines, comes to the same terminal: then it is not said twice.
    is_answer_seen: bool,
    /// When the run began, to say how long it took.
    started: Instant,
    state: Mutex<State>,
}

/// What changes while events come.
struct State {
    /// Standard error, which drops colour where it can't show it.
    stream: Box<dyn Write + Send>,
    progress: Progress,
    /// Warnings and errors that are not written yet.
    held: Held,
    /// When a line last said what is waited for.
    heartbeat: Option<Instant>,
}

impl Human {
    /// `in_lines` tells whether the answer will be lines for people.
    pub(crate) fn new(
        talk: Talk,
        color: anstream::ColorChoice,
        is_ci: bool,
        in_lines: bool,
    ) -> Self {
        let stderr = std::io::stderr();
        let is_terminal = stderr.is_terminal() && !is_ci;
        let stream = anstream::AutoStream::new(stderr, color);
        let has_color = color != anstream::ColorChoice::Never;
        let progress = Progress::new(is_terminal && talk >= Talk::Status, has_color);
        let is_answer_seen = in_lines && is_terminal && std::io::stdout().is_terminal();
        Self { is_answer_seen, ..Self::with_stream(talk, is_terminal, Box::new(stream), progress) }
    }

    fn with_stream(
        talk: Talk,
        is_terminal: bool,
        stream: Box<dyn Write + Send>,
        progress: Progress,
    ) -> Self {
        let state = State { stream, progress, held: Held::default(), heartbeat: None };
        Self {
            talk,
            is_terminal,
            is_answer_seen: false,
            started: Instant::now(),
            state: Mutex::new(state),
        }
    }

    /// Writes what was held back, and removes the progress lines, so that the answer can be written
    /// below.
    pub(crate) fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.release();
        state.progress.finish();
    }

    /// The message of an event, and the least talk that shows it; none for one that only moves a
    /// line.
    fn said(&self, state: &mut State, event: &Event<'_>) -> Option<(Talk, String)> {
        let elapsed = || words::seconds(self.started.elapsed());
        Some(match event {
            Event::Discovered { lambdas } => note(&words::count(*lambdas, "lambda")),
            Event::ResolveStarted { requirements, target } => {
                status(GOOD, "Resolving", &format!("{requirements} for {target}"))
            }
            Event::PipFetchStarted { wheels, .. } => {
                status(GOOD, "Fetching", &format!("{} with pip", words::count(*wheels, "wheel")))
            }
            Event::ResolveFinished { requirements, wheels } => {
                let wheels = words::count(*wheels, "wheel");
                status(GOOD, "Resolved", &format!("{requirements}: {wheels}"))
            }
            Event::ResolutionServed { requirements, since } => {
                let age = since.and_then(age).map(|age| format!(", {age} old"));
                note(&format!("{requirements}: from the store{}", age.unwrap_or_default()))
            }
            Event::WheelCorrupt(wheel) => {
                let text = format!("the store's copy of `{wheel}` is damaged, and was removed");
                (Talk::Errors, format!("{}: {text}\n", styled(WARNING)))
            }
            Event::BuildStarted(what) => status(GOOD, "Building", what),
            Event::FetchStarted { wheels, bytes } => {
                let size = bytes.map(|bytes| format!(", {}", words::bytes(bytes)));
                let wheels = words::count(*wheels, "wheel");
                status(GOOD, "Fetching", &format!("{wheels}{}", size.unwrap_or_default()))
            }
            Event::StillWaiting { .. } => {
                let Longest { what, elapsed, so_far, others } = state.progress.longest()?;
                let is_time = state.heartbeat.is_none_or(|last| last.elapsed() >= HEARTBEAT);
                if self.is_terminal || elapsed < HEARTBEAT || !is_time {
                    return None;
                }
                state.heartbeat = Some(Instant::now());
                let seconds = elapsed.as_secs();
                let text = format!("for {what}{so_far}{others}, {seconds} s so far");
                status(QUIET, "Waiting", &text)
            }
            Event::Fetching { .. } | Event::FetchEnded | Event::Written => return None,
            Event::Threads(_) | Event::Began { .. } | Event::Ended => return None,
            // What is held back comes before what the handler prints.
            Event::Calling => (Talk::Nothing, String::new()),
            Event::Locked(locked) => {
                let (from, text) = lock(locked);
                // Why one is stale stands nowhere else.
                match locked.status {
                    LockStatus::Written | LockStatus::Missing => (self.unless_seen(from), text),
                    LockStatus::Stale => (from, text),
                    LockStatus::Fresh | LockStatus::Hashed => (Talk::More, text),
                }
            }
            Event::LocksFinished { lambdas, locks: 0, .. } => {
                let lambdas = words::count(*lambdas, "lambda");
                status(
                    GOOD,
                    "Finished",
                    &format!("{lambdas} without requirements: nothing to lock"),
                )
            }
            Event::LocksFinished { locks, unchanged, .. } => {
                let (which, locks) = (of_all(*locks, *unchanged), words::count(*locks, "lock"));
                status(GOOD, "Finished", &format!("{locks}{which} in {}", elapsed()))
            }
            Event::NoneChanged { lambdas, revision } => {
                let lambdas = words::count(*lambdas, "lambda");
                let text = format!("{lambdas}, none changed since `{revision}` in {}", elapsed());
                status(GOOD, "Finished", &text)
            }
            Event::WheelsFetched { wheels } => {
                status(GOOD, "Fetched", &words::count(*wheels, "wheel"))
            }
            Event::Packaged(package) => {
                let Package { name, size, entries, .. } = package;
                let change = package.change.as_ref().map(change).unwrap_or_default();
                let text = format!("{name} ({}, {}{change})", words::bytes(*size), files(*entries));
                // The answer names all packages, and does not say which of them are other ones.
                match package.status {
                    Status::Built => status(GOOD, "Packaged", &text),
                    Status::WouldBuild => status(GOOD, "Would build", &text),
                    Status::Unchanged => (Talk::More, status(QUIET, "Unchanged", &text).1),
                }
            }
            // They are held back.
            Event::Failed(_) | Event::Warned { .. } => return None,
            Event::ManifestWritten(path) => status(GOOD, "Updated", path),
            Event::Waiting(what) => status(QUIET, "Waiting", &format!("for {what}")),
            Event::Noted(text) => note(text),
            Event::Skipped(why) => status(QUIET, "Skipped", why),
            Event::Found(FoundLambda { name, kind, path, by }) => {
                let kind = if *kind == "layer" { "layer " } else { "" };
                status(GOOD, "Found", &format!("{kind}`{name}` in `{path}`, by {by}"))
            }
            Event::Unclear(sentence) => status(QUIET, "Unclear", sentence),
            Event::Advised(advice) => status(QUIET, "Next", advice),
            Event::Finished { packages, failures, .. } if *failures > 0 => {
                let all = words::count(packages + failures, "lambda");
                let text = format!("{failures} of {all} could not be packaged");
                (Talk::Errors, format!("{}: {text}\n", styled(ERROR)))
            }
            Event::Finished { packages, changed, dry_run, .. } => {
                let which = of_all(*packages, packages - changed);
                let suffix = if *dry_run && *changed > 0 { ", nothing written" } else { "" };
                let packages = words::count(*packages, "package");
                status(GOOD, "Finished", &format!("{packages}{which} in {}{suffix}", elapsed()))
            }
            Event::Imported { handler, elapsed } => {
                let text = format!("the module of {handler} in {}", words::seconds(*elapsed));
                status(GOOD, "Imported", &text)
            }
            Event::Returned { lambda, elapsed } => {
                let text = format!("{lambda} in {}", words::seconds(*elapsed));
                status(GOOD, "Returned", &text)
            }
            Event::Verified { checks, differences, warnings } => {
                let warned = match warnings {
                    0 => String::new(),
                    some => format!(", with {}", words::count(*some, "warning")),
                };
                let (checks, time) = (words::count(*checks, "check"), elapsed());
                match differences {
                    0 => status(GOOD, "Verified", &format!("{checks} in {time}{warned}")),
                    some => {
                        let text = format!("{some} of {checks} in {time}{warned}");
                        status(CAUTION, "Different", &text)
                    }
                }
            }
            Event::Cleaned { files, bytes } => status(GOOD, "Removed", &amount(*files, *bytes)),
            Event::Stored { files, bytes } => status(GOOD, "Counted", &amount(*files, *bytes)),
            Event::StoreVerified { files, bytes } => {
                let text = format!("{} in {}", amount(*files, *bytes), elapsed());
                status(GOOD, "Verified", &text)
            }
        })
    }
}

impl Human {
    /// The least talk for what the answer says, too.
    fn unless_seen(&self, talk: Talk) -> Talk {
        if self.is_answer_seen { Talk::More.max(talk) } else { talk }
    }
}

impl Reporter for Human {
    fn is_answer_seen(&self) -> bool {
        self.is_answer_seen
    }

    fn report(&self, event: &Event<'_>) {
        // There are many, and a thread need not wait for another to say nothing.
        if matches!(event, Event::Threads(_) | Event::Began { .. } | Event::Ended) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.progress.follow(event);
        if let Some((from, message)) = message(event) {
            let is_answer = matches!(event, Event::Warned { is_answer: true, .. });
            if self.talk >= (if is_answer { self.unless_seen(from) } else { from }) {
                state.held.add(message);
            }
            return;
        }
        let said = self.said(&mut state, event).filter(|(from, _)| self.talk >= *from);
        if let Some((from, text)) = said {
            // A note is an aside: what comes before and after it may be said as one.
            if from < Talk::More {
                state.release();
            }
            state.write(&text);
        }
    }
}

impl State {
    /// Writes what was held back.
    fn release(&mut self) {
        let told: String = self.held.take().iter().map(shown).collect();
        self.write(&told);
    }

    fn write(&mut self, text: &str) {
        let Self { stream, progress, .. } = self;
        // Where standard error can't be written, the answer and the exit code are enough.
        drop(progress.above(|| stream.write_all(text.as_bytes()).and_then(|()| stream.flush())));
    }
}

/// The warning or error of an event, and the least talk that shows it.
fn message(event: &Event<'_>) -> Option<(Talk, Message)> {
    match event {
        Event::Failed(failure) => {
            let Failure { name, code, message: text, place, causes, hint, .. } =
                Failure::clone(failure);
            let kind = Kind::Error;
            Some((Talk::Errors, Message { kind, code, lambda: name, text, place, causes, hint }))
        }
        Event::Warned { lambda, warning, .. } => {
            let Warning { code, message: text, place, hint } = Warning::clone(warning);
            let (lambda, causes) = (lambda.map(str::to_owned), Vec::new());
            let kind = Kind::Warning;
            Some((Talk::Status, Message { kind, code, lambda, text, place, causes, hint }))
        }
        _ => None,
    }
}

/// How many of all are unchanged, as the end of a clause.
fn of_all(all: usize, unchanged: usize) -> String {
    match unchanged {
        0 => String::new(),
        1 if all == 1 => ", unchanged".to_owned(),
        _ if unchanged == all => ", all unchanged".to_owned(),
        _ => format!(", {unchanged} unchanged"),
    }
}

fn status(style: Style, verb: &str, text: &str) -> (Talk, String) {
    (Talk::Status, format!("{style}{verb:>12}{style:#} {}\n", visible(text)))
}

/// What is other than in the zip that was there.
fn change(Change { bytes, what }: &Change) -> String {
    let sign = if *bytes < 0 { "-" } else { "+" };
    let size = words::bytes(u64::try_from(bytes.unsigned_abs()).unwrap_or(u64::MAX));
    match &what[..] {
        [] => format!(", {sign}{size}"),
        what => {
            let named = what.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = words::and_more(what.len().saturating_sub(NAMED));
            format!(", {sign}{size}: {named}{more}")
        }
    }
}

fn note(text: &str) -> (Talk, String) {
    (Talk::More, status(QUIET, "Note", text).1)
}

fn lock(locked: &Locked) -> (Talk, String) {
    let Locked { name, packages, reason, path, .. } = locked;
    let packages = words::count(usize::try_from(*packages).unwrap_or(usize::MAX), "package");
    let text = format!("{name} ({packages})");
    match locked.status {
        LockStatus::Written => status(GOOD, "Locked", &text),
        LockStatus::Fresh => status(QUIET, "Unchanged", &text),
        LockStatus::Hashed => {
            status(QUIET, "Unchanged", &format!("{name} ({packages}, locked by {path})"))
        }
        LockStatus::Stale => {
            let reason = reason.as_deref().unwrap_or_default();
            status(CAUTION, "Stale", &format!("{name}: {reason}"))
        }
        LockStatus::Missing => status(CAUTION, "Missing", name),
    }
}

fn files(count: u64) -> String {
    words::count(usize::try_from(count).unwrap_or(usize::MAX), "file")
}

/// So many files of so many bytes.
fn amount(count: u64, bytes: u64) -> String {
    format!("{}, {}", files(count), words::bytes(bytes))
}

/// A message with its places, its causes and what to do.
fn shown(told: &Told) -> String {
    let word = match told.kind {
        Kind::Warning => WARNING,
        Kind::Error => ERROR,
    };
    let mut lines = format!("{}: {}\n", styled(word), visible(&told.text));
    lines.extend(told.places.iter().map(|place| format!("  --> {}\n", visible(place))));
    lines.extend(told.causes.iter().map(|cause| format!("  caused by: {}\n", visible(cause))));
    let hint = told.hint.iter();
    lines.extend(hint.map(|hint| format!("{}: {}\n", styled(("hint", QUIET)), visible(hint))));
    lines
}

fn styled((word, style): (&str, Style)) -> String {
    format!("{style}{word}{style:#}")
}

/// How long ago a time is; none for one that is yet to come.
#[expect(clippy::disallowed_methods, reason = "only what is shown depends on the clock")]
fn age(since: SystemTime) -> Option<String> {
    SystemTime::now().duration_since(since).ok().map(words::age)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::event::Received;

    /// What was written.
    #[derive(Default, Clone)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written of programs and downloads that have taken so many seconds.
    fn told(talk: Talk, waits: &[(&str, Option<Received>, Option<u64>)]) -> String {
        let written = Written::default();
        let stream: Box<dyn Write + Send> = Box::new(written.clone());
        let stream = anstream::StripStream::new(stream);
        let human = Human::with_stream(talk, false, Box::new(stream), Progress::new(false, false));
        for (what, received, seconds) in waits {
            let elapsed = seconds.map(Duration::from_secs);
            // A program whose name has a colon says what it is at behind that.
            let (what, at) = what.split_once(": ").map_or((*what, None), |it| (it.0, Some(it.1)));
            human.report(&Event::StillWaiting { what, at, received: *received, elapsed });
        }
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_waited_for_is_told_once_it_has_taken_long_and_then_for_a_while_not_again() {
        let some = Some(Received { bytes: 3_000_000, size: Some(60_000_000) });
        let open = Some(Received { bytes: 3_000_000, size: None });
        let table = [
            (&[("`git fetch`", None, Some(9))][..], ""),
            (
                &[("`git fetch`", None, Some(10)), ("`git fetch`", None, Some(11))],
                "     Waiting for `git fetch`, 10 s so far\n",
            ),
            (
                &[("`a.whl`", some, Some(12))],
                "     Waiting for `a.whl`, 3.0 MB of 60.0 MB, 12 s so far\n",
            ),
            (
                &[("`pip download`: `b.whl` (12 MB)", None, Some(12))],
                "     Waiting for `pip download`, at `b.whl` (12 MB), 12 s so far\n",
            ),
            (&[("`a.whl`", open, Some(12))], "     Waiting for `a.whl`, 3.0 MB, 12 s so far\n"),
            (
                &[("`uv`", None, Some(2)), ("`aws`", None, Some(3)), ("`git`", None, Some(70))],
                "     Waiting for `git` and 2 others, 70 s so far\n",
            ),
            (&[("`uv`", None, Some(9)), ("`uv`", None, None), ("`aws`", None, Some(1))], ""),
        ];
        for (waits, expected) in table {
            assert_eq!(told(Talk::Status, waits), expected, "{waits:?}");
            assert_eq!(told(Talk::Errors, waits), "", "{waits:?}");
        }
    }
}
