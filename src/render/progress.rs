//! The progress lines at the bottom of a terminal: what is waited for, the bytes of wheels that have
//! come, and the archives that are written.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::visible;
use crate::event::{Event, Received};
use crate::words;

/// At most three lines; none where standard error is no terminal.
pub(super) struct Progress {
    lines: MultiProgress,
    /// None where nothing takes long.
    waiting: Option<ProgressBar>,
    /// The programs and downloads that take long: each with its time so far, and how far it is.
    waited_for: BTreeMap<String, (Duration, Option<String>)>,
    /// How many of the archives are written.
    packaging: ProgressBar,
    /// How many bytes of wheels have come; none where none are fetched.
    fetching: Option<ProgressBar>,
    /// Whether a line may have colour, where the terminal has.
    has_color: bool,
}

impl Progress {
    /// Lines that are drawn only on a terminal.
    pub(super) fn new(is_terminal: bool, has_color: bool) -> Self {
        let target =
            if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            lines: MultiProgress::with_draw_target(target),
            waiting: None,
            waited_for: BTreeMap::new(),
            packaging: bar(None, "Packaging", "[{bar:25}] {pos}/{len}", has_color),
            fetching: None,
            has_color,
        }
    }

    /// Updates the lines for an event.
    pub(super) fn follow(&mut self, event: &Event<'_>) {
        match event {
            // One archive needs no bar.
            Event::Discovered { lambdas } if *lambdas > 1 => {
                self.packaging = self.lines.add(self.packaging.clone());
                self.packaging.set_length(*lambdas as u64);
            }
            Event::Written if self.packaging.length().is_some() => self.packaging.inc(1),
            Event::StillWaiting { what, at, received, elapsed } => {
                let at = at.map(|at| format!("at {at}"));
                self.wait(what, at.or_else(|| received.map(come)), *elapsed);
            }
            Event::FetchStarted { bytes, .. } => self.fetch(*bytes),
            Event::Fetching { bytes } => {
                if let Some(bar) = &self.fetching {
                    bar.inc(*bytes);
                }
            }
            Event::FetchEnded => remove(&self.lines, &mut self.fetching),
            Event::Failed(_) | Event::Finished { .. } | Event::Verified { .. } => self.finish(),
            _ => {}
        }
    }

    /// Removes all lines.
    pub(super) fn finish(&mut self) {
        remove(&self.lines, &mut self.fetching);
        self.waited_for.clear();
        self.show();
        if self.packaging.length().is_some() {
            self.packaging.finish_and_clear();
        }
    }

    /// Writes something above the lines.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        self.lines.suspend(write)
    }

    fn fetch(&mut self, bytes: Option<u64>) {
        let template = match bytes {
            Some(_) => "[{bar:25}] {decimal_bytes}/{decimal_total_bytes} ({decimal_bytes_per_sec})",
            None => "{spinner} {decimal_bytes} ({decimal_bytes_per_sec})",
        };
        remove(&self.lines, &mut self.fetching);
        self.fetching =
            Some(self.lines.insert(0, bar(bytes, "Fetching", template, self.has_color)));
    }

    fn wait(&mut self, what: &str, so_far: Option<String>, elapsed: Option<Duration>) {
        match elapsed {
            Some(elapsed) => drop(self.waited_for.insert(what.to_owned(), (elapsed, so_far))),
            None => drop(self.waited_for.remove(what)),
        }
        self.show();
    }

    fn show(&mut self) {
        // What says most stands first: the line ends where the terminal does.
        let shown = self.longest().map(|Longest { what, elapsed, so_far, others }| {
            visible(&format!("{} s{so_far}, for {what}{others}", elapsed.as_secs()))
        });
        let Some(shown) = shown else { return remove(&self.lines, &mut self.waiting) };
        let bar = self.waiting.get_or_insert_with(|| {
            let bar = bar(None, "Waiting", "{spinner} {wide_msg}", self.has_color);
            let bar = self.lines.insert(0, bar);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(shown);
    }

    /// What has been waited for longest.
    pub(super) fn longest(&self) -> Option<Longest<'_>> {
        let longest = self.waited_for.iter().max_by_key(|(_, (elapsed, _))| *elapsed);
        let (what, (elapsed, so_far)) = longest?;
        Some(Longest {
            what,
            elapsed: *elapsed,
            so_far: so_far.as_ref().map(|it| format!(", {it}")).unwrap_or_default(),
            others: match self.waited_for.len() - 1 {
                0 => String::new(),
                others => format!(" and {}", words::count(others, "other")),
            },
        })
    }
}

/// A program or download that takes long, and clauses about it.
pub(super) struct Longest<'a> {
    pub(super) what: &'a str,
    pub(super) elapsed: Duration,
    /// How far it is.
    pub(super) so_far: String,
    /// How many others there are.
    pub(super) others: String,
}

/// How much of a download has come.
fn come(Received { bytes, size }: Received) -> String {
    match size {
        Some(size) => format!("{} of {}", words::bytes(bytes), words::bytes(size)),
        None => words::bytes(bytes),
    }
}

/// Takes a line away, if it is there.
fn remove(lines: &MultiProgress, line: &mut Option<ProgressBar>) {
    if let Some(bar) = line.take() {
        bar.disable_steady_tick();
        bar.finish_and_clear();
        lines.remove(&bar);
    }
}

/// A line that is drawn only once it moves.
fn bar(length: Option<u64>, verb: &'static str, template: &str, has_color: bool) -> ProgressBar {
    let style = if has_color { ".cyan.bold" } else { "" };
    let template = format!("{{prefix:>12{style}}} {template}");
    let style = ProgressStyle::with_template(&template).expect("the templates are fixed");
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(verb);
    bar
}
