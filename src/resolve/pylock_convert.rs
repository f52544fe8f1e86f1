//! Locks become exact wheels, or are stale; and answers become locks beside requirements.
//!
//! A lock of ours says from which lines and for which target it was made; one of another tool is
//! held against the lines: each must find its project, in a version that it allows.

use camino::{Utf8Path, Utf8PathBuf};

use super::building;
use super::{Context, Error, LockedWheel, Request};
use crate::origin::{Directory, File, Origin, Vcs};
use crate::pylock::{self, Package, Pylock, Unfit};
use crate::report::code;
use crate::report::{Failure, Place};
use crate::requirements::{Requirement, project_digest};
use crate::tree::{normal, seen_from, slashes};
use crate::wheel::{self, WheelName};

/// Tells why a lock is not one for a request, as a clause; nothing if it is. It may lack what a line asks
/// for that is not packaged (`is_left_out`): the package is the same with it and without.
pub(crate) fn stale(
    lock: &Pylock,
    path: &Utf8Path,
    request: &Request,
    is_left_out: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if let Some(made) = &lock.made {
        if made.target != request.target {
            return Some(format!("it is for {}, not for {}", made.target, request.target));
        }
        if let Some(why) = other_own_wheel(lock, request) {
            return Some(why);
        }
        // A lock that stands alone is all that there is of requirements.
        let is_alone = request.requirements.path == path;
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let now = &request.requirements.path;
        let is_other = |source: &&String| normal(&folder.join(source)) != normal(now);
        if let Some(source) = made.source.as_ref().filter(is_other).filter(|_| !is_alone) {
            let then = slashes(&normal(&folder.join(source)));
            return Some(format!("it was made from `{then}`, and not from `{now}`"));
        }
        let is_same = is_alone || made.requirements == request.requirements.digest();
        if !is_same {
            return Some("the requirements have changed since".to_owned());
        }
    }
    match pylock::select(lock, path, request.target) {
        Err(Unfit::OtherTarget(failure)) => return Some(failure.message),
        // Any other fault of the lock fails the lambda when the lock is used.
        Err(Unfit::Invalid(_)) => return None,
        Ok(selected) => {
            if let Some((package, required)) = pylock::lacks(lock, &selected, request.target) {
                return Some(format!("`{package}` requires `{required}`, which it has not"));
            }
        }
    }
    let unmet = |line: &&Requirement| {
        let is_gone =
            |project: String| is_left_out(&project) && packages_of(line, lock).next().is_none();
        let is_there = is_met(line, lock) && has_hash(line, lock);
        !is_there && !line.demand.project().is_some_and(is_gone)
    };
    let breaks = |line: &&Requirement| {
        let mut packages = packages_of(line, lock);
        request.applies(line) && packages.any(|it| !line.demand.allows(it.version.as_deref()))
    };
    if let Some(line) = request.requirements.constraints.iter().find(breaks) {
        return Some(format!("it breaks the constraint `{}`", line.text));
    }
    if let Some(line) = request.lines().find(unmet) {
        return Some(format!("it has nothing for `{}`", line.without_hashes()));
    }
    other_own_wheel(lock, request)
}

/// Why a lock is stale because of one of the project's own wheels: another file may have taken its
/// name, and then no line has changed.
fn other_own_wheel(lock: &Pylock, request: &Request) -> Option<String> {
    let origins = || lock.packages.iter().flat_map(|package| &package.origins);
    let wheels = || origins().filter(|it| matches!(it, Origin::Wheel(_) | Origin::Archive { .. }));
    let has = |digest| wheels().filter_map(Origin::file).any(|file| file.digest == Some(digest));
    let mut own = request.lines().filter_map(|line| line.own.as_ref());
    let (path, _) = own.find(|(_, digest)| !has(*digest))?;
    Some(format!("it does not have `{path}` as it is now"))
}

/// The packages of a lock that a line asks for by name.
fn packages_of<'a>(line: &Requirement, lock: &'a Pylock) -> impl Iterator<Item = &'a Package> {
    let project = line.demand.project();
    lock.packages.iter().filter(move |package| Some(&package.name) == project.as_ref())
}

/// Whether a lock has a file with one of the hashes of a line, if that has any.
fn has_hash(line: &Requirement, lock: &Pylock) -> bool {
    // A repository and a folder have no hash: a line that names one demands none.
    let is_it = |file: &File| file.digest.is_some_and(|digest| line.has_hash(digest));
    let has_one = |origin: &Origin| origin.file().is_none_or(is_it);
    line.hashes.is_empty() || packages_of(line, lock).any(|it| it.origins.iter().any(has_one))
}

/// Whether some package of a lock is what a line asks for.
fn is_met(line: &Requirement, lock: &Pylock) -> bool {
    // The project of a source may not be known before it is built.
    line.demand.project().is_none()
        || packages_of(line, lock).any(|it| line.demand.allows(it.version.as_deref()))
}

