//! What the project's `*.tf` files say of its lambdas, where the config is silent.

use std::cell::OnceCell;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::select::Selected;
use crate::event::Event;
use crate::lambda::{Architecture, Lambda, Origin, PythonVersion, Settled};
use crate::pipeline::Doubts;
use crate::report::{Place, Warning};
use crate::terraform::{self, Candidate, Hint, Hints, Note, Told};
use crate::tree;

/// What is wanted of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What packages are for, as far as nobody else says it.
    Targets,
    /// All that they say.
    All,
}

/// What the files do not tell of any lambda; who runs the command has heard of it.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// Functions that are of no lambda that can be told.
    pub(super) functions: Vec<Note>,
    /// Modules from elsewhere that make functions.
    pub(super) modules: Vec<Note>,
    /// The folders that Terraform may run in.
    pub(super) roots: Vec<Utf8PathBuf>,
    /// Files that are left alone.
    pub(super) warnings: Vec<Warning>,
}

impl Untold {
    /// The first file that can't be read, if there is one; of a folder that can't be listed, nobody
    /// knows whether it has any.
    pub(super) fn broken(&self) -> Option<(&Warning, &Place)> {
        let mut broken = self.warnings.iter().filter(|it| it.code == terraform::BROKEN);
        broken.find_map(|warning| Some((warning, warning.place.as_ref()?)))
    }

    /// Whether a lambda that no function is known to be made of may have one.
    pub(super) fn may_have_functions(&self) -> bool {
        !self.functions.is_empty() || !self.modules.is_empty() || !self.warnings.is_empty()
    }
}

/// Fills in what nobody else says, and keeps what was said beside it. `all` are the lambdas of the
/// project, and `candidates` how functions are matched with them.
///
/// # Errors
///
/// What git says of a revision.
pub(super) fn apply(
    selected: &mut [Selected],
    candidates: &mut [Candidate],
    all: &[Lambda],
    wanted: Wanted,
    context: &Context<'_>,
) -> Result<Untold, tree::Error> {
    let is_open =
        |one: &Selected| one.job.python.is_none() || one.job.architecture.origin == Origin::Default;
    if wanted == Wanted::Targets && !selected.iter().any(is_open) {
        return Ok(Untold::default());
    }
    let mut hints = read(candidates, all, context)?;
    for candidate in candidates {
        let hint = hints.lambdas.get(&candidate.name);
        let name = hint.and_then(|hint| hint.function_name.as_ref());
        candidate.function_name =
            candidate.function_name.take().or_else(|| name.map(|told| told.value.clone()));
    }
    let of_none = hints.unmatched.iter().chain(&hints.foreign).chain(&hints.notes);
    let mut notes: Vec<Note> = of_none.cloned().collect();
    for one in selected {
        let Some(hint) = hints.lambdas.remove(one.job.lambda.name.as_str()) else { continue };
        fill_in(one, &hint, context);
        notes.extend(hint.notes.iter().cloned());
        one.hint = hint;
    }
    notes.sort();
    notes.dedup();
    for note in &notes {
        let note = format!("{}: {}", note.place, note.message);
        context.reporter.report(&Event::Noted { note: &note });
    }
    let modules = hints.foreign;
    let Hints { unmatched: functions, mut roots, warnings, .. } = hints;
    roots.extend(manifest_folder(context));
    Ok(Untold { functions, modules, roots, warnings })
}

/// The folder of the package manifest, which is where Terraform runs as often as not.
fn manifest_folder(context: &Context<'_>) -> Option<Utf8PathBuf> {
    let path = context.settings.shown(context.settings.manifest.as_deref()?);
    Utf8Path::new(&path).parent().map(Utf8Path::to_owned)
}

