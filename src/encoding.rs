//! Encodings of text that a comment declares: those that modules and requirements files have.
//!
//! Source: PEP 263, and "Standard Encodings" of Python's module `codecs` for the names.

use std::borrow::Cow;

/// An encoding that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Latin1,
    Ascii,
}

impl Encoding {
    /// The encoding of a name, of which Python knows several for each.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "u8" => Some(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "iso-latin-1" | "l1" => {
                Some(Self::Latin1)
            }
            "ascii" | "us-ascii" | "646" => Some(Self::Ascii),
            // `utf-8-sig`, and what editors add: Python's tokenizer takes each for UTF-8.
            name => name.starts_with("utf-8-").then_some(Self::Utf8),
        }
    }

    /// The text of bytes; none where they are not of the encoding.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Ascii if !bytes.is_ascii() => None,
            Self::Utf8 | Self::Ascii => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            // Its 256 characters are the first of Unicode.
            Self::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
        }
    }
}

/// The name of the encoding that a comment declares: what stands behind `coding:` or `coding=`.
pub(crate) fn declared(comment: &[u8]) -> Option<String> {
    let comment = String::from_utf8_lossy(comment);
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = comment[at + word.len()..].strip_prefix([':', '='])?;
        let is_of_name = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
        let name: String =
            rest.trim_start_matches([' ', '\t']).chars().take_while(is_of_name).collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_declares_an_encoding_by_one_of_its_names() {
        for (comment, expected) in [
            ("# -*- coding: latin-1 -*-", Some(Encoding::Latin1)),
            ("# vim: set fileencoding=ISO_8859_1 :", Some(Encoding::Latin1)),
            ("# coding:\tutf-8-unix", Some(Encoding::Utf8)),
            ("# decoding is hard, coding: ascii", Some(Encoding::Ascii)),
            ("# coding: cp1252", None),
            ("# coding latin-1", None),
            ("# coding=", None),
        ] {
            let found = declared(comment.as_bytes()).and_then(|name| Encoding::named(&name));
            assert_eq!(found, expected, "{comment}");
        }
    }

    #[test]
    fn bytes_are_of_an_encoding_or_not() {
        for (encoding, bytes, expected) in [
            (Encoding::Utf8, &b"\xc3\xb6"[..], Some("ö")),
            (Encoding::Utf8, b"\xf6", None),
            (Encoding::Latin1, b"\xf6", Some("ö")),
            (Encoding::Ascii, b"o", Some("o")),
            (Encoding::Ascii, b"\xf6", None),
        ] {
            assert_eq!(encoding.decode(bytes).as_deref(), expected, "{encoding:?} {bytes:?}");
        }
    }
}
