//! Requirements and markers of PEP 508, read: the one door to their parser.
//!
//! `pep508_rs` 0.9.2 panics of texts that strangers may write, and a stack that overflows in it ends
//! the process. Such texts are refused before it sees them, by the same rules for lines, METADATA and
//! locks:
//!
//! - a name, or an extra, that does not end as one must: `parse_name` and `parse_extras_cursor` look at
//!   the last character only where the text ends with it, and unwrap what the types of names then refuse;
//! - a marker that is not ASCII: `peek_while` counts characters, and `slice` takes bytes. "All the
//!   runtime variables we are referencing are expected to be ASCII-only" (PEP 508), so nobody needs one;
//! - brackets of a marker that nest deeper than [`DEEPEST`], and more than [`MOST`] clauses: it calls
//!   itself for each;
//! - a marker with more than [`TEXTS`] texts that are no versions: its decision diagram may double with
//!   each extra, and with each text that is looked for in a value.
//!
//! The first line of its errors is taken by itself: to underline what is wrong, it cuts the text at
//! places that may be inside a character.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pep508_rs::{MarkerTree, MarkerWarningKind, Pep508Error, Requirement, VerbatimUrl};

/// How deep brackets may nest; pip's own parser stops where Python does, at some hundreds.
const DEEPEST: usize = 100;

/// How many clauses a marker may have; those of real locks have some dozens.
const MOST: usize = 256;

/// How many texts a marker may have, each counted once; those of real locks name some systems, some
/// machines, and the extras that exclude each other.
const TEXTS: usize = 32;

/// Parses a requirement; the error says in one line why it is none.
pub(crate) fn requirement(text: &str) -> Result<Requirement<VerbatimUrl>, String> {
    check(text)?;
    Requirement::from_str(text).map_err(|error| first_line(&error))
}

/// Parses a marker, and hands on what its parser warns of; the error says in one line why it is none.
pub(crate) fn marker(
    text: &str,
    report: &mut impl FnMut(MarkerWarningKind, String),
) -> Result<MarkerTree, String> {
    check_marker(text)?;
    MarkerTree::parse_reporter(text, report).map_err(|error| first_line(&error))
}

/// Whether the marker of a requirement can be evaluated here. Some that pip evaluates can't, such
/// as `python_version in '3.9, 3.10'`, which compares texts.
pub(crate) fn is_judgeable(line: &str) -> bool {
    let mut is_whole = true;
    let mut report = |kind: MarkerWarningKind, _: String| {
        is_whole &= kind == MarkerWarningKind::DeprecatedMarkerName;
    };
    // The line was parsed before, with its variables expanded, so errors are not of interest here.
    if check(line).is_ok() {
        drop(Requirement::<VerbatimUrl>::parse_reporter(line, ".", &mut report));
    }
    is_whole
}

