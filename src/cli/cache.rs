//! `cache`: what was typed, and what is answered.

use super::arguments::{CacheCommand, Format};
use super::exit;
use super::run::Run;
use crate::command;
use crate::render::{json, text};

impl Run {
    /// Looks at the store, or tidies it up.
    pub(super) fn cache(&self, command: CacheCommand) -> (String, u8) {
        let is_json = self.format == Some(Format::Json);
        let environment = &self.environment;
        let answer = match command {
            CacheCommand::Dir => command::directory(environment).map(|path| {
                if is_json { json::directory(path.as_str()) } else { format!("{path}\n") }
            }),
            CacheCommand::Size => command::measure_cache(environment).map(|usage| {
                if is_json { json::usage(usage) } else { format!("{}\n", usage.bytes) }
            }),
            CacheCommand::Clean => command::clean_cache(environment, &self.human)
                .map(|usage| if is_json { json::usage(usage) } else { String::new() }),
            CacheCommand::Prune { days } => command::prune_cache(days, environment, &self.human)
                .map(|usage| if is_json { json::usage(usage) } else { String::new() }),
            CacheCommand::Verify => match command::verify_cache(environment, &self.human) {
                Ok(soundness) => {
                    let is_sound = soundness.damaged.is_empty();
                    let answer = if is_json {
                        json::soundness(&soundness)
                    } else {
                        text::soundness(&soundness)
                    };
                    return (answer, if is_sound { exit::DONE } else { exit::DIFFERS });
                }
                Err(error) => Err(error),
            },
        };
        answer.map_or_else(
            |error| self.failed(&crate::error::Error::Store(error)),
            |answer| (answer, exit::DONE),
        )
    }
}
