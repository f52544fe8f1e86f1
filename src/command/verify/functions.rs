//! What Lambda calls in a package, and what it runs it on.

use super::super::hints::Untold;
use super::deployed::Called;
use super::state;
use super::subject::{Known, Packaged, Packages};
use crate::checks::{Date, Layers, check_handler, missing_function, runtime_age};
use crate::lambda::{Origin, Settled};
use crate::report::{Check, CheckStatus, Subject, Warning};
use crate::terraform::{self, Described, Match, Note, Told, Value};
use crate::tree::Tree;

/// The code of warnings of what was not checked.
const UNCHECKED: &str = "unchecked-function";

/// Checks the handlers and runtimes that the config and the project's `*.tf` files name: those of
/// each function, where several are made of one lambda and differ.
pub(super) fn declared(packages: &Packages, tree: &Tree) -> Vec<Check> {
    let of =
        |packaged| declared_handlers(packaged, tree).into_iter().chain(declared_runtimes(packaged));
    packages.packages.iter().flat_map(of).collect()
}

fn declared_handlers(packaged: &Packaged, tree: &Tree) -> Vec<Check> {
    let Known { handler, hint, .. } = &packaged.known;
    let layers = |has_layers| if has_layers { Layers::Some } else { Layers::None };
    let configured = handler.iter().filter(|said| !is_of_terraform(said));
    let configured = configured
        .map(|said| (said.value.as_str(), layers(hint.has_layers), said.origin.to_string()));
    let functions = made_of(packaged).filter_map(|function| {
        let told = function.handler.as_ref()?;
        Some((told.value.as_str(), layers(function.has_layers), told.place.to_string()))
    });
    let mut distinct: Vec<(&str, Layers, String)> = Vec::new();
    for (handler, layers, address) in configured.chain(functions) {
        if !distinct.iter().any(|other| (other.0, other.1) == (handler, layers)) {
            distinct.push((handler, layers, address));
        }
    }
    let check = |(handler, layers, address)| check(packaged, tree, handler, layers, address);
    distinct.into_iter().map(check).collect()
}

/// The functions that are made of a package, as far as the `*.tf` files tell.
fn made_of(packaged: &Packaged) -> impl Iterator<Item = &Described> {
    packaged.known.hint.functions.iter().filter(|function| function.archived.is_none())
}

/// Whether it is the `*.tf` files that say it.
pub(super) fn is_of_terraform(said: &Settled<String>) -> bool {
    matches!(said.origin, Origin::Terraform(_))
}

/// Checks the handlers of a state or plan.
pub(super) fn of_state(packages: &Packages, matches: &[Match<'_>], tree: &Tree) -> Vec<Check> {
    let of = |found: &Match<'_>| {
        let packaged = packages.named(found.lambda.as_deref().ok()?)?;
        let handler = found.function.handler.known().filter(|_| found.function.stays())?;
        let layers = if found.function.has_layers { Layers::Some } else { Layers::None };
        Some(check(packaged, tree, handler, layers, found.function.address.clone()))
    };
    matches.iter().filter_map(of).collect()
}

/// Warns of functions that Lambda was not asked for, for nobody can tell what it calls them, though
/// it was asked for others of the lambda.
pub(super) fn unasked(packages: &Packages) -> Vec<(Option<String>, Warning)> {
    let of = |packaged: &Packaged| {
        let known = &packaged.known;
        let is_named = known.function_name.as_ref().is_some_and(|said| !is_of_terraform(said));
        let has_name = |function: &Described| function.function_name.is_some();
        let is_asked = !is_named && known.hint.functions.iter().any(has_name);
        let untold = known.hint.untold.iter();
        let names = untold.filter(|untold| is_asked && untold.attribute == "function_name");
        let name = known.name.clone();
        let warning = |note: &Note| {
            let hint = format!("set `function-name` in `[lambda.{name}]`, or give the state, too");
            Warning { hint: Some(hint), ..unchecked_attribute(note) }
        };
        names.map(|untold| (Some(name.clone()), warning(&untold.note))).collect::<Vec<_>>()
    };
    packages.packages.iter().flat_map(of).collect()
}

