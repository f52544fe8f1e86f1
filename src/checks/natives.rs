//! Checks whether the target can load the native libraries of a package.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Origin};
use crate::elf::{Library, Native};
use crate::lambda::{PythonVersion, Target};
use crate::report::{Failure, Warning};
use crate::wheel::WheelName;
use crate::words;

/// How many files a warning names.
const NAMED: usize = 3;
/// How many files a failure lists as causes.
const LISTED: usize = 8;

/// Compares the native libraries of a package with its target.
///
/// Returns a warning for each wheel with the platform tag `any` whose native files all don't fit
/// the target, sorted by the wheel's name; and one of own modules for other Python versions: these
/// ignore them, and an import may get by without. `found` may have any order.
///
/// # Errors
///
/// Files that would be loaded and that the target can't load; all of them are in one failure.
pub(crate) fn check_natives(found: &[Found], target: Target) -> Result<Vec<Warning>, Failure> {
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    let (mut files, mut fitting, mut served) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut ignored = Vec::new();
    for file in found {
        match Incompatible::of(file, target) {
            Some(incompatible) if may_matter(file) => files.push(incompatible),
            Some(_) => {}
            // Whether a wheel has what its tags promise is no matter of one file.
            None if wheel(&file.origin).is_none() && is_for_other(&file.path, target.python) => {
                ignored.push(file.path.as_str());
            }
            None => {
                let wheel = wheel(&file.origin).map(WheelName::as_str);
                fitting.insert((wheel, module(&file.path)));
                served.extend(wheel);
            }
        }
    }
    let mut refused = Vec::new();
    let mut helpers: BTreeMap<&WheelName, Vec<&Incompatible<'_>>> = BTreeMap::new();
    for incompatible in &files {
        let Found { path, origin, .. } = incompatible.file;
        match wheel(origin).filter(|wheel| wheel.is_for_any_platform()) {
            // A wheel with the platform tag `any` may have helpers for several platforms, as those
            // of selenium and debugpy do, and start the one that fits. If there is one, the others
            // need no warning; if there is none, a helper that is never started does no harm. But
            // if a file that only `import` looks for does not fit, the tag is wrong, unless the
            // wheel has another file for that module which fits.
            Some(wheel)
                if !is_imported(path)
                    || fitting.contains(&(Some(wheel.as_str()), module(path))) =>
            {
                if !served.contains(wheel.as_str()) {
                    helpers.entry(wheel).or_default().push(incompatible);
                }
            }
            Some(_) | None => refused.push(incompatible),
        }
    }
    match refused.split_first() {
        Some((first, others)) => Err(failure(first, others)),
        None => {
            ignored.retain(|path| !fitting.contains(&(None, module(path))));
            let helpers = helpers.iter().map(|(wheel, files)| warning(wheel, files, target));
            Ok(helpers.chain(ignored_warning(&ignored, target)).collect())
        }
    }
}

fn ignored_warning(ignored: &[&str], target: Target) -> Option<Warning> {
    let (is, it) = match ignored {
        [] => return None,
        [_] => ("is", "it"),
        [..] => ("are", "them"),
    };
    let message = format!(
        "{} {is} for another Python version, and python{} does not import {it}",
        words::some_of(ignored, NAMED),
        target.python
    );
    let hint = format!(
        "write the project that has {it} into requirements.txt, or build {it} for {target}; `exclude` \
         {it} if nothing needs {it}"
    );
    Some(Warning::new("native-foreign", message).hint(hint))
}

fn failure(first: &Incompatible<'_>, others: &[&Incompatible<'_>]) -> Failure {
    let more = match others.len() {
        0 => String::new(),
        count => format!(" (and {})", words::count(count, "more file")),
    };
    let message = format!("{}{}{more}", first.clause(), first.instead);
    let listed = others.iter().take(LISTED);
    let failure = Failure::lambda("native-mismatch", message);
    let failure = match &first.file.origin {
        Origin::Wheel(_) => failure,
        Origin::File(path) => failure.at(path, None),
    };
    let failure = listed.fold(failure, |failure, other| failure.cause(other.clause()));
    let all = || std::iter::once(first).chain(others.iter().copied());
    let of_wheel = all().find(|it| wheel(&it.file.origin).is_some());
    let own = all().find(|it| wheel(&it.file.origin).is_none());
    let hints: Vec<String> =
        [of_wheel, own].into_iter().flatten().map(Incompatible::hint).collect();
    failure.hint(hints.join("; "))
}

/// A file that a target can't load.
struct Incompatible<'a> {
    file: &'a Found,
    target: Target,
    /// What the file is or needs, as the end of a clause.
    what: String,
    /// What the target has instead, as another clause.
    instead: String,
}

