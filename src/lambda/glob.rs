//! Globs of the places of lambdas, and the names that they give.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use super::Form;
use crate::report::Failure;
use crate::report::code;

/// How the names of modules end.
const MODULE: &str = ".py";

/// A glob of paths.
#[derive(Debug)]
pub(crate) struct Glob {
    /// One for each way through its `{…}` with a slash.
    pub(super) alternatives: Vec<Alternative>,
    /// Whether it takes out what other globs match: it is written with `!` in front.
    pub(crate) takes_out: bool,
}

/// A glob in which each part of a path has one of its own.
#[derive(Debug)]
pub(super) struct Alternative {
    segments: Vec<Segment>,
    form: Form,
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
        let ways = ways(glob).ok_or_else(|| {
            refuse("a `{…}` has no end").hint("write a glob for each of the alternatives")
        })?;
        let alternative = |way: &String| Alternative::parse(way).map_err(|cause| refuse(&cause));
        let alternatives = ways.iter().map(alternative).collect::<Result<_, _>>()?;
        Ok(Self { alternatives, takes_out })
    }

    pub(crate) fn is_match(&self, path: &Utf8Path) -> bool {
        self.alternatives.iter().any(|it| it.is_match(path))
    }

    /// The name that it gives what is at a path, if it matches that: the parts for which it has a wildcard, joined
    /// by `-`, or the last part where it has none; a `.py` at the end falls away. Empty where nothing
    /// is left for a name.
    pub(crate) fn name_of(&self, path: &Utf8Path, form: Form) -> Option<String> {
        let mut own = self.alternatives.iter().filter(|it| it.form == form);
        own.find_map(|it| it.name_of(path))
    }

    /// A path that has this name by it: with the name, or with its parts between `-`, for the
    /// wildcards; none where it gives no such name.
    pub(crate) fn path_of(&self, name: &str) -> Option<Utf8PathBuf> {
        self.alternatives.iter().find_map(|it| it.path_of(name))
    }
}

impl Alternative {
    /// Takes a glob without slashes in its `{…}` apart.
    fn parse(glob: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        for part in glob.split('/').filter(|part| !["", "."].contains(part)) {
            segments.push(match part {
                "**" => Segment::Any,
                _ if !has_wildcard(part) => Segment::Literal(part.to_owned()),
                _ => {
                    let glob = GlobBuilder::new(part).literal_separator(true).build();
                    let glob = glob.map_err(|error| error.kind().to_string())?;
                    Segment::Wildcard(glob.compile_matcher())
                }
            });
        }
        // A part like `{a,b}.py` or `{a.py,b.py}`, too.
        let end = glob.trim_end_matches(['/', '}']);
        let form = if end.ends_with(MODULE) { Form::File } else { Form::Directory };
        Ok(Self { segments, form })
    }

    /// What it matches.
    pub(super) fn form(&self) -> Form {
        self.form
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

    fn name_of(&self, path: &Utf8Path) -> Option<String> {
        let matched = self.matched(path)?;
        let is_literal = |segment: &Segment| matches!(segment, Segment::Literal(_));
        let name = match self.segments.iter().all(is_literal) {
            true => path.file_name().unwrap_or_default().to_owned(),
            false => matched.join("-"),
        };
        Some(match (self.form, name.strip_suffix(MODULE)) {
            (Form::File, Some(stem)) => stem.to_owned(),
            _ => name,
        })
    }

    fn path_of(&self, name: &str) -> Option<Utf8PathBuf> {
        let is_wildcard = |segment: &&Segment| matches!(segment, Segment::Wildcard(_));
        let count = self.segments.iter().filter(is_wildcard).count();
        let mut parts = name.splitn(count.max(1), '-');
        let mut path = Utf8PathBuf::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(part) => path.push(part),
                Segment::Any => {}
                Segment::Wildcard(glob) => {
                    let ending = if glob.glob().glob().ends_with(MODULE) { MODULE } else { "" };
                    path.push(format!("{}{ending}", parts.next()?));
                }
            }
        }
        (self.name_of(&path).as_deref() == Some(name)).then_some(path)
    }

    /// The parts of a path for which there is a wildcard; none where it does not match.
    fn matched<'p>(&self, path: &'p Utf8Path) -> Option<Vec<&'p str>> {
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        matched(&self.segments, &parts)
    }
}

