//! Finds the lambda that a function is made of. These rules are tried in order:
//!
//! 1. The entry of the package manifest that its hash or file comes from, in `*.tf` files: it stays the
//!    lambda's own wherever zips go.
//! 2. The path of its zip. `*.tf` files have the whole path, or its end: of where this run puts the
//!    zip, or of where the config does. In a state or plan `filename` is relative to the folder in which Terraform runs, not to the module that has it.
//!    So the path is exact where that folder is named, or where the path of some function is exact
//!    from one of the folders in which Terraform seems to run. Else one of the two paths must end
//!    with the other, by whole segments, and only one lambda may fit; the segments before that must
//!    be the name of the project's folder.
//! 3. The key of its `for_each` in `*.tf` files, where the path of its zip is not known.
//! 4. The function name that the config gives: where code comes from S3, and where no path fits. In
//!    `*.tf` files parts of a name need not be known, where the config has a `*` for them.
//! 5. The name of its resource in `*.tf` files: before the first package manifest is written, a
//!    path that comes from it is not known.
//!
//! A function that does not run on Python is made of a lambda by its path; by a key or by the name
//! that the config gives only where no other function is known to be made of that lambda, and never
//! by the name of its resource: a project's other functions may be called as its lambdas are.
//!
//! The version of a layer is made of a layer, by the same rules.
//!
//! A container image has no zip. In `*.tf` files it is made of a lambda by its key, or where its name
//! or that of its resource is the lambda's; where the lambda has a Dockerfile, the end of its name will
//! do, and so will it that both are the only ones of their kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::function::OPEN;
use super::{Code, Function, Note, Part, Value};
use crate::report::Place;
use crate::tree::normal;

/// A lambda that functions may be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) is_layer: bool,
    /// Where its own files are, relative to the root.
    pub(crate) directory: Utf8PathBuf,
    /// Its zip, relative to the root.
    pub(crate) zip: Utf8PathBuf,
    /// Where its zip is if this run names no other folder for zips, relative to the root.
    pub(crate) usual_zip: Utf8PathBuf,
    /// What the config says its functions are called, with `*` for any letters.
    pub(crate) function_name: Option<String>,
    /// Whether it has a Dockerfile; looked up where some function is a container image.
    pub(crate) has_dockerfile: bool,
}

/// A function, with its lambda, or with the reason why it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match<'a> {
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
    None { what: String },
    /// Several fit.
    Ambiguous {
        what: String,
        /// The lambdas, sorted by name.
        lambdas: Vec<String>,
        /// What the user can do so that only one fits.
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

/// The folders that paths may be relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folders<'a> {
    /// The folder in which Terraform runs, relative to the root, where that is known.
    pub(crate) directory: Option<&'a Utf8Path>,
    /// Where it may run: the folders of its root modules.
    pub(crate) roots: &'a [Utf8PathBuf],
    /// The root of the project, absolute.
    pub(crate) project: &'a Utf8Path,
}

/// Returns each function, in their order, with its lambda.
pub(crate) fn match_functions<'a>(
    functions: &'a [Function],
    candidates: &[Candidate],
    folders: Folders<'_>,
) -> Vec<Match<'a>> {
    let directory = folders.directory.or_else(|| root(functions, candidates, folders.roots));
    let folders = Folders { directory, ..folders };
    let [layers, others] = [true, false].map(|is_layer| {
        candidates.iter().filter(|it| it.is_layer == is_layer).cloned().collect::<Vec<_>>()
    });
    let lambda = |function: &Function| {
        match_function(function, if function.is_layer { &layers } else { &others }, folders)
    };
    let candidates = &others[..];
    let found = functions.iter().map(|function| Match { function, lambda: lambda(function) });
    let mut found: Vec<Match<'_>> = found.collect();
    let mut known: BTreeSet<String> =
        found.iter().filter_map(|found| found.lambda.clone().ok()).collect();
    for later in [namesake, other_by_name] {
        let mut more = Vec::new();
        let is_open = |it: &&mut Match<'_>| it.lambda.is_err() && !it.function.is_layer;
        for Match { function, lambda } in found.iter_mut().filter(is_open) {
            if let Some(found) = later(function, candidates, &known) {
                more.push(found.clone());
                *lambda = Ok(found);
            }
        }
        known.extend(more);
    }
    match_images(&mut found, candidates, &known);
    found
}

