//! The text of a module's bytes.
//!
//! Source: PEP 263 and "Encoding declarations" in the Python reference.

use std::borrow::Cow;

use super::Fault;
use crate::encoding::{self, Encoding};

/// Encodings that say of ASCII what it says itself.
const LIKE_ASCII: [&str; 3] = ["cp1252", "windows-1252", "iso-8859-15"];

/// The text of a module; none where its encoding is not known here.
///
/// # Errors
///
/// The bytes are not of the encoding, or Python refuses them.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<Cow<'_, str>>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(at) = memchr::memchr(0, bytes) {
        let message = "source code can't contain null bytes".to_owned();
        return Err(Fault { line: line_at(bytes, at), message });
    }
    let Some(name) = comment(bytes).and_then(encoding::declared) else {
        return utf8(bytes, "no encoding is declared");
    };
    Ok(match Encoding::named(&name) {
        Some(Encoding::Utf8) => return utf8(bytes, "it is declared as UTF-8"),
        Some(other) => other.decode(bytes),
        None => {
            let is_ascii = LIKE_ASCII.contains(&&*name.to_lowercase().replace('_', "-"));
            Encoding::Ascii.decode(bytes).filter(|_| is_ascii)
        }
    })
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
