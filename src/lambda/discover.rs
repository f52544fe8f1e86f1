//! Finds the lambdas of a project.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::glob::{Alternative, Glob};
use super::{Discovered, Form, Kind, Lambda, LambdaName, Places, Table, table};
use crate::report::Failure;
use crate::report::code;
use crate::tree::{self, Step, Tree, below};
use crate::words::did_you_mean;

/// The code of a project without lambdas, for which some commands have an answer of their own.
pub(crate) const NO_LAMBDAS: &str = "no-lambdas";

/// The most layers of a function ("Lambda quotas").
const MOST_LAYERS: usize = 5;

/// What is found at paths relative to the root, each with the reason why it can't be packaged, where
/// there is one: what is wrong with one name harms no other lambda.
type Found = BTreeMap<Utf8PathBuf, (Form, Option<Failure>)>;

/// Returns the directories and files that globs match and tables name, sorted by name.
///
/// A glob whose last part ends in `.py` matches files, every other one directories. What has a name
/// that begins with `.` or `_` is left out, with everything in it, but where a table names one.
/// Other files beside the lambdas are ignored.
pub(crate) fn discover(tree: &Tree, places: &Places) -> Result<Discovered, Failure> {
    let naming = Naming::of(places)?;
    let (mut unmatched, mut taken_out) = (Vec::new(), Vec::new());
    let mut lambdas: Vec<Lambda> = Vec::new();
    for kind in [Kind::Function, Kind::Layer] {
        for (path, (form, fault)) in naming.found(kind, tree, &mut unmatched, &mut taken_out)? {
            let name = naming.name_of(kind, &path, form)?;
            let table = places.tables.get(&(kind, name.to_string()));
            let layers = table.map(|table| &table.layers.0[..]).unwrap_or_default();
            let layers = layers.iter().map(LambdaName::new).collect();
            let lambda = Lambda::new(kind, name, &path, form);
            lambdas.push(Lambda { layers, fault: fault.map(Box::new), ..lambda });
        }
    }
    lambdas.sort_by_cached_key(Lambda::path);
    if let Some([function, layer]) =
        lambdas.array_windows().find(|[one, other]| one.path() == other.path())
    {
        return Err(of_two_kinds(function, layer));
    }
    lambdas.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some([one, other]) = lambdas.array_windows().find(|[one, other]| one.name == other.name)
    {
        return Err(one_name_for_two(one, other));
    }
    check_layers(&lambdas, tree, places)?;
    find_inner(&mut lambdas);
    let is_skipped = |lambda: &Lambda| {
        let table = places.tables.get(&(lambda.kind, lambda.name.to_string()));
        table.is_some_and(|table| table.is_skipped)
    };
    let (skipped, lambdas): (Vec<_>, Vec<_>) = lambdas.into_iter().partition(is_skipped);
    if lambdas.is_empty() {
        let skipped = skipped.iter().map(|it| format!("`{}` is skipped", it.name));
        return Err(none_found(&places.globs).said(skipped));
    }
    Ok(Discovered { lambdas, skipped, unmatched, taken_out })
}

/// Returns the lambdas of which git has files and the worktree has nothing, sorted by name: those
/// outside of a sparse checkout, and submodules that are not checked out.
pub(crate) fn absent(tree: &Tree, places: &Places) -> Result<Vec<Lambda>, Failure> {
    let Some(checkout) = tree.checkout() else { return Ok(Vec::new()) };
    let folders = checkout.folders_with_gaps();
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let files = checkout.absent_files(".py").into_iter().map(|path| (path, Form::File));
    let paths: Vec<_> = folders.into_iter().map(|it| (it, Form::Directory)).chain(files).collect();
    let naming = Naming::of(places)?;
    let mut absent: Vec<Lambda> = Vec::new();
    for (path, form) in &paths {
        let is_hidden = path.ancestors().any(is_hidden);
        let is_found = |kind: &Kind| !is_hidden && naming.is_match(*kind, path, *form);
        let by_table = naming.tables.get(&**path).map(|(kind, ..)| *kind);
        let kind = by_table.or_else(|| [Kind::Function, Kind::Layer].into_iter().find(is_found));
        let Some(kind) = kind.filter(|_| tree.kind(path).is_ok_and(|it| it.is_none())) else {
            continue;
        };
        let name = naming.name_of(kind, path, *form)?;
        if !absent.iter().any(|lambda| lambda.name == name) {
            absent.push(Lambda::new(kind, name, path, *form));
        }
    }
    absent.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(absent)
}

