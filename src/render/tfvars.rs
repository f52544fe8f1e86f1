//! The answer of `build` as a file of Terraform's variables, `*.tfvars`.
//!
//! One variable, `packages`, with the entries of the package manifest.

use std::fmt::Write as _;

use crate::manifest::{Entry, Manifest};

/// `packages = { "NAME" = { … } }`.
pub(crate) fn manifest(manifest: &Manifest) -> String {
    let mut text = "packages = {\n".to_owned();
    for (name, Entry { kind, filename, digest, size, format }) in &manifest.0 {
        let (name, filename) = (quoted(name), quoted(filename));
        writeln!(
            text,
            "  {name} = {{\n    kind             = \"{kind}\"\n    filename         = {filename}\n    source_code_hash = \
             \"{digest}\"\n    sha256           = \"{}\"\n    size             = {size}\n    format           = \
             {format}\n  }}",
            digest.to_hex()
        )
        .expect("a String takes all");
    }
    text.push_str("}\n");
    text
}

/// A text in quotes. `${` and `%{` would begin a template.
///
/// Source: "Quoted Templates" and "Template Literals" in HCL's syntax specification.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for (index, letter) in text.char_indices() {
        let begins_template = text[index + letter.len_utf8()..].starts_with('{');
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if begins_template => quoted.extend([letter, letter]),
            letter if letter.is_control() => {
                write!(quoted, "\\U{:08X}", u32::from(letter)).expect("a String takes all");
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text_whatever_is_in_it() {
        let table = [
            ("a/b.zip", "\"a/b.zip\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("${x} %{if} $x $${", "\"$${x} %%{if} $x $$${\""),
            ("é\n\u{7}", "\"é\\n\\U00000007\""),
        ];
        for (text, expected) in table {
            assert_eq!(quoted(text), expected);
        }
    }
}
