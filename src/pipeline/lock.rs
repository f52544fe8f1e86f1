//! Locks: what lambdas resolve to, written beside their requirements.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::prepare::{self, FoundLock, Prepared};
use super::request::{request, unusable};
use super::unread::UNREAD;
use super::{Job, Pipeline, Ready, assemble, failed, sort_out, target};
use crate::digest::Sha256Digest;
use crate::event::Event;
use crate::lambda::Lambda;
use crate::origin::Origin;
use crate::pylock::{self, Made, Pylock, Said};
use crate::report::{Failure, LockStatus, Locked, Warning, hold};
use crate::requirements::{self, Tool};
use crate::resolve::{self, Request, Source};

/// Which versions of a lock may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Upgrade {
    /// Fresh locks stay, and the versions of stale ones that the requirements still allow.
    Nothing,
    /// Everything is resolved again.
    All,
    /// These projects, and what they require, may have other versions.
    These(BTreeSet<String>),
}

impl Upgrade {
    /// Reads the values of `--upgrade`. An option without a value, which comes as an empty text, is
    /// for all projects, whatever the others name.
    pub(crate) fn of(names: &[String]) -> Self {
        if names.is_empty() {
            return Self::Nothing;
        }
        if names.iter().any(String::is_empty) {
            return Self::All;
        }
        let normal = |name: &String| {
            let named = requirements::parse_named(name);
            named.map_or_else(|_| name.clone(), |named| named.name.to_string())
        };
        Self::These(names.iter().map(normal).collect())
    }
}

/// A lambda about to be locked.
struct Candidate {
    lambda: Lambda,
    request: Request,
    found: Option<FoundLock>,
    /// Why that is stale; nothing if it is fresh.
    stale: Option<String>,
    /// Who said its target.
    said: Said,
}

impl Candidate {
    /// Where its lock is, or will be, relative to the root.
    fn path(&self) -> Utf8PathBuf {
        match &self.found {
            // One that stands alone may be elsewhere.
            Some(found) if found.path == self.request.requirements.path => found.path.clone(),
            None if self.stale.is_some() => self.request.requirements.path.clone(),
            Some(_) | None => self.lambda.lock(),
        }
    }

    /// Whether another tool has locked it.
    fn is_of_other(&self) -> bool {
        let requirements = &self.request.requirements;
        let is_alone = self.found.as_ref().is_some_and(|it| it.path == requirements.path);
        Tool::of(&requirements.path).is_some() && (is_alone || requirements.is_locked())
    }

    /// Its lock, if that is fresh.
    fn fresh(&self) -> Option<&FoundLock> {
        self.found.as_ref().filter(|_| self.stale.is_none())
    }

    /// Tells of the lock as it is.
    fn as_it_is(&self) -> Locked {
        let status = match (&self.found, &self.stale) {
            (_, None) if self.is_of_other() => LockStatus::Hashed,
            (Some(_), None) => LockStatus::Fresh,
            _ if self.request.requirements.is_locked() => LockStatus::Hashed,
            (_, Some(_)) => LockStatus::Stale,
            (None, None) => LockStatus::Missing,
        };
        let packages = match self.fresh() {
            Some(found) => found.lock.packages.len(),
            None if self.is_of_other() => self.request.requirements.requirements.len(),
            None => 0,
        };
        self.locked(status, packages)
    }

    fn locked(&self, status: LockStatus, packages: usize) -> Locked {
        let path = match status {
            // Its lines are the lock.
            LockStatus::Hashed => self.request.requirements.path.clone(),
            LockStatus::Written | LockStatus::Fresh | LockStatus::Stale | LockStatus::Missing => {
                self.path()
            }
        };
        let (name, path) = (self.lambda.name.to_string(), path.to_string());
        Locked { name, path, status, packages: packages as u64, reason: self.stale.clone() }
    }
}

/// Locks, and what could not be locked; each in the order of the jobs.
type Locks = (Vec<Locked>, Vec<Failure>);

