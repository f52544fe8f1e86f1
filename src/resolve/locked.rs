//! `pylock.toml` becomes exact wheels, and exact wheels become a `pylock.toml`.
//!
//! A lock of ours says from which lines and for which target it was made; one of another tool is
//! held against the lines: each must find its project, in a version that it allows.

use camino::{Utf8Path, Utf8PathBuf};

use super::answer::store_one;
use super::building;
use super::{Context, Error, Lock, LockedWheel, Origin, Request};
use crate::pylock::{self, Choice, Directory, File, Made, Package, Pylock, Vcs};
use crate::report::Place;
use crate::requirements::{Demand, project_digest};
use crate::tree::normal;
use crate::wheel::{Metadata, WheelName};

/// Tells why a lock is not one for a request, as a clause; nothing if it is.
pub(crate) fn stale(lock: &Pylock, path: &Utf8Path, request: Request<'_>) -> Option<String> {
    if let Some(made) = &lock.made {
        if made.target != request.target {
            return Some(format!("it is for {}, not for {}", made.target, request.target));
        }
        if let Some(why) = other_own_wheel(lock, request) {
            return Some(why);
        }
        // A lock that stands alone is all that there is of requirements.
        let is_alone = request.requirements.path == path;
        let is_same = is_alone || made.requirements == request.requirements.digest();
        if !is_same {
            return Some("the requirements have changed since".to_owned());
        }
        // A merge, or a hand, may have taken away what was there when it was made.
        if let Some((package, required)) = missing_dependency(&lock.packages) {
            return Some(format!("`{package}` requires `{required}`, which it has not"));
        }
    }
    match pylock::select(lock, path.as_str(), request.target) {
        Err(
            error @ (pylock::Error::Python { .. }
            | pylock::Error::Environment { .. }
            | pylock::Error::NoFit { .. }),
        ) => return Some(error.to_string()),
        // What else is wrong with it stops the lambda when it is used.
        Err(_) => return None,
        Ok(_) => {}
    }
    let unmet = |line: &&crate::requirements::Requirement| {
        request.applies(line) && !(is_met(&line.demand, &lock.packages) && has_hash(line, lock))
    };
    let breaks = |line: &&crate::requirements::Requirement| {
        let of = |package: &&Package| Some(&package.name) == line.demand.project().as_ref();
        let mut packages = lock.packages.iter().filter(of);
        request.applies(line) && packages.any(|it| !line.demand.allows(it.version.as_deref()))
    };
    if let Some(line) = request.requirements.constraints.iter().find(breaks) {
        return Some(format!("it breaks the constraint `{}`", line.text));
    }
    if let Some(line) = request.requirements.requirements.iter().find(unmet) {
        let line = line.text.split(" --hash").next().unwrap_or_default();
        return Some(format!("it has nothing for `{line}`"));
    }
    other_own_wheel(lock, request)
}

/// A package that a lock of ours names as required, and has not, with the one that requires it.
fn missing_dependency(packages: &[Package]) -> Option<(&str, &str)> {
    let has = |name: &String| packages.iter().any(|package| package.name == *name);
    let lacks = |package: &&Package| package.dependencies.iter().any(|name| !has(name));
    let package = packages.iter().find(lacks)?;
    let required = package.dependencies.iter().find(|name| !has(name))?;
    Some((&package.name, required))
}

/// The project's own wheels may be replaced under their names, and lines know nothing of that.
fn other_own_wheel(lock: &Pylock, request: Request<'_>) -> Option<String> {
    let has = |digest| {
        lock.packages.iter().any(|package| match &package.source {
            pylock::Source::Distributions { wheels, .. } => {
                wheels.iter().any(|wheel| wheel.digest == digest)
            }
            pylock::Source::Archive { file, .. } => file.digest == digest,
            pylock::Source::Vcs(_) | pylock::Source::Directory(_) => false,
        })
    };
    let lines = request.requirements.requirements.iter().filter(|line| request.applies(line));
    let mut own = lines.filter_map(|line| line.path.as_ref().zip(line.digest));
    let (path, _) = own.find(|(_, digest)| !has(*digest))?;
    Some(format!("it does not have `{path}` as it is now"))
}