/// Warns of functions of a plan whose handler or runtime only the apply tells.
pub(super) fn unknown_in_plan(
    packages: &Packages,
    matches: &[Match<'_>],
) -> Vec<(Option<String>, Warning)> {
    let of = |found: &Match<'_>| {
        let function = found.function;
        let name = &packages.named(found.lambda.as_deref().ok()?)?.known.name;
        let attributes = [("handler", &function.handler), ("runtime", &function.runtime)];
        let unknown = attributes.into_iter().find(|(_, value)| **value == Value::Unknown);
        let (attribute, _) = unknown.filter(|_| function.stays())?;
        let address = &function.address;
        let message =
            format!("only the apply tells the `{attribute}` of `{address}`, so it is not checked");
        let hint = Some("verify the state after the apply".to_owned());
        let warning = Warning { code: UNCHECKED, message, place: None, hint };
        Some((Some(name.clone()), warning))
    };
    matches.iter().filter_map(of).collect()
}

/// Checks the handlers that Lambda has.
pub(super) fn of_lambda(packages: &Packages, called: &[Called], tree: &Tree) -> Vec<Check> {
    let of = |called: &Called| {
        let packaged = packages.named(&called.lambda)?;
        let layers = if called.has_layers { Layers::Some } else { Layers::None };
        Some(check(packaged, tree, &called.handler, layers, called.function.clone()))
    };
    called.iter().filter_map(of).collect()
}

fn check(
    packaged: &Packaged,
    tree: &Tree,
    handler: &str,
    layers: Layers,
    address: String,
) -> Check {
    let paths: Vec<&str> = packaged.entries.iter().map(String::as_str).collect();
    let mut found = check_handler(handler, &paths, layers);
    if found.status == CheckStatus::Ok
        && let Some(path) = &found.actual
        && let Some(text) = own_text(packaged, path, tree)
        && let Some(message) = missing_function(handler, path, &text)
    {
        (found.status, found.message) = (CheckStatus::Differs, message);
    }
    Check {
        name: packaged.known.name.clone(),
        subject: Subject::Handler,
        status: found.status,
        expected: found.expected,
        actual: found.actual,
        address: Some(address),
        message: found.message,
    }
}

/// The text of a module of the lambda's own.
fn own_text(packaged: &Packaged, path: &str, tree: &Tree) -> Option<String> {
    let path = packaged.directory.join(path);
    if path.extension() != Some("py") || !packaged.own.contains(&path) {
        return None;
    }
    // It was packaged a moment ago; who removes it since will hear of it at the next run.
    tree.read(&path).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// What Terraform's files say the functions run on, against what the package is for.
fn declared_runtimes(packaged: &Packaged) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for function in made_of(packaged) {
        let Some(check) = declared_runtime(packaged, function) else { continue };
        if !checks
            .iter()
            .any(|other| (&other.actual, other.status) == (&check.actual, check.status))
        {
            checks.push(check);
        }
    }
    checks
}

fn declared_runtime(packaged: &Packaged, function: &Described) -> Option<Check> {
    let (runtime, architecture) = (function.runtime.as_ref(), function.architecture.as_ref());
    let value = |told: Option<&'_ Told>| told.map(|told| told.value.clone());
    let (its, on) = (value(runtime), value(architecture));
    let check = terraform::check_target(its.as_deref(), on.as_deref(), &state::ours(packaged))?;
    let place = runtime.or(architecture).map(|told| told.place.to_string());
    Some(Check { address: place, ..check })
}

