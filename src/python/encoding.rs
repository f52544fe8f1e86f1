//! The text of a module's bytes.
//!
//! Source: PEP 263 and "Encoding declarations" in the Python reference.

use std::borrow::Cow;

use super::Fault;
use crate::encoding::{self, Encoding};

/// Encodings that say of ASCII what it says itself.
const LIKE_ASCII: [&str; 3] = ["cp1252", "windows-1252", "iso-8859-15"];

/// The names of Python's encodings: the modules of its package `encodings` and the aliases there, of
/// 3.9 to 3.13 together.
const NAMES: &str = include_str!("encodings.txt");

/// The text of a module; none where its encoding is not known here.
///
/// # Errors
///
/// The bytes are not of the encoding, or Python refuses them.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<Cow<'_, str>>, Fault> {
    let whole = bytes;
    let bytes = whole.strip_prefix(b"\xef\xbb\xbf").unwrap_or(whole);
    if let Some(at) = memchr::memchr(0, bytes) {
        let message = "source code can't contain null bytes".to_owned();
        return Err(Fault { line: line_at(bytes, at), message });
    }
    let comment = comment(bytes);
    let Some(name) = comment.and_then(encoding::declared) else {
        return utf8(bytes, "no encoding is declared");
    };
    let fault = |message: String| {
        // The comment is a part of the bytes.
        let at = comment.map_or(0, |comment| comment.as_ptr().addr() - bytes.as_ptr().addr());
        Fault { line: line_at(bytes, at), message }
    };
    // Only under these names (`check_bom` and `get_normal_name` in CPython's tokenizer).
    let is_utf8 = format!("{}-", name.to_lowercase().replace('_', "-")).starts_with("utf-8-");
    if whole.len() > bytes.len() && !is_utf8 {
        return Err(fault(format!("it begins with a mark of UTF-8, and is declared as `{name}`")));
    }
    Ok(match Encoding::named(&name) {
        Some(Encoding::Utf8) => return utf8(bytes, "it is declared as UTF-8"),
        Some(other) => other.decode(bytes),
        None if !is_known(&name) => return Err(fault(format!("unknown encoding `{name}`"))),
        None => {
            let is_ascii = LIKE_ASCII.contains(&&*name.to_lowercase().replace('_', "-"));
            Encoding::Ascii.decode(bytes).filter(|_| is_ascii)
        }
    })
}

/// Whether Python has an encoding of that name.
fn is_known(name: &str) -> bool {
    let name = name.to_lowercase();
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    let name = parts.collect::<Vec<_>>().join("_");
    NAMES.split_ascii_whitespace().any(|known| known == name)
}

fn utf8<'a>(bytes: &'a [u8], why: &str) -> Result<Option<Cow<'a, str>>, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Some(Cow::Borrowed(text))),
        Err(error) => {
            let message = format!("it is not UTF-8, and {why}");
            Err(Fault { line: line_at(bytes, error.valid_up_to()), message })
        }
    }
}

/// The comment in the first two lines that may declare an encoding.
fn comment(bytes: &[u8]) -> Option<&[u8]> {
    let mut lines = bytes.split(|&byte| byte == b'\n').take(2);
    // A second line counts only behind a comment or an empty one.
    lines
        .find_map(|line| {
            let line = line.trim_ascii();
            match line.first() {
                None => None,
                Some(b'#') if encoding::declared(line).is_none() => None,
                Some(_) => Some(line),
            }
        })
        .filter(|line| line.starts_with(b"#"))
}

/// The line of a byte, counted from 1.
fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = memchr::memchr_iter(b'\n', &bytes[..at]).count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<String> {
        decode(bytes).unwrap().map(Cow::into_owned)
    }

    #[test]
    fn a_declared_encoding_is_taken() {
        assert_eq!(text(b"\xef\xbb\xbfx = 1").unwrap(), "x = 1");
        assert_eq!(text(b"# -*- coding: latin-1 -*-\n# \xf6").unwrap().chars().last(), Some('ö'));
        assert!(text(b"#!python\n# vim: fileencoding=iso_8859_1\n\xf6").unwrap().ends_with('ö'));
        assert_eq!(text(b"# coding: shift_jis\nx = 1"), None);
        assert_eq!(text(b"x = '# coding: shift_jis'").unwrap(), "x = '# coding: shift_jis'");
        assert!(text(b"import x\n# coding: shift_jis").is_some());
    }

    #[test]
    fn an_encoding_that_python_has_not_got_is_told() {
        for (bytes, line) in [
            (&b"# coding: uft-8\n"[..], Some(1)),
            (b"#!python\n# coding: latin-99", Some(2)),
            (b"\xef\xbb\xbf# coding: utf8", Some(1)),
            (b"\xef\xbb\xbf# coding: latin-1", Some(1)),
            (b"\xef\xbb\xbf# coding: UTF_8", None),
            (b"# coding: utf8", None),
            (b"# coding: Shift-JIS", None),
            (b"# coding: ISO-8859-15", None),
            (b"# coding: mac-roman", None),
        ] {
            assert_eq!(decode(bytes).err().map(|fault| fault.line), line, "{bytes:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_of_the_encoding_are_told_with_their_line() {
        let fault = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert_eq!(fault(b"x = 1\ny = '\xf6'\n").line, 2);
        assert_eq!(fault(b"x = 1\n\n\0").line, 3);
        assert_eq!(
            fault(b"# coding: utf-8\n\xf6").message,
            "it is not UTF-8, and it is declared as UTF-8"
        );
    }
}
