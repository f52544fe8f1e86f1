//! The answer of `hook install` and `hook uninstall`.

use serde::Serialize;

use super::{SCHEMA, document};
use crate::command::Hooked;

#[derive(Serialize)]
struct HookDocument<'a> {
    schema: u32,
    status: &'static str,
    path: &'a str,
}

/// The answer of `hook install` and `hook uninstall` as JSON.
pub(crate) fn hooked(hooked: &Hooked) -> String {
    let (status, path) = (hooked.status.word(), hooked.path.as_str());
    document(&HookDocument { schema: SCHEMA, status, path })
}
