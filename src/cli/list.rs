//! `list`: what was typed, and what is answered.

use super::arguments::{ChangedOption, Format, Global, MakeOptions};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command::{self, Listing};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::Failure;

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
        let listed = self.listed(global, names.to_vec(), changed, make);
        let (listings, failures) = listed.unwrap_or_else(|error| {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            (Vec::new(), vec![failure])
        });
        let answer = match self.format {
            Some(Format::Json) => json::listings(&listings, &failures),
            Some(Format::Text) | None if is_changed => text::names(&listings),
            Some(Format::Text) | None => text::listings(&listings),
        };
        (answer, exit::code(&failures))
    }

    fn listed(
        &self,
        global: Global,
        mut names: Vec<String>,
        changed: ChangedOption,
        make: &MakeOptions,
    ) -> Result<(Vec<Listing>, Vec<Failure>), Error> {
        let mut failed = Vec::new();
        if let Some(revision) = changed.changed_since {
            (names, failed) = self.changed(&global, &names, &revision, make)?;
            if names.is_empty() {
                return Ok((Vec::new(), failed));
            }
        }
        let (listings, mut failures) =
            self.with_context(global, make, Places::default(), |context| {
                command::list(&names, context)
            })?;
        failures.extend(failed);
        Ok((listings, failures))
    }
}
