//! The answer of `hook install` and `hook uninstall`.

use crate::command::Hooked;

/// `STATUS<TAB>PATH`.
pub(crate) fn hooked(hooked: &Hooked) -> String {
    format!("{}\t{}\n", hooked.status.word(), hooked.path)
}
