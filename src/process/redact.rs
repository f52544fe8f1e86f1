//! Blanks out passwords.

/// Returns the text with what may be a secret in an address blanked out: what stands before its
/// `@`, and its query. `https://user:secret@host/?token=x` becomes `https://****@host/?****`.
pub(crate) fn redact(text: &str) -> String {
    let text = each_address(text, &without_user_of_one);
    each_address(&text, &|address| match address.split_once('?') {
        Some((before, query)) if !query.is_empty() => format!("{before}?****"),
        _ => address.to_owned(),
    })
}

/// Returns the text with what stands before the `@` of an address blanked out. A token that is
/// made anew each day is then no other address.
pub(crate) fn without_user(text: &str) -> String {
    each_address(text, &without_user_of_one)
}

/// The part between `://` and the next `/` is the authority of an address; what it has before its
/// last `@` is user information (RFC 3986, section 3.2.1).
fn without_user_of_one(address: &str) -> String {
    let authority = address.split('/').next().unwrap_or(address);
    match authority.rfind('@') {
        Some(user_ends) => format!("****{}", &address[user_ends..]),
        None => address.to_owned(),
    }
}

/// Changes each address of a text: what stands between `://` and a blank, quote, bracket or `#`.
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
