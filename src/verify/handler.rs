//! Whether each handler that something calls is in its package. What a function calls that does not
//! run on Python is not judged.
//!
//! What makes a handler one that the runtime finds is in [`crate::checks::handler`].

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::{Disk, Facts, Findings, Package};
use crate::checks::SearchPath;
use crate::checks::handler::{Found, find_in, missing_function, module_path};
use crate::python::{self, Module};
use crate::report::{Check, CheckStatus, Subject};
use crate::terraform::{Function, Value, Variables};
use crate::tree::{self, Tree};

/// A handler that is called in a package, and where it is set.
struct Call<'a> {
    package: &'a Package,
    handler: &'a str,
    /// Whether modules can come from layers: the handlers of monitoring tools are in one, and call
    /// the package's own.
    has_layers: bool,
    /// Where modules are looked for besides the package's top.
    search: SearchPath,
    address: String,
}

/// Looks for the handlers of a state or plan, of Lambda, of the config and the `*.tf` files.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    for call in calls(facts) {
        let (mut status, actual, mut message) = call.find(&paths(call.package));
        let Call { package, handler, address, .. } = call;
        if status == CheckStatus::Ok
            && let Some(path) = actual
            && let Some(place) = package.contents.get(path).and_then(|entry| entry.data.place())
            && let Some(module) = facts.modules.get(&place)
            && let Some(missing) = missing_function(handler, path, module)
        {
            (status, message) = (CheckStatus::Differs, missing);
        }
        let expected = module_path(handler).ok().map(|base| format!("{base}.py"));
        let (actual, address) = (actual.map(str::to_owned), Some(address));
        let check = package.check(Subject::Handler, status, message);
        findings.checks.push(Check { expected, actual, address, ..check });
    }
}

/// Reads the lambdas' own modules that handlers name, by their paths relative to the root.
pub(crate) fn modules(
    facts: &Facts<'_>,
    tree: &Tree,
) -> Result<BTreeMap<Utf8PathBuf, Module>, tree::Error> {
    let mut modules = BTreeMap::new();
    for call in calls(facts) {
        let (status, found, _) = call.find(&paths(call.package));
        let Some(found) = found.filter(|_| status == CheckStatus::Ok) else { continue };
        let Some(place) = call.package.contents.get(found).and_then(|it| it.data.place()) else {
            continue;
        };
        if found.ends_with(".py") && !modules.contains_key(&place) {
            // The file exists, for it was packaged before.
            let bytes = tree.read_stable(&place)?;
            modules.insert(place, python::parse(&bytes, call.package.python));
        }
    }
    Ok(modules)
}

impl Call<'_> {
    fn find<'p>(&self, paths: &[&'p str]) -> Found<'p> {
        let folders: Vec<&str> = self.search.folders().collect();
        find_in(self.handler, paths, &folders, self.has_layers || self.search.is_open())
    }
}

/// Adds where the `PYTHONPATH` of functions lets them look for modules.
pub(crate) fn add_search_path(path: &mut SearchPath, functions: &[Function]) {
    for function in functions {
        match function.environment.named.get(Variables::SEARCH_PATH) {
            Some(Value::Known { text, .. }) => path.add_variable(text),
            Some(Value::Unknown(_)) => path.open(),
            Some(Value::Absent) | None => {}
        }
    }
}

fn paths(package: &Package) -> Vec<&str> {
    package.contents.entries().map(|(path, _)| path.as_str()).collect()
}

fn calls<'a>(facts: &'a Facts<'_>) -> Vec<Call<'a>> {
    let functions = facts.functions_of_state().chain(facts.functions_of_lambda());
    let of_python = functions.filter(|(_, function)| !function.is_other());
    let called = of_python.filter_map(|(package, function)| {
        let handler = function.handler.known()?;
        let (address, has_layers) = (function.address.clone(), function.has_layers);
        let mut search = package.search.clone();
        add_search_path(&mut search, std::slice::from_ref(function));
        Some(Call { package, handler, has_layers, search, address })
    });
    let mut calls: Vec<Call<'_>> = called.collect();
    if facts.disk == Disk::ManifestAndZips {
        calls.extend(facts.packages.iter().flat_map(declared));
    }
    calls
}

/// The handlers that the config and the `*.tf` files set; equal ones once.
fn declared(package: &Package) -> Vec<Call<'_>> {
    let any_layers = package.functions.iter().any(|function| function.has_layers);
    let configured = package.configured_handler().map(|handler| Call {
        package,
        handler: &handler.value,
        has_layers: any_layers,
        search: package.search.clone(),
        address: handler.origin.to_string(),
    });
    let functions = package.functions.iter();
    let functions = functions.filter(|it| it.archived.is_none() && !it.is_other());
    let functions = functions.filter_map(|function| {
        let address = function.handler.place()?.to_string();
        let (handler, has_layers) = (function.handler.known()?, function.has_layers);
        Some(Call { package, handler, has_layers, search: package.search.clone(), address })
    });
    let mut distinct: Vec<Call<'_>> = Vec::new();
    for call in configured.into_iter().chain(functions) {
        let is_same =
            |other: &Call<'_>| (other.handler, other.has_layers) == (call.handler, call.has_layers);
        if !distinct.iter().any(is_same) {
            distinct.push(call);
        }
    }
    distinct
}
