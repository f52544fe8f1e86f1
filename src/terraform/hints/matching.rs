//! Finds the lambda that each described function is made of, and joins what is said of one.

use std::cell::Cell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::instances::{Finder, Instance, Zip};
use super::modules::Modules;
use super::term::{Evaluator, Manifest};
use super::{Files, Hint, Hints, Note, Told, Untold};
use crate::terraform::Candidate;
use crate::terraform::matching::is_like;
use crate::tree::normal;

/// What files with functions have: the resource, or the call of a module that speaks of lambdas.
fn has_functions(text: &str) -> bool {
    text.contains("aws_lambda_function") || text.contains("module") && text.contains("lambda")
}

/// How many terms are made at most: much more than any project has.
const MOST_TERMS: u32 = 1_000_000;

impl Hints {
    /// Evaluates the files of a project. `read` gives other files of it, for `file(…)`, by paths
    /// relative to its root; `manifest` is the package manifest's, where one is written.
    pub(crate) fn of(
        files: Files,
        candidates: &[Candidate],
        manifest: Option<&Utf8Path>,
        read: &dyn Fn(&Utf8Path) -> Option<String>,
    ) -> Self {
        let Files { texts, mut warnings } = files;
        // Most projects without functions are told by this alone.
        if !texts.values().any(|text| has_functions(text)) {
            return Self { warnings, ..Self::default() };
        }
        let mut notes = Vec::new();
        let modules = Modules::parse(&texts, &mut notes, &mut warnings);
        let manifest = manifest.map(|path| Manifest { path, lambdas: candidates });
        let evaluator = Evaluator { read, manifest, left: Cell::new(MOST_TERMS) };
        let mut finder = Finder {
            modules: &modules,
            evaluator: &evaluator,
            instances: Vec::new(),
            foreign: Vec::new(),
        };
        finder.find();
        let Finder { instances, mut foreign, .. } = finder;
        let mut unmatched = Vec::new();
        let mut by_lambda: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        let mut others = Vec::new();
        for instance in &instances {
            match lambda(instance, candidates) {
                Some(candidate) => by_lambda.entry(&candidate.name).or_default().push(instance),
                None => others.push(instance),
            }
        }
        let others: Vec<(&Instance, Option<&Candidate>)> = others
            .into_iter()
            .map(|instance| (instance, namesake(instance, candidates, &by_lambda)))
            .collect();
        for (instance, namesake) in others {
            match namesake {
                Some(candidate) => by_lambda.entry(&candidate.name).or_default().push(instance),
                None => {
                    let name = &instance.name;
                    let message =
                        format!("`{name}` is of no lambda that can be told from the files");
                    unmatched.push(Note { place: instance.place.clone(), message });
                }
            }
        }
        let join = |(name, instances): (&str, Vec<_>)| (name.to_owned(), join(name, &instances));
        let lambdas = by_lambda.into_iter().map(join).collect();
        unmatched.sort();
        unmatched.dedup();
        notes.sort();
        foreign.sort();
        foreign.dedup();
        let roots = modules.roots().map(Utf8Path::to_owned).collect();
        Self { lambdas, unmatched, foreign, notes, roots, warnings }
    }
}

/// The one lambda that a function is known to be made of: by the path of its zip, by whole segments
/// where only the end of that is known; else by the key of its `for_each`, else by its name.
fn lambda<'a>(instance: &Instance, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let by_path = candidates.iter().filter(|lambda| is_at(&instance.zip, lambda));
    let key = instance.key.as_deref().filter(|_| is_open(&instance.zip));
    let by_key = candidates.iter().filter(|lambda| Some(lambda.name.as_str()) == key);
    let by_key = by_key.filter(|lambda| fits_name(instance, lambda) != Some(false));
    let by_name = candidates.iter().filter(|lambda| fits_name(instance, lambda) == Some(true));
    let one = |mut found: Vec<&'a Candidate>| if found.len() == 1 { found.pop() } else { None };
    one(by_path.collect()).or_else(|| one(by_key.collect())).or_else(|| one(by_name.collect()))
}

