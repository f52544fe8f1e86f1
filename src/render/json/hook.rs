//! The answer of `hook install` and `hook uninstall`.

use serde::Serialize;

use super::{FailureRow, SCHEMA, document, failure};
use crate::command::Hooked;
use crate::report::Failure;

#[derive(Serialize)]
struct HookDocument<'a> {
    schema: u32,
    status: Option<&'static str>,
    path: Option<&'a str>,
    failures: Vec<FailureRow<'a>>,
}

/// The answer of `hook install` and `hook uninstall` as JSON; without what was done where that
/// failed.
pub(crate) fn hooked(hooked: Option<&Hooked>, failures: &[Failure]) -> String {
    document(&HookDocument {
        schema: SCHEMA,
        status: hooked.map(|hooked| hooked.status.word()),
        path: hooked.map(|hooked| hooked.path.as_str()),
        failures: failures.iter().map(failure).collect(),
    })
}
