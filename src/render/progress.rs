//! The progress lines at the bottom of a terminal: what is waited for, the bytes of wheels that have
//! come, and the archives that are written.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::{Event, Received};
use crate::words;

/// At most three lines; none where standard error is no terminal.
pub(super) struct Progress {
    lines: MultiProgress,
    /// None where nothing takes long.
    waiting: Option<ProgressBar>,
    /// The programs and downloads that take long: each with its time so far.
    waited_for: BTreeMap<String, (Duration, Option<Received>)>,
    /// How many of the archives are written.
    packaging: ProgressBar,
    /// How many bytes of wheels have come; none where none are fetched.
    fetching: Option<ProgressBar>,
}

impl Progress {
    /// Lines that are drawn only on a terminal.
    pub(super) fn new(is_terminal: bool) -> Self {
        let target =
            if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            lines: MultiProgress::with_draw_target(target),
            waiting: None,
            waited_for: BTreeMap::new(),
            packaging: bar(None, "Packaging", "[{bar:25}] {pos}/{len}"),
            fetching: None,
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
            Event::StillWaiting { what, received, elapsed } => {
                self.wait(what, *received, *elapsed);
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
        self.fetching = Some(self.lines.insert(0, bar(bytes, "Fetching", template)));
    }

    fn wait(&mut self, what: &str, received: Option<Received>, elapsed: Option<Duration>) {
        match elapsed {
            Some(elapsed) => drop(self.waited_for.insert(what.to_owned(), (elapsed, received))),
            None => drop(self.waited_for.remove(what)),
        }
        self.show();
    }

    fn show(&mut self) {
        let Some((waited_for, _)) = self.waited_for() else {
            return remove(&self.lines, &mut self.waiting);
        };
        let bar = self.waiting.get_or_insert_with(|| {
            let bar = self.lines.insert(0, bar(None, "Waiting", "{spinner} {msg}"));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(waited_for);
    }

    /// What is waited for, as a clause, and for how long.
    pub(super) fn waited_for(&self) -> Option<(String, Duration)> {
        let longest = self.waited_for.iter().max_by_key(|(_, (elapsed, _))| *elapsed);
        let (what, (elapsed, received)) = longest?;
        let come = received.map(|Received { bytes, size }| match size {
            Some(size) => format!(", {} of {}", words::bytes(bytes), words::bytes(size)),
            None => format!(", {}", words::bytes(bytes)),
        });
        let others = match self.waited_for.len() - 1 {
            0 => String::new(),
            others => format!(" and {}", words::count(others, "other")),
        };
        let (come, seconds) = (come.unwrap_or_default(), elapsed.as_secs());
        Some((format!("for {what}{come}{others}, {seconds} s so far"), *elapsed))
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
fn bar(length: Option<u64>, verb: &'static str, template: &str) -> ProgressBar {
    let template = format!("{{prefix:>12.cyan.bold}} {template}");
    let style = ProgressStyle::with_template(&template).expect("the templates are fixed");
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(verb);
    bar
}
