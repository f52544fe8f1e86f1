//! Globs of the places of lambdas, and the names that they give.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use crate::report::Failure;
use crate::report::code;

/// A glob of paths.
#[derive(Debug)]
pub(crate) struct Glob {
    segments: Vec<Segment>,
    /// Whether it takes out what other globs match: it is written with `!` in front.
    pub(super) takes_out: bool,
}

/// A part of a glob between slashes.
#[derive(Debug)]
enum Segment {
    /// What has no wildcard.
    Literal(String),
    /// What matches one part of a path.
    Wildcard(GlobMatcher),
    /// `**`: any number of parts, none among them.
    Any,
}

impl Glob {
    /// Takes a glob apart. It is relative to the root; `./` in front and `/` behind mean nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let refuse = |cause: &str| {
            Failure::input(code::INVALID_GLOB, format!("`{text}` is no glob")).cause(cause)
        };
        let (takes_out, glob) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut segments = Vec::new();
        for part in glob.split('/').filter(|part| !["", "."].contains(part)) {
            segments.push(match part {
                "**" => Segment::Any,
                _ if !part.contains(['*', '?', '[', ']', '{', '}', '\\']) => {
                    Segment::Literal(part.to_owned())
                }
                _ if part.matches('{').count() != part.matches('}').count() => {
                    return Err(refuse("a `{…}` has a slash in it, or has no end")
                        .hint("write a glob for each of the alternatives"));
                }
                _ => {
                    let glob = GlobBuilder::new(part).literal_separator(true).build();
                    let glob = glob.map_err(|error| refuse(&error.kind().to_string()))?;
                    Segment::Wildcard(glob.compile_matcher())
                }
            });
        }
        Ok(Self { segments, takes_out })
    }

    /// The folder below which it can match.
    pub(super) fn base(&self) -> Utf8PathBuf {
        let before_last = &self.segments[..self.segments.len().saturating_sub(1)];
        let literals = before_last.iter().map_while(|segment| match segment {
            Segment::Literal(part) => Some(part),
            Segment::Wildcard(_) | Segment::Any => None,
        });
        literals.collect()
    }

    /// How many parts a match has; none where it may be any number.
    pub(super) fn depth(&self) -> Option<usize> {
        let is_any = |segment: &Segment| matches!(segment, Segment::Any);
        (!self.segments.iter().any(is_any)).then_some(self.segments.len())
    }

    pub(super) fn is_match(&self, path: &Utf8Path) -> bool {
        self.matched(path).is_some()
    }

    /// The name that it gives a path which it matches: the parts for which it has a wildcard, joined
    /// by `-`, or the last part where it has none. Empty where nothing is left for a name.
    pub(crate) fn name_of(&self, path: &Utf8Path) -> Option<String> {
        let matched = self.matched(path)?;
        let is_literal = |segment: &Segment| matches!(segment, Segment::Literal(_));
        Some(match self.segments.iter().all(is_literal) {
            true => path.file_name().unwrap_or_default().to_owned(),
            false => matched.join("-"),
        })
    }

    /// The parts of a path for which there is a wildcard; none where it does not match.
    fn matched<'p>(&self, path: &'p Utf8Path) -> Option<Vec<&'p str>> {
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        matched(&self.segments, &parts)
    }
}

fn matched<'p>(segments: &[Segment], parts: &[&'p str]) -> Option<Vec<&'p str>> {
    let Some((segment, rest)) = segments.split_first() else {
        return parts.is_empty().then(Vec::new);
    };
    let (taken, behind) = match segment {
        Segment::Any => (0..=parts.len())
            .find_map(|count| Some((&parts[..count], matched(rest, &parts[count..])?)))?,
        Segment::Literal(part) => {
            let (first, others) = parts.split_first()?;
            (&[][..], matched(rest, (first == part).then_some(others)?)?)
        }
        Segment::Wildcard(glob) => {
            let (first, others) = parts.split_first()?;
            (&parts[..1], matched(rest, glob.is_match(first).then_some(others)?)?)
        }
    };
    Some([taken, &behind].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_the_wildcards_match() {
        for (glob, path, name) in [
            ("lambdas/*", "lambdas/api", "api"),
            ("api/*/*", "api/consumer/status", "consumer-status"),
            ("api/**/src", "api/consumer/status/src", "consumer-status"),
            ("functions/*/src", "functions/pay/src", "pay"),
            ("services/fn_*", "services/fn_pay", "fn_pay"),
            ("services/{fn,job}_*", "services/job_pay", "job_pay"),
            ("services/[a-f]?_*/code", "services/fn_pay/code", "fn_pay"),
            ("{api,jobs}/*", "jobs/pay", "jobs-pay"),
            ("backend/worker", "backend/worker", "worker"),
            ("./backend/worker/", "backend/worker", "worker"),
            ("**/lambda", "lambda", ""),
            ("a/**/b/*", "a/x/b/b/y", "x-b-y"),
            ("a/**/**", "a/x/y", "x-y"),
        ] {
            let glob = Glob::parse(glob).unwrap();
            assert_eq!(glob.name_of(path.into()).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn a_wildcard_matches_no_slash() {
        for (glob, path) in [
            ("lambdas/*", "lambdas"),
            ("lambdas/*", "lambdas/a/b"),
            ("a?b", "a/b"),
            ("**/src", "src/x"),
            ("a/b", "a"),
        ] {
            assert!(!Glob::parse(glob).unwrap().is_match(path.into()), "{glob} {path}");
        }
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for text in ["a/[b", "a/{b,c/d}", "{a", "a/b}"] {
            assert_eq!(Glob::parse(text).unwrap_err().code, code::INVALID_GLOB, "{text}");
        }
    }

    #[test]
    fn only_what_may_match_is_walked_through() {
        for (glob, base, depth) in [
            ("lambdas/*", "lambdas", Some(2)),
            ("a/b/**/src", "a/b", None),
            ("*", "", Some(1)),
            ("backend/worker", "backend", Some(2)),
            ("!a/*/b", "a", Some(3)),
        ] {
            let glob = Glob::parse(glob).unwrap();
            assert_eq!((glob.base().as_str(), glob.depth()), (base, depth));
        }
    }
}
