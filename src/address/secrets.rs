//! Blanks out what may be a secret in addresses, in texts that people and logs see.
//!
//! A malformed address is the one that ends in a message, so nothing here parses it: what stands
//! between `//` and an `@` is taken to be user information (RFC 3986, section 3.2.1), whatever
//! characters it has, and so are a query and what a fragment has but hashes and names. Where a text
//! can be read in two ways, it is blanked; a host with its port, a revision behind `.git@`, a scope
//! behind `/@` and an e-mail address are told apart and stay readable.

use std::collections::BTreeSet;
use std::ops::Range;

const BLANK: &str = "****";

/// What ends an address in prose, besides white space.
const QUOTES: [char; 5] = ['"', '\'', '`', '<', '>'];

/// Keys of a fragment that tell no secret, as pip and uv write them.
const PLAIN_KEYS: [&str; 9] =
    ["egg", "subdirectory", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"];

/// Words in the names of values that are secrets, wherever in an address they stand.
const SECRET_WORDS: [&str; 9] =
    ["token", "passw", "pwd", "secret", "signature", "sig", "key", "credential", "auth"];

/// What a text is, and so how far an address in it may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Prose: an address ends at a blank, unless a quote holds it.
    Prose,
    /// A line of requirements or a value: a blank may be part of a malformed address.
    Line,
}

/// Blanks out user information, queries and tokens in the addresses of a text:
/// `https://user:secret@host/?token=x` becomes `https://****@host/?****`.
pub(crate) fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets(text, Extent::Prose) {
        shown.push_str(&text[from..secret.start]);
        shown.push_str(BLANK);
        from = secret.end;
    }
    shown.push_str(&text[from..]);
    shown
}

/// The words of the secrets in a line that is parsed: an error of the parser may quote any of them.
/// Those of their percent-decoded form are among them.
pub(crate) fn secret_words(line: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    // Without slashes a blank may be in the password, too: `user:pass word@host`.
    let user = line.rfind('@').filter(|_| !line.contains("://")).and_then(|end| {
        let start = line[..end].find(':')? + 1;
        (!line[start..].starts_with(char::is_whitespace)).then_some(start..end)
    });
    for secret in secrets(line, Extent::Line).into_iter().chain(user) {
        let secret = &line[secret];
        // The user's name is none, and may be a common word.
        let secret = secret.split_once(':').map_or(secret, |(_, password)| password);
        for form in [secret.to_owned(), super::decoded(secret)] {
            words.extend(form.split(is_no_word).filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    words
}

/// Blanks out each of these words, where it stands alone.
pub(crate) fn without_words(text: &str, words: &BTreeSet<String>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = &rest[..rest.find(is_no_word).unwrap_or(rest.len())];
        shown.push_str(if words.contains(word) { BLANK } else { word });
        rest = &rest[word.len()..];
        let between = &rest[..rest.find(|c| !is_no_word(c)).unwrap_or(rest.len())];
        shown.push_str(between);
        rest = &rest[between.len()..];
    }
    shown
}

fn is_no_word(letter: char) -> bool {
    !letter.is_alphanumeric() && letter != '_'
}

/// Where the secrets of a text are, in order.
fn secrets(text: &str, extent: Extent) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains("//") && !text.contains('@') {
        return found;
    }
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let in_line = of_line(line.trim_end_matches(['\n', '\r']), extent);
        found.extend(in_line.into_iter().map(|it| start + it.start..start + it.end));
        start += line.len();
    }
    found
}

fn of_line(line: &str, extent: Extent) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(slashes) = line[at..].find("//").map(|found| at + found) {
        found.extend(without_slashes(line, at..scheme_before(line, slashes)));
        let begin =
            slashes + line[slashes..].len() - line[slashes..].trim_start_matches(['/', '\\']).len();
        let next = line[begin..].find("://").map(|found| scheme_before(line, begin + found + 1));
        let address = Address {
            line,
            slashes,
            begin,
            limit: next.filter(|next| *next >= begin).unwrap_or(line.len()),
            extent,
        };
        let (user, end) = address.secrets(&mut found);
        at = user.max(end).max(begin);
    }
    found.extend(without_slashes(line, at..line.len()));
    found
}

