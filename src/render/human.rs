//! Talk on standard error, as cargo talks.

use std::fmt;
use std::io::{IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anstyle::{AnsiColor, Style};

use super::progress::Progress;
use super::text::visible;
use crate::event::{Event, Reporter};
use crate::report::{Failure, LockStatus, Locked, Place, Status, Warning};
use crate::words;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Talk {
    /// Nothing at all.
    Nothing,
    /// Errors.
    Errors,
    /// What happens, too.
    Status,
    /// Where answers come from, too.
    More,
}

/// How often something slow is told of where there is no terminal.
const HEARTBEAT: Duration = Duration::from_secs(10);

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = AnsiColor::Cyan.on_default().bold();

const ERROR: (&str, Style) = ("error", BAD);
const WARNING: (&str, Style) = ("warning", ODD);

/// Shows events to a person, or to the log of a pipeline.
pub(crate) struct Human {
    /// How much is said.
    talk: Talk,
    /// Whether a line may move.
    is_terminal: bool,
    /// When the run began, to say how long it took.
    started: Instant,
    /// What changes.
    state: Mutex<State>,
}

/// What changes while events come.
struct State {
    /// Standard error, which drops colour where it can't show it.
    stream: Box<dyn Write + Send>,
    /// The line that moves.
    progress: Progress,
    /// When something slow was last told of.
    heartbeat: Duration,
}

impl Human {
    /// Talks on standard error.
    pub(crate) fn new(talk: Talk, color: anstream::ColorChoice, is_ci: bool) -> Self {
        let stderr = std::io::stderr();
        let is_terminal = stderr.is_terminal() && !is_ci;
        let stream = anstream::AutoStream::new(stderr, color);
        let progress = Progress::new(is_terminal && talk >= Talk::Status);
        let state = State { stream: Box::new(stream), progress, heartbeat: Duration::ZERO };
        Self { talk, is_terminal, started: Instant::now(), state: Mutex::new(state) }
    }

    /// Takes away what moves, so that the answer can be written below.
    pub(crate) fn finish(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).progress.finish();
    }

    /// Says one event's lines, whole.
    fn say(&self, state: &mut State, text: &str) {
        let State { stream, progress, .. } = state;
        // Talk that nobody can read is lost; the answer and the exit code tell enough.
        drop(progress.above(|| stream.write_all(text.as_bytes()).and_then(|()| stream.flush())));
    }

    fn show(&self, state: &mut State, event: &Event<'_>) {
        match event {
            Event::Discovered { lambdas } => {
                state.progress.expect(*lambdas);
                self.note(state, &words::count(*lambdas, "lambda"));
            }
            Event::ResolveStarted { requirements, target } => {
                self.status(state, GOOD, "Resolving", &format!("{requirements} for {target}"));
                state.progress.wait(requirements, Duration::ZERO);
            }
            Event::PipFetchStarted { requirements, wheels } => {
                let text = format!("{} with pip", words::count(*wheels, "wheel"));
                self.status(state, GOOD, "Fetching", &text);
                state.progress.wait(requirements, Duration::ZERO);
            }
            Event::ResolveRuns { requirements, program, elapsed } => {
                state.progress.wait(requirements, *elapsed);
                if !self.is_terminal && *elapsed >= state.heartbeat + HEARTBEAT {
                    state.heartbeat = *elapsed;
                    let seconds = elapsed.as_secs();
                    let text = format!("for {program}, {seconds} s so far ({requirements})");
                    self.status(state, QUIET, "Waiting", &text);
                }
            }
            Event::ResolverEnded { requirements } => {
                state.progress.done(requirements);
                state.heartbeat = Duration::ZERO;
            }
            Event::ResolveFinished { requirements, wheels } => {
                let text = format!("{requirements}: {}", words::count(*wheels, "wheel"));
                self.status(state, GOOD, "Resolved", &text);
            }
            Event::ResolutionServed { requirements, since } => {
                let age =
                    since.and_then(age).map_or_else(String::new, |age| format!(", {age} old"));
                self.note(state, &format!("{requirements}: from the store{age}"));
            }
            Event::WheelCorrupt { wheel } => {
                let message = format!("the store's copy of `{wheel}` is damaged, and was removed");
                self.message(state, &Message::new(WARNING, &message));
            }
            Event::BuildStarted { what } => self.status(state, GOOD, "Building", what),
            Event::FetchStarted { wheels, bytes } => {
                let size = bytes.map_or_else(String::new, |it| format!(", {}", words::bytes(it)));
                let text = format!("{}{size}", words::count(*wheels, "wheel"));
                self.status(state, GOOD, "Fetching", &text);
                state.progress.fetch(*bytes);
            }
            Event::Fetching { bytes } => state.progress.fetched(*bytes),
            Event::FetchEnded => state.progress.fetch_ended(),
            Event::Locked(locked) => self.locked(state, locked),
            Event::WheelsFetched { wheels } => {
                self.status(state, GOOD, "Fetched", &words::count(*wheels, "wheel"));
            }
            Event::Written => state.progress.written(),
            Event::Packaged(package) => {
                let verb = match package.status {
                    Status::Built => "Packaged",
                    Status::WouldBuild => "Would build",
                };
                let files = usize::try_from(package.entries).unwrap_or(usize::MAX);
                let (size, files) = (words::bytes(package.size), words::count(files, "file"));
                self.status(state, GOOD, verb, &format!("{} ({size}, {files})", package.name));
            }
            Event::Failed(failure) => {
                state.progress.finish();
                self.failure(state, failure);
            }
            Event::ManifestWritten { path } => self.status(state, GOOD, "Updated", path),
            Event::Warned { lambda, warning } => self.warning(state, *lambda, warning),
            Event::Waiting { what } => self.status(state, QUIET, "Waiting", &format!("for {what}")),
            Event::Noted { note } => self.note(state, note),
            Event::Skipped { why } => self.status(state, QUIET, "Skipped", why),
            Event::Advised { advice } => self.status(state, QUIET, "Next", advice),
            Event::Finished { packages, dry_run, failures } => {
                state.progress.finish();
                self.finished(state, *packages, *dry_run, *failures);
            }
            Event::Verified { checks, differences } => {
                state.progress.finish();
                let time = words::seconds(self.started.elapsed());
                let checks = words::count(*checks, "check");
                match differences {
                    0 => self.status(state, GOOD, "Verified", &format!("{checks} in {time}")),
                    some => {
                        let text = format!("{some} of {checks} in {time}");
                        self.status(state, ODD, "Different", &text);
                    }
                }
            }
            Event::Cleaned { files, bytes } => {
                let files = words::count(usize::try_from(*files).unwrap_or(usize::MAX), "file");
                self.status(state, GOOD, "Removed", &format!("{files}, {}", words::bytes(*bytes)));
            }
        }
    }

    fn finished(&self, state: &mut State, packages: usize, dry_run: bool, failures: usize) {
        if failures > 0 {
            let all = words::count(packages + failures, "lambda");
            let message = format!("{failures} of {all} could not be packaged");
            self.message(state, &Message::new(ERROR, &message));
            return;
        }
        let (packages, time) =
            (words::count(packages, "package"), words::seconds(self.started.elapsed()));
        let suffix = if dry_run { ", nothing written" } else { "" };
        self.status(state, GOOD, "Finished", &format!("{packages} in {time}{suffix}"));
    }

    fn locked(&self, state: &mut State, locked: &Locked) {
        let packages = usize::try_from(locked.packages).unwrap_or(usize::MAX);
        let text = format!("{} ({})", locked.name, words::count(packages, "package"));
        match locked.status {
            LockStatus::Written => self.status(state, GOOD, "Locked", &text),
            LockStatus::Fresh | LockStatus::Hashed => {
                self.status(state, QUIET, "Unchanged", &text);
            }
            LockStatus::Stale => {
                let reason = locked.reason.as_deref().unwrap_or_default();
                self.status(state, ODD, "Stale", &format!("{}: {reason}", locked.name));
            }
            LockStatus::Missing => self.status(state, ODD, "Missing", &locked.name),
        }
    }

    fn status(&self, state: &mut State, style: Style, verb: &str, text: &str) {
        if self.talk >= Talk::Status {
            self.say(state, &format!("{style}{verb:>12}{style:#} {}\n", visible(text)));
        }
    }

    fn note(&self, state: &mut State, text: &str) {
        if self.talk >= Talk::More {
            self.status(state, QUIET, "Note", text);
        }
    }

    fn warning(&self, state: &mut State, lambda: Option<&str>, warning: &Warning) {
        if self.talk < Talk::Status {
            return;
        }
        let message = match lambda {
            Some(lambda) => format!("`{lambda}`: {}", warning.message),
            None => warning.message.clone(),
        };
        let (place, hint) = (warning.place.as_ref(), warning.hint.as_deref());
        self.message(state, &Message { place, hint, ..Message::new(WARNING, &message) });
    }

    fn failure(&self, state: &mut State, failure: &Failure) {
        let (place, hint) = (failure.place.as_ref(), failure.hint.as_deref());
        let causes = failure.causes.as_slice();
        self.message(
            state,
            &Message { place, causes, hint, ..Message::new(ERROR, &failure.message) },
        );
    }

    /// Says a message, whatever is said but nothing at all.
    fn message(&self, state: &mut State, message: &Message<'_>) {
        if self.talk >= Talk::Errors {
            self.say(state, &message.to_string());
        }
    }
}

