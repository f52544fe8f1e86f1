//! Parses a module for a version of Python.

use std::collections::BTreeSet;

use ruff_python_ast as ast;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, Parsed, lexer, parse_unchecked};
use ruff_text_size::{TextRange, TextSize};

use super::{Fault, Module, compile, encoding, walk};
use crate::lambda::PythonVersion;

/// Reads what the source of a module says to a version of Python. Where no version is named, what
/// some version can parse is no fault.
pub(crate) fn parse(bytes: &[u8], python: Option<PythonVersion>) -> Module {
    let text = match encoding::decode(bytes) {
        Ok(Some(text)) => text,
        Ok(None) => return unread("its encoding is not known here"),
        Err(fault) => return Module { is_open: true, fault: Some(fault), ..Module::default() },
    };
    let version = python.map_or_else(ast::PythonVersion::latest, |python| ast::PythonVersion {
        major: 3,
        minor: python.minor,
    });
    if is_deep(&text) {
        return unread("it is nested too deeply");
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(version);
    let mut text = text;
    let mut parsed = parse_unchecked(&text, options.clone());
    if let Some(mended) = with_bare_raises(&text, &parsed) {
        parsed = parse_unchecked(&mended, options);
        text = mended.into();
    }
    let lines = Lines::of(&text);
    let errors = parsed.errors().iter().map(|it| (it.location.start(), it.error.to_string()));
    // What a version can't parse, another can: so where none is named, that is no fault.
    let unsupported = parsed.unsupported_syntax_errors().iter().filter(|_| python.is_some());
    let unsupported = unsupported.map(|it| (it.range.start(), it.to_string()));
    let first = errors.chain(unsupported).min_by_key(|(at, _)| *at);
    let first = first.or_else(|| match parsed.syntax() {
        ast::Mod::Module(syntax) => compile::refusal(&syntax.body, &text, version),
        ast::Mod::Expression(_) => None,
    });
    let fault = first.map(|(at, message)| {
        let message = crate::report::as_clause(&message);
        Fault { line: lines.line(at), message }
    });
    match (fault, parsed.syntax()) {
        (None, ast::Mod::Module(syntax)) => {
            walk::walk(&syntax.body, python, &|range| lines.of_range(range))
        }
        (fault, _) => Module { is_open: true, fault, ..Module::default() },
    }
}

/// A module that is not looked at: it may have everything. That it changes where others are looked for
/// is not feared.
fn unread(why: &'static str) -> Module {
    Module { is_open: true, unread: Some(why), ..Module::default() }
}

/// How many levels a module may have. Each takes from the stack of a thread, when it is parsed, looked
/// at and dropped: some 2 KiB of 2 MiB, where nothing is optimised. Python itself refuses 200 brackets and 100 blocks in each other, and some thousands
/// of other levels ("too many nested parentheses" and "too many levels of indentation" in `CPython`'s
/// tokenizer, `MAXSTACK` in its parser).
const MOST_LEVELS: usize = 500;

/// Whether some part of a module has too many levels, by its tokens: each that is no name or literal
/// may be one more, up to the next comma, or the end of its bracket or line.
fn is_deep(text: &str) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let (mut blocks, mut open, mut levels) = (0_usize, vec![0_usize], 0_usize);
    loop {
        let end = open.len() - 1;
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Comma => levels -= std::mem::take(&mut open[end]),
            TokenKind::Newline | TokenKind::Semi => (open, levels) = (vec![0], 0),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => open.push(0),
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                levels -= open.pop().unwrap_or_default();
                match open.last_mut() {
                    // What follows is of the whole: `f()()`.
                    Some(last) => *last += 1,
                    None => open.push(1),
                }
                levels += 1;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => {
                open[end] += 1;
                levels += 1;
            }
        }
        if blocks + open.len() + levels > MOST_LEVELS {
            return true;
        }
    }
}

/// The same text where the parser stumbled over `raise;`, which Python takes and ruff 0.0.10 does not
/// (it asks for an end of the line): with a name behind each such `raise`, on the same line.
fn with_bare_raises(text: &str, parsed: &Parsed<ast::Mod>) -> Option<String> {
    let is_bare = |at: &usize| {
        let before = text[..*at].trim_end_matches([' ', '\t', '\x0c']);
        let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        text[*at..].starts_with(';')
            && before.strip_suffix("raise").is_some_and(|rest| !rest.ends_with(is_of_name))
    };
    let errors = parsed.errors().iter().map(|error| error.location.start().to_usize());
    let places: BTreeSet<usize> = errors.filter(is_bare).collect();
    if places.is_empty() {
        return None;
    }
    let mut mended = text.to_owned();
    // From the last on, so that the places before stay where they are.
    places.iter().rev().for_each(|&at| mended.insert_str(at, " _"));
    Some(mended)
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