impl<'a> Incompatible<'a> {
    /// Compares a file with a target, and takes the first reason; `None` if it fits.
    fn of(file: &'a Found, target: Target) -> Option<Self> {
        let system = target.python.system();
        let runs = format!(", and python{} runs on {}", target.python, system.name);
        let for_other =
            |other: &str| (format!("is for {other}"), format!(", and the target is {target}"));
        let own = target.architecture.machine();
        let (what, instead) = match &file.native {
            Native::Broken => ("is a broken ELF file".to_owned(), String::new()),
            Native::MacOs => for_other("macOS"),
            Native::Windows => for_other("Windows"),
            Native::Elf { machine, .. } if machine.to_string() != own => {
                for_other(&machine.to_string())
            }
            Native::Elf { library, .. } => match *library {
                Library::Musl => ("needs musl".to_owned(), format!("{runs} with glibc")),
                // Versions of symbols are never removed from glibc, so a newer one loads what an
                // older one does (PEP 600, "Core Definition").
                Library::Glibc(minor) if minor > system.glibc => {
                    (format!("needs GLIBC 2.{minor}"), format!("{runs} with 2.{}", system.glibc))
                }
                Library::Glibc(_) | Library::Any => return None,
            },
        };
        Some(Self { file, target, what, instead })
    }

    /// What is wrong, as a clause in a list.
    fn clause(&self) -> String {
        let (path, what) = (&self.file.path, &self.what);
        match wheel(&self.file.origin) {
            Some(name) => format!("`{path}` of `{} {}` {what}", name.project, name.version),
            None => format!("`{path}` {what}"),
        }
    }

    fn hint(&self) -> String {
        let (path, target) = (&self.file.path, self.target);
        let (system, machine) = (target.python.system(), target.architecture.machine());
        match wheel(&self.file.origin) {
            Some(name) => {
                format!("require a version of `{}` that has a wheel for {target}", name.project)
            }
            None => format!(
                "build `{path}` for the target, on {} or with `zig cc -target \
                 {machine}-linux-gnu.2.{}`, or `exclude` it in the config",
                system.name, system.glibc
            ),
        }
    }
}

/// Whether a program on Linux could load the file.
///
/// Launchers for Windows are in every wheel of setuptools and pip, and helpers for macOS beside
/// those for Linux; nothing on Linux loads them. But a module that was built on a Mac is called
/// `.so`, too.
fn may_matter(found: &Found) -> bool {
    match found.native {
        Native::Elf { .. } | Native::Broken => true,
        Native::MacOs | Native::Windows => {
            let is_any = wheel(&found.origin).is_some_and(WheelName::is_for_any_platform);
            let name = file_name(&found.path);
            !is_any && (name.ends_with(".so") || name.contains(".so."))
        }
    }
}

/// Whether only `import` looks for a file of that name: `x.cpython-312-….so`, `x.abi3.so`.
///
/// Source: PEP 3149, and PEP 384 for the stable ABI.
fn is_imported(path: &str) -> bool {
    let Some(stem) = file_name(path).strip_suffix(".so") else { return false };
    stem.split('.').skip(1).any(|tag| tag == "abi3" || tag.starts_with("cpython-"))
}

/// Whether the name of an extension module has the tag of another Python version (PEP 3149); so has
/// one for the build without a global lock (`cpython-313t`).
fn is_for_other(path: &str, python: PythonVersion) -> bool {
    let version = format!("3{}", python.minor);
    let mut tags = file_name(path).split('.').filter_map(|tag| tag.strip_prefix("cpython-"));
    is_imported(path) && tags.any(|tag| tag.split('-').next() != Some(&version))
}

/// Returns the path of a module without its tags.
fn module(path: &str) -> &str {
    let name = file_name(path);
    let tags = name.find('.').map_or(0, |dot| name.len() - dot);
    &path[..path.len() - tags]
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn wheel(origin: &Origin) -> Option<&WheelName> {
    match origin {
        Origin::Wheel(name) => Some(name),
        Origin::File(_) => None,
    }
}

/// Warns of the helpers of one wheel.
fn warning(wheel: &WheelName, files: &[&Incompatible<'_>], target: Target) -> Warning {
    let named = files.iter().take(NAMED).map(|it| format!("`{}` {}", it.file.path, it.what));
    let named = named.collect::<Vec<_>>().join(", ");
    let others = words::and_more(files.len().saturating_sub(NAMED));
    let (project, version) = (&wheel.project, &wheel.version);
    let message =
        format!("`{project} {version}` has files that do not fit {target}: {named}{others}");
    Warning::new("native-foreign", message).hint(format!(
        "require a version of `{project}` that has a wheel for the target, if the lambda \
         loads or starts them"
    ))
}
