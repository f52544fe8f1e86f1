//! Native libraries: does the target load them?

use std::collections::{BTreeMap, BTreeSet};

use super::misfit::Misfit;
use super::{Error, Found, Origin};
use crate::elf::Native;
use crate::lambda::Target;
use crate::report::Warning;
use crate::wheel::WheelName;
use crate::words;

/// How many files a warning names.
const NAMED: usize = 3;

/// Compares the native libraries of a package with its target.
///
/// A warning is for each wheel that claims to fit every platform and has only files that do not
/// fit this one, sorted by the wheel's name. What is found may come in any order.
///
/// # Errors
///
/// Files that are there to be loaded, and that the target can't load: all of them in one error.
pub(crate) fn check_natives(found: &[Found], target: Target) -> Result<Vec<Warning>, Error> {
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    let (mut misfits, mut fitting, mut served) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for file in found {
        match Misfit::of(file, target) {
            Some(misfit) if may_matter(file) => misfits.push(misfit),
            Some(_) => {}
            None => {
                let wheel = wheel(&file.origin).map(WheelName::as_str);
                fitting.insert((wheel, module(&file.path)));
                served.extend(wheel);
            }
        }
    }
    let mut errors = Vec::new();
    let mut helpers: BTreeMap<&WheelName, Vec<&Misfit>> = BTreeMap::new();
    for misfit in &misfits {
        match wheel(&misfit.origin).filter(|wheel| wheel.is_for_any_platform()) {
            // A wheel that fits every platform may bring helpers for several, as selenium and
            // debugpy do, and start the one that fits: where there is one, the others are no news,
            // and where there is none, what is never started breaks nothing. But a file that only
            // `import` looks for shows that the claim is wrong, unless there is another one of
            // that module, and it fits.
            Some(wheel)
                if !is_imported(&misfit.path)
                    || fitting.contains(&(Some(wheel.as_str()), module(&misfit.path))) =>
            {
                if !served.contains(wheel.as_str()) {
                    helpers.entry(wheel).or_default().push(misfit);
                }
            }
            Some(_) | None => errors.push(misfit.clone()),
        }
    }
    let mut errors = errors.into_iter();
    match errors.next() {
        Some(first) => {
            Err(Error::NativeMismatch { first: Box::new(first), others: errors.collect() })
        }
        None => Ok(helpers.iter().map(|(wheel, files)| warning(wheel, files, target)).collect()),
    }
}

/// Whether a file could be meant for a Linux system at all.
///
/// Launchers for Windows are in every wheel of setuptools and pip, and next to helpers for Linux
/// there are those for macOS; nothing on Linux ever asks for them. Called `.so` they are another
/// matter: a module that was built on a Mac is.
fn may_matter(found: &Found) -> bool {
    match found.native {
        Native::Elf(_) | Native::Broken => true,
        Native::MacOs | Native::Windows => {
            let is_any = wheel(&found.origin).is_some_and(WheelName::is_for_any_platform);
            let name = file_name(&found.path);
            !is_any && (name.ends_with(".so") || name.contains(".so."))
        }
    }
}

/// Whether a file's name is one that only `import` looks for: `x.cpython-312-….so`, `x.abi3.so`.
///
/// Source: PEP 3149, and PEP 384 for the stable ABI.
fn is_imported(path: &str) -> bool {
    let Some(stem) = file_name(path).strip_suffix(".so") else { return false };
    stem.split('.').skip(1).any(|tag| tag == "abi3" || tag.starts_with("cpython-"))
}

/// The path of a module: what stands before its tags.
fn module(path: &str) -> &str {
    let name = file_name(path);
    let tags = name.find('.').map_or(0, |dot| name.len() - dot);
    &path[..path.len() - tags]
}

/// The last segment of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The wheel, where it is one.
fn wheel(origin: &Origin) -> Option<&WheelName> {
    match origin {
        Origin::Wheel(name) => Some(name),
        Origin::File(_) => None,
    }
}

/// Warns of the helpers of one wheel.
fn warning(wheel: &WheelName, files: &[&Misfit], target: Target) -> Warning {
    let named: Vec<String> = files
        .iter()
        .take(NAMED)
        .map(|misfit| format!("`{}` {}", misfit.path, misfit.what()))
        .collect();
    let others = words::and_more(files.len().saturating_sub(NAMED));
    let (project, version) = (&wheel.project, &wheel.version);
    Warning {
        code: "native-foreign",
        message: format!(
            "`{project} {version}` has files that do not fit {target}: {}{others}",
            named.join(", ")
        ),
        place: None,
        hint: Some(format!(
            "require a version of `{project}` that has a wheel for the target, if the lambda \
             loads or starts them"
        )),
    }
}
