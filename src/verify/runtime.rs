//! Compares what functions run on with the targets of their packages.

use std::collections::BTreeSet;

use super::{Disk, Facts, Findings, Package};
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::Function;

/// Compares what the functions of a state or plan, of Lambda and of the `*.tf` files run on.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    // A container image, which Lambda may have, has no runtime.
    let deployed = facts.functions_of_lambda().filter(|(_, it)| it.runtime.known().is_some());
    for (package, function) in facts.functions_of_state().chain(deployed) {
        let check = check_function(function, package);
        let address = Some(function.address.clone());
        findings.checks.extend(check.map(|check| Check { address, ..check }));
    }
    if facts.disk == Disk::ManifestAndZips {
        findings.checks.extend(facts.packages.iter().flat_map(declared));
    }
}

/// Those that the `*.tf` files say, once where several say the same.
fn declared(package: &Package) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let functions = package.functions.iter().filter(|function| function.archived.is_none());
    let found = functions.filter_map(|it| Some((it, check_function(it, package)?)));
    let found: Vec<(&Function, Check)> = found.collect();
    let roots: BTreeSet<_> = package.functions.iter().map(|function| &function.root).collect();
    let of = |wanted: CheckStatus| -> BTreeSet<_> {
        let all = found.iter().filter(|(_, check)| check.status == wanted);
        all.map(|(function, _)| &function.root).collect()
    };
    // Where roots disagree, somebody has chosen one of them.
    let is_chosen = !of(CheckStatus::Ok).is_subset(&of(CheckStatus::Differs));
    for (function, mut check) in found {
        // One line of a module says something else for each root that calls it.
        let root = function.root.as_deref().filter(|_| roots.len() > 1);
        let root = root.map(|root| if root == "" { "." } else { root.as_str() });
        if let Some(root) = root.filter(|_| is_chosen && check.status == CheckStatus::Differs) {
            check.status = CheckStatus::Warning;
            check.message += &format!(
                ", which is that of another root: if `{root}` is not deployed, leave it out of \
                 `terraform` in the config"
            );
        }
        let is_same =
            |other: &Check| (&other.actual, other.status) == (&check.actual, check.status);
        if !checks.iter().any(is_same) {
            let place = function.runtime.place().or(function.architecture.place());
            let root = root.map(|root| format!(" ({root})")).unwrap_or_default();
            let address = place.map(|place| format!("{place}{root}"));
            checks.push(Check { address, ..check });
        }
    }
    checks
}

/// What a package is for, or a function runs on.
fn on(runtime: Option<&str>, architecture: Option<&str>) -> Option<String> {
    match (runtime, architecture) {
        (Some(runtime), Some(architecture)) => Some(format!("{runtime} on {architecture}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// Compares what a function runs on with the target of a package, as far as both are known. None
/// where neither runtime nor architecture is known of both.
fn check_function(function: &Function, package: &Package) -> Option<Check> {
    // What runs on no Python may bring one.
    let runtime = function.runtime.known().filter(|_| !function.is_other());
    let architecture = function.architecture.known();
    let python = package.python.map(|python| format!("python{python}"));
    let ours = package.architecture.map(|architecture| architecture.to_string());
    let ours = ours.filter(|_| architecture.is_some());
    let architecture = architecture.filter(|_| ours.is_some());
    let fits_runtime = match (&python, runtime) {
        (_, None) => true,
        (Some(python), Some(runtime)) => python == runtime,
        (None, Some(runtime)) => runtime.starts_with("python3."),
    };
    let fits_architecture = ours.as_deref() == architecture;
    let wants = runtime.map(|_| python.as_deref().unwrap_or("any Python"));
    let wants = on(wants, ours.as_deref())?;
    let runs = on(runtime, architecture)?;
    let (status, message) = match fits_runtime && fits_architecture {
        true => (CheckStatus::Ok, format!("it runs on {runs}")),
        false => {
            (CheckStatus::Differs, format!("it runs on {runs}, and the package is for {wants}"))
        }
    };
    let check = package.check(Subject::Runtime, status, message);
    Some(Check { expected: Some(wants), actual: Some(runs), ..check })
}