fn has_wildcard(part: &str) -> bool {
    part.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// The ways through a glob: it itself, or one for each alternative of its first `{…}` with a slash, and
/// those of that one. None where a `{…}` has no end.
///
/// What has no wildcard in an alternative is put into `{…}` of its own: it is a part that differs, and
/// so belongs to the name.
fn ways(glob: &str) -> Option<Vec<String>> {
    let (mut depth, mut start, mut commas, mut has_slash) = (0_usize, 0, Vec::new(), false);
    for (at, byte) in glob.bytes().enumerate() {
        match (byte, depth) {
            (b'{', 0) => (depth, start, commas, has_slash) = (1, at, Vec::new(), false),
            (b'{', _) => depth += 1,
            (b'}', 0) => return None,
            (b'}', 1) if has_slash => {
                let (before, behind) = (&glob[..start], &glob[at + 1..]);
                let begins = [start].into_iter().chain(commas.iter().copied());
                let ends = commas.iter().copied().chain([at]);
                let inner = begins.zip(ends).map(|(begin, end)| &glob[begin + 1..end]);
                let whole = inner.map(|it| ways(&format!("{before}{}{behind}", of_name(it))));
                return Some(whole.collect::<Option<Vec<_>>>()?.concat());
            }
            (b'}', _) => depth -= 1,
            (b',', 1) => commas.push(at),
            (b'/', 1..) => has_slash = true,
            _ => {}
        }
    }
    (depth == 0).then(|| vec![glob.to_owned()])
}

/// An alternative whose parts without wildcards are each in `{…}`.
fn of_name(alternative: &str) -> String {
    let part = |part: &str| match part.is_empty() || has_wildcard(part) {
        true => part.to_owned(),
        false => format!("{{{part}}}"),
    };
    let mut depth = 0_i32;
    let mut is_end = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == '/' && depth == 0
    };
    alternative.split(&mut is_end).map(part).collect::<Vec<_>>().join("/")
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
            ("scripts/*.py", "scripts/report.py", "report"),
            ("{jobs,scripts}/*.py", "jobs/report.py", "jobs-report"),
            ("scripts/report.py", "scripts/report.py", "report"),
            ("scripts/{report,clean}.py", "scripts/clean.py", "clean"),
            ("scripts/{report.py,clean.py}", "scripts/clean.py", "clean"),
            ("{a/b,c}/*", "a/b/x", "a-b-x"),
            ("{a/b,c}/*", "c/x", "c-x"),
            ("src/{a/*,b}/handler", "src/a/x/handler", "a-x"),
            ("{a/{b,c},d/e}/*", "a/c/x", "a-c-x"),
            ("x/{fn_a/b,c}_y", "x/c_y", "c_y"),
            ("{,a/b/}*", "a/b/x", "a-b-x"),
            ("{,a/b/}*", "x", "x"),
        ] {
            let glob = Glob::parse(glob).unwrap();
            let form = if path.ends_with(MODULE) { Form::File } else { Form::Directory };
            assert_eq!(glob.name_of(path.into(), form).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn a_name_leads_to_a_path_that_has_it() {
        for (glob, name, path) in [
            ("lambdas/*", "api", Some("lambdas/api")),
            ("functions/*/src", "pay", Some("functions/pay/src")),
            ("api/*/*", "consumer-status", Some("api/consumer/status")),
            ("api/**/src", "x", None),
            ("services/fn_*", "fn_pay", Some("services/fn_pay")),
            ("services/fn_*", "pay", None),
            ("backend/worker", "worker", Some("backend/worker")),
            ("backend/worker", "other", None),
            ("api/*/*", "status", None),
            ("jobs/*.py", "clean", Some("jobs/clean.py")),
        ] {
            let found = Glob::parse(glob).unwrap().path_of(name);
            assert_eq!(found.as_deref(), path.map(Utf8Path::new), "{glob} {name}");
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
        for text in ["a/[b", "a/{b,c/d", "{a", "a/b}", "{a/b,c"] {
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
            let [glob] = &glob.alternatives[..] else { panic!("{glob:?}") };
            assert_eq!((glob.base().as_str(), glob.depth()), (base, depth));
        }
    }
}