/// Finds the lambdas of container images; one of which a zip is made is none.
fn match_images(found: &mut [Match<'_>], candidates: &[Candidate], known: &BTreeSet<String>) {
    // In a state or plan, what a function is made of is known, and has no place in a file.
    let is_open = |it: &&mut Match<'_>| {
        it.lambda.is_err() && it.function.code == Code::Image && it.function.place.is_some()
    };
    let is_free = |it: &&Candidate| !known.contains(&it.name);
    let mut taken = BTreeSet::new();
    for Match { function, lambda } in found.iter_mut().filter(is_open) {
        let fits = candidates.iter().filter(is_free).filter(|it| is_image_of(function, it));
        if let Ok(found) = one_of(fits, String::new(), "") {
            taken.insert(found.clone());
            *lambda = Ok(found);
        }
    }
    let has_file = |it: &&Candidate| it.has_dockerfile && !taken.contains(&it.name);
    let mut files = candidates.iter().filter(is_free).filter(has_file);
    let mut images: Vec<_> = found.iter_mut().filter(is_open).collect();
    if let (Some(candidate), None, [image]) = (files.next(), files.next(), &mut images[..]) {
        image.lambda = Ok(candidate.name.clone());
    }
}

/// Whether a container image is made of a lambda, by its names.
fn is_image_of(function: &Function, lambda: &Candidate) -> bool {
    let spelt = |name: &str| name.replace('_', "-").to_lowercase();
    let own = spelt(&lambda.name);
    let label = function.address.rsplit('.').next().map(spelt);
    let name = function.name.known().map(spelt);
    let is_end = |it: &String| it.strip_suffix(&own).is_some_and(|rest| rest.ends_with('-'));
    match &function.key {
        Some(key) => spelt(key) == own,
        None => {
            let mut names = label.iter().chain(&name);
            fits_name(function, lambda) == Some(true)
                || names.clone().any(|it| *it == own)
                || (lambda.has_dockerfile && names.any(is_end))
        }
    }
}

/// Takes those lambdas out whose functions are container images.
pub(crate) fn take_images(
    functions: &mut BTreeMap<String, Vec<Function>>,
) -> BTreeMap<String, Function> {
    let is_image = |own: &mut Vec<Function>| own.iter().any(|it| it.code == Code::Image);
    let images = functions.extract_if(.., |_, own| is_image(own));
    images.filter_map(|(name, own)| Some((name, own.into_iter().next()?))).collect()
}

/// The functions that are made of each lambda, and those that are of none that is known. One whose path
/// is where the config puts the zip of its lambda gets the one of this run.
pub(crate) fn by_lambda(
    functions: &[Function],
    candidates: &[Candidate],
    folders: Folders<'_>,
) -> (BTreeMap<String, Vec<Function>>, Vec<Function>) {
    let (mut lambdas, mut unmatched) = (BTreeMap::<String, Vec<_>>::new(), Vec::new());
    for Match { function, lambda } in match_functions(functions, candidates, folders) {
        match lambda {
            Ok(name) => {
                let mut function = function.clone();
                let candidate = candidates.iter().find(|it| it.name == name);
                if let Some(Candidate { zip, usual_zip, .. }) = candidate
                    && is_at(&function.code, usual_zip, &name)
                {
                    function.code = Code::ZipAt(normal(zip));
                }
                lambdas.entry(name).or_default().push(function);
            }
            Err(_) => unmatched.push(function.clone()),
        }
    }
    (lambdas, unmatched)
}