impl Pipeline<'_> {
    /// Tells which lambdas have a fresh lock; those without requirements need none.
    pub(crate) fn check_locks(&self, jobs: Vec<Job>) -> Locks {
        let (candidates, failures) = self.candidates(jobs);
        let checked: Vec<Locked> = candidates.iter().map(Candidate::as_it_is).collect();
        for locked in checked.iter().filter(|locked| !locked.status.is_locked()) {
            self.reporter.report(&Event::Locked(locked));
        }
        (checked, failures)
    }

    /// Locks lambdas: each lock is written whole, and only if it changes.
    pub(crate) fn lock(&self, jobs: Vec<Job>, upgrade: &Upgrade) -> Result<Locks, Failure> {
        let (candidates, mut failures) = self.candidates(jobs);
        if let Upgrade::These(names) = upgrade {
            self.warn_of_unknown(names, &candidates);
        }
        let mut distinct: BTreeMap<(Sha256Digest, Vec<String>), &Candidate> = BTreeMap::new();
        let mut asked = Vec::new();
        for candidate in &candidates {
            // The requirements of a folder may have changed, which only a build shows: so its lock
            // is always made anew.
            let has_folder = |found: &FoundLock| {
                let mut packages = found.lock.packages.iter();
                packages.any(|it| matches!(it.origins[..], [Origin::Directory(_)]))
            };
            let is_fresh = candidate.fresh().is_some_and(|found| !has_folder(found));
            // A lock that stands alone can't be made from anything.
            let is_alone = candidate.request.requirements.requirements.is_empty();
            if let (true, Some(why)) = (is_alone, &candidate.stale) {
                failures.push(*failed(unusable(&candidate.path(), why), &candidate.lambda));
                continue;
            }
            let is_kept = is_alone || candidate.is_of_other();
            if is_kept || (*upgrade == Upgrade::Nothing && is_fresh) {
                asked.push((candidate, None));
                continue;
            }
            let key = resolve::key(&candidate.request, self.environment);
            let key = (key, pins(candidate, upgrade));
            distinct.entry(key.clone()).or_insert(candidate);
            asked.push((candidate, Some(key)));
        }
        let resolved: BTreeMap<_, Result<Pylock, Failure>> = distinct
            .into_par_iter()
            .map(|(key, candidate)| {
                let resolved = hold(|| self.resolve(candidate, &key, upgrade));
                (key, resolved)
            })
            .collect();
        let written = asked.into_iter().map(|(candidate, key)| {
            let Some(key) = key else {
                return self.say(candidate).map_err(|failure| failed(failure, &candidate.lambda));
            };
            let lock = resolved[&key].clone();
            let locked = lock.and_then(|lock| hold(|| self.write_lock(candidate, lock)));
            locked.map_err(|failure| failed(failure, &candidate.lambda))
        });
        let locks = sort_out(written.collect(), &mut failures);
        for locked in &locks {
            self.reporter.report(&Event::Locked(locked));
        }
        Ok((locks, failures))
    }

    /// Warns of packages that are to be upgraded and are in no lock, though there are locks.
    fn warn_of_unknown(&self, names: &BTreeSet<String>, candidates: &[Candidate]) {
        if candidates.iter().any(|candidate| candidate.found.is_none()) {
            return;
        }
        let is_known = |name: &&String| {
            candidates.iter().any(|candidate| {
                let lines = &candidate.request.requirements.requirements;
                let packages = candidate.found.iter().flat_map(|found| &found.lock.packages);
                packages.into_iter().any(|package| package.name == **name)
                    || lines.iter().any(|line| line.demand.project().as_ref() == Some(name))
            })
        };
        for name in names.iter().filter(|name| !is_known(name)) {
            let message = format!("no lock has a package `{name}` to be upgraded");
            let warning = Warning::new("upgrade-unknown", message)
                .hint("name a package of the lock; the name of a lambda stands before `--upgrade`");
            self.reporter.warn(&warning);
        }
    }

    /// The lambdas that can have a lock: those with requirements.
    fn candidates(&self, jobs: Vec<Job>) -> (Vec<Candidate>, Vec<Failure>) {
        let mut failures = Vec::new();
        let prepared = sort_out(prepare::prepare(self, jobs), &mut failures);
        let mut warnings = Vec::new();
        let (asking, others): (Vec<_>, Vec<_>) =
            prepared.into_iter().partition(|it| it.requirements.is_some());
        self.check_unread(others, &mut failures);
        let candidate = |prepared: Prepared| {
            let Prepared { job, requirements, lock: found, stale, warnings: own, .. } = prepared;
            let requirements = requirements?;
            let request = request(&job, requirements);
            let of_found =
                |found: &FoundLock| hold(|| Ok::<_, Failure>(found.stale(&request, &job)));
            let stale = match (stale, &found) {
                (None, Some(found)) => of_found(found),
                (stale, _) => Ok(stale),
            };
            let stale = stale.map_err(|failure| failures.push(*failed(failure, &job.lambda)));
            let stale = stale.ok()?;
            let said = target::said(&job, found.as_ref().and_then(|it| it.lock.made.as_ref()));
            let lambda = job.lambda.clone();
            warnings.push((job, own));
            Some(Candidate { lambda, request, found, stale, said })
        };
        let candidates: Vec<_> = asking.into_iter().filter_map(candidate).collect();
        let targets = warnings.iter().map(|(job, own)| (job, &own[..]));
        target::warn_of_targets(targets, self.reporter);
        (candidates, failures)
    }

    /// Fails lambdas without requirements that import what a file further up asks for. What can't be
    /// packaged for another reason needs no lock either.
    fn check_unread(&self, prepared: Vec<Prepared>, failures: &mut Vec<Failure>) {
        let ready = prepared.into_iter().map(|prepared| Ready::new(prepared, None));
        let assembled: Vec<_> = ready.filter_map(|it| assemble(it).ok()).collect();
        let found = self.imports(&assembled.iter().collect::<Vec<_>>());
        let unread = found.into_iter().filter_map(Result::err);
        failures.extend(unread.filter(|it| it.code == UNREAD).map(|it| *it));
    }

    /// Resolves with the versions that may stay as constraints. Those of projects that the resolver
    /// names in a contradiction are dropped, and it is asked again.
    fn resolve(
        &self,
        candidate: &Candidate,
        (key, pins): &(Sha256Digest, Vec<String>),
        upgrade: &Upgrade,
    ) -> Result<Pylock, Failure> {
        let mut context = self.resolving(&candidate.request, self.store()?);
        let may_be_known = *upgrade == Upgrade::Nothing && pins.is_empty();
        if context.source == Source::StoreFirst && !may_be_known {
            context.source = Source::Resolver;
        }
        let mut stay = pins.clone();
        let lock = loop {
            match resolve::resolve(*key, &stay, context) {
                Err(error) if !stay.is_empty() && error.may_be_of_pins() => {
                    free(&mut stay, &Failure::from(error).causes.join("\n"));
                }
                other => break other?,
            }
        };
        self.warn_of_moved(candidate, pins, &stay);
        Ok(lock)
    }

    /// Tells which versions could not stay.
    fn warn_of_moved(&self, candidate: &Candidate, pins: &[String], stay: &[String]) {
        let moved: Vec<String> =
            pins.iter().filter(|pin| !stay.contains(pin)).map(|pin| format!("`{pin}`")).collect();
        if moved.is_empty() {
            return;
        }
        let moved = moved.join(", ");
        let message = format!("versions that could not stay were chosen anew: {moved}");
        let warning = Warning::new("lock-versions-moved", message);
        self.reporter.warn_of(candidate.lambda.name.as_str(), &warning);
    }

    fn write_lock(&self, candidate: &Candidate, lock: Pylock) -> Result<Locked, Failure> {
        let path = candidate.path();
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        // It may have been resolved for another lambda with the same lines, in another folder.
        let source = &candidate.request.requirements.path;
        let lock = resolve::relocated(lock, &candidate.request);
        let mut made = resolve::beside(lock, folder, source);
        made.made.iter_mut().for_each(|made| made.said = candidate.said);
        self.keep(candidate, &made)
    }

    /// Tells of the lock as it is; one that is fresh, and does not have yet who said its target, gets
    /// that.
    fn say(&self, candidate: &Candidate) -> Result<Locked, Failure> {
        let with_all = |found: &FoundLock| {
            let made =
                found.lock.made.clone().filter(|made| made.said.or(candidate.said) != made.said)?;
            let made = Some(Made { said: made.said.or(candidate.said), ..made });
            Some(Pylock { made, ..found.lock.clone() })
        };
        match candidate.fresh().and_then(with_all) {
            Some(lock) => self.keep(candidate, &lock),
            None => Ok(candidate.as_it_is()),
        }
    }

    /// Writes a lock, if that changes it.
    fn keep(&self, candidate: &Candidate, lock: &Pylock) -> Result<Locked, Failure> {
        let path = candidate.path();
        let text = pylock::write(lock);
        let is_same = self.tree.read(&path)?.is_some_and(|bytes| bytes == text.as_bytes());
        if !is_same {
            self.tree.write(&path, text.as_bytes())?;
        }
        let status = if is_same { LockStatus::Fresh } else { LockStatus::Written };
        Ok(candidate.locked(status, lock.packages.len()))
    }
}

