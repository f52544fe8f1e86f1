//! URLs as text: those of files, and URLs without their secrets.
//!
//! pip is given files by their URLs, for a path may have characters that begin an option or a
//! comment in a requirements file. Source: RFC 8089, and RFC 3986, section 2.1.

mod secrets;

use camino::Utf8Path;

pub(crate) use secrets::{redact, secret_words, without_words};

/// Returns the `file:` URL of an absolute path.
pub(crate) fn of_file(path: &Utf8Path) -> String {
    let path = path.as_str().replace('\\', "/");
    let mut address = "file://".to_owned();
    if !path.starts_with('/') {
        // A path with a drive letter: `file:///C:/…` (RFC 8089, appendix E.2).
        address.push('/');
    }
    for byte in path.bytes() {
        // Unreserved characters, and the two that separate parts of a path (RFC 3986, section 2.3).
        let is_plain = byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
        if is_plain {
            address.push(char::from(byte));
        } else {
            address += &format!("%{byte:02X}");
        }
    }
    address
}

/// Returns the path of a requirement that is a `file:` URL, or has one after its `@`.
pub(crate) fn local_path(requirement: &str) -> Option<String> {
    let start = requirement.strip_prefix("file:");
    let named = || requirement.split_once('@').map(|(_, address)| address.trim_start());
    let address = start.or_else(|| named()?.strip_prefix("file:"))?;
    let path = address.split([';', '#', '?']).next().unwrap_or_default().trim();
    let path = match path.strip_prefix("//") {
        // `file:/path`, `file:///path` and `file://localhost/path` are one file (RFC 8089, section
        // 2 and appendix B).
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => path,
    };
    Some(decoded(path))
}

/// Returns the query of the URL in a line, if it is long enough to be a secret.
pub(crate) fn query(line: &str) -> Option<&str> {
    let (_, address) = line.split_once("://")?;
    let address = address.split([' ', '\t', '#', '"', '\'']).next()?;
    address.split_once('?').map(|(_, query)| query).filter(|query| query.len() > 3)
}

/// Returns a URL without user information, query and fragment: a lock is committed and read by
/// many, and these may be a password or a signature.
///
/// The user `git` of `ssh` stays, for it is no secret and the host is not reached without it
/// ("Direct URL Data Structure" of the PyPA). A text that is no URL loses query and fragment.
pub(crate) fn plain(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_ssh = scheme.to_ascii_lowercase().split('+').any(|part| part == "ssh");
    let user = if is_ssh && user.split(':').next() == Some("git") { "git@" } else { "" };
    format!("{scheme}://{user}{host}{path}")
}

/// Blanks out the user information in the URLs of a text, so that a token that changes each day
/// does not make another URL of it (`aws codeartifact login` writes such a one, for 12 hours).
pub(crate) fn without_user(text: &str) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        changed.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '#' | '"' | '\'' | '`' | '<' | '>');
        let (address, others) = after.split_at(after.find(ends).unwrap_or(after.len()));
        changed.push_str(&without_user_of_one(address));
        rest = others;
    }
    changed.push_str(rest);
    changed
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

/// Undoes percent-encoding (RFC 3986, section 2.1).
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = (*first == b'%').then(|| after.get(..2)).flatten();
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_address() {
        for path in ["/a/b-1.whl", "/my -root/#1/%41?.whl", "/é/日本.whl"] {
            let address = of_file(Utf8Path::new(path));
            assert!(address.is_ascii() && !address.contains([' ', '#', '?']), "{address}");
            assert_eq!(local_path(&address), Some(path.to_owned()));
        }
    }

    #[test]
    fn an_address_is_written_without_secrets() {
        let table = [
            ("https://host/a-1.whl", "https://host/a-1.whl"),
            ("https://user:p@ss@host:8080/a-1.whl?token=x#sha256=00", "https://host:8080/a-1.whl"),
            ("https://token@host", "https://host"),
            ("https://user:x@host?token=y", "https://host"),
            ("https://host/@scope/a@1.whl", "https://host/@scope/a@1.whl"),
            ("ssh://git@host/a.git", "ssh://git@host/a.git"),
            ("git+ssh://git:x@host/a.git#egg=a", "git+ssh://git@host/a.git"),
            ("ssh://me@host/a.git", "ssh://host/a.git"),
            ("https://git@host/a.git", "https://host/a.git"),
            ("file:///a/b.whl#x", "file:///a/b.whl"),
            ("git@host:a/b.git", "git@host:a/b.git"),
        ];
        for (url, plain) in table {
            assert_eq!(super::plain(url), plain);
            assert_eq!(super::plain(plain), plain);
        }
    }

    #[test]
    fn a_query_is_found_in_its_line() {
        assert_eq!(query("a @ https://h/a.zip?token=x#egg=a ; m"), Some("token=x"));
        assert_eq!(query("https://h/a.zip"), None);
        assert_eq!(query("a ; m == '?'"), None);
    }

    #[test]
    fn every_way_to_name_a_file_is_known() {
        for text in [
            "file:///a.whl",
            "file:/a.whl",
            "file://localhost/a.whl ; python_version > '3'",
            "x @ file:///a.whl#sha256=00",
            "x[y] @ file:/a.whl",
        ] {
            assert_eq!(local_path(text), Some("/a.whl".to_owned()), "{text}");
        }
        for text in ["x==1", "x @ https://host/file:/a.whl", "https://host/a.whl"] {
            assert_eq!(local_path(text), None, "{text}");
        }
    }
}
