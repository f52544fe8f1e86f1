//! Finds the block of comments in which a module says what it requires.
//!
//! Source: "Inline script metadata" of the PyPA (PEP 723).

const BEGIN: &str = "# /// script";
const END: &str = "# ///";

/// What a module has in place of a block that can be read, with its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) line: u32,
}

/// Returns the TOML in the block of a module, on the lines that it has there; none where there is no
/// block.
///
/// # Errors
///
/// There are two, or one has no end: the specification ignores what has no end, and then the package
/// would lack what it asks for.
pub(super) fn block(text: &str) -> Result<Option<String>, Fault> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut found: Option<String> = None;
    let mut at = 0;
    while let Some(start) = lines[at..].iter().position(|line| *line == BEGIN) {
        let start = at + start;
        let fault = |what| Fault { what, line: u32::try_from(start + 1).unwrap_or(u32::MAX) };
        let is_comment = |line: &&&str| **line == "#" || line.starts_with("# ");
        let comments = lines[start + 1..].iter().take_while(is_comment);
        let length = comments.collect::<Vec<_>>().iter().rposition(|line| **line == END);
        let Some(length) = length else {
            return Err(fault("has a block of metadata without an end"));
        };
        if found.is_some() {
            return Err(fault("has a second block of metadata"));
        }
        let content = &lines[start + 1..start + 1 + length];
        let content = content.iter().map(|line| line.get(2..).unwrap_or_default());
        let content: Vec<&str> = content.collect();
        found = Some("\n".repeat(start + 1) + &content.join("\n"));
        at = start + length + 2;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_with_its_lines() {
        let text = "import os\n# /// script\n# dependencies = [\"a\"]\n#\n# ///\nx = 1\n";
        assert_eq!(block(text), Ok(Some("\n\ndependencies = [\"a\"]\n".to_owned())));
        assert_eq!(block(&text.replace('\n', "\r\n")), block(text));
        for none in ["", "import os\n", "# /// other\n# x = 1\n# ///\n", "  # /// script\n# ///\n"]
        {
            assert_eq!(block(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn a_block_without_an_end_or_a_second_one_is_none() {
        let end = Fault { what: "has a block of metadata without an end", line: 1 };
        for text in
            ["# /// script\n# a = 1\n", "# /// script\n\n# ///\n", "# /// script\nx\n# ///\n"]
        {
            assert_eq!(block(text), Err(Fault { ..end }), "{text}");
        }
        let twice = "# /// script\n# ///\n\n# /// script\n# ///\n";
        assert_eq!(block(twice), Err(Fault { what: "has a second block of metadata", line: 4 }));
    }
}