/// The folder from which the most paths are exactly those of zips; none where two folders have
/// equally many, of different lambdas.
fn root<'a>(
    functions: &[Function],
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
            _ => None,
        };
        functions.iter().map(lambda).collect()
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
    folders: Folders<'_>,
) -> Result<String, Unmatched> {
    if function.code == Code::Image {
        return Err(Unmatched::NoZip);
    }
    let is_its_entry = |lambda: &&Candidate| function.entry.as_ref() == Some(&lambda.name);
    if let Some(lambda) = candidates.iter().find(is_its_entry) {
        return Ok(lambda.name.clone());
    }
    let by_path = match &function.code {
        Code::Zip(filename) => by_path(filename, candidates, folders),
        code @ (Code::ZipAt(path) | Code::ZipEnd(path)) => {
            let fits = |of: fn(&Candidate) -> &Utf8PathBuf| {
                let fits = candidates.iter().filter(|it| is_at(code, of(it), &it.name));
                one_of(fits, format!("the zip `{path}`"), "make it the zip of one lambda")
            };
            match fits(|lambda| &lambda.zip) {
                Err(Unmatched::None { .. }) => fits(|lambda| &lambda.usual_zip),
                found => found,
            }
        }
        Code::Archive(archive) => of_archive(&archive.parts, candidates),
        Code::Elsewhere | Code::Unknown | Code::Image => Err(Unmatched::NoZip),
    };
    if function.is_other() {
        return by_path;
    }
    by_path.or_else(|no_path| {
        // Where several zips have the end of a path in common, a key or a name can decide.
        by_key(function, candidates).map_or_else(|| by_name(function, candidates), Ok).map_err(
            |no_name| match no_path {
                Unmatched::NoZip => no_name,
                no_path => no_path,
            },
        )
    })
}

/// Whether a function's zip is this one of a lambda. The end of a path must have the lambda's directory
/// in it, since zips in several folders may be called `api.zip`; where all zips go to one folder,
/// the name is enough.
fn is_at(code: &Code, zip: &Utf8Path, lambda: &str) -> bool {
    let own = normal(zip);
    match code {
        Code::ZipAt(path) => *path == own,
        Code::ZipEnd(end) => {
            let end: Utf8PathBuf = end.components().skip_while(|it| it.as_str() == "..").collect();
            let folder = own.parent().and_then(Utf8Path::file_name);
            let least = if folder == Some(lambda) { 2 } else { 1 };
            own.ends_with(&end) && end.components().count() >= least
        }
        _ => false,
    }
}

/// The lambda whose files Terraform makes a zip of. What lies in no lambda says nothing, for a
/// shared folder may be in every zip.
fn of_archive(parts: &[Part], candidates: &[Candidate]) -> Result<String, Unmatched> {
    let Some(first) = parts.first() else { return Err(Unmatched::NoZip) };
    let fits = candidates.iter().filter(|lambda| {
        let directory = normal(&lambda.directory);
        parts.iter().any(|part| part.path.starts_with(&directory))
    });
    one_of(fits, format!("the files `{}`", first.path), "make a zip of the files of one lambda")
}

/// Whether nothing is known of the path of a zip.
fn is_open(code: &Code) -> bool {
    match code {
        Code::Archive(archive) => archive.parts.is_empty(),
        code => *code == Code::Unknown,
    }
}

/// The lambda that the key of a function's `for_each` names.
fn by_key(function: &Function, candidates: &[Candidate]) -> Option<String> {
    let key = function.key.as_deref().filter(|_| is_open(&function.code))?;
    let lambda = candidates.iter().find(|lambda| lambda.name == key)?;
    (fits_name(function, lambda) != Some(false)).then(|| lambda.name.clone())
}

