//! `list`: what was typed, and what is answered.

use super::arguments::{ChangedOption, Format, Global, MakeOptions};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command;
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::Listings;

impl Run {
    /// Shows what would be packaged; of lambdas that have changed, the names are enough.
    pub(super) fn list(
        &self,
        global: Global,
        names: &[String],
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> (String, u8) {
        let is_changed = changed.changed_since.is_some();
        let listed = self.listed(global, names, changed, make);
        let answer = listed.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            Listings { lambdas: Vec::new(), failures: vec![failure] }
        });
        let text = match self.format {
            Some(Format::Json) => json::answer(&answer),
            Some(Format::Text) | None if is_changed => text::names(&answer.lambdas),
            Some(Format::Text) | None => text::listings(&answer.lambdas),
        };
        (text, exit::code(&answer.failures))
    }

    fn listed(
        &self,
        global: Global,
        names: &[String],
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> Result<Listings, Error> {
        let before = self.before(&global, changed, make)?;
        self.with_context(global, make, Places::default(), |context| {
            command::list(names, before.as_ref(), context)
        })
    }
}