/// A message with its place, its causes and what to do.
struct Message<'a> {
    /// `error` or `warning`, and its colour.
    word: (&'static str, Style),
    /// One sentence.
    text: &'a str,
    /// Where.
    place: Option<&'a Place>,
    /// Why, outermost first.
    causes: &'a [String],
    /// What to do.
    hint: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// A message that is only a sentence.
    fn new(word: (&'static str, Style), text: &'a str) -> Self {
        Self { word, text, place: None, causes: &[], hint: None }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, style) = self.word;
        writeln!(formatter, "{style}{word}{style:#}: {}", visible(self.text))?;
        if let Some(place) = self.place {
            writeln!(formatter, "  --> {}", visible(&place.to_string()))?;
        }
        for cause in self.causes {
            writeln!(formatter, "  caused by: {}", visible(cause))?;
        }
        match self.hint {
            Some(hint) => writeln!(formatter, "{QUIET}hint{QUIET:#}: {}", visible(hint)),
            None => Ok(()),
        }
    }
}

impl Reporter for Human {
    fn report(&self, event: &Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.show(&mut state, event);
    }
}

/// How long ago a time is; none for one that is yet to come.
#[expect(clippy::disallowed_methods, reason = "only what is shown depends on the clock")]
fn age(since: SystemTime) -> Option<String> {
    SystemTime::now().duration_since(since).ok().map(words::age)
}