/// The lambda with the name of a function's resource; none where the function is made of something
/// else, where its name is not that of the lambda's function, or where another function is `known`
/// to be made of that lambda.
fn namesake(
    function: &Function,
    candidates: &[Candidate],
    known: &BTreeSet<String>,
) -> Option<String> {
    // Only files have a place: in a state or plan, what a function is made of is known.
    let label = function.place.as_ref().and_then(|_| function.address.rsplit('.').next())?;
    let lambda = candidates.iter().find(|lambda| lambda.name == label)?;
    let is_its = is_open(&function.code)
        && !function.is_other()
        && function.key.is_none()
        && fits_name(function, lambda) != Some(false)
        && !known.contains(label);
    is_its.then(|| lambda.name.clone())
}

/// The lambda whose key, or name in the config, a function has that runs on no Python; none where
/// another function is `known` to be made of that lambda, or where its zip is elsewhere.
fn other_by_name(
    function: &Function,
    candidates: &[Candidate],
    known: &BTreeSet<String>,
) -> Option<String> {
    let may_be = is_open(&function.code) || function.code == Code::Elsewhere;
    if !(function.is_other() && may_be) {
        return None;
    }
    let by_name = || by_name(function, candidates).ok();
    by_key(function, candidates).or_else(by_name).filter(|name| !known.contains(name))
}

/// Whether a function's name is the one in the config, where both are known. A part that is not known
/// is of the letters that a `*` stands for, where the others fit.
fn fits_name(function: &Function, lambda: &Candidate) -> Option<bool> {
    let pattern = lambda.function_name.as_deref()?;
    match function.name.known() {
        Some(name) => Some(is_like(name, pattern)),
        // No pattern has the letter for what is not known, so it is only like a `*`.
        None => is_like(function.partial_name.as_deref()?, pattern).then_some(true),
    }
}

/// The one lambda whose zip a `filename` names.
fn by_path(
    filename: &str,
    candidates: &[Candidate],
    folders: Folders<'_>,
) -> Result<String, Unmatched> {
    let filename = Utf8Path::new(filename);
    let advice = "name the folder in which Terraform runs with `--terraform-dir`";
    if let Some(directory) = folders.directory.filter(|_| filename.is_relative()) {
        let path = normal(&directory.join(filename));
        let fits = candidates.iter().filter(|lambda| normal(&lambda.zip) == path);
        return one_of(fits, format!("the zip `{path}`"), advice);
    }
    // The segments up to the last `..` depend on the folder in which Terraform runs.
    let path = named_part(filename);
    let is_of_terraform = path.components().any(|part| part.as_str() == ".terraform");
    let fits = candidates.iter().filter(|lambda| {
        let zip = named_part(&lambda.zip);
        zip.ends_with(&path) || is_below(filename, &path, &zip, folders.project)
    });
    let fits = fits.filter(|_| !path.as_str().is_empty() && !is_of_terraform);
    one_of(fits, format!("a zip at `{path}`"), advice)
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
fn by_name(function: &Function, candidates: &[Candidate]) -> Result<String, Unmatched> {
    let partial = || function.partial_name.as_ref().map(|name| name.replace(OPEN, "…"));
    let name = function.name.known().map(str::to_owned).or_else(partial);
    let Some(name) = name else { return Err(Unmatched::Nameless) };
    let fits = candidates.iter().filter(|lambda| fits_name(function, lambda) == Some(true));
    let what = format!("the `function-name` `{name}` in its config");
    one_of(fits, what, "make each `function-name` fit one lambda only")
}

/// What the functions of one lambda say of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Joint {
    /// Nothing.
    Absent,
    /// It is set, and the note says why none of its values is known.
    Unknown(Note),
    /// Two of them say two things, and the note says which.
    Disputed(Note),
    /// All whose values are known say this.
    Known { text: String, place: Option<Place> },
}

impl Joint {
    pub(crate) fn known(&self) -> Option<&str> {
        let Self::Known { text, .. } = self else { return None };
        Some(text)
    }

    /// Why no value is taken, where some are set.
    pub(crate) fn note(&self) -> Option<&Note> {
        match self {
            Self::Unknown(note) | Self::Disputed(note) => Some(note),
            Self::Absent | Self::Known { .. } => None,
        }
    }
}