fn first_line(error: &Pep508Error<VerbatimUrl>) -> String {
    error.message.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Whether the parser may see a requirement.
fn check(requirement: &str) -> Result<(), String> {
    if let Some(name) = unended(requirement) {
        return Err(format!("a name ends with a letter or a digit, and `{name}` does not"));
    }
    marker_of(requirement).map_or(Ok(()), check_marker)
}

/// Whether the parser may see a marker.
fn check_marker(marker: &str) -> Result<(), String> {
    if let Some(other) = marker.chars().find(|c| !c.is_ascii()) {
        return Err(format!("a marker is of ASCII characters, and `{other}` is none"));
    }
    let (mut depth, mut quote) = (0_usize, None);
    let mut texts = BTreeSet::new();
    for (at, byte) in marker.bytes().enumerate() {
        match (quote, byte) {
            (Some((open, start)), _) if open == byte => {
                texts.insert(&marker[start..at]);
                quote = None;
            }
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some((byte, at + 1)),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        if depth > DEEPEST {
            return Err("its marker is nested too deeply".to_owned());
        }
    }
    // Versions are ranges of one value.
    texts.retain(|text| !text.starts_with(|c: char| c.is_ascii_digit()));
    if texts.len() > TEXTS {
        return Err(format!("its marker compares with more than {TEXTS} texts"));
    }
    // Each clause compares with a text in quotes.
    match marker.matches(['\'', '"']).count() > 2 * MOST {
        true => Err(format!("its marker has more than {MOST} clauses")),
        false => Ok(()),
    }
}

/// What stands behind the `;` of a requirement: its marker. It is part of an address unless there is a
/// blank before it.
pub(crate) fn marker_of(requirement: &str) -> Option<&str> {
    let (before, behind) = requirement.split_once(';')?;
    if !before.contains('@') {
        return Some(behind);
    }
    let ends = requirement.char_indices().zip(requirement.chars().skip(1));
    let mut ends = ends.filter(|((_, c), next)| c.is_whitespace() && *next == ';');
    ends.next().map(|((at, c), _)| &requirement[at + c.len_utf8() + 1..])
}

/// The name, or the extra, at the head of a requirement that does not end with a letter or a digit
/// (PEP 508, "Names").
fn unended(requirement: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let head = |text: &str| text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    let text = requirement.trim_start();
    let (name, rest) = text.split_at(head(text));
    let extras = rest.trim_start().strip_prefix('[').unwrap_or_default();
    let extras = extras.split(']').next().unwrap_or_default().split(',').map(str::trim_start);
    let extras = extras.map(|extra| &extra[..head(extra)]);
    std::iter::once(name).chain(extras).find(|name| name.ends_with(['.', '-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn a_name_that_does_not_end_as_one_is_found_before_a_parser_panics_of_it() {
        for (text, found) in [
            ("requests.==2.31.0", "requests."),
            (" a- ; x", "a-"),
            ("a_[x]", "a_"),
            ("a-@ https://h", "a-"),
            ("a[x.]==1", "x."),
            ("a [y, x_ ]", "x_"),
            ("a[x-", "x-"),
            ("a.", "a."),
        ] {
            assert_eq!(unended(text), Some(found), "{text}");
        }
        for text in ["a", "a.b-c_d==1.", "a[x.y,z]>=1 ; extra == 'x-'", "a @ https://h/x.", ""] {
            assert_eq!(unended(text), None, "{text}");
        }
    }

    #[test]
    fn a_marker_that_is_not_ascii_is_refused() {
        for text in [
            "a ; os_name == 'nt'é",
            "a;os_name == 'nt' é",
            "a ; os_name == 'nt' and\u{3000}os_name == 'x'",
            "a>=1 ; os_name == 'é'",
            "a @ https://h/é ; os_name == 'nt'é",
            "a @ https://h/a;b ;os_name == 'nt' oré",
            "a @ https://h/a\n; os_name == 'nt'\u{301}",
        ] {
            let error = requirement(text).unwrap_err();
            assert!(error.starts_with("a marker is of ASCII characters"), "{text}: {error}");
        }
        assert!(marker("os_name == 'nt'é", &mut |_, _| {}).is_err());
        for text in ["a @ https://h/é", "a @ https://h/a;é", "a @ https://h/é ; os_name == 'nt'"]
        {
            assert!(requirement(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_error_is_told_wherever_in_a_character_its_place_may_be() {
        for text in ["\u{3000}", "é", "a é", "a @ https://h;\u{1}\u{3000}#x", "a==\u{3000}", "a[é]"]
        {
            assert!(!requirement(text).unwrap_err().is_empty(), "{text}");
        }
    }

    #[test]
    fn a_marker_without_end_does_not_reach_the_end_of_the_stack() {
        let deep = format!("a ; {}os_name == 'nt'", "(".repeat(100_000));
        assert_eq!(requirement(&deep).unwrap_err(), "its marker is nested too deeply");
        let long = (0..100_000).map(|number| format!("python_version != '3.{number}'"));
        let long = format!("a ; {}", long.collect::<Vec<_>>().join(" or "));
        assert_eq!(requirement(&long).unwrap_err(), "its marker has more than 256 clauses");
        let most = (0..MOST).map(|number| format!("python_version != '3.{number}'"));
        let most = format!("a ; ({})", most.collect::<Vec<_>>().join(" and "));
        assert!(requirement(&most).is_ok());
        assert!(!is_judgeable("a ; '1' == '1'") && is_judgeable("a") && is_judgeable(&deep));
    }

    #[test]
    fn a_marker_that_asks_for_many_texts_does_not_double_with_each() {
        let pairs = |count: usize, of: &dyn Fn(usize) -> String| {
            format!("a ; {}", (0..count).map(of).collect::<Vec<_>>().join(" or "))
        };
        let within = |at: usize| format!("('x{at}' in os_name and \"y{at}\" in platform_version)");
        let extras = |at: usize| format!("(extra == 'x{at}' and extra == 'y{at}')");
        let inverted = |at: usize| format!("('x{at}'==extra and 'y{at}'in os_name)");
        for of in [&within as &dyn Fn(usize) -> String, &extras, &inverted] {
            let error = requirement(&pairs(60, of)).unwrap_err();
            assert_eq!(error, "its marker compares with more than 32 texts");
            assert!(requirement(&pairs(10, of)).is_ok());
        }
        let versions = |at: usize| format!("(python_version == '3.{at}' and os_name == 'x{at}')");
        assert!(requirement(&pairs(32, &versions)).is_ok());
    }

    #[test]
    fn a_requirement_is_read_however_it_is_broken() {
        try_all("requirement", |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let (behind, mut said) = (marker_of(&text).unwrap_or(&text), Vec::new());
            let marker = marker(behind, &mut |kind, text| said.push((kind, text)));
            let requirement = requirement(&text);
            format!("{requirement:?} {} {marker:?} {said:?}", is_judgeable(&text))
        });
    }
}
