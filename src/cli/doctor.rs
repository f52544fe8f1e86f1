//! `doctor`: what there is, and what is amiss; the exit code tells of neither.

use super::arguments::{Format, Global, MakeOptions};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command;
use crate::process::redact;
use crate::render::{json, text};
use crate::report::Diagnosis;

impl Run {
    /// Tells what there is on this machine.
    pub(super) fn doctor(&self, global: Global) -> (String, u8) {
        let mut diagnosis =
            Diagnosis { programs: command::programs(&self.environment), ..Diagnosis::default() };
        match command::store(&self.environment) {
            Ok(store) => diagnosis.store = Some(store),
            Err(error) => diagnosis.problems.push(error.failure()),
        }
        let make = MakeOptions::default();
        match self.with_context(global, &make, Places::default(), command::project) {
            Ok(project) => diagnosis.project = Some(project),
            Err(error) => diagnosis.problems.push(error.failure()),
        }
        let answer = match self.format {
            Some(Format::Json) => json::answer(&diagnosis),
            Some(Format::Text) | None => text::diagnosis(&diagnosis),
        };
        // What a config or a message quotes may be an address with a password.
        (redact(&answer), exit::DONE)
    }
}
