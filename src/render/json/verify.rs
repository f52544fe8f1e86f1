//! The answer of `verify`.

use serde::Serialize;

use super::{FailureRow, SCHEMA, TOOL, Tool, document, failure};
use crate::command::Verified;
use crate::report::{Check, Warning};

/// The answer of `verify`.
#[derive(Serialize)]
struct VerifyDocument<'a> {
    schema: u32,
    tool: Tool,
    checks: Vec<CheckRow<'a>>,
    failures: Vec<FailureRow<'a>>,
    warnings: Vec<NamedWarningRow<'a>>,
}

#[derive(Serialize)]
struct NamedWarningRow<'a> {
    name: Option<&'a str>,
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    name: &'a str,
    check: &'static str,
    status: &'static str,
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    address: Option<&'a str>,
    message: &'a str,
}

/// The answer of `verify` as JSON.
pub(crate) fn verified(verified: &Verified) -> String {
    fn row(check: &Check) -> CheckRow<'_> {
        CheckRow {
            name: &check.name,
            check: check.subject.word(),
            status: check.status.words(),
            expected: check.expected.as_deref(),
            actual: check.actual.as_deref(),
            address: check.address.as_deref(),
            message: &check.message,
        }
    }
    fn warning((name, warning): &(Option<String>, Warning)) -> NamedWarningRow<'_> {
        NamedWarningRow { name: name.as_deref(), code: warning.code, message: &warning.message }
    }
    document(&VerifyDocument {
        schema: SCHEMA,
        tool: TOOL,
        checks: verified.checks.iter().map(row).collect(),
        failures: verified.failures.iter().map(failure).collect(),
        warnings: verified.warnings.iter().map(warning).collect(),
    })
}
