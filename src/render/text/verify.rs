//! The answer of `verify`.

use std::fmt::Write as _;

use super::visible;
use crate::report::Check;

/// `NAME<TAB>CHECK<TAB>STATUS<TAB>DETAIL`, a line for each check.
pub(crate) fn checks(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { name, subject, status, address, message, .. } in checks {
        let detail = match address {
            Some(address) => format!("{address}: {message}"),
            None => message.clone(),
        };
        let (subject, status) = (subject.word(), status.words());
        let (name, detail) = (visible(name), visible(&detail));
        writeln!(text, "{name}\t{subject}\t{status}\t{detail}").expect("a String takes all");
    }
    text
}
