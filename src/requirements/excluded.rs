//! Which projects the config leaves out of packages, though they are required: globs of their names, and
//! the name of a set.

use globset::{GlobBuilder, GlobMatcher};

use crate::name::normalised;
use crate::report::{Failure, code};

/// What stands for the packages that Lambda's runtime brings.
const RUNTIME: &str = "runtime";

/// A glob of names of projects.
#[derive(Debug, Clone)]
pub(crate) struct ProjectGlob {
    text: String,
    matcher: GlobMatcher,
}

impl ProjectGlob {
    /// Takes a glob, which compares as names do: normalised (PEP 503).
    pub(crate) fn new(text: &str) -> Result<Self, Failure> {
        let refuse = |cause: String| {
            Failure::input(code::INVALID_GLOB, format!("`{text}` is no glob of names")).cause(cause)
        };
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.*?[]{}!,".contains(c);
        if let Some(other) = text.trim().chars().find(|c| !is_of_name(*c)) {
            return Err(refuse(format!("no name has `{}`", other.escape_debug()))
                .hint("write names of projects without versions"));
        }
        let name = normalised(text);
        if name.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        let glob = GlobBuilder::new(&name).build();
        let glob = glob.map_err(|error| refuse(error.kind().to_string()))?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    /// The glob as it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is the name of the set that Lambda's runtime brings, and no glob.
    pub(crate) fn is_runtime(&self) -> bool {
        normalised(&self.text) == RUNTIME
    }

    /// Whether it matches a project's normalised name.
    pub(crate) fn is_match(&self, project: &str) -> bool {
        self.matcher.is_match(project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_compare_as_names_do() {
        for (glob, project, expected) in [
            ("boto3", "boto3", true),
            ("boto3", "boto3-stubs", false),
            ("Zope.Interface", "zope-interface", true),
            ("zope_*", "zope-interface", true),
            ("mypy?boto3*", "mypy-boto3-s3", true),
            ("types-{requests,six}", "types-six", true),
            ("[a-c]*", "click", true),
            ("[!a-c]*", "click", false),
            ("runtime", "boto3", false),
        ] {
            let is_match = ProjectGlob::new(glob).unwrap().is_match(project);
            assert_eq!(is_match, expected, "{glob} on {project}");
        }
        assert!(ProjectGlob::new("Runtime").unwrap().is_runtime());
        assert!(!ProjectGlob::new("runtime*").unwrap().is_runtime());
    }

    #[test]
    fn what_is_no_glob_of_names_is_refused() {
        for text in ["", "-", "a[", "a{b", "a[z-a]", "boto3==1.34.0", "a b", "a/b", "é"] {
            assert!(ProjectGlob::new(text).is_err(), "{text}");
        }
    }
}
