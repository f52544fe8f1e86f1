//! The rules of a project's config about which files are kept.

use globset::{GlobBuilder, GlobMatcher};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::report::Failure;
use crate::report::code;

/// Patterns of `include` and `exclude`, and the lines of `.lambdaignore`.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Wins over the built-in rules.
    include: Vec<Pattern>,
    /// Wins over `include`.
    exclude: Vec<Pattern>,
    ignore: Gitignore,
}

/// A glob as it is written, and its compiled form.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

/// What the config decides about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Left out, by this rule.
    LeftOut(String),
    /// Kept, whatever the built-in rules say.
    Kept,
    /// The built-in rules decide.
    Open,
}

impl Selection {
    /// Takes globs relative to the lambda. As in gitignore(5), one without a slash matches a name
    /// at any depth, and one that matches a folder decides about everything in it.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Self, Failure> {
        let patterns = |texts: &[String]| {
            texts.iter().map(|text| pattern(text)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            include: patterns(include)?,
            exclude: patterns(exclude)?,
            ignore: Gitignore::empty(),
        })
    }

    /// Adds the lines of a `.lambdaignore`, which has the syntax of gitignore(5).
    pub(crate) fn with_ignore_file(mut self, bytes: &[u8], path: &str) -> Result<Self, Failure> {
        let refuse = |cause: String| no_glob(path, cause).at(path, None);
        let text = std::str::from_utf8(bytes).map_err(|error| refuse(error.to_string()))?;
        let mut builder = GitignoreBuilder::new("");
        // Editors of Windows write a byte order mark; git skips it in such files, too
        // (`skip_utf8_bom` in its dir.c).
        for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
            let added = builder.add_line(None, line);
            added.map_err(|error| no_glob(line, error.to_string()).at(path, number))?;
        }
        self.ignore = builder.build().map_err(|error| refuse(error.to_string()))?;
        Ok(self)
    }

    /// The patterns of the config, each with its key.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (&'static str, &Pattern)> {
        let exclude = self.exclude.iter().map(|pattern| ("exclude", pattern));
        exclude.chain(self.include.iter().map(|pattern| ("include", pattern)))
    }

    /// Whether something below a folder that is left out may be kept.
    pub(super) fn brings_in(&self) -> bool {
        !self.include.is_empty() || self.ignore.num_whitelists() > 0
    }

    /// Decides about a path in the lambda.
    pub(super) fn verdict(&self, path: &str, is_folder: bool) -> Verdict {
        let find = |patterns: &[Pattern]| {
            let found = patterns.iter().find(|pattern| pattern.matches(path));
            found.map(|pattern| pattern.text.clone())
        };
        if let Some(pattern) = find(&self.exclude) {
            return Verdict::LeftOut(format!("exclude = \"{pattern}\""));
        }
        match self.ignore.matched_path_or_any_parents(path, is_folder) {
            ignore::Match::Ignore(glob) => {
                Verdict::LeftOut(format!(".lambdaignore: {}", glob.original()))
            }
            ignore::Match::Whitelist(_) => Verdict::Kept,
            ignore::Match::None if find(&self.include).is_some() => Verdict::Kept,
            ignore::Match::None => Verdict::Open,
        }
    }
}

impl Pattern {
    /// The glob as it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the path or a folder that it goes through matches.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.chain([path]).any(|part| self.matcher.is_match(part))
    }
}

fn pattern(text: &str) -> Result<Pattern, Failure> {
    let clean = text.strip_prefix("./").unwrap_or(text);
    let trimmed = clean.strip_suffix('/').unwrap_or(clean);
    // A slash at the beginning or in the middle makes a pattern relative to the lambda
    // (gitignore(5)).
    let anchored = match trimmed.strip_prefix('/') {
        Some(anchored) => anchored.to_owned(),
        None if trimmed.contains('/') => trimmed.to_owned(),
        None => format!("**/{trimmed}"),
    };
    if trimmed.is_empty() {
        return Err(no_glob(text, "it is empty"));
    }
    // `*` then matches no slash, as in gitignore(5).
    let glob = GlobBuilder::new(&anchored).literal_separator(true).build();
    let glob = glob.map_err(|error| no_glob(text, error.kind().to_string()))?;
    Ok(Pattern { text: text.to_owned(), matcher: glob.compile_matcher() })
}

fn no_glob(text: &str, cause: impl AsRef<str>) -> Failure {
    Failure::input(code::INVALID_GLOB, format!("`{text}` is no glob")).cause(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Selection::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn patterns_match_names_paths_and_folders() {
        let table = [
            ("*.md", "docs/a.md", true),
            ("/*.md", "docs/a.md", false),
            ("/*.md", "a.md", true),
            ("tests/**", "tests/a/b.py", true),
            ("tests/**", "src/tests/a.py", false),
            ("tests", "src/tests/a.py", true),
            ("tests/", "tests/a.py", true),
            ("data/*.csv", "data/a.csv", true),
            ("data/*.csv", "data/sub/a.csv", false),
        ];
        for (glob, path, expected) in table {
            let verdict = selection(&[], &[glob]).verdict(path, false);
            assert_eq!(matches!(verdict, Verdict::LeftOut(_)), expected, "{glob} on {path}");
        }
    }

    #[test]
    fn exclude_wins_over_the_ignore_file_and_that_over_include() {
        let selection = selection(&["a", "b", "c"], &["a"])
            .with_ignore_file(b"b\n# comment\n!d\n!a\n", "x/.lambdaignore")
            .unwrap();
        assert_eq!(selection.verdict("a", false), Verdict::LeftOut("exclude = \"a\"".to_owned()));
        assert_eq!(selection.verdict("b", false), Verdict::LeftOut(".lambdaignore: b".to_owned()));
        assert_eq!(selection.verdict("c", false), Verdict::Kept);
        assert_eq!(selection.verdict("d", false), Verdict::Kept);
        assert_eq!(selection.verdict("e", false), Verdict::Open);
    }

    #[test]
    fn a_pattern_that_is_none_is_refused_with_its_line() {
        assert!(Selection::new(&["a[".to_owned()], &[]).is_err());
        assert!(Selection::new(&[String::new()], &[]).is_err());
        let refused = selection(&[], &[]).with_ignore_file(b"ok\na[z-a]\n", "x/.lambdaignore");
        assert_eq!(refused.unwrap_err().place.unwrap().to_string(), "x/.lambdaignore:2");
    }
}
