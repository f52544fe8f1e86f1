//! Tells the attributes that git gives a path, by the rules of gitattributes(5).
//!
//! They say whether a checkout converts a file, and are looked up only for files that look as if it
//! had not. Attributes of this user are not read: another machine has not got them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::GitignoreBuilder;

use super::{Error, Tree, normal};

/// The name of a file of attributes.
const FILE: &str = ".gitattributes";

/// The name of an attribute, and its value.
type Attribute = (String, Option<String>);

/// The line of a file: a pattern, and attributes with their values; a value that is not said is
/// empty, and one that is taken back is none.
#[derive(Debug)]
struct Line {
    pattern: String,
    attributes: Vec<Attribute>,
}

/// The attributes of the project's files.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// Files with their folders, seen from the root; those nearer to a path come later.
    files: Vec<(Utf8PathBuf, Vec<Line>)>,
    /// Attributes that stand for others.
    macros: BTreeMap<String, Vec<Attribute>>,
}

impl Tree {
    /// Reads the attributes that hold for files in a folder, and below it.
    pub(crate) fn attributes(&self, folder: &Utf8Path) -> Result<Attributes, Error> {
        let prefix = match (&self.revision, self.checkout()) {
            (Some(revision), _) => revision.prefix(),
            (None, Some(checkout)) => &*checkout.prefix,
            (None, None) => return Ok(Attributes::default()),
        };
        let mut folders = Vec::new();
        let whole = normal(&prefix.join(folder));
        for above in whole.ancestors() {
            folders.push(super::seen_from(prefix, above));
        }
        folders.reverse();
        self.survey::<Error>(folder, &mut |path, kind| {
            if matches!(kind, super::Kind::File { .. }) && path.file_name() == Some(FILE) {
                let inside = path.parent().unwrap_or(Utf8Path::new(""));
                if !inside.as_str().is_empty() {
                    folders.push(folder.join(inside));
                }
            }
            Ok(super::Step::On)
        })?;
        let mut attributes = Attributes::default();
        for folder in folders {
            let path = if folder.as_str().is_empty() { FILE.into() } else { folder.join(FILE) };
            if let Some(bytes) = self.read(&path)? {
                attributes.add(folder, &String::from_utf8_lossy(&bytes));
            }
        }
        if let Some(checkout) = self.checkout() {
            // Those of the clone win over all others.
            let own = crate::fs::read(&checkout.common.join("info/attributes"))?;
            let top = super::seen_from(&checkout.prefix, Utf8Path::new(""));
            attributes.add(top, &String::from_utf8_lossy(&own.unwrap_or_default()));
        }
        Ok(attributes)
    }
}

impl Attributes {
    fn add(&mut self, folder: Utf8PathBuf, text: &str) {
        let mut lines = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (pattern, rest) = pattern_of(line);
            let attributes: Vec<_> = rest.split_whitespace().map(attribute).collect();
            match pattern.strip_prefix("[attr]") {
                Some(name) => {
                    self.macros.entry(name.to_owned()).or_default().extend(attributes);
                }
                None => lines.push(Line { pattern, attributes }),
            }
        }
        self.files.push((folder, lines));
    }

    /// Whether any line names an attribute.
    pub(crate) fn name(&self, attribute: &str) -> bool {
        let lines = self.files.iter().flat_map(|(_, lines)| lines).map(|line| &line.attributes);
        let mut all = lines.chain(self.macros.values()).flatten();
        all.any(|(name, _)| name == attribute)
    }

    /// The value of an attribute of a file, by its path from the root; empty where it is set
    /// without a value, `None` where it is not set.
    pub(crate) fn value(&self, path: &Utf8Path, attribute: &str) -> Option<String> {
        let mut value = None;
        for (folder, lines) in &self.files {
            let inside = super::seen_from(folder, path);
            if inside.starts_with("..") {
                continue;
            }
            for line in lines {
                let mut names = line.attributes.iter().flat_map(|it| self.expanded(it));
                let last = names.rfind(|(name, _)| name == attribute);
                if let (Some((_, said)), true) = (last, matches(&line.pattern, &inside)) {
                    value = said;
                }
            }
        }
        value
    }

    /// An attribute, and those that it stands for.
    fn expanded(&self, one: &Attribute) -> Vec<Attribute> {
        let binary = [("diff", None), ("merge", None), ("text", Some("false"))];
        let mut all = vec![one.clone()];
        if one.1.is_some() {
            // "Using macro attributes" in gitattributes(5): `-text` and the like.
            if one.0 == "binary" {
                let own = binary.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
                all.extend(own);
            }
            all.extend(self.macros.get(&one.0).into_iter().flatten().cloned());
        }
        all
    }
}

/// The pattern at the beginning of a line, which may be in quotes, and the rest.
fn pattern_of(line: &str) -> (String, &str) {
    if let Some(quoted) = line.strip_prefix('"')
        && let Some(end) = quoted.find('"')
    {
        return (quoted[..end].to_owned(), &quoted[end + 1..]);
    }
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    (line[..end].to_owned(), &line[end..])
}

/// `name`, `-name`, `!name` or `name=value`.
fn attribute(text: &str) -> Attribute {
    match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => match (text.strip_prefix('-'), text.strip_prefix('!')) {
            (Some(name), _) => (name.to_owned(), Some("false".to_owned())),
            (_, Some(name)) => (name.to_owned(), None),
            _ => (text.to_owned(), Some(String::new())),
        },
    }
}

/// Whether a pattern is for a file: as in gitignore(5), but a folder's pattern says nothing of what
/// is in it.
fn matches(pattern: &str, path: &Utf8Path) -> bool {
    let mut builder = GitignoreBuilder::new("");
    if builder.add_line(None, pattern).is_err() {
        return false;
    }
    builder.build().is_ok_and(|rules| rules.matched(path, false).is_ignore())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn the_nearest_and_last_line_says_the_attributes() {
        let mut attributes = Attributes::default();
        attributes.add(
            "".into(),
            "[attr]big filter=lfs -text\n# note\n*.bin big\n*.py text=auto eol=crlf\n\
             \"a b.py\" -text\nlib/ filter=x\n*.raw binary\n",
        );
        attributes.add("lambdas/a".into(), "*.py eol=lf\nfree.bin !filter\n");
        let value = |path: &str, name| attributes.value(Utf8Path::new(path), name);
        assert_eq!(value("lambdas/b/x.bin", "filter").as_deref(), Some("lfs"));
        assert_eq!(value("lambdas/b/x.bin", "text").as_deref(), Some("false"));
        assert_eq!(value("lambdas/a/free.bin", "filter"), None);
        assert_eq!(value("lambdas/a/x.py", "eol").as_deref(), Some("lf"));
        assert_eq!(value("lambdas/b/x.py", "eol").as_deref(), Some("crlf"));
        assert_eq!(value("a b.py", "text").as_deref(), Some("false"));
        assert_eq!(value("lib/x", "filter"), None);
        assert_eq!(value("x.raw", "text").as_deref(), Some("false"));
        assert!(attributes.name("filter") && !attributes.name("ident"));
    }

    #[test]
    fn attributes_are_read_however_they_are_broken() {
        try_all("attributes", |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let mut attributes = Attributes::default();
            attributes.add("".into(), &text);
            attributes.add("lambdas/a".into(), &text);
            let paths = ["lambdas/a/x.py", "a b.bin", "x"];
            let value = |path: &str| attributes.value(Utf8Path::new(path), "filter");
            format!("{attributes:?} {:?}", paths.map(value))
        });
    }
}