/// Where the scheme begins whose colon is before `slashes`.
fn scheme_before(line: &str, slashes: usize) -> usize {
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.:".contains(c);
    line[..slashes].trim_end_matches(is_of_scheme).len()
}

/// The user information of addresses without slashes: `user:password@host`, `https:/user:x@host`.
fn without_slashes(line: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let part = &line[range.clone()];
    let is_end = |c: char| c.is_whitespace() || QUOTES.contains(&c) || "()=,".contains(c);
    let mut start = 0;
    while start < part.len() {
        let word = part[start..].split(is_end).next().unwrap_or_default();
        if let Some(user) = word.rfind('@') {
            let (before, host) = (&word[..user], &word[user + 1..]);
            let first = before.split('@').next().unwrap_or_default();
            let is_other = before.starts_with("mailto:")
                || before.starts_with("arn:")
                || host.starts_with("sha256:")
                // A drive of Windows.
                || before.get(1..3) == Some(":\\")
                // pip's way to write the path of a repository: a revision follows it.
                || before.split_once("file:/").is_some_and(|(scheme, path)| {
                    matches!(scheme, "" | "git+") && !path.contains(':')
                })
                || host.is_empty();
            let mut halves = first.splitn(2, ':');
            let has_password = halves.next().is_some_and(|user| !user.is_empty())
                && halves.next().is_some_and(|password| !password.is_empty());
            if has_password && !is_other {
                found.push(range.start + start..range.start + start + user);
            }
        }
        start += word.len();
        start += part[start..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// An address in a line.
struct Address<'a> {
    line: &'a str,
    slashes: usize,
    /// Where its authority begins.
    begin: usize,
    /// Where the next address begins, or the line ends.
    limit: usize,
    extent: Extent,
}

impl Address<'_> {
    /// Adds its secrets; returns where its user information and where it itself ends.
    fn secrets(&self, found: &mut Vec<Range<usize>>) -> (usize, usize) {
        let user = self.user();
        if let Some(user) = user
            && user > self.begin
            // The user of ssh at most hosts of repositories, and no secret.
            && &self.line[self.begin..user] != "git"
        {
            found.push(self.begin..user);
        }
        let user = user.unwrap_or(self.begin);
        let rest = &self.line[user..self.limit];
        let ends: &dyn Fn(char) -> bool = match self.extent {
            Extent::Prose => &|c| c.is_whitespace() || QUOTES.contains(&c),
            Extent::Line => &|c| c.is_whitespace(),
        };
        let end = match (self.extent, rest.find(['?', '#'])) {
            // A marker or an option begins behind a blank.
            (Extent::Line, Some(query)) => {
                let others = [" ;", " --", " #"].iter().filter_map(|it| rest[query..].find(it));
                others.min().map_or(rest.len(), |found| query + found)
            }
            // A quotation is wholly of the address.
            (Extent::Prose, Some(query))
                if self.quoted(rest).is_some_and(|it| it.len() > query) =>
            {
                self.quoted(rest).map_or(rest.len(), str::len)
            }
            _ => rest.find(ends).unwrap_or(rest.len()),
        };
        let (address, fragment) = match rest[..end].find('#') {
            Some(at) => (&rest[..at], Some(at + 1)),
            None => (&rest[..end], None),
        };
        let query = address.find('?').map(|at| at + 1);
        for (name, value) in pairs(&address[..query.unwrap_or(address.len())]) {
            let is_secret =
                |word: &&str| address[name.clone()].to_ascii_lowercase().contains(*word);
            if SECRET_WORDS.iter().any(is_secret) && !value.is_empty() {
                found.push(user + value.start..user + value.end);
            }
        }
        if let Some(query) = query.filter(|query| *query < address.len()) {
            found.push(user + query..user + address.len());
        }
        if let Some(start) = fragment {
            let mut at = start;
            for pair in rest[start..end].split('&') {
                let key = pair.split('=').next().unwrap_or_default();
                let is_plain = PLAIN_KEYS.contains(&key.to_ascii_lowercase().as_str());
                let value = if key.len() < pair.len() { key.len() + 1 } else { 0 };
                if !is_plain && value < pair.len() {
                    found.push(user + at + value..user + at + pair.len());
                }
                at += pair.len() + 1;
            }
        }
        (user, user + end)
    }

    /// Where its user information ends: at an `@`, or at the end of what can be nothing else.
    fn user(&self) -> Option<usize> {
        let tail = &self.line[self.begin..self.limit];
        let is_end = |c: char| c.is_whitespace() || QUOTES.contains(&c) || "/?#\\".contains(c);
        let authority = &tail[..tail.find(is_end).unwrap_or(tail.len())];
        let word = &tail[..tail.find(char::is_whitespace).unwrap_or(tail.len())];
        let quoted = self.quoted(tail);
        let (host, port) = split_port(authority.trim_end_matches([',', ';', ':', '.', ')', ']']));
        // `file:///path` has no authority (RFC 8089).
        if self.line[..self.slashes].ends_with("file:") && self.begin - self.slashes > 2 {
            return None;
        }
        let has_scheme = self.line[..self.slashes].ends_with(':');
        let is_port = port.is_none_or(|port| {
            let is_named = port.eq_ignore_ascii_case("port") || port.starts_with(['$', '{']);
            is_named || port.bytes().all(|byte| byte.is_ascii_digit())
        });
        let is_host = |c: char| c.is_alphanumeric() || "-._[]:*${}".contains(c);
        if authority.contains('@') {
            let reach = if self.extent == Extent::Line { tail } else { quoted.unwrap_or(word) };
            return self.last(reach, true);
        }
        if !is_port {
            let reach = quoted.unwrap_or(tail);
            let split = has_scheme.then_some(self.begin + authority.len());
            return self.last(reach, true).or(split);
        }
        let reach = if self.extent == Extent::Line { tail } else { quoted.unwrap_or(word) };
        // A password may begin with a slash.
        let last = self.last(reach, authority.ends_with(':'))?;
        let behind = &self.line[last + 1..self.limit];
        let is_known = is_host_like(host) && authority.chars().all(is_host) || !has_scheme;
        let is_user = match is_known {
            true => is_address_of_host(behind) || authority.ends_with(':'),
            false => !is_version(behind),
        };
        is_user.then_some(last)
    }

    /// What stands before the quote that closes the one before its scheme.
    fn quoted<'b>(&self, tail: &'b str) -> Option<&'b str> {
        let before = self.line[..scheme_before(self.line, self.slashes)].chars().next_back()?;
        let close = match before {
            '<' => '>',
            '"' | '\'' | '`' => before,
            _ => return None,
        };
        // A quote within a word, before its `@`, is a part of the password.
        let word = tail.find(char::is_whitespace).unwrap_or(tail.len());
        let from = tail[..word].find('@').unwrap_or(0);
        tail[from..].find(close).map(|at| &tail[..from + at])
    }

    /// The last `@` in a part that ends user information. Behind `.git` begins a revision; behind a
    /// slash a scope, unless the authority is no host.
    fn last(&self, part: &str, is_certain: bool) -> Option<usize> {
        let scheme = &self.line[scheme_before(self.line, self.slashes)..self.slashes];
        let (is_repository, mut before) = (scheme.contains('+'), None);
        for (at, _) in part.match_indices('@') {
            let is_path = before.is_some_and(|before| part[before..at].contains('/'));
            // Of a repository, a version behind its path is one, too.
            let is_version = is_repository && is_path && is_version(&part[at + 1..]);
            let is_revision =
                is_version || part[..at].ends_with(".git") && (is_path || !is_certain);
            // `git@` is the user of ssh, and what follows is the path.
            let is_behind_git = is_path && before.is_some_and(|before| &part[..before] == "git");
            let is_scope = part[..at].ends_with('/') && !is_certain;
            if !is_revision && !is_scope && !is_behind_git {
                before = Some(at);
            }
        }
        before.map(|at| self.begin + at)
    }
}