/// By what lambdas get their names.
struct Naming<'a> {
    /// In the order of the config, with those that take out.
    globs: Vec<(Kind, Glob, &'a str)>,
    /// The tables that name a path, by that, each with its name.
    tables: BTreeMap<&'a Utf8Path, (Kind, &'a str, &'a Table)>,
}

impl<'a> Naming<'a> {
    fn of(places: &'a Places) -> Result<Self, Failure> {
        let globs = places.globs.iter();
        let globs = globs.map(|(kind, text)| Ok((*kind, Glob::parse(text)?, text.as_str())));
        let mut tables: BTreeMap<&Utf8Path, (Kind, &str, &Table)> = BTreeMap::new();
        for ((kind, name), table) in &places.tables {
            let Some(path) = table.path.as_deref() else { continue };
            let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
            if !is_name || name.chars().any(char::is_control) {
                return Err(Failure::input(
                    code::LAMBDA_NAME,
                    format!("no zip can be called `{name}`"),
                )
                .place(Some(table.place.clone()))
                .hint("name the lambda without slashes, and with no dot in front"));
            }
            if let Some((_, first, _)) = tables.insert(path, (*kind, name, table)) {
                let message =
                    format!("`{first}` and `{name}` have the same path: `{}`", shown(path));
                return Err(Failure::input(code::DUPLICATE_LAMBDA, message)
                    .place(Some(table.place.clone()))
                    .hint("keep one of the two tables"));
            }
        }
        Ok(Self { globs: globs.collect::<Result<_, Failure>>()?, tables })
    }

    /// The globs of a kind that take out, or those that do not, each with its text.
    fn globs(&self, kind: Kind, takes_out: bool) -> impl Iterator<Item = (&Glob, &'a str)> {
        let globs = self.globs.iter().filter(move |it| it.0 == kind && it.1.takes_out == takes_out);
        globs.map(|(_, glob, text)| (glob, *text))
    }

    /// What there is of a kind; globs that match none are `unmatched`, and what they take out is
    /// `taken_out`.
    fn found(
        &self,
        kind: Kind,
        tree: &Tree,
        unmatched: &mut Vec<(Kind, String)>,
        taken_out: &mut Vec<(Lambda, String)>,
    ) -> Result<Found, Failure> {
        let mut all = Found::new();
        for (glob, text) in self.globs(kind, false) {
            let found = matches(tree, glob)?;
            if found.is_empty() {
                unmatched.push((kind, text.to_owned()));
            }
            all.extend(found);
        }
        for (glob, text) in self.globs(kind, true) {
            let out: Vec<_> = all.extract_if(.., |path, _| glob.is_match(path)).collect();
            if out.is_empty() {
                unmatched.push((kind, text.to_owned()));
            }
            for (path, (form, _)) in out {
                // What has no one name can't be named.
                let name = self.name_of(kind, &path, form).ok();
                let lambda = name.map(|name| Lambda::new(kind, name, &path, form));
                taken_out.extend(lambda.map(|lambda| (lambda, text.to_owned())));
            }
        }
        for (path, (of, _, table)) in &self.tables {
            if *of != kind {
                // A table says what it is, whatever globs match.
                all.remove(*path);
            } else if !all.contains_key(*path) {
                let found = named(tree, path, table)?;
                all.extend(found.map(|found| (path.to_path_buf(), found)));
            }
        }
        Ok(all)
    }

    /// Whether globs of a kind match what is at a path.
    fn is_match(&self, kind: Kind, path: &Utf8Path, form: Form) -> bool {
        self.globs(kind, false).any(|(glob, _)| glob.name_of(path, form).is_some())
            && !self.globs(kind, true).any(|(glob, _)| glob.is_match(path))
    }

