//! Answers for programs: one document, a line, versioned by `schema`, without secrets of addresses.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};

use super::TOOL;
use super::text::turns;
use crate::address::redact;
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

/// A text that a handler returned, as a document of its own and as it is.
pub(crate) fn text(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON") + "\n"
}

fn line(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Blanking::default());
    value.serialize(&mut serializer).expect("texts, numbers and lists are JSON");
    let text = String::from_utf8(text).expect("JSON is UTF-8");
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

/// Blanks out the secrets of addresses in each text, which comes in parts, between its escapes.
#[derive(Default)]
struct Blanking(String);

impl Formatter for Blanking {
    fn begin_string<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        part: &str,
    ) -> io::Result<()> {
        self.0.push_str(part);
        Ok(())
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        it: CharEscape,
    ) -> io::Result<()> {
        self.0.push(match it {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        serde_json::to_writer(writer, &redact(&self.0)).map_err(io::Error::from)
    }
}
