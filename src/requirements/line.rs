//! The logical lines of a requirements file, joined and stripped as pip does it.

use crate::environment::Environment;

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Logical {
    /// Its text: lines joined, without comment, variables not expanded.
    pub(super) text: String,
    /// The number of its first line, from 1.
    pub(super) number: u32,
}

/// The characters that end a line for Python's `str.splitlines`, and so for pip; `\r\n` is one end.
/// With any other rule, a requirement that pip sees could be dropped here.
const ENDS: [char; 10] =
    ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Splits a text into logical lines.
///
/// Source: `preprocess` in pip's `req/req_file.py`. A backslash at the end joins a line with the
/// next one (`join_lines`). A comment begins at the start of a line or after a blank, and ends a
/// joined line (`COMMENT_RE`).
pub(super) fn logical(text: &str) -> Vec<Logical> {
    let mut lines = Vec::new();
    let mut pending: Option<Logical> = None;
    for (line, number) in text.replace("\r\n", "\n").split(ENDS).zip(1_u32..) {
        let is_comment = line.trim_start().starts_with('#');
        let (body, continues) = match line.strip_suffix('\\') {
            Some(body) if !is_comment => (body, true),
            _ => (line, false),
        };
        let current = pending.get_or_insert(Logical { text: String::new(), number });
        // Without a blank before it, a comment between joined lines would become a part of a word.
        if is_comment {
            current.text.push(' ');
        }
        current.text.push_str(body);
        if !continues {
            lines.extend(pending.take());
        }
    }
    lines.extend(pending);
    for line in &mut lines {
        line.text = strip_comment(&line.text).trim().to_owned();
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn strip_comment(text: &str) -> &str {
    let begins = |at: &usize| text[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let comment = text.match_indices('#').map(|(at, _)| at).find(begins);
    &text[..comment.unwrap_or(text.len())]
}

/// Replaces `${NAME}` by the value of a variable that is set and not empty.
///
/// Source: `expand_env_variables` in pip's `req/req_file.py`; a name has capital letters, digits
/// and underscores.
pub(super) fn expand(text: &str, environment: &Environment) -> String {
    let is_name = |name: &str| {
        let ok = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        !name.is_empty() && name.chars().all(ok)
    };
    let mut parts = text.split("${");
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let named = part.split_once('}').filter(|(name, _)| is_name(name));
        match named.and_then(|(name, after)| Some([environment.text(name)?, after])) {
            Some(value_and_rest) => expanded.extend(value_and_rest),
            None => expanded.extend(["${", part]),
        }
    }
    expanded
}

/// Replaces the values of a line's variables by their names, for they may be passwords.
pub(super) fn conceal(text: &str, line: &str, environment: &Environment) -> String {
    let names = line.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0));
    names.fold(text.to_owned(), |text, name| match environment.text(name) {
        Some(value) => text.replace(value, &format!("${{{name}}}")),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_dropped_as_pip_does_it() {
        let text = "\n# all\na==1 # why\r\nb==2 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\n\
                    c#d==1\n  \ne==1 \\\n# a comment ends it\nf==1\\";
        let lines = logical(text);
        let found: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        let joined = "b==2   --hash=sha256:00   --hash=sha256:11";
        assert_eq!(found, [(3, "a==1"), (4, joined), (7, "c#d==1"), (9, "e==1"), (11, "f==1")]);
    }

    #[test]
    fn a_line_ends_where_python_ends_it() {
        let text = "# a\rb==1\r\nc==1\u{c}d==1\u{2028}e==1\n\nf==1";
        let lines = logical(text);
        let found: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        let expected = [(2, "b==1"), (3, "c==1"), (4, "d==1"), (5, "e==1"), (7, "f==1")];
        assert_eq!(found, expected);
    }

    #[test]
    fn values_of_a_line_are_concealed_by_their_names() {
        let environment = Environment::default().with("TOKEN", "s3cret");
        let text = "no /s3cret/a at https://s3cret@h";
        assert_eq!(
            conceal(text, "-r ${TOKEN}/a", &environment),
            "no /${TOKEN}/a at https://${TOKEN}@h"
        );
        assert_eq!(conceal(text, "-r a", &environment), text);
    }

    #[test]
    fn variables_are_expanded_where_they_have_a_value() {
        let environment = Environment::default().with("TOKEN_1", "t");
        let table = [
            ("https://${TOKEN_1}@host", "https://t@host"),
            ("${TOKEN_1}${TOKEN_1}", "tt"),
            ("${OTHER}", "${OTHER}"),
            ("${token_1} $TOKEN_1 ${", "${token_1} $TOKEN_1 ${"),
        ];
        for (text, expected) in table {
            assert_eq!(expand(text, &environment), expected);
        }
    }
}