    /// The name of a lambda by its path: that of its table, else what each glob gives it.
    fn name_of(&self, kind: Kind, path: &Utf8Path, form: Form) -> Result<LambdaName, Failure> {
        if let Some((_, name, _)) = self.tables.get(path) {
            return Ok(LambdaName::new(*name));
        }
        let given = self.globs(kind, false);
        let given = given.filter_map(|(glob, text)| Some((glob.name_of(path, form)?, text)));
        let given: BTreeMap<String, &str> = given.collect();
        let directory = shown(path);
        let advice =
            |name: &str| format!("name it by a table: {}", table_of(kind, name, directory));
        match given.iter().collect::<Vec<_>>()[..] {
            [] => unreachable!("what has no table is what a glob matches"),
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
    let [first, second] = [one, other].map(|lambda| shown(&lambda.path()).to_owned());
    let what = match (one.kind, other.kind) {
        (Kind::Function, Kind::Function) => "two lambdas are",
        (Kind::Layer, Kind::Layer) => "two layers are",
        _ => "a function and a layer are",
    };
    let message = format!("{what} called `{}`: `{first}` and `{second}`", one.name);
    let [first, second] = [one, other].map(|lambda| {
        let path = lambda.path();
        let path = shown(&path);
        table_of(lambda.kind, &long_name(path), path)
    });
    Failure::input(code::DUPLICATE_LAMBDA, message)
        .hint(format!("name each by a table: {first}, and {second}"))
}

/// The failure of one path that globs of functions and globs of layers match.
fn of_two_kinds(function: &Lambda, layer: &Lambda) -> Failure {
    let path = function.path();
    let path = shown(&path);
    let message = format!("`{path}` is a function by `lambdas` and a layer by `layers`");
    let [function, layer] = [function, layer].map(|it| table_of(it.kind, it.name.as_str(), path));
    Failure::input(code::DUPLICATE_LAMBDA, message)
        .hint(format!("say which by a table: {function}, or {layer}"))
}

/// Refuses tables that name layers which Lambda, or nobody, has.
fn check_layers(lambdas: &[Lambda], tree: &Tree, places: &Places) -> Result<(), Failure> {
    let layers = || lambdas.iter().filter(|it| it.kind == Kind::Layer).map(|it| it.name.as_str());
    for ((kind, owner), Table { layers: (names, place), .. }) in &places.tables {
        let refuse = |code, message| Failure::input(code, message).place(Some(place.clone()));
        if *kind == Kind::Layer && !names.is_empty() {
            let message = format!("`{owner}` is a layer, and names layers");
            return Err(refuse("layer-of-layer", message)
                .hint("name all of them in the table of the function, `[lambda.NAME]`"));
        }
        if names.len() > MOST_LAYERS {
            let message = format!(
                "`{owner}` has {} layers, and Lambda takes {MOST_LAYERS} at most",
                names.len()
            );
            return Err(refuse("too-many-layers", message).hint("make one layer of several"));
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let message = format!("`{owner}` has the layer `{name}` twice");
                return Err(refuse("layer-twice", message).hint("name it once"));
            }
            let is_absent = || -> Result<bool, Failure> {
                let absent = absent(tree, places)?;
                Ok(absent.iter().any(|it| it.kind == Kind::Layer && it.name.as_str() == name))
            };
            if layers().any(|known| known == name) || is_absent()? {
                continue;
            }
            let advice = || match layers().next() {
                None => "say where layers are with `layers = [\"layers/*\"]` at the top".to_owned(),
                Some(_) => format!("name one of `{}`", layers().collect::<Vec<_>>().join("`, `")),
            };
            let message = format!("`{owner}` has the layer `{name}`, and there is no such layer");
            return Err(refuse("unknown-layer", message)
                .hint(did_you_mean(name, layers()).unwrap_or_else(advice)));
        }
    }
    Ok(())
}

/// A table that names a path, as one line.
fn table_of(kind: Kind, name: &str, directory: &str) -> String {
    format!("`{}` with `path = \"{directory}\"`", table(kind, name))
}

/// A name of all parts of a path.
fn long_name(directory: &str) -> String {
    match directory {
        "." => "NAME".to_owned(),
        _ => directory.replace('/', "-").replace('.', "_"),
    }
}

/// A path as messages have it.
fn shown(directory: &Utf8Path) -> &str {
    match directory.as_str() {
        "" => ".",
        path => path,
    }
}

fn none_found(globs: &[(Kind, String)]) -> Failure {
    let searched: Vec<String> = globs.iter().map(|(_, glob)| format!("`{glob}`")).collect();
    let searched = match searched[..] {
        [] => "an empty list of directories".to_owned(),
        _ => searched.join(" or "),
    };
    Failure::input(NO_LAMBDAS, format!("no lambda in {searched}")).hint(
        "make a directory for each lambda, or name the project with `--root` and its directories \
         with `lambdas = [\"…\"]` in dofs-package.toml",
    )
}

/// What a table names, with its fault; none where it is not checked out here.
fn named(
    tree: &Tree,
    path: &Utf8Path,
    table: &Table,
) -> Result<Option<(Form, Option<Failure>)>, Failure> {
    let refuse =
        |message: String| Failure::input("no-such-path", message).place(Some(table.place.clone()));
    let path_shown = shown(path);
    let is_module = path.extension() == Some("py");
    let (kind, is_link) = match tree.kind(path)? {
        Some(tree::Kind::Symlink) => (Some(tree.resolve(path)?.1), true),
        kind => (kind, false),
    };
    match kind {
        Some(tree::Kind::Directory) => Ok(Some((Form::Directory, is_link.then(link)))),
        Some(tree::Kind::File { .. }) if is_module => Ok(Some((Form::File, is_link.then(link)))),
        Some(_) => Err(refuse(format!("`{path_shown}` is no directory, and no `.py` file"))
            .hint("name the directory that has the lambda's files, or the one file that it is")),
        None if tree.checkout().is_some_and(|it| !it.absent(path).is_empty()) => Ok(None),
        None => Err(refuse(format!("there is no `{path_shown}`"))
            .hint("name a directory or a `.py` file, relative to the root")),
    }
}

/// Notes the lambdas that lie in others.
fn find_inner(lambdas: &mut [Lambda]) {
    let places = lambdas.iter().map(|it| it.path().to_string()).zip(0..);
    let places: BTreeMap<String, usize> = places.collect();
    for path in places.keys() {
        for above in Utf8Path::new(path).ancestors().skip(1) {
            let Some(&outer) = places.get(above.as_str()) else { continue };
            let inside = path[above.as_str().len()..].trim_start_matches('/');
            lambdas[outer].inner.insert(inside.into());
        }
    }
}

/// Whether a path is left out by its name.
fn is_hidden(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| name.starts_with(['.', '_']))
}

