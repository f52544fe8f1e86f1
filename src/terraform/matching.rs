//! Finds the lambda that a function is made of.
//!
//! By the path of its zip: `filename` is relative to the folder in which Terraform runs, not to
//! the module that has it, so it is exact where that folder is named, or where it is exact for
//! some function from one of the folders that Terraform seems to run in. Else one of the two paths
//! must end with the other, by whole segments, and only one lambda may fit; what it has more must
//! be how the project itself is called.
//! By the name that the config gives: where code comes from S3, and where no path fits.

use std::fmt;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{Code, Document, Function, Value};
use crate::tree::normal;

/// A lambda that functions may be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its name.
    pub(crate) name: String,
    /// Its zip, relative to the root.
    pub(crate) zip: Utf8PathBuf,
    /// What the config says its functions are called, with `*` for any letters.
    pub(crate) function_name: Option<String>,
}

/// A function, and the lambda it is made of or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    /// The function.
    pub(crate) function: &'a Function,
    /// The lambda's name.
    pub(crate) lambda: Result<String, Unmatched>,
}

/// Why a function is made of no lambda that is known; displays as the end of a sentence that
/// begins with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmatched {
    /// It is a container image, or nothing says what it is made of.
    NoZip,
    /// It is made of no zip that is known, and its name is not known either.
    Nameless,
    /// No lambda fits.
    None {
        /// What was compared.
        what: String,
    },
    /// Several fit.
    Ambiguous {
        /// What was compared.
        what: String,
        /// The lambdas, sorted by name.
        lambdas: Vec<String>,
        /// What makes it one.
        advice: &'static str,
    },
}

impl fmt::Display for Unmatched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoZip => formatter.write_str("is not made of a zip"),
            Self::Nameless => formatter.write_str("gets its name and its code by the apply only"),
            Self::None { what } => write!(formatter, "is of no lambda here: none has {what}"),
            Self::Ambiguous { what, lambdas, advice } => {
                let lambdas = lambdas.join("` and `");
                write!(formatter, "is of several lambdas, by {what}: `{lambdas}`; {advice}")
            }
        }
    }
}

impl Unmatched {
    /// Whether a lambda is among those that fit.
    pub(crate) fn may_be(&self, lambda: &str) -> bool {
        match self {
            Self::Ambiguous { lambdas, .. } => lambdas.iter().any(|known| known == lambda),
            Self::NoZip | Self::Nameless | Self::None { .. } => false,
        }
    }
}

/// From where paths lead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whence<'a> {
    /// Where Terraform runs, relative to the root, where somebody says so.
    pub(crate) directory: Option<&'a Utf8Path>,
    /// Where it may run: the folders of its root modules.
    pub(crate) roots: &'a [Utf8PathBuf],
    /// The root of the project, absolute.
    pub(crate) project: &'a Utf8Path,
}

/// Returns each function of a document, in its order, with its lambda.
pub(crate) fn match_functions<'a>(
    document: &'a Document,
    candidates: &[Candidate],
    whence: Whence<'_>,
) -> Vec<Match<'a>> {
    let directory = whence.directory.or_else(|| root(document, candidates, whence.roots));
    let whence = Whence { directory, ..whence };
    let lambda = |function| match_function(function, candidates, whence);
    let functions = document.functions.iter();
    functions.map(|function| Match { function, lambda: lambda(function) }).collect()
}

/// The folder from which most paths are exactly those of zips; none where folders differ in what
/// they make of as many.
fn root<'a>(
    document: &Document,
    candidates: &[Candidate],
    roots: &'a [Utf8PathBuf],
) -> Option<&'a Utf8Path> {
    let exact = |root: &Utf8Path| -> Vec<Option<&str>> {
        let lambda = |function: &Function| match &function.code {
            Code::Zip(filename) if Utf8Path::new(filename).is_relative() => {
                let path = normal(&root.join(filename));
                let found = candidates.iter().find(|lambda| normal(&lambda.zip) == path);
                found.map(|lambda| lambda.name.as_str())
            }
            Code::Zip(_) | Code::S3 { .. } | Code::Image | Code::Unknown => None,
        };
        document.functions.iter().map(lambda).collect()
    };
    let found: Vec<(&Utf8Path, Vec<Option<&str>>)> =
        roots.iter().map(|root| (root.as_path(), exact(root))).collect();
    let count = |found: &[Option<&str>]| found.iter().flatten().count();
    let most = found.iter().map(|(_, found)| count(found)).max().filter(|most| *most > 0)?;
    let mut best = found.iter().filter(|(_, found)| count(found) == most);
    let (root, first) = best.next()?;
    best.all(|(_, other)| other == first).then_some(*root)
}

