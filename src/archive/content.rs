//! Compares one member of two zips, line by line where it is text.

use similar::TextDiff;

use super::{Member, Zip};
use crate::report::{Content, ContentKind, ContentSide, Failure};

/// The most bytes of a text that is compared line by line: nobody would read a longer diff.
const LARGEST_TEXT: u64 = 1 << 20;

/// Compares one member of two zips; `None` where neither has it.
pub(crate) fn content(before: &Zip, after: &Zip, name: &str) -> Result<Option<Content>, Failure> {
    let (one, other) = (before.member(name), after.member(name));
    if one.is_none() && other.is_none() {
        return Ok(None);
    }
    let ((before, one), (after, other)) = (look(before, one)?, look(after, other)?);
    let (kind, diff) = match (one, other) {
        _ if before == after => (ContentKind::Same, None),
        (Text::Is(one), Text::Is(other)) => (ContentKind::Text, Some(unified(&one, &other))),
        (Text::No, _) | (_, Text::No) => (ContentKind::Binary, None),
        (Text::Large, _) | (_, Text::Large) => (ContentKind::Large, None),
    };
    let path = name.to_owned();
    Ok(Some(Content { path, kind, before, after, diff }))
}

enum Text {
    /// Empty where there is no member.
    Is(String),
    /// The bytes are not text.
    No,
    /// There are more bytes than [`LARGEST_TEXT`].
    Large,
}

/// Looks at one side of a comparison.
fn look(zip: &Zip, member: Option<&Member>) -> Result<(Option<ContentSide>, Text), Failure> {
    let Some(member) = member else { return Ok((None, Text::Is(String::new()))) };
    let side = Some(ContentSide { size: member.size, digest: zip.digest_of(member)? });
    if member.size > LARGEST_TEXT {
        return Ok((side, Text::Large));
    }
    let text = String::from_utf8(zip.read(member, LARGEST_TEXT)?).ok();
    Ok((side, text.filter(|text| is_plain(text)).map_or(Text::No, Text::Is)))
}

/// Whether a text can be printed: an escape sequence in it would be obeyed by the terminal.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| !letter.is_control() || "\t\n\r\u{c}".contains(letter))
}

/// A unified diff of two texts, with three lines of context and no header.
pub(crate) fn unified(one: &str, other: &str) -> String {
    TextDiff::from_lines(one, other).unified_diff().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_nothing_to_a_terminal() {
        assert!(is_plain("def f():\r\n\treturn \"é\"\n"));
        assert!(!is_plain("\u{1b}[2J"));
        assert!(!is_plain("a\0b"));
    }

    #[test]
    fn lines_that_changed_come_with_their_context() {
        let one = "1\n2\n3\n4\n5\n6\n7\n";
        let diff = unified(one, &one.replace('5', "five"));
        assert_eq!(diff, "@@ -2,6 +2,6 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n");
        assert_eq!(unified("a", ""), "@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n");
    }
}
