//! Parses a module for a version of Python.

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{TextRange, TextSize};

use super::{Fault, Module, encoding, walk};
use crate::lambda::PythonVersion;

/// Reads what the source of a module says to a version of Python. Where no version is named, what
/// some version can parse is no fault.
pub(crate) fn parse(bytes: &[u8], python: Option<PythonVersion>) -> Module {
    let text = match encoding::decode(bytes) {
        Ok(Some(text)) => text,
        Ok(None) => return Module { is_open: true, ..Module::default() },
        Err(fault) => return Module { is_open: true, fault: Some(fault), ..Module::default() },
    };
    let lines = Lines::of(&text);
    let version = python.map_or_else(ast::PythonVersion::latest, |python| ast::PythonVersion {
        major: 3,
        minor: python.minor,
    });
    let options = ParseOptions::from(Mode::Module).with_target_version(version);
    let parsed = parse_unchecked(&text, options);
    let errors = parsed.errors().iter().map(|it| (it.location.start(), it.error.to_string()));
    // What a version can't parse, another can: so where none is named, that is no fault.
    let unsupported = parsed.unsupported_syntax_errors().iter().filter(|_| python.is_some());
    let unsupported = unsupported.map(|it| (it.range.start(), it.to_string()));
    let first = errors.chain(unsupported).min_by_key(|(at, _)| *at);
    let fault = first.map(|(at, message)| {
        let message = crate::report::as_clause(&message);
        Fault { line: lines.line(at), message }
    });
    let (module, is_deep) = match (fault, parsed.syntax()) {
        (None, ast::Mod::Module(syntax)) => {
            walk::walk(&syntax.body, python, &|range| lines.of_range(range))
        }
        (fault, _) => (Module { is_open: true, fault, ..Module::default() }, true),
    };
    if is_deep {
        // It would be dropped level by level, each on top of the last, until the stack ends.
        std::mem::forget(parsed);
    }
    module
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    /// Lines end as Python's do: with a line feed, a carriage return, or both.
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
            .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        Self(ends.collect())
    }

    /// Counted from 1.
    fn line(&self, at: TextSize) -> u32 {
        let before = self.0.partition_point(|&end| end < at.to_usize());
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    fn of_range(&self, range: TextRange) -> u32 {
        self.line(range.start())
    }
}
