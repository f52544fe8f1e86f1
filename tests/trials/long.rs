//! The trials in their long form, each a command of CONTRIBUTING.md; they tell what they have counted.

use std::io::Write as _;

use super::{crowd, faults, kills};

/// Says what was counted: not by a macro, whose text is kept back for as long as a test does not fail.
fn tell(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("a terminal");
}

#[test]
#[ignore = "takes six minutes"]
fn five_hundred_kills_leave_nothing_broken() {
    tell(&kills::try_all(50, true));
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_kills_of_mixed_runs_leave_nothing_broken() {
    tell(&kills::try_mixed(100, false));
    tell(&kills::try_mixed(100, true));
}

#[test]
#[ignore = "takes half an hour, and needs strace"]
fn every_call_that_fails_leaves_nothing_broken() {
    tell(&faults::try_all(1, Some(300)));
}

#[test]
#[ignore = "takes minutes"]
fn six_hundred_runs_at_once_make_the_same_bytes() {
    tell(&crowd::try_rounds(100, true));
    tell(&crowd::try_changes(100));
}
