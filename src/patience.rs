//! How long the run waits for programs and downloads, and who hears of what it waits for.
//!
//! An [`Environment`](crate::environment::Environment) carries it to the doors: whatever is started or
//! fetched has one.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is told what is waited for.
pub(crate) const TICK: Duration = Duration::from_secs(1);

/// How long is waited, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// For the next word of a program.
    pub(crate) silence: Duration,
    /// For a program's end, or for all of a download.
    pub(crate) total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // A build may be silent while its compilers run: numpy 1.26.4 for Python 3.13 took 1,048
        // seconds in all (measured).
        Self { silence: Duration::from_secs(1_800), total: Duration::from_secs(3_600) }
    }
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Silence(Duration),
    Total(Duration),
}

impl Limit {
    /// What to do where the limit is too low.
    pub(crate) fn hint(self) -> String {
        let key = match self {
            Self::Silence(_) => "quiet-timeout",
            Self::Total(_) => "timeout",
        };
        format!("raise `{key}` in dofs-package.toml, if it only needs more time")
    }
}

/// What goes before it: `` `git` ``.
impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence(time) => write!(formatter, "said nothing for {} s", time.as_secs_f32()),
            Self::Total(time) => write!(formatter, "was not done in {} s", time.as_secs_f32()),
        }
    }
}

/// A program that still runs, or has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Running<'a> {
    pub(crate) what: &'a str,
    /// What it is at, as far as it says that.
    pub(crate) at: Option<&'a str>,
    /// How long it has run; none once it has ended.
    pub(crate) elapsed: Option<Duration>,
}

/// Hears of a program.
type Hear = Arc<dyn Fn(Running<'_>) + Send + Sync>;

/// The limits of a run, and who hears of its programs.
#[derive(Clone, Default)]
pub(crate) struct Patience {
    pub(crate) limits: Limits,
    hear: Option<Hear>,
}

impl Patience {
    pub(crate) fn told_to(hear: Hear) -> Self {
        Self { limits: Limits::default(), hear: Some(hear) }
    }

    /// Begins to wait for a program.
    pub(crate) fn wait<'a>(&'a self, what: &'a str) -> Wait<'a> {
        let started = Instant::now();
        Wait { patience: self, what, started, ticked: started }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limits.fmt(formatter)
    }
}

/// A program that is waited for until this is dropped.
pub(crate) struct Wait<'a> {
    patience: &'a Patience,
    what: &'a str,
    started: Instant,
    /// When it was last told.
    ticked: Instant,
}

impl Wait<'_> {
    /// Tells of it, if it is time, and what it is at.
    pub(crate) fn tick(&mut self, at: impl FnOnce() -> Option<String>) {
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.tell(at().as_deref(), Some(self.started.elapsed()));
        }
    }

    /// How long it has been waited for.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn tell(&self, at: Option<&str>, elapsed: Option<Duration>) {
        if let Some(hear) = &self.patience.hear {
            hear(Running { what: self.what, at, elapsed });
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // What was never told of needs no end.
        if self.ticked > self.started {
            self.tell(None, None);
        }
    }
}
