//! Settings of lambdas from the project's `*.tf` files, where the config has none.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::Context;
use crate::event::Event;
use crate::lambda::{Architecture, Lambda, Origin, PythonVersion, Settled};
use crate::pipeline::{Doubts, Job};
use crate::report::Warning;
use crate::terraform::{self, Candidate, Files, Folders, Function, Note, Value};
use crate::tree;
use crate::verify::Gaps;

/// The values that are needed from the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The targets, where they are not set.
    Targets,
    /// All functions.
    All,
}

/// The functions in the files, whatever the config says.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// The functions of each lambda that has some, by its name.
    pub(super) functions: BTreeMap<String, Vec<Function>>,
    pub(super) gaps: Gaps,
}

/// Reads and evaluates the files, finds the lambda of each function, and warns of files that are
/// not read. Values of jobs that are not set are filled in. `all` are the lambdas of the project,
/// and `candidates` the same for matching functions; a candidate without a function name in the
/// config gets the one in the files.
pub(super) fn fill_in(
    jobs: &mut [Job],
    candidates: &mut [Candidate],
    all: &[Lambda],
    context: &Context<'_>,
) -> Result<Declared, tree::Error> {
    let Context { settings, reporter, .. } = *context;
    let manifest = settings.configured_manifest.as_deref().or(settings.manifest.as_deref());
    let manifest = manifest.map(|path| settings.shown(path));
    let manifest = manifest.as_deref().map(Utf8Path::new);
    let project = terraform::Project {
        lambdas: all,
        manifest,
        roots: None,
        environment: context.environment,
    };
    let files = terraform::read_files(&settings.tree, &project)?;
    let Files { functions, foreign, mut notes, mut roots, warnings } = files;
    for warning in &warnings {
        reporter.warn(warning);
    }
    let folders = Folders { directory: None, roots: &[], project: &settings.project };
    let (functions, unmatched) = terraform::by_lambda(&functions, candidates, folders);
    let known = functions.iter();
    let known = known.map(|(name, own)| (name.as_str(), (own, terraform::join(name, own))));
    let known: BTreeMap<_, _> = known.collect();
    for candidate in candidates.iter_mut().filter(|candidate| candidate.function_name.is_none()) {
        let name = known.get(&*candidate.name).and_then(|(_, joined)| joined.name.known());
        candidate.function_name = name.map(str::to_owned);
    }
    // Gaps that are not of a selected lambda are notes, too.
    notes.extend(unmatched.iter().chain(&foreign).cloned());
    for job in jobs {
        let Some((own, joined)) = known.get(job.lambda.name.as_str()) else { continue };
        job.imports.outside.has_layers = own.iter().any(|function| function.has_layers);
        // What the config says is called is called, whatever Terraform says.
        if job.handler.is_none() {
            let is_unknown = |function: &Function| function.handler.unknown().is_some();
            job.imports.outside.has_handlers = own.iter().any(is_unknown);
            let handlers = own.iter().filter_map(|function| function.handler.known());
            job.imports.handlers.extend(handlers.map(str::to_owned));
        }
        settle(job, joined, context);
        let unknown = own.iter().chain([joined]).flat_map(Function::unknown);
        notes.extend(unknown.map(|(note, _)| note.clone()));
    }
    notes.sort();
    notes.dedup();
    for note in &notes {
        reporter.report(&Event::Noted(&note.to_string()));
    }
    // The folder of the package manifest is where Terraform runs as often as not.
    let manifest = settings.manifest.as_deref().map(|path| settings.shown(path));
    roots.extend(manifest.and_then(|path| Some(Utf8Path::new(&path).parent()?.to_owned())));
    let gaps = Gaps { functions: unmatched, modules: foreign, roots, warnings };
    Ok(Declared { functions, gaps })
}

/// A known value, with Terraform as its origin.
fn settled(value: &Value) -> Option<Settled<String>> {
    let origin = value.place().map(ToString::to_string).unwrap_or_default();
    let value = value.known()?.to_owned();
    Some(Settled { value, origin: Origin::Terraform(origin) })
}

/// Settles target, handler and function name of a job where they are not set; `joined` are its
/// functions as one. Where a part of the target has to be guessed, the job gets a warning, which is
/// shown only if the package depends on it.
fn settle(job: &mut Job, joined: &Function, context: &Context<'_>) {
    job.handler = job.handler.take().or_else(|| settled(&joined.handler));
    job.function_name = job.function_name.take().or_else(|| settled(&joined.name));
    if let (None, Some(runtime)) = (&job.python, settled(&joined.runtime)) {
        match runtime.value.strip_prefix("python").and_then(|text| text.parse().ok()) {
            Some(value) => job.python = Some(Settled { value, origin: runtime.origin }),
            None => context.reporter.report(&Event::Warned {
                lambda: Some(job.lambda.name.as_str()),
                warning: &no_runtime(&runtime.value).place(joined.runtime.place().cloned()),
            }),
        }
    }
    if let (Origin::Default, Some(architecture)) =
        (&job.architecture.origin, settled(&joined.architecture))
        && let Ok(value) = architecture.value.parse::<Architecture>()
    {
        job.architecture = Settled { value, origin: architecture.origin };
    }
    job.doubts = Doubts {
        python: joined.runtime.unknown().map(|note| disputed(note, "python", job)),
        architecture: match &joined.architecture {
            Value::Unknown(note) => {
                let warning = disputed(note, "architecture", job);
                let message = format!("{}, but {}", warning.message, job.architecture.value);
                Some(Warning { message, ..warning })
            }
            Value::Absent => Some(unknown_architecture(job)),
            Value::Known { .. } => None,
        },
    };
}

/// The warning for a value that functions of one zip have differently.
fn disputed(note: &Note, key: &str, job: &Job) -> Warning {
    let name = &job.lambda.name;
    Warning::new("disputed-target", note.message.clone())
        .place(note.place.clone())
        .hint(format!("set `{key}` in `[lambda.{name}]` of dofs-package.toml"))
}

/// The warning for an architecture that has to be guessed.
fn unknown_architecture(job: &Job) -> Warning {
    let message = format!(
        "the `*.tf` files do not tell the one architecture of its functions: {} is taken",
        job.architecture.value
    );
    Warning::new("terraform-architecture", message).hint("set `architecture` in the config")
}

/// The warning for a runtime that this tool does not package for.
fn no_runtime(runtime: &str) -> Warning {
    let minor = runtime.strip_prefix("python3.").and_then(|minor| minor.parse::<u8>().ok());
    let message = match minor {
        Some(minor) if minor < PythonVersion::OLDEST.minor => format!(
            "`{runtime}` is older than python{}, the oldest Python that requirements are packaged \
             for",
            PythonVersion::OLDEST
        ),
        _ => format!("`{runtime}` is no Python runtime that is known here"),
    };
    Warning::new("terraform-runtime", message)
}
