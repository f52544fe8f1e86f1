//! The checks of `verify` as XML of the `JUnit` kind, which CI systems show as test reports.
//!
//! The format has no schema that all of them follow; written here are the elements that build
//! services read: suites, cases, failures and errors. There are no times, so that the same checks
//! give the same bytes.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::address::redact;
use crate::report::{Check, CheckStatus, Failure, Verified, word};

const SUITE: &str = "cargo-dofs-package verify";

/// Returns the report: a case for each check, and one for each lambda that failed.
pub(crate) fn checks(verified: &Verified) -> Vec<u8> {
    let mut suite = TestSuite::new(SUITE);
    suite.add_test_cases(verified.checks.iter().map(of_check));
    suite.add_test_cases(verified.failures.iter().map(of_failure));
    let mut report = Report::new(SUITE);
    report.add_test_suite(suite);
    let mut xml = Vec::new();
    report.serialize(&mut xml).expect("a Vec takes all");
    xml
}

fn of_check(check: &Check) -> TestCase {
    let subject = word(&check.subject);
    let name = match &check.address {
        Some(address) => format!("{subject} {address}"),
        None => subject,
    };
    let status = match check.status {
        CheckStatus::Ok | CheckStatus::Warning => TestCaseStatus::success(),
        CheckStatus::Differs | CheckStatus::Missing | CheckStatus::SameContent => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(word(&check.status)).set_message(redact(&check.message));
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            let (expected, actual) = (value(&check.expected), value(&check.actual));
            status.set_description(redact(&format!("expected: {expected}\nactual: {actual}\n")));
            status
        }
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(&check.name);
    case
}

fn of_failure(failure: &Failure) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(failure.code).set_message(redact(&failure.message));
    let hint = failure.hint.iter().map(|hint| format!("hint: {hint}"));
    let lines: Vec<String> = failure.causes.iter().cloned().chain(hint).collect();
    status.set_description(redact(&lines.join("\n")));
    let mut case = TestCase::new("package", status);
    case.set_classname(failure.name.as_deref().unwrap_or(SUITE));
    case
}
