//! A reporter that tells of what is slow or wrong, and not of packages: none is made here.

use crate::event::{Event, Reporter};

/// Passes on what matters to who verifies.
pub(in crate::command) struct Quiet<'a>(pub(in crate::command) &'a dyn Reporter);

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

/// Passes on nothing: of what was done before.
pub(super) struct Silent;

impl Reporter for Silent {
    fn report(&self, _: &Event<'_>) {}
}
