//! The lines at the bottom of a terminal that move: what is waited for, how much of the wheels has
//! come, and how far packaging is.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::words;

/// At most three lines; nothing where standard error is no terminal.
pub(super) struct Progress {
    /// Draws both lines.
    lines: MultiProgress,
    /// What is waited for.
    waiting: ProgressBar,
    /// Whether that line is drawn.
    is_waiting: bool,
    /// The same by name, with its time so far.
    waited_for: BTreeMap<String, Duration>,
    /// How many of the archives are written.
    packaging: ProgressBar,
    /// How many bytes of wheels have come; none where none are fetched.
    fetching: Option<ProgressBar>,
}

impl Progress {
    /// Bytes are fetched: so many, where that is known.
    pub(super) fn fetch(&mut self, bytes: Option<u64>) {
        let template = match bytes {
            Some(_) => {
                "{prefix:>12.cyan.bold} [{bar:25}] {decimal_bytes}/{decimal_total_bytes} ({decimal_bytes_per_sec})"
            }
            None => "{prefix:>12.cyan.bold} {spinner} {decimal_bytes} ({decimal_bytes_per_sec})",
        };
        let style = ProgressStyle::with_template(template).expect("the templates are fixed");
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::hidden());
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix("Fetching");
        self.fetch_ended();
        self.fetching = Some(self.lines.insert(0, bar));
    }

    /// So many more bytes have come.
    pub(super) fn fetched(&mut self, bytes: u64) {
        if let Some(bar) = &self.fetching {
            bar.inc(bytes);
        }
    }

    /// Nothing is fetched any more.
    pub(super) fn fetch_ended(&mut self) {
        if let Some(bar) = self.fetching.take() {
            bar.finish_and_clear();
            self.lines.remove(&bar);
        }
    }

    /// Lines that are drawn only if somebody looks.
    pub(super) fn new(is_terminal: bool) -> Self {
        let target =
            if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let lines = MultiProgress::with_draw_target(target);
        let style = |template| {
            let style = ProgressStyle::with_template(template).expect("the templates are fixed");
            style.progress_chars("=> ")
        };
        // Each is first drawn when it first moves.
        let hidden = || ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let waiting = hidden();
        waiting.set_style(style("{prefix:>12.cyan.bold} {spinner} {msg}"));
        waiting.set_prefix("Resolving");
        let packaging = hidden();
        packaging.set_style(style("{prefix:>12.cyan.bold} [{bar:25}] {pos}/{len}"));
        packaging.set_prefix("Packaging");
        Self {
            lines,
            waiting,
            is_waiting: false,
            waited_for: BTreeMap::new(),
            packaging,
            fetching: None,
        }
    }

    /// Something is waited for, for so long.
    pub(super) fn wait(&mut self, what: &str, elapsed: Duration) {
        if !self.is_waiting {
            self.is_waiting = true;
            self.waiting.reset();
            self.waiting = self.lines.insert(0, self.waiting.clone());
            self.waiting.enable_steady_tick(Duration::from_millis(100));
        }
        self.waited_for.insert(what.to_owned(), elapsed);
        self.show();
    }

    /// Something is no longer waited for.
    pub(super) fn done(&mut self, what: &str) {
        self.waited_for.remove(what);
        self.show();
    }

    /// So many archives are to be written; one needs no bar.
    pub(super) fn expect(&mut self, archives: usize) {
        if archives > 1 {
            self.packaging = self.lines.add(self.packaging.clone());
            self.packaging.set_length(archives as u64);
        }
    }

    /// One more archive is written.
    pub(super) fn written(&mut self) {
        if self.packaging.length().is_some() {
            self.packaging.inc(1);
        }
    }

    /// Nothing moves any more.
    pub(super) fn finish(&mut self) {
        self.fetch_ended();
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

    fn show(&mut self) {
        if !self.is_waiting {
            return;
        }
        let longest = self.waited_for.iter().max_by_key(|(_, elapsed)| **elapsed);
        let Some((what, elapsed)) = longest else {
            self.is_waiting = false;
            self.waiting.disable_steady_tick();
            self.waiting.finish_and_clear();
            self.lines.remove(&self.waiting);
            return;
        };
        let others = match self.waited_for.len() - 1 {
            0 => String::new(),
            others => format!(" and {}", words::count(others, "other")),
        };
        self.waiting.set_message(format!("{what}{others}, {} s", elapsed.as_secs()));
    }
}
