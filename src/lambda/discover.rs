//! Finds the lambdas of a project.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::glob::Glob;
use super::{Discovered, Lambda, LambdaName, Places, Table};
use crate::report::Failure;
use crate::report::code;
use crate::tree::{Kind, Step, Tree, below};

/// The code of a project without lambdas, for which some commands have an answer of their own.
pub(crate) const NO_LAMBDAS: &str = "no-lambdas";

/// Directories, relative to the root, each with the reason why it can't be packaged, where there is
/// one: what is wrong with one name harms no other lambda.
type Directories = BTreeMap<Utf8PathBuf, Option<Failure>>;

/// Returns the directories that globs match and tables name, sorted by name.
///
/// Directories whose names begin with `.` or `_` are left out, with everything in them, but where a
/// table names one. Files beside the lambdas are ignored.
pub(crate) fn discover(tree: &Tree, places: &Places) -> Result<Discovered, Failure> {
    let naming = Naming::of(places)?;
    let mut unmatched = Vec::new();
    let mut directories = Directories::new();
    let globs = || places.globs.iter().zip(&naming.globs);
    for (text, glob) in globs().filter(|(_, glob)| !glob.takes_out) {
        let found = matches(tree, glob)?;
        if found.is_empty() {
            unmatched.push(text.clone());
        }
        directories.extend(found);
    }
    for (text, glob) in globs().filter(|(_, glob)| glob.takes_out) {
        let before = directories.len();
        directories.retain(|directory, _| !glob.is_match(directory));
        if directories.len() == before {
            unmatched.push(text.clone());
        }
    }
    for (path, (_, table)) in &naming.tables {
        if !directories.contains_key(*path) {
            directories.extend(named(tree, path, table)?.map(|fault| (path.to_path_buf(), fault)));
        }
    }
    let mut lambdas: Vec<Lambda> = Vec::new();
    for (directory, fault) in directories {
        let name = naming.name_of(&directory)?;
        let fault = fault.map(Box::new);
        lambdas.push(Lambda { name, directory, inner: BTreeSet::new(), fault });
    }
    lambdas.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some([one, other]) = lambdas.array_windows().find(|[one, other]| one.name == other.name)
    {
        return Err(one_name_for_two(one, other));
    }
    find_inner(&mut lambdas);
    let is_skipped = |lambda: &Lambda| {
        places.tables.get(lambda.name.as_str()).is_some_and(|table| table.is_skipped)
    };
    let (skipped, lambdas): (Vec<_>, Vec<_>) = lambdas.into_iter().partition(is_skipped);
    if lambdas.is_empty() {
        let skipped = skipped.iter().map(|it| format!("`{}` is skipped", it.name));
        return Err(none_found(&places.globs).said(skipped));
    }
    Ok(Discovered { lambdas, skipped, unmatched })
}

/// Returns the lambdas of which git has files and the worktree has not even the folder, sorted by
/// name: those outside of a sparse checkout, and submodules that are not checked out.
pub(crate) fn absent(tree: &Tree, places: &Places) -> Result<Vec<Lambda>, Failure> {
    let Some(checkout) = tree.checkout() else { return Ok(Vec::new()) };
    let folders = checkout.folders_with_gaps();
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let naming = Naming::of(places)?;
    let mut absent: Vec<Lambda> = Vec::new();
    for directory in &folders {
        let mut above = directory.ancestors();
        let is_found = !above.any(is_hidden) && naming.is_match(directory);
        if !(is_found || naming.tables.contains_key(&**directory))
            || tree.kind(directory)?.is_some()
        {
            continue;
        }
        let name = naming.name_of(directory)?;
        let directory = directory.clone();
        if !absent.iter().any(|lambda| lambda.name == name) {
            absent.push(Lambda { name, directory, inner: BTreeSet::new(), fault: None });
        }
    }
    absent.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(absent)
}

/// By what lambdas get their names.
struct Naming<'a> {
    /// In the order of the config, with those that take out.
    globs: Vec<Glob>,
    texts: &'a [String],
    /// The tables that name a directory, by that, each with its name.
    tables: BTreeMap<&'a Utf8Path, (&'a str, &'a Table)>,
}

