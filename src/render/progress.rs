//! The one line at the bottom of a terminal that moves.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words;

/// A line about what is waited for; nothing where standard error is no terminal.
pub(super) struct Progress {
    /// The line.
    bar: ProgressBar,
    /// What is waited for, by name.
    waiting: BTreeMap<String, Duration>,
}

impl Progress {
    /// A line that is drawn only if somebody looks.
    pub(super) fn new(is_terminal: bool) -> Self {
        let target =
            if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{prefix:>12.cyan.bold} {spinner} {msg}");
        bar.set_style(style.expect("the template is fixed"));
        bar.set_prefix("Resolving");
        Self { bar, waiting: BTreeMap::new() }
    }

    /// Something is waited for, for so long.
    pub(super) fn wait(&mut self, what: &str, elapsed: Duration) {
        self.waiting.insert(what.to_owned(), elapsed);
        self.bar.enable_steady_tick(Duration::from_millis(100));
        self.show();
    }

    /// Something is no longer waited for.
    pub(super) fn done(&mut self, what: &str) {
        self.waiting.remove(what);
        self.show();
    }

    /// Nothing is waited for any more.
    pub(super) fn finish(&mut self) {
        self.waiting.clear();
        self.show();
    }

    /// Writes something above the line.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    fn show(&self) {
        let longest = self.waiting.iter().max_by_key(|(_, elapsed)| **elapsed);
        let Some((what, elapsed)) = longest else {
            self.bar.disable_steady_tick();
            self.bar.finish_and_clear();
            return;
        };
        let others = match self.waiting.len() - 1 {
            0 => String::new(),
            others => format!(" and {}", words::count(others, "other")),
        };
        self.bar.set_message(format!("{what}{others}, {} s", elapsed.as_secs()));
    }
}