/// Reads and evaluates the files, and tells of those that are left alone.
fn read(
    candidates: &[Candidate],
    all: &[Lambda],
    context: &Context<'_>,
) -> Result<Hints, tree::Error> {
    let tree = &context.settings.tree;
    let files = terraform::read_files(tree, all)?;
    let manifest = context.settings.configured_manifest.as_deref();
    let manifest = manifest.or(context.settings.manifest.as_deref());
    let manifest = manifest.map(|path| context.settings.shown(path));
    let manifest = manifest.as_deref().map(Utf8Path::new);
    let refused = OnceCell::new();
    let hints = Hints::of(files, candidates, manifest, &|path| match tree.read(path) {
        Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
        Err(error) => {
            // What can't be read is not known, and the first reason will do.
            drop(refused.set(error));
            None
        }
    });
    // Of what the disk does not give, Terraform will say why.
    if let Some(error) = refused.into_inner().filter(tree::Error::is_of_git) {
        return Err(error);
    }
    for warning in &hints.warnings {
        context.reporter.report(&Event::Warned { lambda: None, warning });
    }
    Ok(hints)
}

fn fill_in(one: &mut Selected, hint: &Hint, context: &Context<'_>) {
    let origin = |told: &Told| Origin::Terraform(told.place.to_string());
    let settled = |told: &Told| Settled { value: told.value.clone(), origin: origin(told) };
    if let (None, Some(told)) = (&one.job.python, &hint.runtime) {
        match told.value.strip_prefix("python").and_then(|text| text.parse().ok()) {
            Some(value) => one.job.python = Some(Settled { value, origin: origin(told) }),
            None => context.reporter.report(&Event::Warned {
                lambda: Some(one.job.lambda.name.as_str()),
                warning: &no_runtime(told),
            }),
        }
    }
    if let (Origin::Default, Some(told)) = (&one.job.architecture.origin, &hint.architecture)
        && let Ok(value) = told.value.parse::<Architecture>()
    {
        one.job.architecture = Settled { value, origin: origin(told) };
    }
    one.job.doubts = Doubts {
        python: hint.disputed_runtime.as_ref().map(|note| disputed(note, "python", one)),
        architecture: match &hint.disputed_architecture {
            Some(note) => {
                let warning = disputed(note, "architecture", one);
                let message = format!("{}, but {}", warning.message, one.job.architecture.value);
                Some(Warning { message, ..warning })
            }
            None => unknown_architecture(one, hint),
        },
    };
    one.handler = one.handler.take().or_else(|| hint.handler.as_ref().map(settled));
    one.function_name =
        one.function_name.take().or_else(|| hint.function_name.as_ref().map(settled));
}

/// What functions of one zip say in two ways; it is told where the package hangs on it.
fn disputed(note: &Note, key: &str, one: &Selected) -> Warning {
    let name = &one.job.lambda.name;
    Warning {
        code: "disputed-target",
        message: note.message.clone(),
        place: Some(note.place.clone()),
        hint: Some(format!("set `{key}` in `[lambda.{name}]` of dofs-package.toml")),
    }
}

/// An architecture that has to be guessed; it is told where the package hangs on it.
fn unknown_architecture(one: &Selected, hint: &Hint) -> Option<Warning> {
    let is_unknown = !hint.functions.is_empty() && hint.architecture.is_none();
    is_unknown.then(|| Warning {
        code: "terraform-architecture",
        message: format!(
            "the `*.tf` files do not tell the one architecture of its functions: {} is taken",
            one.job.architecture.value
        ),
        place: None,
        hint: Some("set `architecture` in the config".to_owned()),
    })
}

/// A runtime that is none of the Pythons that are packaged for.
fn no_runtime(told: &Told) -> Warning {
    let runtime = &told.value;
    let minor = runtime.strip_prefix("python3.").and_then(|minor| minor.parse::<u8>().ok());
    let message = match minor {
        Some(minor) if minor < PythonVersion::OLDEST.minor => format!(
            "`{runtime}` is older than python{}, the oldest Python that requirements are packaged \
             for",
            PythonVersion::OLDEST
        ),
        _ => format!("`{runtime}` is no Python runtime that is known here"),
    };
    let place = Some(told.place.clone());
    Warning { code: "terraform-runtime", message, place, hint: None }
}
