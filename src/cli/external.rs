//! `external`: a query comes on standard input.

use std::io::{IsTerminal as _, Read as _};

use super::arguments::{Global, MakeOptions};
use super::context::Places;
use super::exit;
use super::run::Run;
use crate::command::{self, Build, ExternalError, Query};
use crate::error::Error;
use crate::pipeline::Effect;
use crate::render::external;

impl Run {
    /// Answers Terraform's query with hashes; writes nothing.
    pub(super) fn external(&self, global: Global, make: &MakeOptions) -> (String, u8) {
        let query = match read() {
            Ok(query) => query,
            Err(error) => return self.failed(&Error::from(command::Error::External(error))),
        };
        let root = global.root.clone().or(query.root);
        let global = Global { root, ..global };
        let (before, partition) = (None, None);
        let request = Build { names: query.names, before, partition, effect: Effect::HashOnly };
        let built = self.with_context(global, make, Places::default(), |context| {
            command::build(&request, context)
        });
        match built {
            Ok(report) => (external::hashes(&report), exit::code(&report.failures)),
            Err(error) => self.failed(&error),
        }
    }
}

fn read() -> Result<Query, ExternalError> {
    let mut stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        return Err(ExternalError::Terminal);
    }
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes).map_err(ExternalError::Unreadable)?;
    command::query(&bytes)
}
