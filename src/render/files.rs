//! Answers of what writes files for a user: `init` and `man`.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{FailureRow, SCHEMA, TOOL, Tool, document, failure};
use super::text::visible;
use crate::command::WrittenFile;
use crate::report::Failure;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    files: Vec<FileRow<'a>>,
    failures: Vec<FailureRow<'a>>,
}

#[derive(Serialize)]
struct FileRow<'a> {
    path: &'a str,
    status: &'static str,
}

/// `PATH<TAB>STATUS`, a line for each file.
pub(crate) fn text(files: &[WrittenFile]) -> String {
    let mut text = String::new();
    for WrittenFile { path, status } in files {
        writeln!(text, "{}\t{status}", visible(path)).expect("a String takes all");
    }
    text
}

/// The same as JSON.
pub(crate) fn json(files: &[WrittenFile], failures: &[Failure]) -> String {
    fn row(file: &WrittenFile) -> FileRow<'_> {
        FileRow { path: &file.path, status: file.status }
    }
    document(&Document {
        schema: SCHEMA,
        tool: TOOL,
        files: files.iter().map(row).collect(),
        failures: failures.iter().map(failure).collect(),
    })
}
