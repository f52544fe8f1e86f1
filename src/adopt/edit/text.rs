//! The text of a file of Terraform's, and changes of it.
//!
//! A change is a span with a new text, by the spans that hcl-edit tells: what no change names stays, byte
//! for byte, with every comment and blank. Where `terraform fmt` had aligned a block, it is aligned again
//! ("Style Conventions" in Terraform's documentation; the rule is that of `hclwrite`).

use std::collections::BTreeSet;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, Body, Structure};

/// A file that is edited.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: Utf8PathBuf,
    pub(super) text: String,
    pub(super) body: Body,
    /// How its lines end.
    newline: &'static str,
    changes: Vec<(Range<usize>, String)>,
    /// The blocks with changes inside, by address.
    changed: BTreeSet<String>,
}

impl Source {
    /// None of a text that is no HCL.
    pub(super) fn parse(path: &Utf8Path, text: &str) -> Option<Self> {
        let body = hcl_edit::parser::parse_body(text).ok()?;
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let (path, text) = (path.to_owned(), text.to_owned());
        Some(Self { path, text, body, newline, changes: Vec::new(), changed: BTreeSet::new() })
    }

    /// The block with an address, such as `data.archive_file.api`.
    pub(super) fn block(&self, wanted: &str) -> Option<&Block> {
        self.body.blocks().find(|block| address(block).as_deref() == Some(wanted))
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        let before = self.text[..at].matches('\n').count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line after that of a place begins.
    fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The blanks with which a line begins.
    pub(super) fn indent(&self, at: usize) -> String {
        let line = &self.text[self.line_start(at)..];
        line.chars().take_while(|sign| " \t".contains(*sign)).collect()
    }

    /// The text of an attribute's value.
    pub(super) fn value(&self, attribute: &Attribute) -> Option<&str> {
        Some(&self.text[value_span(&self.text, attribute)?])
    }

    pub(super) fn change(&mut self, span: Range<usize>, text: impl Into<String>) {
        self.changes.push((span, text.into()));
    }

    /// Says that a block has changes inside.
    pub(super) fn touch(&mut self, address: &str) {
        self.changed.insert(address.to_owned());
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether a place is in what is replaced or removed.
    pub(super) fn is_replaced(&self, at: usize) -> bool {
        self.changes.iter().any(|(span, _)| span.contains(&at))
    }

    /// Adds lines before a block and the comment above it.
    pub(super) fn insert_above(&mut self, at: usize, lines: &str) {
        let mut start = self.line_start(at);
        while start > 0 {
            let above = self.line_start(start - 1);
            let line = self.text[above..start].trim();
            let is_comment = ["#", "//", "/*"].iter().any(|sign| line.starts_with(sign));
            // A comment of several lines has its beginning somewhere above.
            let opening = line.ends_with("*/").then(|| self.text[..start].rfind("/*")).flatten();
            start = match opening.map(|at| self.line_start(at)) {
                Some(begin) if self.text[begin..].trim_start().starts_with("/*") => begin,
                _ if is_comment => above,
                _ => break,
            };
        }
        let above = self.text[..start].lines().next_back().unwrap_or_default();
        let gap = if above.trim().is_empty() { "" } else { "\n" };
        let text = self.with_newlines(&format!("{gap}{lines}"));
        self.change(start..start, text);
    }

    /// Adds a line below that of a place.
    pub(super) fn insert_below(&mut self, at: usize, line: &str) {
        let end = self.next_line(at);
        let is_ended = self.text[..end].ends_with('\n');
        let newline = self.newline;
        let text = if is_ended { format!("{line}{newline}") } else { format!("{newline}{line}") };
        self.change(end..end, text);
    }

    /// Adds lines at the end of a block, which is given by its span; each begins with the blanks of the
    /// block, and `gap` says whether an empty line is before them.
    pub(super) fn insert_inside(&mut self, span: &Range<usize>, lines: &str, gap: bool) {
        let indent = self.indent(span.start);
        let newline = self.newline;
        let lines: String =
            lines.lines().map(|line| format!("{indent}  {line}{newline}")).collect();
        let end = span.end - 1;
        let start = self.line_start(end);
        if self.text[start..end].trim().is_empty() && start > span.start {
            let opens = self.text[..start].trim_end().ends_with('{');
            let has_gap = self.text[..start].trim_end_matches([' ', '\t', '\r']).ends_with("\n\n")
                || self.text[..start].ends_with("\r\n\r\n");
            let gap = if gap && !opens && !has_gap { newline } else { "" };
            self.change(start..start, format!("{gap}{lines}"));
            return;
        }
        // All of it is on one line.
        let open = span.start + self.text[span.clone()].find('{').unwrap_or_default() + 1;
        let inner = self.text[open..end].trim().to_owned();
        let inner = match inner.as_str() {
            "" => String::new(),
            inner => {
                format!("{indent}  {inner}{newline}{}", if gap { newline } else { "" })
            }
        };
        self.change(open..end, format!("{newline}{inner}{lines}{indent}"));
    }

    /// Adds lines at the end of the file.
    pub(super) fn append(&mut self, lines: &str) {
        let newline = self.newline;
        let gap = match self.text.as_str() {
            "" => "",
            text if text.ends_with('\n') => newline,
            _ if newline == "\n" => "\n\n",
            _ => "\r\n\r\n",
        };
        let end = self.text.len();
        let text = format!("{gap}{}", self.with_newlines(lines));
        self.change(end..end, text);
    }

    /// Removes the lines of a block or attribute, if nothing else is on them but a comment behind it; and
    /// one of two gaps that would meet.
    pub(super) fn remove(&mut self, span: &Range<usize>) -> bool {
        let mut start = self.line_start(span.start);
        let mut end = self.next_line(span.end);
        let behind = self.text[span.end..end].trim();
        let is_alone = behind.is_empty() || behind.starts_with(['#', '/']);
        if !(self.text[start..span.start].trim().is_empty() && is_alone) {
            return false;
        }
        let is_blank = |text: &str| text.trim().is_empty();
        let above = self.text[..start].lines().next_back().map(str::trim);
        let is_gap_above = above.is_none_or(|line| line.is_empty() || line.ends_with('{'));
        let next = &self.text[end..self.next_line(end)];
        if is_gap_above && is_blank(next) && !next.is_empty() {
            end = self.next_line(end);
        } else if above == Some("") && (next.trim() == "}" || next.is_empty()) {
            start = self.line_start(start - 1);
        }
        self.change(start..end, "");
        true
    }

    fn with_newlines(&self, lines: &str) -> String {
        match self.newline {
            "\n" => lines.to_owned(),
            newline => lines.replace('\n', newline),
        }
    }

    /// The text with all changes.
    pub(super) fn changed(&self) -> String {
        let mut changes: Vec<&(Range<usize>, String)> = self.changes.iter().collect();
        // What is inserted comes before what is removed from there on.
        changes.sort_by_key(|(span, _)| (span.start, !span.is_empty()));
        let mut text = String::new();
        let mut at = 0;
        for (span, new) in changes {
            // Inside of what is gone.
            if span.end < at || span.start < at && span.end <= at {
                continue;
            }
            text.push_str(&self.text[at..span.start.max(at)]);
            text.push_str(new);
            at = span.end.max(at);
        }
        text.push_str(&self.text[at..]);
        let is_short = |text: &str| {
            let doubled = [self.newline, self.newline].concat();
            !text.ends_with(&doubled) && text != self.newline
        };
        while is_short(&self.text) && !is_short(&text) {
            text.truncate(text.len() - self.newline.len());
        }
        self.aligned(text)
    }

    /// The same with the blocks aligned that have changes, and were before.
    fn aligned(&self, text: String) -> String {
        let Some(new) = Self::parse(&self.path, &text) else { return text };
        let was = |address: &String| {
            let old = self.block(address);
            old.is_some_and(|old| aligned(&self.text, &[old]) == self.text)
        };
        let blocks = self.changed.iter().filter(|address| was(address));
        let blocks: Vec<&Block> = blocks.filter_map(|address| new.block(address)).collect();
        aligned(&text, &blocks)
    }
}

/// What a block is called after.
pub(super) fn address(block: &Block) -> Option<String> {
    let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
    match (block.ident.as_str(), &labels[..]) {
        ("resource", [kind, name]) => Some(format!("{kind}.{name}")),
        (kind @ ("data" | "ephemeral"), [type_, name]) => Some(format!("{kind}.{type_}.{name}")),
        (kind, [name]) => Some(format!("{kind}.{name}")),
        _ => None,
    }
}

/// Where the value of an attribute is: hcl-edit does not tell it of each expression.
pub(super) fn value_span(text: &str, attribute: &Attribute) -> Option<Range<usize>> {
    let span = attribute.span()?;
    let equals = span.start + text[span.clone()].find('=')? + 1;
    let blanks = text[equals..span.end].len() - text[equals..span.end].trim_start().len();
    Some(equals + blanks..span.end)
}

/// Whether a text has a word, with nothing of a name around it.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |sign: Option<char>| sign.is_some_and(|it| it.is_alphanumeric() || it == '_');
    text.match_indices(word).any(|(at, _)| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
    })
}