/// The functions of one lambda, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) name: Joint,
    pub(crate) handler: Joint,
    pub(crate) runtime: Joint,
    pub(crate) architecture: Joint,
}

impl Joined {
    /// Why values that some function sets are not taken.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &Note> {
        let Self { name, handler, runtime, architecture } = self;
        [architecture, name, handler, runtime].into_iter().filter_map(Joint::note)
    }
}

/// Joins the functions of one lambda. One that does not tell its name or handler leaves it to the
/// others; what one runs on is not known because another one says it.
pub(crate) fn join(lambda: &str, functions: &[Function]) -> Joined {
    let join = |what: &str, is_of_target: bool, of: fn(&Function) -> &Value| {
        let mut known = functions.iter().filter(|function| of(function).known().is_some());
        let unknown = functions.iter().find_map(|function| of(function).unknown());
        let unknown = || unknown.map(|note| Joint::Unknown(note.clone()));
        let Some(first) = known.next() else { return unknown().unwrap_or(Joint::Absent) };
        let text = |function| of(function).known().unwrap_or_default().to_owned();
        let Some(other) = known.find(|other| of(other).known() != of(first).known()) else {
            let known = Joint::Known { text: text(first), place: of(first).place().cloned() };
            return unknown().filter(|_| is_of_target).unwrap_or(known);
        };
        let (here, there) = apart(first, other, of);
        let there = there.map(|place| place.to_string()).unwrap_or_default();
        let (one, two) = (text(first), text(other));
        let message = format!(
            "the {what} of `{lambda}` is `{one}` here and `{two}` at {there}: neither is taken"
        );
        Joint::Disputed(Note { place: here, message })
    };
    Joined {
        name: join("function name", false, |function| &function.name),
        handler: join("handler", false, |function| &function.handler),
        runtime: join("runtime", true, |function| &function.runtime),
        architecture: join("architecture", true, |function| &function.architecture),
    }
}

/// The two places that say two values: their lines; where that is one line, of a module that two
/// roots call, the calls.
fn apart(
    one: &Function,
    other: &Function,
    of: fn(&Function) -> &Value,
) -> (Option<Place>, Option<Place>) {
    let line = |function| of(function).place().cloned();
    let root = |function: &Function| {
        function.root.as_ref().map(|root| match root.as_str() {
            "" => Place::new(".", None),
            root => Place::new(root, None),
        })
    };
    let call = |function: &Function| function.call.clone().or_else(|| root(function));
    match (line(one), line(other)) {
        (here, there) if here == there => (call(one), call(other)),
        lines => lines,
    }
}

/// The file that a function is made of, where that is another one than the zip of its lambda, whose
/// path is relative to the root: it was matched by its name.
pub(crate) fn other_file<'a>(function: &'a Function, zip: &Utf8Path) -> Option<&'a Utf8Path> {
    let own = normal(zip);
    match &function.code {
        Code::ZipAt(path) => (*path != own).then_some(path),
        Code::ZipEnd(end) => {
            let known: Utf8PathBuf =
                end.components().skip_while(|it| it.as_str() == "..").collect();
            (!own.ends_with(known)).then_some(end)
        }
        // A path of a state or plan is relative to a folder that need not be known.
        Code::Unknown | Code::Zip(_) | Code::Archive(_) | Code::Elsewhere | Code::Image => None,
    }
}

/// The one that fits.
fn one_of<'a>(
    fits: impl Iterator<Item = &'a Candidate>,
    what: String,
    advice: &'static str,
) -> Result<String, Unmatched> {
    let mut lambdas: Vec<String> = fits.map(|lambda| lambda.name.clone()).collect();
    lambdas.sort();
    match &lambdas[..] {
        [] => Err(Unmatched::None { what }),
        [one] => Ok(one.clone()),
        _ => Err(Unmatched::Ambiguous { what, lambdas, advice }),
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
