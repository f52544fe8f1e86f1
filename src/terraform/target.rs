//! Compares what functions run on with what their packages are for.

use super::compare::Ours;
use super::{Code, Function};
use crate::report::{Check, CheckStatus, Subject};

/// What a package is for, or a function runs on.
fn on(runtime: Option<&str>, architecture: Option<&str>) -> Option<String> {
    match (runtime, architecture) {
        (Some(runtime), Some(architecture)) => Some(format!("{runtime} on {architecture}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// Compares what a function runs on with what its package is for; none where the function goes,
/// or nothing of what it will run on is known.
pub(super) fn check_runtime(function: &Function, package: &Ours) -> Option<Check> {
    package.digest?;
    if function.code == Code::Image || !function.stays() {
        return None;
    }
    let check = check_target(function.runtime.known(), Some(&function.architecture), package)?;
    Some(Check { address: Some(function.address.clone()), ..check })
}

/// Compares a runtime and an architecture with what a package is for, each as far as it is known:
/// what is not known is not said to be as it should be. None where there is nothing to compare.
pub(crate) fn check_target(
    runtime: Option<&str>,
    architecture: Option<&str>,
    package: &Ours,
) -> Option<Check> {
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
    let any = || Some("any Python").filter(|_| runtime.is_some());
    let wants = python.as_deref().filter(|_| runtime.is_some()).or_else(any);
    let wants = on(wants, ours.as_deref())?;
    let runs = on(runtime, architecture)?;
    let (status, message) = match fits_runtime && fits_architecture {
        true => (CheckStatus::Ok, format!("it runs on {runs}")),
        false => {
            (CheckStatus::Differs, format!("it runs on {runs}, and the package is for {wants}"))
        }
    };
    Some(Check {
        name: package.name.clone(),
        subject: Subject::Runtime,
        status,
        expected: Some(wants),
        actual: Some(runs),
        address: None,
        message,
    })
}
