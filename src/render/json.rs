//! Answers for programs: one document, a line, versioned by `schema`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::TOOL;
use super::text::turns;
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

/// The same without the tool, which the answers of `cache` and `hook` never had.
pub(crate) fn answer_without_tool(answer: &impl Serialize) -> String {
    line(&Document { schema: SCHEMA, tool: None, answer })
}

/// The answer of `external`, as Terraform's `data "external"` reads it: a JSON object with texts
/// only, the hash of each package by its name ("External Program Protocol" in the provider's
/// documentation). Empty where a lambda failed: to Terraform a name that is missing is a lambda
/// that was removed.
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

/// A text as a document of its own.
pub(crate) fn text(text: &str) -> String {
    line(&text)
}

fn line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("texts, numbers and lists are JSON");
    let mut line = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        // They stand within texts only, and mean the same as escapes: a terminal shows these.
        match letter.is_control() || turns(letter) {
            true => line.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => line.push(letter),
        }
    }
    line.push('\n');
    line
}