/// Warns of what the `*.tf` files say of handlers and runtimes and nobody can tell from them: a
/// check that was not made must not look like one that went well.
pub(super) fn unchecked(packages: &Packages) -> Vec<(Option<String>, Warning)> {
    let mut warnings = Vec::new();
    for packaged in &packages.packages {
        let known = &packaged.known;
        let is_checked = |attribute: &str| {
            let has_own = known.handler.as_ref().is_some_and(|said| !is_of_terraform(said));
            attribute == "function_name" || attribute == "handler" && has_own
        };
        let untold = known.hint.untold.iter().filter(|untold| !is_checked(untold.attribute));
        warnings.extend(untold.map(|untold| (None, unchecked_attribute(&untold.note))));
        let archived = known.hint.functions.iter().filter_map(|it| it.archived.as_ref());
        warnings.extend(archived.map(|note| (Some(known.name.clone()), archive(known, note))));
        if known.hint.functions.is_empty() && packages.untold.may_have_functions() {
            let name = known.name.clone();
            let warning = unchecked_lambda(known, &packages.untold);
            warnings.push((Some(name), warning));
        }
    }
    // Functions of one module are of several lambdas, and are told of once.
    let mut told: Vec<(Option<String>, Warning)> = Vec::new();
    for warning in warnings {
        if !told.contains(&warning) {
            told.push(warning);
        }
    }
    told
}

fn unchecked_attribute(note: &Note) -> Warning {
    Warning {
        code: UNCHECKED,
        message: format!("{}; so it is not checked", note.message),
        place: Some(note.place.clone()),
        hint: Some("verify a state or a plan, which has it: `--state FILE`".to_owned()),
    }
}

/// A function that is deployed from another zip than the package: one without requirements, which
/// no build of the package changes.
fn archive(known: &Known, note: &Note) -> Warning {
    let name = &known.name;
    Warning {
        code: "terraform-archive",
        message: format!("{}, and not of this package; so it is not checked", note.message),
        place: Some(note.place.clone()),
        hint: Some(format!(
            "set its `filename` and `source_code_hash` to those of `{name}` in the package manifest"
        )),
    }
}

fn unchecked_lambda(known: &Known, untold: &Untold) -> Warning {
    let what = match known.handler {
        Some(_) => "its runtime is not checked",
        None => "neither handler nor runtime is checked",
    };
    let hint = match (untold.functions.first(), untold.modules.first()) {
        // Whatever it says may be of any.
        _ if let Some((_, place)) = untold.broken() => format!("mend `{}`", place.path),
        (Some(Note { place, .. }), _) => format!(
            "set `function-name` in `[lambda.{}]`, if it is the function of {place}",
            known.name
        ),
        (None, Some(Note { place, .. })) => {
            format!("verify a state or a plan, if it is of the module of {place}: `--state FILE`")
        }
        (None, None) => {
            "verify a state or a plan, which has all functions: `--state FILE`".to_owned()
        }
    };
    Warning {
        code: UNCHECKED,
        message: format!("no function of the `*.tf` files is known to be made of it, so {what}"),
        place: None,
        hint: Some(hint),
    }
}

/// Warns of runtimes that AWS gives up, each once, with the lambdas that are for it.
pub(super) fn old_runtimes(
    packages: &Packages,
    matches: &[Match<'_>],
    today: Date,
) -> Vec<Warning> {
    let of = |packaged: &Packaged| {
        let python = packaged.python.map(|python| format!("python{python}"));
        let functions = packaged.known.hint.functions.iter();
        let functions =
            functions.filter_map(|function| Some(function.runtime.as_ref()?.value.clone()));
        python.into_iter().chain(functions).collect::<Vec<_>>()
    };
    let mut runtimes: Vec<String> = packages.packages.iter().flat_map(of).collect();
    let is_ours = |found: &&Match<'_>| {
        let lambda = found.lambda.as_deref().ok();
        found.function.stays() && lambda.is_some_and(|name| packages.named(name).is_some())
    };
    let functions = matches.iter().filter(is_ours);
    runtimes.extend(functions.filter_map(|found| Some(found.function.runtime.known()?.to_owned())));
    runtimes.sort();
    runtimes.dedup();
    runtimes.iter().filter_map(|runtime| runtime_age(runtime, today)).collect()
}