/// A line with an attribute and nothing else but a comment.
struct Row {
    line: usize,
    /// From the beginning of the line to the end of the key.
    key: String,
    /// From the `=` on.
    value: String,
    comment: String,
    end: String,
}

/// A text with the `=` of neighbouring lines of blocks in one column, and the comments behind them in
/// another.
fn aligned(text: &str, blocks: &[&Block]) -> String {
    let mut chains = Vec::new();
    blocks.iter().for_each(|block| find_chains(text, &block.body, &mut chains));
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let width = |text: &str| text.chars().count();
    let most = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
    for rows in &chains {
        let keys = most(&mut rows.iter().map(|row| width(&row.key)));
        let whole = |row: &Row| format!("{:keys$} {}", row.key, row.value);
        for rows in rows.chunk_by(|one, other| one.comment.is_empty() == other.comment.is_empty()) {
            let wholes = most(&mut rows.iter().map(|row| width(&whole(row))));
            for row in rows {
                lines[row.line] = match row.comment.as_str() {
                    "" => format!("{}{}", whole(row), row.end),
                    comment => format!("{:wholes$} {comment}{}", whole(row), row.end),
                };
            }
        }
    }
    lines.concat()
}

/// Collects the lines of attributes that are aligned together: neighbours, each on one line.
fn find_chains(text: &str, body: &Body, chains: &mut Vec<Vec<Row>>) {
    let mut chain: Vec<Row> = Vec::new();
    for structure in body {
        let row = match structure {
            Structure::Attribute(attribute) => row(text, attribute),
            Structure::Block(block) => {
                find_chains(text, &block.body, chains);
                None
            }
        };
        let follows = |row: &Row| chain.last().is_some_and(|last| last.line + 1 == row.line);
        if !row.as_ref().is_some_and(follows) {
            chains.push(std::mem::take(&mut chain));
        }
        chain.extend(row);
    }
    chains.push(chain);
}

