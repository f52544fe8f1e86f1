//! How deep what is read may nest.
//!
//! Parsers call themselves for what is nested, and a stack that overflows ends the process, with all
//! that other lambdas are about to get. Those of JSON and of `*.tf` files count for themselves, `python`
//! does it before its own, and [`crate::pep508`] too. That of TOML is watched here.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// How deep it may be; the parser of TOML takes no more in a text that is well-formed.
const DEEPEST: usize = 80;

/// A text of TOML as far as its parser may see it: to the end, or to the first bracket that nests too
/// deep or closes no other, of which it says what is wrong.
///
/// `toml_parser` 1.1 counts how deep it is by the brackets that open and close. But it goes on behind
/// one that closes no other, and counts that as well: so `[a, { b]`, often enough, overflows the stack.
pub(crate) fn toml(text: &str) -> &str {
    let mut open = Vec::new();
    for token in Source::new(text).lex() {
        let closed = match token.kind() {
            kind @ (TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket) => {
                open.push(kind);
                None
            }
            TokenKind::RightSquareBracket => Some(TokenKind::LeftSquareBracket),
            TokenKind::RightCurlyBracket => Some(TokenKind::LeftCurlyBracket),
            _ => None,
        };
        if open.len() > DEEPEST || closed.is_some_and(|kind| open.pop() != Some(kind)) {
            return &text[..token.span().end()];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_whole_where_its_brackets_match() {
        let deep = format!("a = {}{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        for text in [
            "",
            "[[a]]\nb = [{ c = \"]}\\\"]\", d = '}', e = \"\"\"]\"]\"\"\" }] # ]\n[x.\"]\"]\n",
            "a = '''\n[[[{{{''''\n",
            &deep,
        ] {
            assert_eq!(toml(text), text);
            assert!(text.parse::<toml::Table>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_text_ends_with_the_first_bracket_that_is_wrong_and_is_no_toml() {
        for (text, end) in [
            ("a = [{ b]\nc = 1", "a = [{ b]"),
            ("a = 1 }\n[b]", "a = 1 }"),
            ("]\n", "]"),
            ("a = {b = [1}]", "a = {b = [1}"),
        ] {
            assert_eq!(toml(text), end);
        }
        let deep = format!("a = {}", "[{a=".repeat(DEEPEST));
        assert_eq!(toml(&deep).matches(['[', '{']).count(), DEEPEST + 1);
        for text in ["a = [{ b]", "a = 1 }", "]", "a = {b = [1}", toml(&deep)] {
            assert!(text.parse::<toml::Table>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_in_many_places_is_an_error_and_not_the_end_of_the_process() {
        let text = "d = [\"p\", { i]\nf = [\"o\"]\ns = [\"b\"]\n[g]\n".repeat(100_000);
        assert!(toml(&text).parse::<toml::Table>().is_err());
    }
}
