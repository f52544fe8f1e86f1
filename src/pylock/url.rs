//! Addresses and paths in locks: what is written of them, and which file they name.

/// Returns an address without user information, query and fragment: what is committed is read by
/// many, and a password or a signed link is nobody else's business.
///
/// The user `git` of `ssh` stays, for it says how the host is spoken to and is no secret; see
/// "Direct URL Data Structure" of the PyPA. A text that is no address loses query and fragment.
pub(crate) fn plain_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_ssh = scheme.to_ascii_lowercase().split('+').any(|part| part == "ssh");
    let user = if is_ssh && user.split(':').next() == Some("git") { "git@" } else { "" };
    format!("{scheme}://{user}{host}{path}")
}

/// Returns the name of the file that a path or an address names, a path before an address, and
/// an address without its escapes.
pub(super) fn file_name(path: Option<&str>, url: Option<&str>) -> Option<String> {
    let name = match (path, url) {
        (Some(path), _) => path.rsplit(['/', '\\']).next().map(str::to_owned),
        (None, Some(url)) => {
            let url = plain_url(url);
            url.rsplit('/').next().map(decoded)
        }
        (None, None) => None,
    };
    name.filter(|name| !name.is_empty())
}

/// Undoes percent-encoding (RFC 3986, section 2.1).
fn decoded(text: &str) -> String {
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
            assert_eq!(plain_url(url), plain);
            assert_eq!(plain_url(plain), plain);
        }
    }

    #[test]
    fn a_file_has_the_last_name_of_its_path_or_address() {
        let table = [
            (Some("wheels/a.whl"), None, Some("a.whl")),
            (Some("wheels\\a.whl"), Some("https://host/b.whl"), Some("a.whl")),
            (None, Some("https://host/x/a-1%2Bcpu.whl?x=/y#z"), Some("a-1+cpu.whl")),
            (None, Some("https://host/100%.zip"), Some("100%.zip")),
            (None, Some("https://host/"), None),
            (None, None, None),
        ];
        for (path, url, name) in table {
            assert_eq!(file_name(path, url).as_deref(), name);
        }
    }
}
