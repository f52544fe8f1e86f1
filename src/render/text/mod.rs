//! Answers for people and shells: lines of tab-separated values.

mod diff;
mod hook;
mod verify;

use std::fmt::Write as _;

use crate::command::{Listing, Row};
use crate::report::{Locked, Report};
use crate::store::Soundness;

pub(crate) use diff::diff;
pub(crate) use hook::hooked;
pub(crate) use verify::checks;

/// `NAME<TAB>BASE64_SHA256<TAB>PATH`, a line per package, sorted by name.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    for package in &report.packages {
        let (name, digest, path) = (&package.name, package.digest, &package.path);
        writeln!(text, "{name}\t{digest}\t{path}").expect("a String takes all");
    }
    text
}

/// `NAME<TAB>STATUS<TAB>PATH`, a line for each lambda with requirements.
pub(crate) fn locks(locks: &[Locked]) -> String {
    let mut text = String::new();
    for Locked { name, path, status, .. } in locks {
        writeln!(text, "{name}\t{}\t{path}", status.word()).expect("a String takes all");
    }
    text
}

/// `NAME<TAB>target|kept|left out<TAB>WHAT<TAB>WHERE FROM, OR THE RULE`.
pub(crate) fn listings(listings: &[Listing]) -> String {
    let mut text = String::new();
    for listing in listings {
        let groups =
            [("target", &listing.target), ("kept", &listing.kept), ("left out", &listing.left_out)];
        for (group, rows) in groups {
            for Row { what, why } in rows {
                // A name that is left out may have anything in it, and a line must stay a line.
                let (what, why) = (visible(what), visible(why));
                writeln!(text, "{}\t{group}\t{what}\t{why}", listing.name)
                    .expect("a String takes all");
            }
        }
    }
    text
}

/// `damaged<TAB>NAME`, a line for each damaged wheel, by its digest.
pub(crate) fn soundness(soundness: &Soundness) -> String {
    let line = |name: &String| format!("damaged\t{}\n", visible(name));
    soundness.damaged.iter().map(line).collect()
}

/// A name a line: which lambdas, and no more.
pub(crate) fn names(listings: &[Listing]) -> String {
    listings.iter().map(|listing| format!("{}\n", listing.name)).collect()
}

/// Control characters as escapes; everything else as it is.
pub(super) fn visible(text: &str) -> String {
    let escape = |letter: char| {
        if letter.is_control() { letter.escape_debug().to_string() } else { letter.to_string() }
    };
    text.chars().map(escape).collect()
}
