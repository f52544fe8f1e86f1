//! How many packages may have another version tomorrow.

use std::collections::BTreeSet;

use super::wheels::Ready;
use crate::report::Warning;

/// Warns, in one line for all lambdas, of packages that neither a lock nor a line pins.
pub(super) fn warning(ready: &[Ready]) -> Option<Warning> {
    let mut packages = BTreeSet::new();
    let mut lambdas = 0;
    for wheels in ready.iter().filter_map(|ready| ready.wheels.as_ref()) {
        let unpinned = wheels.unpinned();
        lambdas += usize::from(!unpinned.is_empty());
        packages.extend(unpinned);
    }
    let (count, verb) = match packages.len() {
        0 => return None,
        1 => ("1 package".to_owned(), "floats"),
        count => (format!("{count} packages"), "float"),
    };
    let of = if lambdas == 1 { "1 lambda".to_owned() } else { format!("{lambdas} lambdas") };
    let message = format!("{count} of {of} {verb}: another day may give other versions");
    let hint = "pin them with `cargo dofs-package lock`";
    Some(Warning::new("floating-requirements", message).hint(hint))
}
