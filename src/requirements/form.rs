//! What the text of a requirement is: a name, a path or an address; see [`super`].

use super::source::{archive_stem, named_address};
use super::{invalid, parse_named};
use crate::process::redact;
use crate::report::{Failure, Place};

/// What a requirement's text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A project by name (PEP 508).
    Named,
    Path,
    Address,
    /// A folder, an archive or a repository: what has to be built.
    Source,
}

/// Tells the form of a requirement with its variables expanded; messages have it as it is
/// written, for a variable may be a password.
pub(super) fn form(text: &str, written: &str, place: &Place) -> Result<Form, Failure> {
    if let Some((_, address)) = named_address(text) {
        let address = address.split(';').next().unwrap_or_default();
        return Ok(if is_wheel(address) { Form::Named } else { Form::Source });
    }
    if text.contains("://") {
        return Ok(if is_wheel(text) { Form::Address } else { Form::Source });
    }
    let path = text.split(';').next().unwrap_or_default().trim();
    let is_plain = !path.contains(['<', '>', '=', '~', ' ']);
    if is_wheel(path) && is_plain {
        return Ok(Form::Path);
    }
    // A name has no slash; what is no name but has one is a folder or an archive.
    let is_path = path.starts_with('.') || path.contains(['/', '\\']);
    if is_path || text.starts_with("file:") || (archive_stem(path).is_some() && is_plain) {
        return Ok(Form::Source);
    }
    match parse_named(text) {
        Ok(_) => Ok(Form::Named),
        Err(cause) => Err(invalid(&redact(written), cause, place)),
    }
}

/// Whether a path or an address, less its query and fragment, is that of a wheel.
fn is_wheel(text: &str) -> bool {
    let path = text.split(['#', '?']).next().unwrap_or_default().trim();
    let scheme = path.split("://").next().unwrap_or_default().trim();
    let has_plain_scheme = !path.contains("://") || matches!(scheme, "http" | "https" | "file");
    has_plain_scheme && path.ends_with(".whl")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { path: "requirements.txt".to_owned(), line: Some(1) }
    }

    #[test]
    fn forms_are_told_apart() {
        let table = [
            ("boto3==1.34.0", Form::Named),
            ("requests[socks,use-chardet]>=2 ; python_version < '3.10'", Form::Named),
            ("a @ https://host/a-1-py3-none-any.whl#sha256=00", Form::Named),
            ("./wheels/a-1-py3-none-any.whl", Form::Path),
            ("a-1-py3-none-any.whl", Form::Path),
            ("https://host/a-1-py3-none-any.whl", Form::Address),
        ];
        for (text, expected) in table {
            assert_eq!(form(text, text, &place()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_has_to_be_built_is_a_source() {
        let table = [
            "../shared",
            ".",
            "./a-1.tar.gz",
            "a-1.tar.gz",
            "file:///a/b",
            "git+https://host/a.git",
            "a @ git+ssh://git@host/a.git",
            "a @ https://host/a-1.tar.gz",
            "https://host/a.zip",
        ];
        for text in table {
            assert_eq!(form(text, text, &place()).unwrap(), Form::Source, "{text}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in ["boto3=1.34.0", "boto3==", "a b", "!", "a==1 ; python_versio < '3'"] {
            let code = form(text, text, &place()).map_err(|failure| failure.code);
            assert_eq!(code, Err("invalid-requirement"), "{text}");
        }
    }
}
