//! `diff`: which of its two forms was typed, and what is answered.

use camino::{Utf8Path, Utf8PathBuf};

use super::arguments::{Format, Global, MakeOptions};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command::{self, DiffError};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::{Diff, DiffStatus};

/// What was typed behind `diff`.
pub(super) struct Typed {
    /// A lambda's name, or a zip.
    pub(super) before: String,
    /// Another zip.
    pub(super) after: Option<Utf8PathBuf>,
    /// The member that is asked about.
    pub(super) content: Option<String>,
}

impl Run {
    /// Compares two zips, or a lambda's zip with its sources.
    pub(super) fn diff(&self, global: Global, typed: &Typed, make: &MakeOptions) -> (String, u8) {
        let member = typed.content.as_deref();
        let answer = match &typed.after {
            Some(after) => options_are_needless(make.any())
                .and_then(|()| command::diff_zips(Utf8Path::new(&typed.before), after, member)),
            None if is_file(&typed.before) => {
                let path = typed.before.clone();
                Err(command::Error::from(DiffError::OneZip { path }).into())
            }
            None => self.with_context(global, make, Places::default(), |context| {
                command::diff_lambda(&typed.before, member, context)
            }),
        };
        let diff = answer.unwrap_or_else(|error| {
            let failures = vec![error.failure()];
            self.human.report(&Event::Failed(&failures[0]));
            Diff { failures, ..Diff::default() }
        });
        let code = match (exit::code(&diff.failures), diff.status) {
            (exit::DONE, Some(DiffStatus::SameContent | DiffStatus::Differs)) => exit::DIFFERS,
            (code, _) => code,
        };
        let answer = match self.format {
            Some(Format::Json) => json::answer(&diff),
            Some(Format::Text) | None => text::diff(&diff),
        };
        (answer, code)
    }
}

/// Whether a word is a zip's path: no lambda's name has a slash.
fn is_file(word: &str) -> bool {
    word.contains(['/', std::path::MAIN_SEPARATOR]) || word.ends_with(".zip")
}

/// Two zips are compared without a project: nothing is resolved.
fn options_are_needless(option: Option<&'static str>) -> Result<(), Error> {
    match option {
        Some(option) => {
            Err(command::Error::Misplaced { option, command: "diff A.zip B.zip" }.into())
        }
        None => Ok(()),
    }
}