impl<'a> Naming<'a> {
    fn of(places: &'a Places) -> Result<Self, Failure> {
        let globs = places.globs.iter().map(|glob| Glob::parse(glob));
        let mut tables: BTreeMap<&Utf8Path, (&str, &Table)> = BTreeMap::new();
        for (name, table) in &places.tables {
            let Some(path) = table.path.as_deref() else { continue };
            let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
            if !is_name || name.chars().any(char::is_control) {
                return Err(Failure::input(
                    "lambda-name",
                    format!("no zip can be called `{name}`"),
                )
                .place(Some(table.place.clone()))
                .hint("name the lambda without slashes, and with no dot in front"));
            }
            if let Some((first, _)) = tables.insert(path, (name, table)) {
                let message =
                    format!("`{first}` and `{name}` have the same path: `{}`", shown(path));
                return Err(Failure::input(code::DUPLICATE_LAMBDA, message)
                    .place(Some(table.place.clone()))
                    .hint("keep one of the two tables"));
            }
        }
        Ok(Self { globs: globs.collect::<Result<_, _>>()?, texts: &places.globs, tables })
    }

    /// Whether globs match a directory.
    fn is_match(&self, directory: &Utf8Path) -> bool {
        let any = |takes_out| {
            let mut globs = self.globs.iter().filter(|glob| glob.takes_out == takes_out);
            globs.any(|glob| glob.is_match(directory))
        };
        any(false) && !any(true)
    }

    /// The name of a directory that is a lambda: that of its table, else what each glob gives it.
    fn name_of(&self, directory: &Utf8Path) -> Result<LambdaName, Failure> {
        if let Some((name, _)) = self.tables.get(directory) {
            return Ok(LambdaName::new(*name));
        }
        let given = self.globs.iter().zip(self.texts).filter(|(glob, _)| !glob.takes_out);
        let given = given.filter_map(|(glob, text)| Some((glob.name_of(directory)?, text)));
        let given: BTreeMap<String, &String> = given.collect();
        let directory = shown(directory);
        let advice = |name: &str| format!("name it by a table: {}", table_of(name, directory));
        match given.iter().collect::<Vec<_>>()[..] {
            [] => unreachable!("a directory without a table is one that a glob matches"),
            [(name, glob)] if name.is_empty() => {
                let message = format!("`{glob}` leaves no name for `{directory}`");
                let name = long_name(directory);
                Err(Failure::input("lambda-without-name", message).hint(advice(&name)))
            }
            [(name, _)] => Ok(LambdaName::new(name.as_str())),
            [(one, by), (other, by_other), ..] => {
                let message = format!(
                    "`{directory}` is called `{one}` by `{by}` and `{other}` by `{by_other}`"
                );
                Err(Failure::input(code::DUPLICATE_LAMBDA, message).hint(advice(other)))
            }
        }
    }
}

/// The failure of one name for two directories.
fn one_name_for_two(one: &Lambda, other: &Lambda) -> Failure {
    let paths = [one, other].map(|lambda| shown(&lambda.directory));
    let [first, second] = paths;
    let message = format!("two lambdas are called `{}`: `{first}` and `{second}`", one.name);
    let [first, second] = paths.map(|path| table_of(&long_name(path), path));
    Failure::input(code::DUPLICATE_LAMBDA, message)
        .hint(format!("name each by a table: {first}, and {second}"))
}

/// A table that names a directory, as one line.
fn table_of(name: &str, directory: &str) -> String {
    format!("`[lambda.{name}]` with `path = \"{directory}\"`")
}

/// A name of all parts of a path.
fn long_name(directory: &str) -> String {
    match directory {
        "." => "NAME".to_owned(),
        _ => directory.replace('/', "-").replace('.', "_"),
    }
}

/// A directory as messages have it.
fn shown(directory: &Utf8Path) -> &str {
    match directory.as_str() {
        "" => ".",
        path => path,
    }
}