/// What a glob matches.
fn matches(tree: &Tree, glob: &Glob) -> Result<Found, Failure> {
    let mut found = Found::new();
    for alternative in &glob.alternatives {
        add_matches(tree, alternative, &mut found)?;
    }
    Ok(found)
}

fn add_matches(tree: &Tree, glob: &Alternative, found: &mut Found) -> Result<(), Failure> {
    let base = glob.base();
    let Some(tree::Kind::Directory | tree::Kind::Symlink) = tree.kind(&base)? else {
        return Ok(());
    };
    let form = glob.form();
    if glob.is_match(&base) {
        found.insert(base, (Form::Directory, None));
        return Ok(());
    }
    tree.hold(&base)?;
    let mut not_utf8 = Found::new();
    let mut unnamed = |path: &Utf8Path| {
        let full = below(&base, path);
        if form == Form::Directory && !is_hidden(&full) && glob.is_match(&full) {
            not_utf8.insert(full, (form, Some(unfit("that is not UTF-8"))));
        }
    };
    tree.survey_with::<Failure>(&base, &mut unnamed, &mut |path, kind| {
        let full = below(&base, path);
        let is_hidden = is_hidden(&full);
        let is_match = !is_hidden && glob.is_match(&full);
        let fault = |full: &Utf8Path| {
            let is_unfit = full.as_str().chars().any(char::is_control);
            is_unfit.then(|| unfit("with a control character"))
        };
        match kind {
            tree::Kind::Symlink if is_match => {
                let end = tree.resolve(&full)?.1;
                let fits = match form {
                    Form::Directory => end == tree::Kind::Directory,
                    Form::File => matches!(end, tree::Kind::File { .. }),
                };
                found.extend(fits.then(|| (full, (form, Some(link())))));
                Ok(Step::On)
            }
            tree::Kind::Directory if is_hidden => Ok(Step::Past),
            tree::Kind::Directory if is_match && form == Form::Directory => {
                let fault = fault(&full);
                found.insert(full, (form, fault));
                Ok(Step::Past)
            }
            tree::Kind::File { .. } if is_match && form == Form::File => {
                let fault = fault(&full);
                found.insert(full, (form, fault));
                Ok(Step::On)
            }
            tree::Kind::Directory if glob.depth() == Some(full.components().count()) => {
                Ok(Step::Past)
            }
            tree::Kind::Directory
            | tree::Kind::Symlink
            | tree::Kind::File { .. }
            | tree::Kind::Special => Ok(Step::On),
        }
    })?;
    found.append(&mut not_utf8);
    Ok(())
}

/// The failure of a lambda that would be read through a link.
fn link() -> Failure {
    Failure::lambda("lambda-link", "the lambda's directory or file is a symbolic link")
        .hint("put the lambda's files there, or begin the link's name with `_`")
}

/// The failure of a lambda that can't have its name.
fn unfit(what: &str) -> Failure {
    Failure::lambda(code::LAMBDA_NAME, format!("the lambda's directory or file has a name {what}"))
        .hint("rename it")
}
