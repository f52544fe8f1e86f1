//! Whether each import of a package's own modules finds something.

use camino::Utf8Path;

use super::{Disk, Facts, Findings, Package};
use crate::checks::{ImportFindings, SYNTAX};
use crate::lambda::ImportPolicy;
use crate::report::{Check, CheckStatus, Subject, Warning};
use crate::words;

/// Tells what imports do not find: a difference, where the config makes it an error.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let checks = facts.packages.iter().flat_map(|package| of_package(package, facts));
    // Where only the manifest is compared, nobody sees warnings.
    let counts = |check: &Check| match facts.disk {
        Disk::ManifestAndZips => true,
        Disk::Manifest => check.status == CheckStatus::Differs,
        Disk::Nothing => false,
    };
    findings.checks.extend(checks.filter(counts));
}

fn of_package(package: &Package, facts: &Facts<'_>) -> Vec<Check> {
    let found = &package.imports;
    if *found == ImportFindings::default() {
        return Vec::new();
    }
    let status = match package.import_policy {
        ImportPolicy::Error => CheckStatus::Differs,
        ImportPolicy::Warn | ImportPolicy::Off => CheckStatus::Warning,
    };
    let told = |Warning { message, place, .. }: Warning| {
        let address = place.map(|place| place.to_string());
        let check = package.check(Subject::Imports, status, message);
        Check { expected: None, address, ..check }
    };
    let warnings = found.import_warnings();
    let is_right = warnings.is_empty();
    // That the module of a handler can't be parsed is said of the handler.
    let is_said = |warning: &Warning| {
        let path = warning.place.as_ref().map(|place| Utf8Path::new(&place.path));
        let module = path.and_then(|path| facts.modules.get(path));
        warning.code == SYNTAX && module.is_some_and(|module| module.fault.is_some())
    };
    let warnings = warnings.into_iter().filter(|warning| !is_said(warning));
    let checks: Vec<Check> = warnings.map(told).collect();
    if is_right {
        let modules = words::count(found.modules, "module");
        let message = match found.notes().count() {
            0 => format!("every import is given, of {modules} that the handler reaches"),
            notes => format!(
                "nothing is missing for sure, of {modules} that the handler reaches; {} may fail, \
                 shown with `-v`",
                words::count(notes, "import")
            ),
        };
        let check = package.check(Subject::Imports, CheckStatus::Ok, message);
        return vec![Check { expected: None, ..check }];
    }
    checks
}