/// None of an attribute on several lines, or with something before it.
fn row(text: &str, attribute: &Attribute) -> Option<Row> {
    let (span, value) = (attribute.span()?, value_span(text, attribute)?);
    let start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |newline| span.end + newline + 1);
    let equals = span.start + text[span.clone()].find('=')?;
    let is_one = !text[span.clone()].contains('\n') && text[start..span.start].trim().is_empty();
    let comment = text[span.end..end].trim();
    is_one.then(|| Row {
        line: text[..start].matches('\n').count(),
        key: text[start..equals].trim_end().to_owned(),
        value: format!("= {}", &text[value]),
        comment: comment.to_owned(),
        end: text[text[..end].trim_end().len()..end].to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, change: impl FnOnce(&mut Source)) -> String {
        let mut source = Source::parse("main.tf".into(), text).unwrap();
        change(&mut source);
        source.changed()
    }

    fn set(source: &mut Source, key: &str, value: &str) {
        let attribute = source.block("x.y").unwrap().body.get_attribute(key).unwrap();
        let span = value_span(&source.text, attribute).unwrap();
        source.change(span, value);
        source.touch("x.y");
    }

    #[test]
    fn what_no_change_names_stays() {
        let text = "# 1\nresource \"x\" \"y\" { # 2\n  a=1 # 3\n\n  # 4\n  b = 2 // 5\n}\n# 6";
        let changed = with(text, |source| set(source, "b", "\"two\""));
        assert_eq!(changed, text.replace("= 2", "= \"two\""));
    }

    #[test]
    fn a_block_that_was_aligned_is_aligned_again() {
        let insert = |source: &mut Source| {
            set(source, "a", "10");
            source.insert_below(source.text.find("a ").unwrap(), "  longer = 3");
        };
        let text = "resource \"x\" \"y\" {\n  a   = 1 # c\n  bcd = 2 # d\n\n  e = 3\n}\n";
        assert_eq!(
            with(text, insert),
            "resource \"x\" \"y\" {\n  a      = 10 # c\n  longer = 3\n  bcd    = 2 # d\n\n  e = 3\n}\n"
        );
        let text = "resource \"x\" \"y\" {\n  a  = 1 # c\n  bcd = 2 # d\n}\n";
        assert_eq!(
            with(text, insert),
            "resource \"x\" \"y\" {\n  a  = 10 # c\n  longer = 3\n  bcd = 2 # d\n}\n"
        );
    }

    #[test]
    fn what_is_removed_leaves_one_gap_and_the_comments_around_it() {
        let block = |name: &str| format!("resource \"x\" \"{name}\" {{\n  a = 1\n}}\n");
        let [a, b, c] = ["a", "b", "c"].map(block);
        let text = format!("# head\n\n{a}\n# of b\n{b}\n{c}");
        let remove = |names: &[&str]| {
            with(&text, |source| {
                for name in names {
                    let span = source.block(&format!("x.{name}")).unwrap().span().unwrap();
                    assert!(source.remove(&span));
                }
            })
        };
        assert_eq!(remove(&["a"]), format!("# head\n\n# of b\n{b}\n{c}"));
        assert_eq!(remove(&["b"]), format!("# head\n\n{a}\n# of b\n\n{c}"));
        assert_eq!(remove(&["c"]), format!("# head\n\n{a}\n# of b\n{b}"));
        assert_eq!(remove(&["b", "c"]), format!("# head\n\n{a}\n# of b\n"));
        assert_eq!(remove(&["a", "b", "c"]), "# head\n\n# of b\n");
    }

    #[test]
    fn blocks_grow_whether_they_are_one_line_or_many() {
        let grown = |text: &str| {
            with(text, |source| {
                let span = source.block("x.y").unwrap().span().unwrap();
                source.insert_inside(&span, "new {\n}", true);
            })
        };
        let head = "resource \"x\" \"y\" {";
        let new = "  new {\n  }\n}\n";
        assert_eq!(grown(&format!("{head}}}\n")), format!("{head}\n{new}"));
        assert_eq!(grown(&format!("{head}\n}}\n")), format!("{head}\n{new}"));
        assert_eq!(grown(&format!("{head} a = 1 }}\n")), format!("{head}\n  a = 1\n\n{new}"));
        assert_eq!(grown(&format!("{head}\n  a = 1\n}}\n")), format!("{head}\n  a = 1\n\n{new}"));
        let windows = format!("{head}\n  a = 1\n\n}}\n").replace('\n', "\r\n");
        let expected = format!("{head}\n  a = 1\n\n{new}").replace('\n', "\r\n");
        assert_eq!(grown(&windows), expected);
    }

    #[test]
    fn lines_above_a_block_are_above_its_comment() {
        let inserted = |text: &str| {
            with(text, |source| {
                let span = source.block("x.y").unwrap().span().unwrap();
                source.insert_above(span.start, "new {}\n\n");
            })
        };
        let block = "resource \"x\" \"y\" {}\n";
        for comment in ["", "# a\n# b\n", "// a\n", "/* a\n   b */\n", "/* a */\n# b\n"] {
            for before in ["", "x = 1 # c\n", "# far\n\n"] {
                let text = format!("{before}{comment}{block}");
                let gap = if before.starts_with('x') { "\n" } else { "" };
                assert_eq!(inserted(&text), format!("{before}{gap}new {{}}\n\n{comment}{block}"));
            }
        }
    }
}
