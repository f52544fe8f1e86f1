//! What of a lock is installed on a target.
//!
//! Source: "Installation" in the specification, whose steps are followed in their order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::marker::holds;
use super::target::takes;
use super::{Directory, Error, File, Package, Pylock, Source, Vcs};
use crate::lambda::Target;
use crate::report::Place;
use crate::tags::rank;
use crate::wheel::WheelName;

/// A package that applies, and what of it is to be had.
#[derive(Debug)]
pub(crate) struct Selected<'a> {
    /// The package.
    pub(crate) package: &'a Package,
    /// What is to be had.
    pub(crate) choice: Choice<'a>,
}

/// What of a package is to be had.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    /// A wheel that fits.
    Wheel {
        /// Its file name, taken apart.
        name: WheelName,
        /// The file.
        file: &'a File,
    },
    /// An sdist, for no wheel fits; or another archive that has to be built.
    Archive {
        /// The file.
        file: &'a File,
        /// The project's folder in it.
        subdirectory: Option<&'a str>,
    },
    /// A commit that has to be built.
    Vcs(&'a Vcs),
    /// A folder that has to be built.
    Directory(&'a Directory),
}

/// Returns the packages of a lock that apply to a target, sorted by name; the path of the lock,
/// relative to the root, is for messages.
///
/// # Errors
///
/// The lock, or a package that applies, is for another Python or environment; a marker can't be
/// judged; two packages of one name apply; no file of a package fits.
pub(crate) fn select<'a>(
    lock: &'a Pylock,
    path: &str,
    target: Target,
) -> Result<Vec<Selected<'a>>, Error> {
    let whole = Place { path: path.to_owned(), line: None };
    let judge = |marker: &str, place: &Place| {
        holds(marker, &lock.default_groups, target).map_err(|cause| Error::Marker {
            marker: marker.to_owned(),
            cause,
            place: place.clone(),
        })
    };
    check_python(lock.requires_python.as_deref(), "the lock", target, &whole)?;
    let mut is_meant = lock.environments.is_empty();
    for marker in &lock.environments {
        is_meant |= judge(marker, &whole)?;
    }
    if !is_meant {
        let environments = lock.environments.clone();
        return Err(Error::Environment { environments, target: target.to_string(), place: whole });
    }
    let mut selected: BTreeMap<&str, Selected<'a>> = BTreeMap::new();
    for package in &lock.packages {
        let place = Place { line: Some(package.line), ..whole.clone() };
        if let Some(marker) = &package.marker
            && !judge(marker, &place)?
        {
            continue;
        }
        let what = format!("`{}` in the lock", package.name);
        check_python(package.requires_python.as_deref(), &what, target, &place)?;
        if let Some(first) = selected.get(package.name.as_str()) {
            let (package, first) = (package.name.clone(), first.package.line);
            return Err(Error::Twice { package, target: target.to_string(), first, place });
        }
        let choice = choose(package, target, place)?;
        selected.insert(&package.name, Selected { package, choice });
    }
    Ok(selected.into_values().collect())
}

/// Compares a `requires-python` with the target.
fn check_python(
    requires: Option<&str>,
    what: &str,
    target: Target,
    place: &Place,
) -> Result<(), Error> {
    let Some(requires) = requires else { return Ok(()) };
    let (requires, place) = (requires.to_owned(), place.clone());
    match takes(&requires, target) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let (what, target) = (what.to_owned(), target.to_string());
            Err(Error::Python { what, requires, target, place })
        }
        Err(_) => Err(Error::Value { value: requires, what: "range of Python versions", place }),
    }
}

/// Chooses what is to be had of a package.
fn choose(package: &Package, target: Target, place: Place) -> Result<Choice<'_>, Error> {
    let refuse = |cause| {
        let version = package.version.iter().map(|version| format!(" {version}"));
        let package = package.name.clone() + &version.collect::<String>();
        Error::NoFit { package, target: target.to_string(), cause, place }
    };
    match &package.source {
        Source::Distributions { wheels, sdist } => {
            match (best(wheels, target), sdist, &wheels[..]) {
                (Some((name, file)), _, _) => Ok(Choice::Wheel { name, file }),
                (None, Some(file), _) => Ok(Choice::Archive { file, subdirectory: None }),
                (None, None, [only]) => {
                    Err(refuse(format!("`{}` is for other targets", only.name)))
                }
                (None, None, _) => {
                    Err(refuse(format!("its {} wheels are for other targets", wheels.len())))
                }
            }
        }
        Source::Archive { file, subdirectory } => match WheelName::new(&file.name) {
            Ok(name) if rank(&name, target).is_some() => Ok(Choice::Wheel { name, file }),
            Ok(_) => Err(refuse(format!("`{}` is for other targets", file.name))),
            Err(_) => Ok(Choice::Archive { file, subdirectory: subdirectory.as_deref() }),
        },
        Source::Vcs(vcs) => Ok(Choice::Vcs(vcs)),
        Source::Directory(directory) => Ok(Choice::Directory(directory)),
    }
}

/// The wheel that pip would take: the one with the best tag, and of those the latest build.
fn best(wheels: &[File], target: Target) -> Option<(WheelName, &File)> {
    let names = wheels.iter().filter_map(|file| {
        let name = WheelName::new(&file.name).expect("names were read as names of wheels");
        Some((rank(&name, target)?, name, file))
    });
    let key = |(rank, name, _): &(u32, WheelName, &File)| {
        let build = name.build().map(|(number, rest)| (number, rest.to_owned()));
        (*rank, Reverse(build), name.as_str().to_owned())
    };
    names.min_by_key(key).map(|(_, name, file)| (name, file))
}
