//! Blanks out passwords.

/// Returns the text with what stands before the `@` of an address blanked out:
/// `https://user:secret@host` becomes `https://****@host`.
///
/// The part between `://` and the next `/`, blank, quote or end is the authority of a URL;
/// what it has before its last `@` is user information (RFC 3986, section 3.2.1).
pub(crate) fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '<' | '>');
        let authority = &after[..after.find(ends).unwrap_or(after.len())];
        if let Some(user_ends) = authority.rfind('@') {
            shown.push_str("****");
            rest = &after[user_ends..];
        } else {
            rest = after;
        }
    }
    shown.push_str(rest);
    shown
}
