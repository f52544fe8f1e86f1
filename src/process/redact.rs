//! Blanks out passwords.

/// Blanks out what may be a secret in the URLs of a text: user information and query.
/// `https://user:secret@host/?token=x` becomes `https://****@host/?****`.
pub(crate) fn redact(text: &str) -> String {
    let text = each_address(text, &without_user_of_one);
    each_address(&text, &|address| match address.split_once('?') {
        Some((before, query)) if !query.is_empty() => format!("{before}?****"),
        _ => address.to_owned(),
    })
}

/// Blanks out the user information in the URLs of a text, so that a token that changes each day
/// does not make another URL of it (`aws codeartifact login` writes such a one, for 12 hours).
pub(crate) fn without_user(text: &str) -> String {
    each_address(text, &without_user_of_one)
}

/// The part between `://` and the next `/` is the authority of a URL, and user information is what
/// comes before its `@` (RFC 3986, section 3.2.1). Before the last one, as a password may have an
/// `@` that is not encoded: pip takes it so, too (`split_auth_from_netloc` in its `utils/misc.py`).
fn without_user_of_one(address: &str) -> String {
    let authority = address.split('/').next().unwrap_or(address);
    match authority.rfind('@') {
        Some(user_ends) => format!("****{}", &address[user_ends..]),
        None => address.to_owned(),
    }
}

/// Changes each URL of a text, from its `://` to a blank, quote, bracket or `#`.
fn each_address(text: &str, change: &dyn Fn(&str) -> String) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        changed.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '#' | '"' | '\'' | '`' | '<' | '>');
        let (address, others) = after.split_at(after.find(ends).unwrap_or(after.len()));
        changed.push_str(&change(address));
        rest = others;
    }
    changed.push_str(rest);
    changed
}
