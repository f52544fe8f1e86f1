//! `cache`: what was typed, and what is answered.

use super::arguments::{CacheCommand, Format};
use super::exit;
use super::run::Run;
use crate::command;
use crate::error::Error;
use crate::render::{json, text};
use crate::report::Cache;

impl Run {
    /// Looks at the store, or tidies it up.
    pub(super) fn cache(&self, command: CacheCommand) -> (String, u8) {
        let environment = &self.environment;
        let answer = match &command {
            CacheCommand::Dir => command::directory(environment)
                .map(|path| Cache { directory: Some(path.into()), ..Cache::default() }),
            CacheCommand::Size => command::measure_cache(environment),
            CacheCommand::Clean => command::clean_cache(environment, &self.human),
            CacheCommand::Prune { days } => command::prune_cache(*days, environment, &self.human),
            CacheCommand::Verify => command::verify_cache(environment, &self.human),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.failed(&Error::Store(error)),
        };
        let is_sound = answer.damaged.as_ref().is_none_or(Vec::is_empty);
        let text = match command {
            _ if self.format == Some(Format::Json) => json::answer_without_tool(&answer),
            CacheCommand::Dir => format!("{}\n", answer.directory.unwrap_or_default()),
            CacheCommand::Size => format!("{}\n", answer.bytes.unwrap_or_default()),
            CacheCommand::Clean | CacheCommand::Prune { .. } => String::new(),
            CacheCommand::Verify => text::damaged(&answer.damaged.unwrap_or_default()),
        };
        (text, if is_sound { exit::DONE } else { exit::DIFFERS })
    }
}