/// Whether a lock has a file with one of the hashes of a line, if that has any.
fn has_hash(line: &crate::requirements::Requirement, lock: &Pylock) -> bool {
    let is_it = |digest: crate::digest::Sha256Digest| {
        let own = format!("--hash=sha256:{}", digest.to_hex());
        line.hashes.iter().any(|hash| hash.eq_ignore_ascii_case(&own))
    };
    let of = |package: &&Package| Some(&package.name) == line.demand.project().as_ref();
    let mut packages = lock.packages.iter().filter(of);
    line.hashes.is_empty()
        || packages.any(|package| match &package.source {
            pylock::Source::Distributions { wheels, sdist } => {
                wheels.iter().chain(sdist).any(|file| is_it(file.digest))
            }
            pylock::Source::Archive { file, .. } => is_it(file.digest),
            pylock::Source::Vcs(_) | pylock::Source::Directory(_) => true,
        })
}

/// Whether some package of a lock is what a line asks for.
fn is_met(demand: &Demand, packages: &[Package]) -> bool {
    // The name of a source may not be known; it is looked for by its place when it is used.
    let Some(project) = demand.project() else { return true };
    let mut named = packages.iter().filter(|package| package.name == project);
    named.any(|package| demand.allows(package.version.as_deref()))
}

/// Returns the exact wheels of a lock; what it has as a source, and no wheel of it, is built.
///
/// # Errors
///
/// A lock that can't be used for the target; those of a build.
pub(crate) fn from_pylock(
    lock: &Pylock,
    path: &Utf8Path,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<Lock, Error> {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let mut wheels = Vec::new();
    for selected in pylock::select(lock, path.as_str(), request.target)? {
        let package = selected.package;
        let place = Place { path: path.to_string(), line: Some(package.line) };
        let origin = match selected.choice {
            Choice::Wheel { name, file } => {
                wheels.push(of_file(package, name, file, folder));
                continue;
            }
            Choice::Archive { file, subdirectory } => Origin::Archive {
                file_name: file.name.clone(),
                path: file.path.as_deref().map(|path| normal(&folder.join(path))),
                url: file.url.clone(),
                subdirectory: subdirectory.map(str::to_owned),
                digest: file.digest,
                size: file.size.unwrap_or(0),
            },
            Choice::Vcs(vcs) => of_repository(vcs).map_err(|why| Error::Repository {
                package: package.name.clone(),
                why,
                place: place.clone(),
            })?,
            Choice::Directory(directory) => {
                let path = folder.join(&directory.path);
                let path = normal(&path.join(directory.subdirectory.as_deref().unwrap_or("")));
                let digest = project_digest(context.tree, &path, &place)?;
                Origin::Directory { path, digest }
            }
        };
        wheels.push(of_source(package, origin, request, context)?);
    }
    Ok(Lock::new(wheels))
}

fn of_file(package: &Package, name: WheelName, file: &File, folder: &Utf8Path) -> LockedWheel {
    let origin = match &file.path {
        Some(path) => Origin::File { path: normal(&folder.join(path)) },
        None => Origin::Remote { url: file.url.clone() },
    };
    let version = package.version.clone().unwrap_or_else(|| name.version.clone());
    LockedWheel { version, name, digest: file.digest, size: file.size, origin }
}

/// What a lock says of a repository goes to git and pip, so it is held to the letter.
fn of_repository(vcs: &Vcs) -> Result<Origin, &'static str> {
    let texts = [vcs.url.as_deref(), vcs.path.as_deref(), vcs.subdirectory.as_deref()];
    let is_odd = |text: &str| text.contains(|c: char| c.is_control() || c.is_whitespace());
    if vcs.kind != "git" {
        return Err("of version control only git is known here");
    }
    if !building::is_commit(&vcs.commit) {
        return Err("its `commit-id` is no commit in full");
    }
    if texts.into_iter().flatten().any(is_odd) {
        return Err("its address has a blank");
    }
    Ok(Origin::Git {
        repository: vcs.url.clone().or_else(|| vcs.path.clone()).unwrap_or_default(),
        revision: vcs.requested_revision.clone(),
        commit: vcs.commit.clone(),
        subdirectory: vcs.subdirectory.clone(),
    })
}

/// The wheel of a source: the one that the lock names, or the one that comes of it now.
fn of_source(
    package: &Package,
    origin: Origin,
    request: Request<'_>,
    context: Context<'_>,
) -> Result<LockedWheel, Error> {
    building::may_be_built(&package.name, request)?;
    if let (Some(built), false) = (&package.built, matches!(origin, Origin::Directory { .. })) {
        let name = built.wheel.clone();
        let version = package.version.clone().unwrap_or_else(|| name.version.clone());
        return Ok(LockedWheel { version, name, digest: built.digest, size: None, origin });
    }
    let built = building::rebuild(&origin, &package.name, request, context)?;
    let none = || Error::NoWheelAgain { wheel: package.name.clone() };
    // The folder with the wheel lives as long as `built`.
    let built = built.ok_or_else(none)?;
    store_one(&built.checked, context)?;
    let checked = &built.checked;
    Ok(LockedWheel {
        version: checked.facts.metadata.version.clone(),
        name: checked.name.clone(),
        digest: checked.digest,
        size: Some(checked.size),
        origin,
    })
}

