//! Whether each import of a package's own modules finds something.

use super::{Disk, Facts, Findings, Package};
use crate::lambda::ImportPolicy;
use crate::report::{Check, CheckStatus, Subject, Warning};
use crate::words;

/// Tells what imports do not find: a difference, where the config makes it an error.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let checks = facts.packages.iter().flat_map(of_package);
    // Where only the manifest is compared, nobody sees warnings.
    let counts = |check: &Check| match facts.disk {
        Disk::ManifestAndZips => true,
        Disk::Manifest => check.status == CheckStatus::Differs,
        Disk::Nothing => false,
    };
    findings.checks.extend(checks.filter(counts));
}

fn of_package(package: &Package) -> Vec<Check> {
    let found = &package.imports;
    if found.modules == 0 {
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
    let checks: Vec<Check> = found.import_warnings().into_iter().map(told).collect();
    if checks.is_empty() {
        let modules = words::count(found.modules, "module");
        let message = format!("every import is given, of {modules} that the handler reaches");
        let check = package.check(Subject::Imports, CheckStatus::Ok, message);
        return vec![Check { expected: None, ..check }];
    }
    checks
}
