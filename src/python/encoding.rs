//! The text of a module's bytes.
//!
//! Source: PEP 263 and "Encoding declarations" in the Python reference.

use std::borrow::Cow;

use super::Fault;

/// Encodings whose bytes are the first letters of Unicode.
const LATIN: [&str; 6] = ["latin-1", "latin1", "iso-8859-1", "iso8859-1", "iso-latin-1", "l1"];

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
    let declared = declared(bytes).map(|name| name.to_lowercase().replace('_', "-"));
    match declared.as_deref() {
        None => utf8(bytes, "no encoding is declared"),
        Some(name) if name == "utf-8" || name.starts_with("utf-8-") || name == "utf8" => {
            utf8(bytes, "it is declared as UTF-8")
        }
        Some(name) if LATIN.contains(&name) => {
            Ok(Some(Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect())))
        }
        Some("ascii" | "us-ascii" | "cp1252" | "windows-1252" | "iso-8859-15")
            if bytes.is_ascii() =>
        {
            utf8(bytes, "")
        }
        Some(_) => Ok(None),
    }
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

/// The encoding that a comment in the first two lines declares.
fn declared(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&byte| byte == b'\n').take(2) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches([' ', '\t', '\x0c']);
        let Some(comment) = line.strip_prefix('#') else {
            // A second line counts only behind a comment or an empty one.
            if line.trim_end().is_empty() {
                continue;
            }
            return None;
        };
        let is_of_name = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
        for (at, coding) in comment.match_indices("coding") {
            let Some(rest) = comment[at + coding.len()..].strip_prefix([':', '=']) else {
                continue;
            };
            let name: String =
                rest.trim_start_matches([' ', '\t']).chars().take_while(is_of_name).collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
    }
    None
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
