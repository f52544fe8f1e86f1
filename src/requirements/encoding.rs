//! The text of a requirements file, in the encodings that pip reads.
//!
//! `PowerShell` writes UTF-16 with a byte order mark; others say their encoding in a comment, as
//! Python's own files do. What says nothing is UTF-8: pip would then try the encoding of the
//! locale, which is another one on another machine.
//!
//! Source: `_decode_req_file` in pip's `req/req_file.py`, `auto_decode` of older ones, and PEP 263.

use std::borrow::Cow;

use crate::encoding::{Encoding, declared};

/// Decodes a file; the error is a clause that says what it is not.
pub(super) fn decode(bytes: &[u8]) -> Result<String, String> {
    // That of UTF-16 is the beginning of that of UTF-32, little end first.
    let marks: [(&[u8], Coding); 5] = [
        (b"\xef\xbb\xbf", Coding::Said(Encoding::Utf8)),
        (b"\xff\xfe\0\0", Coding::Utf32(u32::from_le_bytes)),
        (b"\0\0\xfe\xff", Coding::Utf32(u32::from_be_bytes)),
        (b"\xff\xfe", Coding::Utf16(u16::from_le_bytes)),
        (b"\xfe\xff", Coding::Utf16(u16::from_be_bytes)),
    ];
    for (mark, encoding) in marks {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return encoding.text(rest);
        }
    }
    let mut comments =
        bytes.split(|byte| *byte == b'\n').take(2).filter(|line| line.starts_with(b"#"));
    match comments.find_map(declared) {
        None => Coding::Said(Encoding::Utf8).text(bytes),
        Some(name) => match Encoding::named(&name) {
            Some(encoding) => Coding::Said(encoding).text(bytes),
            None => Err(format!("says that it is in `{name}`, which is not read here")),
        },
    }
}

/// What the beginning of a file or a comment in it says of its text.
#[derive(Clone, Copy)]
enum Coding {
    Said(Encoding),
    Utf16(fn([u8; 2]) -> u16),
    Utf32(fn([u8; 4]) -> u32),
}

impl Coding {
    fn text(self, bytes: &[u8]) -> Result<String, String> {
        let text = match self {
            Self::Said(encoding) => encoding.decode(bytes).map(Cow::into_owned),
            Self::Utf16(number) => {
                units(bytes, number).and_then(|units| String::from_utf16(&units).ok())
            }
            Self::Utf32(number) => units(bytes, number)
                .and_then(|units| units.into_iter().map(char::from_u32).collect()),
        };
        text.ok_or_else(|| format!("is not {}", self.name()))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Said(Encoding::Utf8) => "UTF-8",
            Self::Said(Encoding::Latin1) => "Latin-1",
            Self::Said(Encoding::Ascii) => "ASCII, as it says",
            Self::Utf16(_) => "UTF-16, as it begins",
            Self::Utf32(_) => "UTF-32, as it begins",
        }
    }
}

/// The numbers of a text of which each has `N` bytes; none if the last one is cut short.
fn units<const N: usize, T>(bytes: &[u8], number: fn([u8; N]) -> T) -> Option<Vec<T>> {
    let (whole, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then(|| whole.iter().copied().map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_each_encoding_that_pip_knows_by_itself() {
        let text = "six==1.16.0 # é 🐍\r\n";
        let sixteen = |number: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(number).collect();
        let thirty_two =
            |number: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| number(u32::from(c))).collect();
        let table: [(&[u8], Vec<u8>); 6] = [
            (b"", text.into()),
            (b"\xef\xbb\xbf", text.into()),
            (b"\xff\xfe", sixteen(u16::to_le_bytes)),
            (b"\xfe\xff", sixteen(u16::to_be_bytes)),
            (b"\xff\xfe\0\0", thirty_two(u32::to_le_bytes)),
            (b"\0\0\xfe\xff", thirty_two(u32::to_be_bytes)),
        ];
        for (mark, bytes) in table {
            assert_eq!(decode(&[mark, &bytes].concat()).as_deref(), Ok(text), "{mark:?}");
        }
    }

    #[test]
    fn a_comment_may_say_the_encoding() {
        let latin = b"# -*- coding: latin-1 -*-\nsix # \xe9\n";
        assert!(decode(latin).is_ok_and(|text| text.contains('é')));
        let second = b"# a\n# vim: set fileencoding=iso-8859-1 :\nsix # \xe9\n";
        assert!(decode(second).is_ok());
        assert!(decode(b"# coding: ascii\nsix # \xe9\n").is_err());
        let other = decode(b"# coding: cp1252\nsix\n");
        assert_eq!(other.unwrap_err(), "says that it is in `cp1252`, which is not read here");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"six # \xe9\n"[..], b"\xff\xfes", b"\xff\xfe\0\xd8", b"\xff\xfe\0\0s\0\0"] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