/// Makes the lock that has these wheels; `metadata` is that of each, in their order, and `folder`
/// is where the lock will lie, relative to the root.
pub(crate) fn to_pylock(
    lock: &Lock,
    metadata: &[&Metadata],
    request: Request<'_>,
    folder: &Utf8Path,
) -> Pylock {
    let made = Made { requirements: request.requirements.digest(), target: request.target };
    let each = lock.wheels.iter().zip(metadata);
    let packages = each.map(|(wheel, metadata)| package(wheel, metadata, lock, request, folder));
    Pylock::new(made, packages.collect())
}

fn package(
    wheel: &LockedWheel,
    metadata: &Metadata,
    lock: &Lock,
    request: Request<'_>,
    folder: &Utf8Path,
) -> Package {
    let path = |path: &Utf8PathBuf| {
        let relative = pathdiff::diff_utf8_paths(path, folder).unwrap_or_else(|| path.clone());
        relative.as_str().replace('\\', "/")
    };
    let source = match &wheel.origin {
        Origin::Remote { url } => {
            let name = wheel.name.to_string();
            let path = url.is_none().then(|| name.clone());
            let (url, size) = (url.clone(), wheel.size);
            one_wheel(File { name, url, path, size, digest: wheel.digest })
        }
        Origin::File { path: own } => {
            let (name, size) = (wheel.name.to_string(), wheel.size);
            one_wheel(File { name, url: None, path: Some(path(own)), size, digest: wheel.digest })
        }
        Origin::Directory { path: own, .. } => pylock::Source::Directory(Directory {
            path: path(own),
            editable: false,
            subdirectory: None,
        }),
        Origin::Git { repository, revision, commit, subdirectory } => pylock::Source::Vcs(Vcs {
            kind: "git".to_owned(),
            url: Some(repository.clone()),
            path: None,
            requested_revision: revision.clone(),
            commit: commit.clone(),
            subdirectory: subdirectory.clone(),
        }),
        Origin::Archive { file_name, path: own, url, subdirectory, digest, size } => {
            let name = file_name.clone();
            let is_asked_for =
                building::has_line(own.as_deref(), request) || is_of_line(url.as_deref(), request);
            let own = own.as_ref().map(path);
            let path = own.or_else(|| url.is_none().then(|| name.clone()));
            let file = File { name, url: url.clone(), path, size: Some(*size), digest: *digest };
            if is_asked_for {
                pylock::Source::Archive { file, subdirectory: subdirectory.clone() }
            } else {
                pylock::Source::Distributions { wheels: Vec::new(), sdist: Some(file) }
            }
        }
    };
    let is_kept = wheel.origin.is_built() && !matches!(wheel.origin, Origin::Directory { .. });
    let built = is_kept.then(|| pylock::Built { wheel: wheel.name.clone(), digest: wheel.digest });
    Package {
        name: wheel.name.project.clone(),
        version: Some(wheel.version.clone()),
        marker: None,
        // What is no range of versions would make the lock one that nobody can read.
        requires_python: metadata
            .requires_python
            .clone()
            .filter(|range| pylock::takes(range, request.target).is_ok()),
        dependencies: dependencies(metadata, lock, request),
        source,
        built,
        line: 0,
    }
}

fn one_wheel(file: File) -> pylock::Source {
    pylock::Source::Distributions { wheels: vec![file], sdist: None }
}

/// Whether a line asks for an archive by its address.
fn is_of_line(url: Option<&str>, request: Request<'_>) -> bool {
    url.is_some_and(|url| building::line_with_address(url, request).is_some())
}

/// The projects of the lock that a wheel requires on the target, whatever the extras.
fn dependencies(metadata: &Metadata, lock: &Lock, request: Request<'_>) -> Vec<String> {
    let environment = crate::tags::marker_environment(request.target);
    let required = metadata.requires.iter().filter_map(|line| {
        let required = crate::requirements::parse_named(line).ok()?;
        let extras: Vec<_> = metadata.extras();
        let applies = required.evaluate_markers(&environment, &extras);
        let name = required.name.to_string();
        let is_there = lock.wheels.iter().any(|wheel| wheel.name.project == name);
        (applies && is_there && name != metadata.project).then_some(name)
    });
    let mut names: Vec<String> = required.collect();
    names.sort();
    names.dedup();
    names
}
