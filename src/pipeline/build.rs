//! Steps four and five: archives are written, synced and renamed.

use rayon::prelude::*;

use super::repair::{damage_of, damaged};
use super::{Assembled, Job, Pipeline, failed, sort_out};
use crate::archive::{self, Archive, Staged};
use crate::checks;
use crate::event::{Event, Of};
use crate::report::{Change, Failure, Package, Report, Stage, Status, Warning, hold};

/// How many archives are staged at a time: each is an open file until it has its name, and macOS
/// allows a process 256 of them unless the limit is raised (`launchctl limit maxfiles`).
const GROUP: usize = 64;

/// What becomes of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// They are written and get their names, but where the zip that is there has their bytes.
    Publish,
    /// The same, whatever is there.
    Force,
    /// They are hashed, and compared with the zips that are there.
    Compare,
    /// They are only hashed.
    Hash,
}

impl Effect {
    /// Whether zips are written.
    pub(crate) fn is_written(self) -> bool {
        matches!(self, Self::Publish | Self::Force)
    }
}

/// Makes an archive that is only hashed, and finds something out beside it.
type Hash<'a, T> = dyn Fn(&Assembled) -> Result<(Archive, T), Failure> + Sync + 'a;

/// Makes an archive.
type Write<'a, T> = dyn Fn(&Assembled) -> Result<Written<T>, Failure> + Sync + 'a;

/// An archive that has no name yet.
struct Written<T> {
    archive: Archive,
    /// The archive in a temporary file beside its target, unless it is only hashed.
    staged: Option<Staged>,
    /// What it is where it is not staged.
    status: Status,
    /// What is other than in the zip that it replaces.
    change: Option<Change>,
    /// What was found out beside it.
    found: T,
}

impl<T> Written<T> {
    /// An archive that is only hashed.
    fn hashed(archive: Archive, found: T) -> Self {
        Self { archive, staged: None, status: Status::WouldBuild, change: None, found }
    }
}

/// A package, with what it was made of and what was found out when it was hashed.
pub(crate) struct Hashed<T> {
    pub(crate) assembled: Assembled,
    pub(crate) package: Package,
    pub(crate) found: T,
}

/// Packages, and the failures of the others.
pub(crate) type Made<T> = (Vec<Hashed<T>>, Vec<Failure>);

/// An archive that has its name or its hash, with its lambda.
struct Published<T> {
    assembled: Assembled,
    archive: Archive,
    status: Status,
    /// What is other than in the zip that it replaces.
    change: Option<Change>,
    found: T,
}