/// The lambda of one function.
fn match_function(
    function: &Function,
    candidates: &[Candidate],
    whence: Whence<'_>,
) -> Result<String, Unmatched> {
    let by_path = match &function.code {
        Code::Image => return Err(Unmatched::NoZip),
        Code::Zip(filename) => by_path(filename, candidates, whence),
        Code::S3 { .. } | Code::Unknown => Err(Unmatched::NoZip),
    };
    match by_path {
        Ok(name) => Ok(name),
        // A name can tell apart what paths can't.
        Err(no_path) => by_name(&function.name, candidates).map_err(|no_name| match no_path {
            Unmatched::NoZip => no_name,
            no_path => no_path,
        }),
    }
}

/// The one lambda whose zip a `filename` names.
fn by_path(
    filename: &str,
    candidates: &[Candidate],
    whence: Whence<'_>,
) -> Result<String, Unmatched> {
    let filename = Utf8Path::new(filename);
    let (what, fits): (String, Vec<&Candidate>) = match whence.directory {
        Some(directory) if filename.is_relative() => {
            let path = normal(&directory.join(filename));
            let fits = candidates.iter().filter(|lambda| normal(&lambda.zip) == path).collect();
            (format!("the zip `{path}`"), fits)
        }
        // A part of a path that leads upward says nothing of what it leads to.
        _ => {
            let path = named_part(filename);
            let is_of_terraform = path.components().any(|part| part.as_str() == ".terraform");
            let fits = candidates.iter().filter(|lambda| {
                let zip = named_part(&lambda.zip);
                zip.ends_with(&path) || is_below(filename, &path, &zip, whence.project)
            });
            let fits = fits.filter(|_| !path.as_str().is_empty() && !is_of_terraform).collect();
            (format!("a zip at `{path}`"), fits)
        }
    };
    let advice = "name the folder in which Terraform runs with `--terraform-dir`";
    one_of(&fits, what, advice)
}

/// Whether a path ends with that of a zip, and what it has before that is the project: a zip beside
/// it is another's. Of an absolute path, nobody knows what the project was called there.
fn is_below(filename: &Utf8Path, path: &Utf8Path, zip: &Utf8Path, project: &Utf8Path) -> bool {
    let more = path.components().count().checked_sub(zip.components().count());
    let more: Option<Utf8PathBuf> = more.map(|more| path.components().take(more).collect());
    path.ends_with(zip)
        && more.is_some_and(|more| filename.is_absolute() || project.ends_with(&more))
}

/// The end of a path, from the last `..` or the root of the file system on.
fn named_part(path: &Utf8Path) -> Utf8PathBuf {
    let path = normal(path);
    path.components().filter(|part| matches!(part, Utf8Component::Normal(_))).collect()
}

/// The one lambda whose pattern a function's name fits.
fn by_name(name: &Value, candidates: &[Candidate]) -> Result<String, Unmatched> {
    let name = match name {
        Value::Known(name) => name,
        Value::Absent | Value::Unknown => return Err(Unmatched::Nameless),
    };
    let fits = candidates.iter().filter(|lambda| {
        lambda.function_name.as_deref().is_some_and(|pattern| is_like(name, pattern))
    });
    let what = format!("the `function-name` `{name}` in its config");
    one_of(&fits.collect::<Vec<_>>(), what, "make each `function-name` fit one lambda only")
}

/// The one that fits.
fn one_of(fits: &[&Candidate], what: String, advice: &'static str) -> Result<String, Unmatched> {
    match fits {
        [] => Err(Unmatched::None { what }),
        [one] => Ok(one.name.clone()),
        several => {
            let mut lambdas: Vec<String> =
                several.iter().map(|lambda| lambda.name.clone()).collect();
            lambdas.sort();
            Err(Unmatched::Ambiguous { what, lambdas, advice })
        }
    }
}

/// Whether a name fits a pattern, in which `*` is any letters or none.
pub(super) fn is_like(name: &str, pattern: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut others: Vec<&str> = others.split('*').collect();
    let last = others.pop().unwrap_or_default();
    for part in others {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
