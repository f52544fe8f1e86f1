//! The packages of a lock that are installed on a target.
//!
//! Source: "Installation" in the specification, whose steps are followed in their order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use camino::Utf8Path;

use super::read::{MAKE_ANEW, invalid};
use super::target::{holds, takes};
use super::{Dependency, Package, Pylock};
use crate::lambda::Target;
use crate::origin::{File, Origin};
use crate::report::{Failure, Place};
use crate::tags::rank;
use crate::wheel::WheelName;

/// Why a lock gives no wheels for a target.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It is for another target: beside requirements it is stale.
    OtherTarget(Failure),
    Invalid(Failure),
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::OtherTarget(failure) | Unfit::Invalid(failure) => failure,
        }
    }
}

/// The code of a lock that is for other targets.
pub(crate) const OTHER_TARGET: &str = "lock-other-target";

/// A package that applies, with the origin that is fetched or built.
pub(crate) type Selected<'a> = (&'a Package, Origin);

/// Returns the packages of a lock that apply to a target, sorted by name; the path of the lock,
/// relative to the root, is for messages.
///
/// # Errors
///
/// The lock, or a package that applies, is for another Python or environment; a marker can't be
/// judged; two packages of one name apply; no file of a package fits.
pub(crate) fn select<'a>(
    lock: &'a Pylock,
    path: &Utf8Path,
    target: Target,
) -> Result<Vec<Selected<'a>>, Unfit> {
    let whole = Place::new(path, None);
    let judge = |marker: &str, place: &Place| {
        let message = format!("the marker `{marker}` in the lock can't be judged");
        holds(marker, &lock.default_groups, target).map_err(|cause| {
            let failure = Failure::input("lock-marker", message).cause(cause);
            Unfit::Invalid(failure.place(place.clone()).hint(MAKE_ANEW))
        })
    };
    check_python(lock.requires_python.as_deref(), "the lock", target, &whole)?;
    let mut is_meant = lock.environments.is_empty();
    for marker in &lock.environments {
        is_meant |= judge(marker, &whole)?;
    }
    if !is_meant {
        let message = format!("the lock is for other environments than {target}");
        let theirs = lock.environments.iter().map(|marker| format!("it is for `{marker}`"));
        return Err(other_target(OTHER_TARGET, message, &whole, theirs));
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
        if let Some((first, _)) = selected.get(package.name.as_str()) {
            let message = format!("the lock has `{}` twice for {target}", package.name);
            return Err(Unfit::Invalid(
                Failure::input("lock-ambiguous", message)
                    .cause(format!("the other one is on line {}", first.line))
                    .place(place)
                    .hint(MAKE_ANEW),
            ));
        }
        selected.insert(&package.name, (package, choose(package, target, &place)?));
    }
    Ok(selected.into_values().collect())
}

/// The first package of those that apply which requires another one that is not there, and that one:
/// the lock lost its end, or a hand or a merge took it away.
///
/// Without a marker nobody says on which target it is required, so that it may be there for another.
pub(crate) fn lacks<'a>(
    lock: &'a Pylock,
    selected: &[Selected<'a>],
    target: Target,
) -> Option<(&'a str, &'a str)> {
    let is_missing = |dependency: &&Dependency| match &dependency.marker {
        None => !lock.packages.iter().any(|it| it.name == dependency.name),
        Some(marker) => {
            holds(marker, &lock.default_groups, target) == Ok(true)
                && !selected.iter().any(|(it, _)| it.name == dependency.name)
        }
    };
    selected.iter().find_map(|(package, _)| {
        let missing = package.dependencies.iter().find(is_missing)?;
        Some((package.name.as_str(), missing.name.as_str()))
    })
}

fn other_target(
    code: &'static str,
    message: String,
    place: &Place,
    causes: impl IntoIterator<Item = String>,
) -> Unfit {
    Unfit::OtherTarget(
        Failure::input(code, message)
            .said(causes)
            .place(place.clone())
            .hint("run `cargo dofs-package lock`, or set the target that the lock is for"),
    )
}

/// Compares a `requires-python` with the target.
fn check_python(
    requires: Option<&str>,
    what: &str,
    target: Target,
    place: &Place,
) -> Result<(), Unfit> {
    let Some(requires) = requires else { return Ok(()) };
    match takes(requires, target) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!("{what} is for Python `{requires}`, and not for {target}");
            Err(other_target(OTHER_TARGET, message, place, []))
        }
        Err(_) => Err(Unfit::Invalid(invalid(requires, "range of Python versions", place))),
    }
}

/// Chooses one origin of a package: the best wheel that fits the target, else a source to build.
fn choose(package: &Package, target: Target, place: &Place) -> Result<Origin, Unfit> {
    let wheels: Vec<&File> = package.origins.iter().filter_map(wheel).collect();
    if let Some(file) = best(&wheels, target) {
        return Ok(Origin::Wheel(file.clone()));
    }
    let source = package.origins.iter().find(|origin| wheel(origin).is_none());
    if let Some(source) = source {
        return Ok(source.clone());
    }
    let version = package.version.iter().map(|version| format!(" {version}"));
    let name = package.name.clone() + &version.collect::<String>();
    let cause = match wheels[..] {
        [only] => format!("`{}` is for other targets", only.name),
        _ => format!("its {} wheels are for other targets", wheels.len()),
    };
    let message = format!("no wheel of `{name}` in the lock fits {target}");
    Err(other_target("lock-no-wheel-fits", message, place, [cause]))
}

/// The file of an origin that is a wheel. An `archive` may be one, too (`packages.archive` in the
/// specification).
fn wheel(origin: &Origin) -> Option<&File> {
    match origin {
        Origin::Wheel(file) => Some(file),
        Origin::Archive { file, .. } if WheelName::new(&file.name).is_ok() => Some(file),
        Origin::Archive { .. } | Origin::Sdist(_) | Origin::Vcs(_) | Origin::Directory(_) => None,
    }
}

/// The wheel that pip would take: the one with the best tag, and of those the latest build
/// (`_sort_key` in `pip/_internal/index/package_finder.py`).
fn best<'a>(wheels: &[&'a File], target: Target) -> Option<&'a File> {
    let names = wheels.iter().filter_map(|file| {
        let name = WheelName::new(&file.name).expect("names were read as names of wheels");
        Some((rank(&name, target)?, name, *file))
    });
    let key = |(rank, name, _): &(u32, WheelName, &File)| {
        let build = name.build().map(|(number, rest)| (number, rest.to_owned()));
        // The name comes last, so that the order of the wheels in the lock never decides.
        (*rank, Reverse(build), name.as_str().to_owned())
    };
    names.min_by_key(key).map(|(_, _, file)| file)
}
