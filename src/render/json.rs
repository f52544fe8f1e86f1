//! Answers for programs: one document, a line, versioned by `schema`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::TOOL;
use crate::report::Report;

/// Fields are only ever added under the same number.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T> {
    schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<super::Tool>,
    #[serde(flatten)]
    answer: &'a T,
}

/// An answer of `report` as JSON, with the tool that gave it.
pub(crate) fn answer(answer: &impl Serialize) -> String {
    line(&Document { schema: SCHEMA, tool: Some(TOOL), answer })
}

/// The same of answers that never said which tool gave them: `cache` and `hook`.
pub(crate) fn answer_without_tool(answer: &impl Serialize) -> String {
    line(&Document { schema: SCHEMA, tool: None, answer })
}

/// The answer of `external`, as Terraform's `data "external"` reads it: a flat JSON object, the hash
/// of each package by its name. Nothing where a lambda failed: a map
/// with a hole in it looks like a lambda that is gone.
pub(crate) fn hashes(report: &Report) -> String {
    if !report.failures.is_empty() {
        return String::new();
    }
    let hashes: BTreeMap<&str, String> = report
        .packages
        .iter()
        .map(|package| (package.name.as_str(), package.digest.to_base64()))
        .collect();
    line(&hashes)
}

fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("texts, numbers and lists are JSON");
    text.push('\n');
    text
}
