//! What Lambda calls in a package, and what it runs it on.

use super::deployed::Called;
use super::state;
use super::subject::{Packaged, Packages};
use crate::checks::{Date, Layers, check_handler, runtime_age};
use crate::report::{Check, Subject, Warning};
use crate::terraform::{self, Match, Ours, Told};

/// Checks the handlers and runtimes that the config and the project's `*.tf` files name.
pub(super) fn declared(packages: &Packages) -> Vec<Check> {
    let checks = packages.packages.iter().flat_map(|packaged| {
        let known = &packaged.known;
        let layers = if known.hint.has_layers { Layers::Some } else { Layers::None };
        let handler = known.handler.as_ref();
        let handler = handler.map(|said| {
            let address = said.origin.to_string();
            check(packaged, &said.value, layers, address)
        });
        handler.into_iter().chain(declared_runtime(packaged))
    });
    checks.collect()
}

/// Checks the handlers of a state or plan.
pub(super) fn of_state(packages: &Packages, matches: &[Match<'_>]) -> Vec<Check> {
    let of = |found: &Match<'_>| {
        let packaged = packages.named(found.lambda.as_deref().ok()?)?;
        let handler = found.function.handler.known()?;
        let layers = if found.function.has_layers { Layers::Some } else { Layers::None };
        Some(check(packaged, handler, layers, found.function.address.clone()))
    };
    matches.iter().filter_map(of).collect()
}

/// Checks the handlers that Lambda has.
pub(super) fn of_lambda(packages: &Packages, called: &[Called]) -> Vec<Check> {
    let of = |called: &Called| {
        let packaged = packages.named(&called.lambda)?;
        let layers = if called.has_layers { Layers::Some } else { Layers::None };
        Some(check(packaged, &called.handler, layers, called.function.clone()))
    };
    called.iter().filter_map(of).collect()
}

fn check(packaged: &Packaged, handler: &str, layers: Layers, address: String) -> Check {
    let paths: Vec<&str> = packaged.entries.iter().map(String::as_str).collect();
    let found = check_handler(handler, &paths, layers);
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

/// What Terraform's files say the function runs on, against what the package is for.
fn declared_runtime(packaged: &Packaged) -> Option<Check> {
    let hint = &packaged.known.hint;
    let (runtime, architecture) = (hint.runtime.as_ref()?, hint.architecture.as_ref());
    let ours = state::ours(packaged);
    // What can't be told from the files is not said to be as it should be.
    let ours = Ours { architecture: ours.architecture.filter(|_| architecture.is_some()), ..ours };
    let own = packaged.architecture.to_string();
    let architecture = architecture.map_or(own.as_str(), |told: &Told| told.value.as_str());
    let check = terraform::check_target(&runtime.value, architecture, &ours);
    Some(Check { address: Some(runtime.place.to_string()), ..check })
}

/// Warns of runtimes that AWS gives up, each once, with the lambdas that are for it.
pub(super) fn old_runtimes(packages: &Packages, today: Date) -> Vec<Warning> {
    let runtime = |packaged: &Packaged| {
        let python = packaged.python.map(|python| format!("python{python}"));
        python.or_else(|| Some(packaged.known.hint.runtime.as_ref()?.value.clone()))
    };
    let mut runtimes: Vec<String> = packages.packages.iter().filter_map(runtime).collect();
    runtimes.sort();
    runtimes.dedup();
    runtimes.iter().filter_map(|runtime| runtime_age(runtime, today)).collect()
}
