//! Finds the lambda that each described function is made of, and joins what is said of one.

use std::cell::Cell;
use std::collections::BTreeMap;

use camino::Utf8Path;

use super::instances::{Finder, Instance};
use super::modules::Modules;
use super::term::{Evaluator, Manifest};
use super::{Files, Hint, Hints, Note, Told, Untold};
use crate::terraform::Candidate;
use crate::terraform::matching::is_like;
use crate::tree::normal;

/// What files with functions have: the resource, or the one module from elsewhere that most who
/// have none of their own take for it.
const FUNCTIONS: [&str; 2] = ["aws_lambda_function", "terraform-aws-modules/lambda"];
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
        let has_functions = |text: &String| FUNCTIONS.iter().any(|word| text.contains(word));
        if !texts.values().any(has_functions) {
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
        for instance in &instances {
            match lambda(instance, candidates) {
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
        Self { lambdas, unmatched, foreign, notes, warnings }
    }
}

/// The one lambda that a function is made of: by the path of its zip, else by the zip's name (the
/// files are a hint, and the zip may come from another folder yet), else by the key of its
/// `for_each`, else by its name, else by that of its resource: before the first package manifest is
/// written, a path that comes from it is not known.
fn lambda<'a>(instance: &Instance, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let zip = instance.zip.as_deref();
    let exact = candidates.iter().filter(|lambda| Some(&*normal(&lambda.zip)) == zip);
    let file_name = zip.and_then(Utf8Path::file_name);
    let like = |lambda: &&Candidate| file_name.is_some() && lambda.zip.file_name() == file_name;
    let key = instance.key.as_deref().filter(|_| zip.is_none());
    let by_key = candidates.iter().filter(|lambda| Some(lambda.name.as_str()) == key);
    let name = instance.described.function_name.as_ref();
    let by_name = candidates.iter().filter(|lambda| {
        let pattern = lambda.function_name.as_deref();
        pattern.zip(name).is_some_and(|(pattern, name)| is_like(&name.value, pattern))
    });
    let label = instance.name.rsplit('.').next().filter(|_| zip.is_none() && key.is_none());
    let by_label = candidates.iter().filter(|lambda| Some(lambda.name.as_str()) == label);
    let one = |mut found: Vec<&'a Candidate>| if found.len() == 1 { found.pop() } else { None };
    one(exact.collect())
        .or_else(|| one(candidates.iter().filter(like).collect()))
        .or_else(|| one(by_key.collect()))
        .or_else(|| one(by_name.collect()))
        .or_else(|| one(by_label.collect()))
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
