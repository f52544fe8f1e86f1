//! How old Lambda's runtimes of Python are.
//!
//! AWS deprecates a runtime some months after Python's own end of support, later refuses to
//! create functions on it, and later still to update those that are there; they run on. It has
//! put off the last two before: for python3.9 the updates were to be refused from 9 March 2026,
//! and now from 3 March 2027. So a warning names its dates, and this table its day.
//!
//! Source: "Lambda runtimes" in the AWS Lambda developer guide, as cfn-lint 1.58.0 of AWS has it
//! (`LmbdRuntimeLifecycle.json`, 20 October 2026); read on 25 November 2026. The page itself was
//! not at hand. Other copies of it confirm python3.9 and the deprecation and block-update dates
//! of python3.13 and python3.14.

use std::fmt;

use super::{Disk, Facts, Findings};
use crate::report::Warning;

/// Year, month and day, each of the latter from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Date {
    /// The day in UTC of a time in seconds since 1970.
    pub(crate) fn of_seconds(seconds: u64) -> Self {
        let (mut year, mut days) = (1970, seconds / 86_400);
        loop {
            for (length, month) in days_of(year).into_iter().zip(1..) {
                if days < length {
                    let day = u32::try_from(days + 1).expect("a month has few days");
                    return Self(year, month, day);
                }
                days -= length;
            }
            year += 1;
        }
    }
}

/// The lengths of a year's months.
fn days_of(year: u32) -> [u64; 12] {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(year, month, day) = self;
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

/// What to move to: the latest runtime.
const LATEST: &str = "python3.14";

/// The runtimes of Python 3, the oldest first, each with three dates of AWS: deprecated, so without
/// patches and support; no function is created on it; none is updated.
const LIFECYCLES: [(&str, Date, Date, Date); 9] = [
    ("python3.6", Date(2022, 7, 18), Date(2022, 7, 18), Date(2022, 8, 29)),
    ("python3.7", Date(2023, 12, 4), Date(2024, 1, 9), Date(2027, 3, 3)),
    ("python3.8", Date(2024, 10, 14), Date(2027, 2, 1), Date(2027, 3, 3)),
    ("python3.9", Date(2025, 12, 15), Date(2027, 2, 1), Date(2027, 3, 3)),
    ("python3.10", Date(2026, 10, 31), Date(2027, 2, 1), Date(2027, 3, 3)),
    ("python3.11", Date(2027, 6, 30), Date(2027, 7, 31), Date(2027, 8, 31)),
    ("python3.12", Date(2028, 10, 31), Date(2028, 11, 30), Date(2029, 1, 10)),
    ("python3.13", Date(2029, 6, 30), Date(2029, 7, 31), Date(2029, 8, 31)),
    ("python3.14", Date(2029, 6, 30), Date(2029, 7, 31), Date(2029, 8, 31)),
];

/// Warns of deprecated runtimes, each once: those of packages and of their functions.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.disk == Disk::Manifest {
        return;
    }
    let of_packages = facts.packages.iter().flat_map(|package| {
        let python = package.python.map(|python| format!("python{python}"));
        let functions = package.functions.iter().filter_map(|it| it.runtime.known());
        python.into_iter().chain(functions.map(str::to_owned))
    });
    let of_state = facts.functions_of_state().filter_map(|(_, it)| it.runtime.known());
    let mut runtimes: Vec<String> = of_packages.chain(of_state.map(str::to_owned)).collect();
    runtimes.sort();
    runtimes.dedup();
    let old = runtimes.iter().filter_map(|runtime| runtime_age(runtime, facts.today));
    findings.warnings.extend(old.map(|warning| (None, warning)));
}

/// The warning for a runtime that is deprecated today, or on which no function can be created or
/// updated; none for one that is supported or not in the table.
fn runtime_age(runtime: &str, today: Date) -> Option<Warning> {
    let (_, deprecated, blocks_create, blocks_update) =
        LIFECYCLES.into_iter().find(|(known, ..)| *known == runtime)?;
    if today < deprecated {
        return None;
    }
    let (code, message) = if today >= blocks_update {
        ("runtime-blocked", format!("AWS updates no function on {runtime} since {blocks_update}"))
    } else if today >= blocks_create {
        let message = format!(
            "AWS creates no function on {runtime} since {blocks_create}, and will update none from \
             {blocks_update} on"
        );
        ("runtime-blocked", message)
    } else {
        let message = format!(
            "{runtime} is deprecated since {deprecated}: AWS will create no function on it from \
             {blocks_create} on, and update none from {blocks_update} on"
        );
        ("runtime-deprecated", message)
    };
    let hint = format!(
        "move to {LATEST}, or one between; the dates are AWS's of October 2026, and have been \
         moved before"
    );
    Some(Warning::new(code, message).hint(hint))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_runtime_is_warned_of_by_how_far_it_is_gone() {
        let message = |runtime: &str, today: Date| {
            runtime_age(runtime, today)
                .map(|warning| format!("{}: {}", warning.code, warning.message))
        };
        assert_eq!(message("python3.9", Date(2025, 12, 14)), None);
        assert_eq!(message("nodejs16.x", Date(2030, 1, 1)), None);
        let said = [
            message("python3.9", Date(2025, 12, 15)),
            message("python3.9", Date(2027, 2, 1)),
            message("python3.9", Date(2027, 3, 3)),
            message("python3.6", Date(2026, 11, 25)),
        ];
        let said: Vec<String> = said.into_iter().map(Option::unwrap).collect();
        expect![[r#"
            runtime-deprecated: python3.9 is deprecated since 2025-12-15: AWS will create no function on it from 2027-02-01 on, and update none from 2027-03-03 on
            runtime-blocked: AWS creates no function on python3.9 since 2027-02-01, and will update none from 2027-03-03 on
            runtime-blocked: AWS updates no function on python3.9 since 2027-03-03
            runtime-blocked: AWS updates no function on python3.6 since 2022-08-29"#]].assert_eq(&said.join("\n"));
    }

    #[test]
    fn each_runtime_is_deprecated_before_it_is_blocked() {
        for (runtime, deprecated, blocks_create, blocks_update) in LIFECYCLES {
            assert!(deprecated <= blocks_create, "{runtime}");
            assert!(blocks_create < blocks_update, "{runtime}");
        }
        // Every version that can be a target is known.
        for minor in 9..=14 {
            let runtime = format!("python3.{minor}");
            assert!(LIFECYCLES.iter().any(|(known, ..)| *known == runtime), "{runtime}");
        }
    }

    #[test]
    fn a_time_is_on_its_day() {
        let table = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_772_323_200, "2026-03-01"),
            (1_795_564_800, "2026-11-25"),
            (4_107_542_400, "2100-03-01"),
        ];
        for (seconds, day) in table {
            assert_eq!(Date::of_seconds(seconds).to_string(), day);
        }
    }
}
