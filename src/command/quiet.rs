//! A reporter for commands that publish no packages: it shows what is slow or wrong, and no
//! packages.

use std::sync::{Mutex, PoisonError};

use crate::event::{Event, Reporter};
use crate::report::{NamedWarning, Warning};

/// Passes on all events but those of packages.
pub(super) struct Quiet<'a>(pub(super) &'a dyn Reporter);

impl Reporter for Quiet<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Discovered { .. }
            | Event::Written
            | Event::Packaged(_)
            | Event::Finished { .. } => {}
            event => self.0.report(event),
        }
    }
}

/// Passes on the same but warnings and notes: those of a revision are about what is no more.
pub(super) struct Past<'a>(pub(super) Quiet<'a>);

impl Reporter for Past<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Warned { .. } | Event::Noted(_) => {}
            // All of the past is one stage of now.
            Event::Began { .. } | Event::Ended => {}
            event => self.0.report(event),
        }
    }
}

/// Passes on events, and keeps the warnings, which are in the answer, too.
pub(super) struct Recorder<'a> {
    reporter: Quiet<'a>,
    warnings: Mutex<Vec<NamedWarning>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(reporter: Quiet<'a>) -> Self {
        Self { reporter, warnings: Mutex::default() }
    }

    /// The warnings, each with its lambda's name where it is about one. They are sorted, since
    /// threads report them in any order.
    pub(super) fn warnings(&self) -> Vec<NamedWarning> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let key =
            |it: &NamedWarning| (it.name.clone(), it.warning.code, it.warning.message.clone());
        warnings.sort_by_cached_key(key);
        warnings
    }
}

impl Reporter for Recorder<'_> {
    fn report(&self, event: &Event<'_>) {
        if let Event::Warned { lambda, warning, .. } = event {
            let (name, warning) = (lambda.map(str::to_owned), (*warning).clone());
            let told = NamedWarning { name, warning };
            self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        }
        self.reporter.report(event);
    }
}

/// Passes on events; where the answer is seen beside them, it holds back the warnings of lambdas until
/// it is known which of them the answer has, too.
pub(super) struct Answered<'a> {
    reporter: &'a dyn Reporter,
    held: Mutex<Vec<(String, Warning)>>,
}

impl<'a> Answered<'a> {
    pub(super) fn new(reporter: &'a dyn Reporter) -> Self {
        Self { reporter, held: Mutex::default() }
    }

    /// Reports what was held back.
    pub(super) fn tell(&self, is_answer: impl Fn(&str, &Warning) -> bool) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        for (lambda, warning) in &held {
            let is_answer = is_answer(lambda, warning);
            self.reporter.report(&Event::Warned { lambda: Some(lambda), warning, is_answer });
        }
    }
}

impl Reporter for Answered<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Warned { lambda: Some(lambda), warning, .. }
                if self.reporter.is_answer_seen() =>
            {
                let told = ((*lambda).to_owned(), (*warning).clone());
                self.held.lock().unwrap_or_else(PoisonError::into_inner).push(told);
            }
            event => self.reporter.report(event),
        }
    }
}
