//! Warns of functions that could not be checked: silence would look like success.

use super::{Disk, Facts, Findings, Gaps, Package};
use crate::report::{Failure, LambdaKind, Place, Warning};
use crate::terraform::{BROKEN, Function, Note};

fn unchecked(message: String) -> Warning {
    Warning::new("unchecked-function", message)
}

/// The warning for an attribute whose value is not known.
pub(super) fn unchecked_attribute(note: &Note) -> Warning {
    unchecked(format!("{}; so it is not checked", note.message))
        .place(note.place.clone())
        .hint("verify a state or a plan, which has it: `--state FILE`")
}

/// The attributes of a package's functions in `*.tf` files that are not known, sorted by place.
pub(super) fn unknown(package: &Package) -> Vec<(&Note, &'static str)> {
    let functions = package.functions.iter().filter(|function| !function.is_other());
    let mut unknown: Vec<_> = functions.flat_map(Function::unknown).collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// Warns of handlers and runtimes in the `*.tf` files whose values are not known from these.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.disk != Disk::ManifestAndZips {
        return;
    }
    let mut warnings = Vec::new();
    for package in facts.packages {
        let name = || Some(package.name().to_owned());
        let is_checked = |attribute: &str| {
            let has_own = package.configured_handler().is_some();
            attribute == "function_name" || attribute == "handler" && has_own
        };
        // That a target is not known is said where the package is made.
        let is_told = |note: &Note| {
            let mut warnings = package.made.warnings.iter();
            note.place.is_some() && warnings.any(|warning| warning.place == note.place)
        };
        let unknown = unknown(package).into_iter();
        let unknown = unknown.filter(|(note, it)| !is_checked(it) && !is_told(note));
        warnings.extend(unknown.map(|(note, _)| (name(), unchecked_attribute(note))));
        let archived = package.functions.iter().filter_map(|it| it.archived.as_ref());
        warnings.extend(archived.map(|note| (name(), archive(package.name(), note))));
        let is_function = package.made.kind == LambdaKind::Function;
        if is_function && package.functions.is_empty() && facts.gaps.may_have_functions() {
            warnings.push((name(), unchecked_package(package, facts.gaps)));
        }
    }
    findings.warnings.extend(warnings);
}

/// The warning for a function that is deployed from a zip of Terraform's own: that has no
/// requirements, and no build of the package changes it.
fn archive(name: &str, note: &Note) -> Warning {
    let message = format!("{}, and not of this package; so it is not checked", note.message);
    Warning::new("terraform-archive", message).place(note.place.clone()).hint(format!(
        "set its `filename` and `source_code_hash` to those of `{name}` in the package manifest"
    ))
}

fn unchecked_package(package: &Package, gaps: &Gaps) -> Warning {
    let what = match package.handler {
        Some(_) => "its runtime is not checked",
        None => "neither handler nor runtime is checked",
    };
    let place = |notes: &[Note]| notes.first().and_then(|note| note.place.clone());
    let hint = match (place(&gaps.functions), place(&gaps.modules)) {
        // A file that can't be read may have the function of any lambda.
        _ if let Some((_, place)) = gaps.broken() => format!("fix `{}`", place.path),
        (Some(place), _) => format!(
            "set `function-name` in `[lambda.{}]`, if it is the function of {place}",
            package.name()
        ),
        (None, Some(place)) => {
            format!("verify a state or a plan, if it is of the module of {place}: `--state FILE`")
        }
        (None, None) => {
            "verify a state or a plan, which has all functions: `--state FILE`".to_owned()
        }
    };
    unchecked(format!("no function of the `*.tf` files is known to be made of it, so {what}"))
        .hint(hint)
}

/// Warns of functions of a plan whose handler or runtime only the apply tells.
pub(super) fn check_plan(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.disk == Disk::Manifest {
        return;
    }
    for (package, function) in facts.functions_of_state() {
        let runs = |(_, attribute): &(&Note, &str)| ["handler", "runtime"].contains(attribute);
        if let Some((note, _)) = function.unknown().find(runs) {
            let warning = unchecked(format!("{}, so it is not checked", note.message))
                .hint("verify the state after the apply");
            findings.warnings.push((Some(package.name().to_owned()), warning));
        }
    }
}

/// The failure of the first package for which a file that can't be read might have a value that is
/// checked, or the target.
pub(crate) fn unreadable(facts: &Facts<'_>) -> Option<Failure> {
    let (warning, place) = facts.gaps.broken()?;
    let hangs_on_it = |package: &&Package| {
        let is_unknown = package.functions.is_empty() || !unknown(package).is_empty();
        package.is_target_open
            || package.made.kind == LambdaKind::Function
                && facts.disk == Disk::ManifestAndZips
                && is_unknown
                && package.configured_handler().is_none()
    };
    let package = facts.packages.iter().find(hangs_on_it)?;
    let (name, table) = (package.name(), package.table());
    let hint =
        format!("fix `{}`, or set `python`, `architecture` and `handler` in `{table}`", place.path);
    let failure = Failure::input(BROKEN, format!("what Terraform says of `{name}` can't be told"));
    let failure = failure.said([warning.message.clone()]).place(place.clone()).hint(hint);
    Some(Failure { name: Some(name.to_owned()), ..failure })
}

impl Gaps {
    /// The first file that can't be read. A folder that can't be listed is none: it may have no
    /// file of Terraform's.
    fn broken(&self) -> Option<(&Warning, &Place)> {
        let mut broken = self.warnings.iter().filter(|it| it.code == BROKEN);
        broken.find_map(|warning| Some((warning, warning.place.as_ref()?)))
    }

    /// Whether a lambda without a known function may have one.
    fn may_have_functions(&self) -> bool {
        !self.functions.is_empty() || !self.modules.is_empty() || !self.warnings.is_empty()
    }
}