/// The lambda that the resource of a function is called after: before the first package manifest is
/// written, a path that comes from it is not known. It says nothing where a function is made of
/// something else, or is called otherwise than its lambda's function, or another one is `known` to
/// be made of that lambda.
fn namesake<'a>(
    instance: &Instance,
    candidates: &'a [Candidate],
    known: &BTreeMap<&str, Vec<&Instance>>,
) -> Option<&'a Candidate> {
    let label = instance.name.rsplit('.').next()?;
    let lambda = candidates.iter().find(|lambda| lambda.name == label)?;
    let is_open = is_open(&instance.zip)
        && instance.key.is_none()
        && fits_name(instance, lambda) != Some(false)
        && !known.contains_key(label);
    is_open.then_some(lambda)
}

/// Whether a function's name is the one in the config, where both are known.
fn fits_name(instance: &Instance, lambda: &Candidate) -> Option<bool> {
    let name = instance.described.function_name.as_ref()?;
    let pattern = lambda.function_name.as_deref()?;
    Some(is_like(&name.value, pattern))
}

/// Whether a zip may be any.
fn is_open(zip: &Zip) -> bool {
    matches!(zip, Zip::Unknown | Zip::Archive(None))
}

/// Whether a function's zip is that of a lambda. The end of a path must have the lambda's directory
/// in it, for many a zip is called `api.zip`; but where all zips go to one folder, the name is all
/// that tells them apart.
fn is_at(zip: &Zip, lambda: &Candidate) -> bool {
    let own = normal(&lambda.zip);
    match zip {
        Zip::At(path) => *path == own,
        Zip::End(end) => {
            let end: Utf8PathBuf = end.components().skip_while(|it| it.as_str() == "..").collect();
            let folder = own.parent().and_then(Utf8Path::file_name);
            let least = if folder == Some(lambda.name.as_str()) { 2 } else { 1 };
            own.ends_with(&end) && end.components().count() >= least
        }
        // Of the same sources, if by other means.
        Zip::Archive(Some(folder)) => own.parent() == Some(folder),
        Zip::None | Zip::Unknown | Zip::Archive(None) => false,
    }
}

/// Joins what functions of one lambda say. Where two say different things, neither counts.
fn join(name: &str, instances: &[&Instance]) -> Hint {
    let mut disputes = BTreeMap::new();
    let mut agreed = |what: &'static str, of: fn(&Instance) -> Option<&Told>| {
        let told: Vec<&Told> = instances.iter().filter_map(|instance| of(instance)).collect();
        let first = *told.first()?;
        match told.iter().find(|other| other.value != first.value) {
            None => Some(first.clone()),
            Some(other) => {
                let message = format!(
                    "the {what} of `{name}` is `{}` here and `{}` at {}: neither is taken",
                    first.value, other.value, other.place
                );
                disputes.insert(what, Note { place: first.place.clone(), message });
                None
            }
        }
    };
    let runtime = agreed("runtime", |instance| instance.described.runtime.as_ref());
    let handler = agreed("handler", |instance| instance.described.handler.as_ref());
    let architecture = agreed("architecture", |instance| instance.described.architecture.as_ref());
    let function_name =
        agreed("function name", |instance| instance.described.function_name.as_ref());
    let mut untold: Vec<Untold> =
        instances.iter().flat_map(|instance| instance.untold.clone()).collect();
    untold.sort();
    untold.dedup();
    let mut notes: Vec<Note> = disputes.values().cloned().collect();
    notes.extend(untold.iter().map(|untold| untold.note.clone()));
    notes.sort();
    Hint {
        runtime,
        handler,
        architecture,
        disputed_runtime: disputes.remove("runtime"),
        disputed_architecture: disputes.remove("architecture"),
        has_layers: instances.iter().any(|instance| instance.described.has_layers),
        function_name,
        functions: instances.iter().map(|instance| instance.described.clone()).collect(),
        untold,
        notes,
    }
}
