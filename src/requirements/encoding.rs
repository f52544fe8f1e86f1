//! The text of a requirements file, in the encodings that pip reads.
//!
//! `PowerShell` writes UTF-16 with a byte order mark; others say their encoding in a comment, as
//! Python's own files do. What says nothing is UTF-8: pip would then try the encoding of the
//! locale, which is another one on another machine.
//!
//! Source: `_decode_req_file` in pip's `req/req_file.py`, `auto_decode` of older ones, and PEP 263.

/// Decodes a file; the error is a clause that says what it is not.
pub(super) fn decode(bytes: &[u8]) -> Result<String, String> {
    // That of UTF-16 is the beginning of that of UTF-32, little end first.
    let marks: [(&[u8], Encoding); 5] = [
        (b"\xef\xbb\xbf", Encoding::Utf8),
        (b"\xff\xfe\0\0", Encoding::Utf32(u32::from_le_bytes)),
        (b"\0\0\xfe\xff", Encoding::Utf32(u32::from_be_bytes)),
        (b"\xff\xfe", Encoding::Utf16(u16::from_le_bytes)),
        (b"\xfe\xff", Encoding::Utf16(u16::from_be_bytes)),
    ];
    for (mark, encoding) in marks {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return encoding.text(rest);
        }
    }
    match said(bytes) {
        None => Encoding::Utf8.text(bytes),
        Some(name) => match Encoding::named(&name) {
            Some(encoding) => encoding.text(bytes),
            None => Err(format!("says that it is in `{name}`, which is not read here")),
        },
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
    Utf32(fn([u8; 4]) -> u32),
    Latin1,
    Ascii,
}

impl Encoding {
    /// The encoding of a name; Python has more names for each ("Standard Encodings" of its module
    /// `codecs`).
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "u8" => Some(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => Some(Self::Latin1),
            "ascii" | "us-ascii" | "646" => Some(Self::Ascii),
            _ => None,
        }
    }

    fn text(self, bytes: &[u8]) -> Result<String, String> {
        let text = match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Ascii => bytes.is_ascii().then(|| String::from_utf8_lossy(bytes).into_owned()),
            // Its 256 characters are the first of Unicode.
            Self::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
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
            Self::Utf8 => "UTF-8",
            Self::Utf16(_) => "UTF-16, as it begins",
            Self::Utf32(_) => "UTF-32, as it begins",
            Self::Latin1 => "Latin-1",
            Self::Ascii => "ASCII, as it says",
        }
    }
}

/// The numbers of a text of which each has `N` bytes; none if the last one is cut short.
fn units<const N: usize, T>(bytes: &[u8], number: fn([u8; N]) -> T) -> Option<Vec<T>> {
    let (whole, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then(|| whole.iter().copied().map(number).collect())
}

/// The encoding that a comment in one of the first two lines says: `coding:` or `coding=`, then its
/// name.
fn said(bytes: &[u8]) -> Option<String> {
    let comments = bytes.split(|byte| *byte == b'\n').take(2).filter(|line| line.starts_with(b"#"));
    comments.into_iter().find_map(|line| {
        let line = String::from_utf8_lossy(line).into_owned();
        let mut places = line.match_indices("coding");
        places.find_map(|(at, word)| {
            let rest = line[at + word.len()..].strip_prefix([':', '='])?.trim_start();
            let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let name: String = rest.chars().take_while(|c| is_of_name(*c)).collect();
            (!name.is_empty()).then_some(name)
        })
    })
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