impl Pipeline<'_> {
    /// Writes and publishes archives.
    ///
    /// No archive gets its name before every wheel in it was hashed, and its digest was that with
    /// which it entered the store.
    pub(crate) fn build(
        &self,
        assembled: Vec<Assembled>,
        effect: Effect,
    ) -> Result<Report, Failure> {
        let mut refused = Vec::new();
        let assembled = self.check_imports(assembled, &mut refused);
        let (made, mut failures) = self.make(assembled, &|it| {
            Ok(match effect {
                Effect::Hash => Written::hashed(archive::hash(self.tree, &it.contents)?, ()),
                Effect::Compare => {
                    let (archive, is_there) =
                        archive::compare_with(self.tree, &it.contents, &it.job.output)?;
                    let status = if is_there { Status::Unchanged } else { Status::WouldBuild };
                    Written { status, ..Written::hashed(archive, ()) }
                }
                Effect::Publish | Effect::Force => {
                    let is_forced = effect == Effect::Force;
                    let (archive, staged) =
                        archive::stage(self.tree, &it.contents, &it.job.output, is_forced)?;
                    let is_own = |path: &str| {
                        it.contents.get(path).is_some_and(|entry| entry.data.place().is_some())
                    };
                    let change = staged.as_ref().and_then(|it| it.change(&archive, &is_own));
                    let status = Status::Unchanged;
                    Written { staged, change, status, ..Written::hashed(archive, ()) }
                }
            })
        })?;
        let packages = made.into_iter().map(|made| made.package).collect();
        failures.append(&mut refused);
        Ok(Report { packages, failures })
    }

    /// Makes packages that are only hashed, by `hash`, and returns what each was made of, so that a
    /// caller who compares them need not lay them out again. Packages and failures are sorted by
    /// name.
    pub(crate) fn hash_with<T: Send>(
        &self,
        jobs: Vec<Job>,
        hash: &Hash<'_, T>,
    ) -> Result<Made<T>, Failure> {
        let (assembled, unassembled) = self.survey(jobs)?;
        let (mut made, mut failures) = self.make(assembled, &|it| {
            let (archive, found) = hash(it)?;
            Ok(Written::hashed(archive, found))
        })?;
        failures.extend(unassembled);
        made.sort_by(|one, other| one.package.name.cmp(&other.package.name));
        failures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok((made, failures))
    }

    /// Makes packages that are only hashed.
    pub(crate) fn hash(&self, jobs: Vec<Job>) -> Result<Made<()>, Failure> {
        self.hash_with(jobs, &|it| Ok((archive::hash(self.tree, &it.contents)?, ())))
    }

    fn make<T: Send>(
        &self,
        assembled: Vec<Assembled>,
        write: &Write<'_, T>,
    ) -> Result<Made<T>, Failure> {
        let (mut failures, mut made) = (Vec::new(), Vec::new());
        let first = &assembled[..assembled.len().min(GROUP)];
        let (damaged, written) = rayon::join(
            || {
                let damaged = || damaged(assembled.iter().filter_map(|it| it.wheels.as_ref()));
                self.reporter.during(Stage::Hash, Of::Run, damaged)
            },
            || first.par_iter().map(|it| self.write(it, write)).collect::<Vec<_>>(),
        );
        let is_damaged = |it: &Assembled| damage_of(it.wheels.as_ref(), &damaged).is_some();
        let jobs = assembled.iter().filter(|it| is_damaged(it)).map(|it| it.original.clone());
        let mut again = self.again(jobs.collect(), &damaged, &mut failures)?;
        // Archives with damaged wheels are dropped, which removes their files.
        let written = written.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let mut rest: Vec<_> = assembled
            .into_iter()
            .zip(written)
            .filter_map(|(assembled, written)| match is_damaged(&assembled) {
                true => again.remove(&assembled.job.lambda.name).map(|again| (again, None)),
                false => Some((assembled, written)),
            })
            .collect();
        while !rest.is_empty() {
            let next = rest.split_off(GROUP.min(rest.len()));
            let group = std::mem::replace(&mut rest, next).into_par_iter();
            let written = group.map(|(assembled, written)| {
                let written = written.unwrap_or_else(|| self.write(&assembled, write))?;
                Ok((assembled, written))
            });
            let written = sort_out(written.collect(), &mut failures);
            for mut published in sort_out(self.publish(written), &mut failures) {
                // Such a zip reaches Lambda only through S3.
                let too_large =
                    checks::check_zip(&published.assembled.contents, published.archive.size);
                too_large.into_iter().for_each(|it| self.warn(&mut published.assembled, it));
                let package = package(&published);
                self.reporter.report(&Event::Packaged(&package));
                let Published { assembled, found, .. } = published;
                made.push(Hashed { assembled, package, found });
            }
        }
        Ok((made, failures))
    }

    fn write<T>(
        &self,
        assembled: &Assembled,
        write: &Write<'_, T>,
    ) -> Result<Written<T>, Box<Failure>> {
        let write = || {
            checks::check_unpacked(&assembled.contents, &assembled.layer_sizes())?;
            write(assembled)
        };
        let name = &assembled.job.lambda.name;
        let written = self.during(Stage::Archive, name, || hold(write));
        let written = written.map_err(|error| failed(error, &assembled.job.lambda))?;
        self.reporter.report(&Event::Written);
        Ok(written)
    }

    /// Syncs archives in temporary files and gives them their names; those without a file are
    /// passed on.
    fn publish<T>(
        &self,
        written: Vec<(Assembled, Written<T>)>,
    ) -> Vec<Result<Published<T>, Box<Failure>>> {
        let staged: Vec<&Staged> =
            written.iter().filter_map(|(_, written)| written.staged.as_ref()).collect();
        let sync = || archive::sync(self.tree, &staged);
        let mut synced = match staged.is_empty() {
            true => Vec::new().into_iter(),
            false => self.reporter.during(Stage::Sync, Of::Run, sync).into_iter(),
        };
        let mut results = Vec::new();
        let (mut ready, mut files) = (Vec::new(), Vec::new());
        for (assembled, written) in written {
            let Written { archive, staged, status, change, found } = written;
            let Some(file) = staged else {
                results.push(Ok(Published { assembled, archive, status, change, found }));
                continue;
            };
            match synced.next().expect("each staged file was synced") {
                Ok(()) => {
                    let status = Status::Built;
                    ready.push(Published { assembled, archive, status, change, found });
                    files.push(file);
                }
                Err(error) => results.push(Err(failed(error, &assembled.job.lambda))),
            }
        }
        let named = match files.is_empty() {
            true => Vec::new(),
            false => {
                let publish = || archive::publish(self.tree, files);
                self.reporter.during(Stage::Rename, Of::Run, publish)
            }
        };
        for (mut ready, published) in ready.into_iter().zip(named) {
            let failure = published.map_err(|error| failed(error, &ready.assembled.job.lambda));
            results.push(failure.map(|failure| {
                let warning = failure.as_ref().map(unsynced);
                warning.into_iter().for_each(|it| self.warn(&mut ready.assembled, it));
                ready
            }));
        }
        results
    }

    /// Adds a warning that came up after the survey, and reports it. An archive that is hashed first
    /// and written later may have it already.
    pub(super) fn warn(&self, assembled: &mut Assembled, warning: Warning) {
        if !assembled.warnings.contains(&warning) {
            self.reporter.warn_of(assembled.job.lambda.name.as_str(), &warning);
            assembled.warnings.push(warning);
        }
    }
}

/// The warning for a zip in a folder that can't be synced: until that is, a power loss can undo the
/// rename (fsync(2)).
fn unsynced(failure: &Failure) -> Warning {
    let message = format!("{}: a power loss may bring back the old zip", failure.message);
    Warning::new("not-synced", message)
}

/// Makes the report's package of what was published.
fn package<T>(published: &Published<T>) -> Package {
    let Published { assembled, archive, status, change, .. } = published;
    let Assembled { job, wheels, warnings, .. } = assembled;
    Package {
        name: job.lambda.name.to_string(),
        kind: job.lambda.kind,
        status: *status,
        path: job.shown_output.clone(),
        digest: archive.digest,
        size: archive.size,
        unpacked_size: archive.unpacked_size,
        entries: archive.entries,
        python: job.python.as_ref().map(|python| python.value.to_string()),
        architecture: job.architecture.value.to_string(),
        locked: wheels.as_ref().is_none_or(|set| set.is_locked),
        requirements: wheels.as_ref().map(|set| set.packaged()).unwrap_or_default(),
        left_out: wheels.as_ref().map(|set| set.left_out.clone()).unwrap_or_default(),
        warnings: warnings.clone(),
        change: change.clone(),
    }
}