/// Returns the exact wheels of a lock, sorted by name; what it has as a source, and no wheel of
/// it, is built. `path` is that of the lock, relative to the root.
///
/// # Errors
///
/// A lock that can't be used for the target; those of a build.
pub(crate) fn wheels(
    lock: &Pylock,
    path: &Utf8Path,
    context: Context<'_>,
) -> Result<Vec<LockedWheel>, Error> {
    let Context { request, tree, .. } = context;
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let mut wheels = Vec::new();
    for (package, origin) in pylock::select(lock, path, request.target)? {
        let place = Place::new(path, package.line);
        let below = |path: Utf8PathBuf| normal(&folder.join(path));
        let version = package.version.clone();
        let origin = match origin {
            Origin::Wheel(file) => {
                let name = WheelName::new(&file.name)?;
                let digest = file.digest.expect("a lock has the digest of every file");
                // A lock has a path that does not exist in place of an address with a password, for
                // the specification demands one of the two.
                let url = file.url.filter(|_| file.path.is_none());
                let path = match file.path.map(below) {
                    Some(path) if tree.kind(&path)?.is_some() => Some(path),
                    _ => None,
                };
                let origin = Origin::Wheel(File { path, url, ..file });
                wheels.push(LockedWheel { name, version, digest, origin });
                continue;
            }
            Origin::Sdist(file) => Origin::Sdist(File { path: file.path.map(below), ..file }),
            Origin::Archive { file, subdirectory } => {
                let file = File { path: file.path.map(below), ..file };
                Origin::Archive { file, subdirectory }
            }
            Origin::Vcs(vcs) => of_repository(vcs).map_err(|why| {
                let message = format!("`{}` of the lock can't be built: {why}", package.name);
                Failure::lambda("lock-repository", message)
                    .place(place.clone())
                    .hint("lock it anew with the commit in full")
            })?,
            Origin::Directory(Directory { path, subdirectory, .. }) => {
                let path = below(path.join(subdirectory.as_deref().unwrap_or("")));
                let known = request.origins().find_map(|own| match own {
                    Origin::Directory(own) if own.path == path => own.digest,
                    _ => None,
                });
                let digest = match known {
                    Some(digest) => digest,
                    None => project_digest(tree, &path, &place)?,
                };
                Origin::directory(path, digest)
            }
        };
        wheels.push(of_source(package, origin, path, context)?);
    }
    wheels.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(wheels)
}

/// Checks what a lock says of a repository, for it goes to git and pip as arguments and lines.
fn of_repository(vcs: Vcs) -> Result<Origin, &'static str> {
    let texts = [vcs.url.as_deref(), vcs.path.as_deref(), vcs.subdirectory.as_deref()];
    let has_blank = |text: &str| text.contains(|c: char| c.is_control() || c.is_whitespace());
    if vcs.kind != "git" {
        return Err("of version control only git is known here");
    }
    if !vcs.commit.as_deref().is_some_and(building::is_commit) {
        return Err("its `commit-id` is no commit in full");
    }
    if texts.into_iter().flatten().any(has_blank) {
        return Err("its address has a blank");
    }
    Ok(Origin::Vcs(vcs))
}

/// The wheel of a source: the one that the lock names, or the one that comes of it now.
fn of_source(
    package: &Package,
    origin: Origin,
    path: &Utf8Path,
    context: Context<'_>,
) -> Result<LockedWheel, Error> {
    let name = &package.name;
    building::may_build(context.request, name, &context.request.place())?;
    // The files of a folder change, and only an answer of the store has the digest of those from
    // which the wheel was built.
    let is_known = match (&origin, &package.origins[..]) {
        (Origin::Directory(now), [Origin::Directory(then)]) => now.digest == then.digest,
        _ => true,
    };
    if let Some(built) = package.built.as_ref().filter(|_| is_known) {
        let (name, version) = (built.wheel.clone(), package.version.clone());
        return Ok(LockedWheel { name, version, digest: built.digest, origin });
    }
    // The folder with the wheel lives as long as this.
    let built = building::rebuild(&origin, name, name, context)?;
    let checked = &built.checked;
    // As pip does ("inconsistent name"): what is in the package would not be what the lock says.
    if checked.name.project != *name {
        let project = &checked.name.project;
        let message = format!("what the lock has as `{name}` is a project named `{project}`");
        return Err(Failure::lambda(code::OTHER_PROJECT, message)
            .place(Place::new(path, package.line))
            .hint("lock it anew, with the right address")
            .into());
    }
    wheel::take_in(context.store, checked, &checked.path)?;
    let version = Some(checked.facts.metadata.version.clone());
    Ok(LockedWheel { version, name: checked.name.clone(), digest: checked.digest, origin })
}

/// Makes an answer the lock of a folder, which is relative to the root: its paths begin there, and
/// that of the file from which it is made.
pub(crate) fn beside(mut lock: Pylock, folder: &Utf8Path, source: &Utf8Path) -> Pylock {
    let seen_from_there = |path: &mut Utf8PathBuf| {
        *path = seen_from(folder, path).as_str().replace('\\', "/").into();
    };
    if let Some(made) = &mut lock.made {
        let mut source = source.to_owned();
        seen_from_there(&mut source);
        made.source = Some(source.into_string());
    }
    for package in &mut lock.packages {
        for origin in &mut package.origins {
            match origin {
                Origin::Wheel(file) | Origin::Sdist(file) | Origin::Archive { file, .. } => {
                    file.path.iter_mut().for_each(seen_from_there);
                }
                Origin::Directory(directory) => {
                    seen_from_there(&mut directory.path);
                    // Other people's copy of the folder may differ, and would give another wheel.
                    package.built = None;
                }
                Origin::Vcs(_) => {}
            }
        }
    }
    lock
}