/// The versions of a lock that are to stay, as constraints.
fn pins(candidate: &Candidate, upgrade: &Upgrade) -> Vec<String> {
    let Some(found) = &candidate.found else { return Vec::new() };
    let free = match upgrade {
        Upgrade::All => return Vec::new(),
        Upgrade::Nothing => BTreeSet::new(),
        Upgrade::These(names) => with_dependencies(names, &found.lock),
    };
    let lines = &candidate.request.requirements.requirements;
    let allows = |package: &pylock::Package| {
        let own = lines.iter().filter(|line| line.demand.project().as_ref() == Some(&package.name));
        // A line with a path or an address decides the version itself: once its file has another
        // one, the old version as a constraint would contradict it.
        own.into_iter()
            .all(|line| !line.demand.is_direct() && line.demand.allows(package.version.as_deref()))
    };
    let stay = found.lock.packages.iter().filter(|package| {
        let is_of_index = |it: &Origin| matches!(it, Origin::Wheel(_) | Origin::Sdist(_));
        package.origins.iter().all(is_of_index)
            && package.built.is_none()
            && !free.contains(&package.name)
            && allows(package)
    });
    stay.filter_map(|package| Some(format!("{}=={}", package.name, package.version.as_ref()?)))
        .collect()
}

/// Removes the pins of the projects that a resolver names; all of them, if it names none. So each
/// try has fewer, and the last has none.
fn free(pins: &mut Vec<String>, said: &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let words: BTreeSet<String> = said
        .split(|c| !is_part(c))
        .map(|word| word.to_lowercase().replace(['_', '.'], "-"))
        .collect();
    let count = pins.len();
    pins.retain(|pin| pin.split("==").next().is_none_or(|name| !words.contains(name)));
    if pins.len() == count {
        pins.clear();
    }
}

/// Projects, with those that they require in a lock, directly or not.
fn with_dependencies(names: &BTreeSet<String>, lock: &Pylock) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut waiting: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        if all.insert(name.clone()) {
            let package = lock.packages.iter().find(|package| package.name == name);
            let dependencies = package.iter().flat_map(|it| &it.dependencies);
            waiting.extend(dependencies.map(|it| it.name.clone()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_resolver_names_is_freed_and_everything_where_it_names_nothing() {
        let all = ["botocore==1.34.0", "python-dateutil==2.8.2", "six==1.16.0"];
        let all: Vec<String> = all.map(str::to_owned).to_vec();
        let mut pins = all.clone();
        free(
            &mut pins,
            "boto3 1.35 depends on botocore<1.36\nThe user requested Python_Dateutil==2",
        );
        assert_eq!(pins, ["six==1.16.0"]);
        free(&mut pins, "no such thing");
        assert_eq!(pins, Vec::<String>::new());
    }
}