fn none_found(globs: &[String]) -> Failure {
    let searched: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
    let searched = match searched[..] {
        [] => "an empty list of directories".to_owned(),
        _ => searched.join(" or "),
    };
    Failure::input(NO_LAMBDAS, format!("no lambda in {searched}")).hint(
        "make a directory for each lambda, or name the project with `--root` and its directories \
         with `lambdas = [\"…\"]` in dofs-package.toml",
    )
}

/// The fault of a directory that a table names; none where it is not checked out here.
fn named(tree: &Tree, path: &Utf8Path, table: &Table) -> Result<Option<Option<Failure>>, Failure> {
    let refuse =
        |message: String| Failure::input("no-such-path", message).place(Some(table.place.clone()));
    let path_shown = shown(path);
    match tree.kind(path)? {
        Some(Kind::Directory) => Ok(Some(None)),
        Some(Kind::Symlink) if tree.resolve(path)?.1 == Kind::Directory => Ok(Some(Some(link()))),
        Some(_) => Err(refuse(format!("`{path_shown}` is no directory"))
            .hint("name the directory that has the lambda's files")),
        None => {
            let is_tracked = tree
                .checkout()
                .is_some_and(|it| it.folders_with_gaps().iter().any(|folder| folder == path));
            match is_tracked {
                true => Ok(None),
                false => Err(refuse(format!("there is no `{path_shown}`"))
                    .hint("name a directory, relative to the root")),
            }
        }
    }
}

/// Notes the lambdas that lie in others.
fn find_inner(lambdas: &mut [Lambda]) {
    let places = lambdas.iter().map(|it| it.directory.to_string()).zip(0..);
    let places: BTreeMap<String, usize> = places.collect();
    for directory in places.keys() {
        for above in Utf8Path::new(directory).ancestors().skip(1) {
            let Some(&outer) = places.get(above.as_str()) else { continue };
            let inside = directory[above.as_str().len()..].trim_start_matches('/');
            lambdas[outer].inner.insert(inside.into());
        }
    }
}

/// Whether a directory is left out by its name.
fn is_hidden(directory: &Utf8Path) -> bool {
    directory.file_name().is_some_and(|name| name.starts_with(['.', '_']))
}

/// The directories that a glob matches.
fn matches(tree: &Tree, glob: &Glob) -> Result<Directories, Failure> {
    let mut found = Directories::new();
    let base = glob.base();
    let Some(Kind::Directory | Kind::Symlink) = tree.kind(&base)? else {
        return Ok(found);
    };
    if glob.is_match(&base) {
        found.insert(base, None);
        return Ok(found);
    }
    tree.hold(&base)?;
    let mut not_utf8 = Directories::new();
    let mut unnamed = |path: &Utf8Path| {
        let full = below(&base, path);
        if !is_hidden(&full) && glob.is_match(&full) {
            not_utf8.insert(full, Some(unfit("that is not UTF-8")));
        }
    };
    tree.survey_with::<Failure>(&base, &mut unnamed, &mut |path, kind| {
        let full = below(&base, path);
        let is_hidden = is_hidden(&full);
        let is_match = glob.is_match(&full);
        match kind {
            Kind::Symlink
                if is_match && !is_hidden && tree.resolve(&full)?.1 == Kind::Directory =>
            {
                found.insert(full, Some(link()));
                Ok(Step::On)
            }
            Kind::Directory if is_hidden => Ok(Step::Past),
            Kind::Directory if is_match => {
                let is_unfit = full.as_str().chars().any(char::is_control);
                found.insert(full, is_unfit.then(|| unfit("with a control character")));
                Ok(Step::Past)
            }
            Kind::Directory if glob.depth() == Some(full.components().count()) => Ok(Step::Past),
            Kind::Directory | Kind::Symlink | Kind::File { .. } | Kind::Special => Ok(Step::On),
        }
    })?;
    found.append(&mut not_utf8);
    Ok(found)
}

/// The failure of a lambda that would be read through a link.
fn link() -> Failure {
    Failure::lambda("lambda-link", "the lambda's directory is a symbolic link")
        .hint("put the lambda's files there, or begin the link's name with `_`")
}

/// The failure of a lambda that can't have its name.
fn unfit(what: &str) -> Failure {
    Failure::lambda("lambda-name", format!("the lambda's directory has a name {what}"))
        .hint("rename the directory")
}