/// Splits a port off, of a host that may be an IPv6 address in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let from = authority.rfind(']').unwrap_or(0);
    match authority[from..].find(':') {
        Some(at) => (&authority[..from + at], Some(&authority[from + at + 1..])),
        None => (authority, None),
    }
}

/// Whether a text is surely a host: it has a domain or is the name of this machine.
fn is_host_like(host: &str) -> bool {
    host == "localhost" || host.contains('.') || host.starts_with('[') || host.is_empty()
}

/// Whether what follows an `@` begins with a host and not with a revision or a version.
fn is_address_of_host(text: &str) -> bool {
    let end = |c: char| !c.is_alphanumeric() && !"-._:[]".contains(c);
    let authority = text[..text.find(end).unwrap_or(text.len())].trim_end_matches([':', '.']);
    let (host, port) = split_port(authority);
    let is_domain = host
        .rsplit_once('.')
        .is_some_and(|(_, last)| last.len() > 1 && last.chars().all(|c| c.is_ascii_alphabetic()));
    let is_number =
        host.split('.').count() == 4 && host.split('.').all(|it| it.parse::<u8>().is_ok());
    let has_port = port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    is_domain || is_number || has_port || host == "localhost" || host.starts_with('[')
}

/// Whether a text, to its first blank or quote, is a version, as that of `host/path@2`.
fn is_version(text: &str) -> bool {
    let end = |c: char| c.is_whitespace() || QUOTES.contains(&c);
    let word = &text[..text.find(end).unwrap_or(text.len())];
    let number = word.strip_prefix('v').unwrap_or(word);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// The places of the names and values in a path that has `name=value` in it.
fn pairs(path: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let pairs = path.match_indices('=').map(|(at, _)| {
        let name = path[..at].trim_end_matches(is_name).len();
        let value = path[at + 1..].find(['&', ';', '?', '/']).unwrap_or(path.len() - at - 1);
        (name..at, at + 1..at + 1 + value)
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// User information that is well-formed or not; each part with letters of its own is a secret.
    const USERS: [&str; 26] = [
        "user:hunter2",
        "hunter2",
        "user:",
        ":hunter2",
        "user:hunter2@hunter3",
        "user:hunter2/hunter3",
        "user:hunter2#hunter3",
        "user:hunter2?hunter3",
        "user:hunter2 hunter3",
        "user:hunter2%40hunter3",
        "user:hunter2%hunter3",
        "user:hunter2%zz",
        "user:hunter2:hunter3",
        "user:hunter2@hunter3/hunter4",
        "user:hunter2/hunter3@hunter4",
        "user:hunter2#hunter3@hunter4/hunter5",
        "user:hunter2\\hunter3",
        "user:hunter2;hunter3",
        "user:hunter2&hunter3=",
        "user:hunter2//hunter3",
        "user:hunter2[hunter3]",
        "user:hunter2,hunter3",
        "us er:hunter2",
        "hunter2/hunter3",
        "hunter2#hunter3",
        "user:/hunter2/",
    ];

    #[test]
    fn no_part_of_user_information_is_left_in_whatever_text_it_stands() {
        let texts = [
            "https://USER@host/simple",
            "https://USER@host.example.org:8443/simple/",
            "`https://USER@host/simple` is no address",
            "cannot reach `https://USER@host.example.org/simple`: timed out",
            "--index-url https://USER@host/simple",
            "--extra-index-url=https://USER@host/simple",
            "-ihttps://USER@host/simple",
            "'https://USER@host/simple' is odd",
            "name @ https://USER@host/name-1.0-py3-none-any.whl",
            "name @ git+https://USER@host.example.org/name.git@v1.2",
            "git+ssh://USER@host/name.git",
            "hg+https://USER@host/a",
            "ftp://USER@host",
            "HTTPS://USER@HOST/",
            "(https://USER@host/simple)",
            "see https://one.example.org/ and https://USER@host/simple",
            "https://USER@127.0.0.1:8080/simple",
            "https://USER@[::1]:8080/simple",
            "//USER@host.example.org/simple",
            "index=https://USER@host/simple/,other",
        ];
        let mut left = Vec::new();
        for text in texts {
            for user in USERS {
                let text = text.replace("USER", user);
                let shown = redact(&text);
                if shown.contains("hunter") {
                    left.push(format!("{text} -> {shown}"));
                }
                // A parser may tell any part of a line.
                let words = secret_words(&text);
                let parts = user.split(|c: char| !c.is_alphanumeric());
                for part in parts.filter(|part| part.contains("hunter")) {
                    if without_words(part, &words).contains("hunter") {
                        left.push(format!("{text}: the part {part}"));
                    }
                }
            }
        }
        assert!(left.is_empty(), "{} left:\n{}", left.len(), left.join("\n"));
    }

    #[test]
    fn no_token_of_a_query_or_a_fragment_is_left() {
        let table = [
            ("https://host/a?token=hunter2", "https://host/a?****"),
            ("https://host/a?hunter2", "https://host/a?****"),
            ("http://h/a?token=s#sha256=0 b?c=d", "http://h/a?****#sha256=0 b?c=d"),
            ("https://u:p@h/?t=s", "https://****@h/?****"),
            ("https://host/a#token=hunter2", "https://host/a#token=****"),
            ("https://host/a#hunter2", "https://host/a#****"),
            ("https://host/a#egg=name&token=hunter2", "https://host/a#egg=name&token=****"),
            ("https://host/a;token=hunter2/b", "https://host/a;token=****/b"),
            ("https://host/a?x=1#sha256=00&sig=hunter2", "https://host/a?****#sha256=00&sig=****"),
            ("`https://host/a?token=hunter2 hunter3`", "`https://host/a?****`"),
        ];
        for (text, shown) in table {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        let texts = [
            "https://host/simple",
            "https://host:8080/simple",
            "https://host.example.org:8080/simple",
            "https://localhost:8080/simple and http://127.0.0.1:80/",
            "https://[::1]:8080/simple",
            "git+https://host/repo.git@v1.2",
            "git+https://host.example.org/repo.git@feature/x#egg=name&subdirectory=a",
            "git+https://host.example.org:8443/repo.git@v1.2",
            "git+https://host.example.org/repo@v1.2",
            "git+file:/home/me/repository@0123abc#subdirectory=a (from -r a.txt)",
            "https://host/path@2",
            "https://registry.example.org/@scope/name",
            "https://registry:4873/@scope/name",
            "no address, me@host.example.org",
            "mailto:me@example.org",
            "see https://host.example.org, or write to me@example.org",
            "see https://host:8080/ or write to me@example.org",
            "git@github.com:owner/name.git",
            "name @ https://host/name-1.0-py3-none-any.whl#sha256=00",
            "requests==2.31.0 ; python_version < '3.10'",
            "file:///home/me@work/x",
            "lambdas/a@b/requirements.txt:3",
            "C:\\Users\\me@work\\x",
            "a // b @ c",
            "arn:aws:lambda:eu-central-1:123456789012:function:name",
            "ends with ://",
            "s3://bucket/key@2",
        ];
        for text in texts {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn the_host_behind_user_information_stays_readable() {
        let table = [
            (
                "a https://t0ken@host b http://u:p@x:80/ c",
                "a https://****@host b http://****@x:80/ c",
            ),
            ("https://user:p@ss@host", "https://****@host"),
            ("'https://u:p@h'", "'https://****@h'"),
            ("git+https://u:p@host.org/a.git@v1", "git+https://****@host.org/a.git@v1"),
            ("user:hunter2@host/simple", "****@host/simple"),
            ("https:/user:hunter2@host/simple", "****@host/simple"),
            ("two\nhttps://u:p@h/\nlines", "two\nhttps://****@h/\nlines"),
        ];
        for (text, shown) in table {
            assert_eq!(redact(text), shown);
        }
    }
}
