//! `init`: what was typed, and what is answered.

use super::arguments::{Ci, Format, Global, Hook};
use super::context::working_directory;
use super::exit;
use super::run::Run;
use crate::command::{self, Init, Service};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::WrittenFiles;
use crate::settings::Typed;

impl Run {
    /// Writes a config, files for CI and a hook.
    pub(super) fn init(
        &self,
        global: Global,
        (ci, hook): (Option<Ci>, Option<Hook>),
        force: bool,
    ) -> (String, u8) {
        let service = ci.map(|ci| match ci {
            Ci::Codebuild => Service::CodeBuild,
            Ci::Github => Service::GitHub,
        });
        let request = Init { service, hook: hook.is_some(), force };
        let typed = Typed {
            root: global.root,
            config: global.config,
            manifest_path: global.manifest_path,
            ..Typed::default()
        };
        let written = working_directory().map_err(Error::from).and_then(|folder| {
            command::init(&request, typed, &folder, &self.environment, &self.human)
        });
        let answer = match written {
            Ok(files) => WrittenFiles { files, failures: Vec::new() },
            Err(error) => {
                let failure = error.failure();
                self.human.report(&Event::Failed(&failure));
                WrittenFiles { files: Vec::new(), failures: vec![failure] }
            }
        };
        let text = match self.format {
            Some(Format::Json) => json::answer(&answer),
            Some(Format::Text) | None => text::files(&answer.files),
        };
        (text, exit::code(&answer.failures))
    }
}
