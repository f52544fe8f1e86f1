//! The answer of `diff`.

use serde::Serialize;

use super::{FailureRow, SCHEMA, TOOL, Tool, document, failure};
use crate::archive::{Content, ContentSide, Difference, Lines, MemberChange, Side};
use crate::command::{Diff, Found, ZipFacts};
use crate::report::Failure;

#[derive(Serialize)]
struct DiffDocument<'a> {
    schema: u32,
    tool: Tool,
    name: Option<&'a str>,
    status: Option<&'static str>,
    before: Option<ZipRow<'a>>,
    after: Option<ZipRow<'a>>,
    reasons: Vec<&'static str>,
    requirements: Vec<RequirementRow<'a>>,
    members: Vec<MemberRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentRow<'a>>,
    failures: Vec<FailureRow<'a>>,
}

#[derive(Serialize)]
struct ZipRow<'a> {
    path: Option<&'a str>,
    source_code_hash: String,
    sha256: String,
    size: u64,
    entries: u64,
}

#[derive(Serialize)]
struct RequirementRow<'a> {
    name: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct MemberRow<'a> {
    path: &'a str,
    change: &'static str,
    before: Option<SideRow>,
    after: Option<SideRow>,
    requirement: Option<&'a str>,
}

#[derive(Serialize)]
struct SideRow {
    size: u64,
    mode: Option<String>,
}

#[derive(Serialize)]
struct ContentRow<'a> {
    path: &'a str,
    kind: &'static str,
    before: Option<ContentSideRow>,
    after: Option<ContentSideRow>,
    diff: Option<&'a str>,
}

#[derive(Serialize)]
struct ContentSideRow {
    size: u64,
    sha256: String,
}

/// The answer of `diff` as JSON.
pub(crate) fn diff(diff: Option<&Diff>, failures: &[Failure]) -> String {
    let difference = diff.and_then(|diff| match &diff.found {
        Found::Whole(difference) => Some(difference),
        Found::Member(_) => None,
    });
    let content = diff.and_then(|diff| match &diff.found {
        Found::Whole(_) => None,
        Found::Member(content) => Some(content),
    });
    let requirements = difference.iter().flat_map(|difference| &difference.requirements);
    let requirements = requirements.map(|change| RequirementRow {
        name: &change.name,
        before: change.before.as_deref(),
        after: change.after.as_deref(),
    });
    document(&DiffDocument {
        schema: SCHEMA,
        tool: TOOL,
        name: diff.and_then(|diff| diff.name.as_deref()),
        status: diff.map(status),
        before: diff.map(|diff| zip(&diff.before)),
        after: diff.map(|diff| zip(&diff.after)),
        reasons: difference
            .iter()
            .flat_map(|it| it.reasons.iter().map(|reason| reason.word()))
            .collect(),
        requirements: requirements.collect(),
        members: difference.iter().flat_map(|it| it.members.iter().map(member)).collect(),
        content: content.map(content_row),
        failures: failures.iter().map(failure).collect(),
    })
}

/// What came of the comparison, in words.
fn status(diff: &Diff) -> &'static str {
    let is_same_content = match &diff.found {
        Found::Whole(difference) => Difference::is_same_content(difference),
        Found::Member(_) => false,
    };
    match (diff.found.is_nothing(), is_same_content) {
        (true, _) => "same",
        (false, true) => "same content",
        (false, false) => "differs",
    }
}

fn zip(facts: &ZipFacts) -> ZipRow<'_> {
    ZipRow {
        path: facts.path.as_deref(),
        source_code_hash: facts.digest.to_base64(),
        sha256: facts.digest.to_hex(),
        size: facts.size,
        entries: facts.members,
    }
}

fn member(change: &MemberChange) -> MemberRow<'_> {
    let side =
        |side: Side| SideRow { size: side.size, mode: side.mode.map(|mode| format!("{mode:06o}")) };
    MemberRow {
        path: &change.name,
        change: change.kind.word(),
        before: change.before.map(side),
        after: change.after.map(side),
        requirement: change.requirement.as_deref(),
    }
}

fn content_row(content: &Content) -> ContentRow<'_> {
    let side = |side: ContentSide| ContentSideRow { size: side.size, sha256: side.digest.to_hex() };
    let (kind, diff) = match &content.lines {
        Lines::Same => ("same", None),
        Lines::Text(lines) => ("text", Some(lines.as_str())),
        Lines::Binary => ("binary", None),
        Lines::Large => ("large", None),
    };
    ContentRow {
        path: &content.member,
        kind,
        before: content.before.map(side),
        after: content.after.map(side),
        diff,
    }
}
