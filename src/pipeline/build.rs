//! Steps four and five: archives are written, synced and renamed.

use rayon::prelude::*;

use super::repair::{damage_of, damaged};
use super::{Assembled, Job, Pipeline, failed, sort_out};
use crate::archive::{self, Archive, Staged};
use crate::checks;
use crate::contents::Contents;
use crate::event::Event;
use crate::report::{Failure, Package, Report, Status, Warning};

/// How many archives are staged at a time: each is an open file until it has its name, and macOS
/// allows a process 256 of them unless the limit is raised (`launchctl limit maxfiles`).
const GROUP: usize = 64;

/// What becomes of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// They are written and get their names.
    Publish,
    /// They are only hashed.
    HashOnly,
}

/// Makes an archive that is only hashed.
type Hash<'a> = dyn Fn(&Job, &Contents) -> Result<Archive, Failure> + Sync + 'a;

/// Makes an archive.
type Write<'a> = dyn Fn(&Assembled) -> Result<Written, Failure> + Sync + 'a;

/// An archive that has no name yet.
enum Written {
    /// In a temporary file beside its target.
    Staged(Staged),
    /// In no file.
    Hashed(Archive),
}

impl Written {
    /// The archive in a temporary file, if it is in one.
    fn staged(&self) -> Option<&Staged> {
        match self {
            Self::Staged(staged) => Some(staged),
            Self::Hashed(_) => None,
        }
    }
}

/// Packages, each with its contents, and the failures of the others.
pub(crate) type Made = (Vec<(Assembled, Package)>, Vec<Failure>);

/// An archive that has its name or its hash, with its lambda.
type Published = (Assembled, Archive, Status);

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
        let (made, failures) = match effect {
            Effect::HashOnly => self
                .make(assembled, &|it| archive::hash(self.tree, &it.contents).map(Written::Hashed)),
            Effect::Publish => self.make(assembled, &|it| {
                archive::stage(self.tree, &it.contents, &it.job.output).map(Written::Staged)
            }),
        }?;
        let packages = made.into_iter().map(|(_, package)| package).collect();
        Ok(Report { packages, failures })
    }

    /// Makes packages that are only hashed, by `hash`, and returns the contents of each, so that a
    /// caller who compares them need not lay them out again. `hash` is called twice for a package
    /// with a damaged wheel: the second call counts. Packages and failures are sorted by name.
    pub(crate) fn hash(&self, jobs: Vec<Job>, hash: &Hash<'_>) -> Result<Made, Failure> {
        let (assembled, unassembled) = self.survey(jobs)?;
        let (mut made, mut failures) =
            self.make(assembled, &|it| hash(&it.job, &it.contents).map(Written::Hashed))?;
        failures.extend(unassembled);
        made.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        failures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok((made, failures))
    }

    fn make(&self, assembled: Vec<Assembled>, write: &Write<'_>) -> Result<Made, Failure> {
        let (mut failures, mut made) = (Vec::new(), Vec::new());
        let first = &assembled[..assembled.len().min(GROUP)];
        let (damaged, written) = rayon::join(
            || damaged(assembled.iter().filter_map(|it| it.wheels.as_ref())),
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
                self.check_size(&mut published);
                let package = package(&published);
                self.reporter.report(&Event::Packaged(&package));
                made.push((published.0, package));
            }
        }
        Ok((made, failures))
    }

    fn write(&self, assembled: &Assembled, write: &Write<'_>) -> Result<Written, Box<Failure>> {
        let written = write(assembled).map_err(|error| failed(error, &assembled.job.lambda))?;
        self.reporter.report(&Event::Written);
        Ok(written)
    }

    /// Syncs archives in temporary files and gives them their names; those without a file are
    /// passed on.
    fn publish(&self, written: Vec<(Assembled, Written)>) -> Vec<Result<Published, Box<Failure>>> {
        let staged: Vec<&Staged> =
            written.iter().filter_map(|(_, written)| written.staged()).collect();
        let mut synced = archive::sync(self.tree, &staged).into_iter();
        let mut results = Vec::new();
        let (mut ready, mut files) = (Vec::new(), Vec::new());
        for (assembled, written) in written {
            match written {
                Written::Hashed(archive) => {
                    results.push(Ok((assembled, archive, Status::WouldBuild)));
                }
                Written::Staged(file) => {
                    match synced.next().expect("each staged file was synced") {
                        Ok(()) => {
                            ready.push(assembled);
                            files.push(file);
                        }
                        Err(error) => results.push(Err(failed(error, &assembled.job.lambda))),
                    }
                }
            }
        }
        for (mut assembled, published) in ready.into_iter().zip(archive::publish(self.tree, files))
        {
            results.push(match published {
                Ok((archive, unsynced)) => {
                    assembled
                        .warnings
                        .extend(unsynced.map(|failure| self.unsynced(&failure, &assembled)));
                    Ok((assembled, archive, Status::Built))
                }
                Err(error) => Err(failed(error, &assembled.job.lambda)),
            });
        }
        results
    }

    /// Warns of a zip that Lambda takes only through S3.
    fn check_size(&self, (assembled, archive, _): &mut Published) {
        let warning = checks::check_zip(&assembled.contents, archive.size);
        // An archive that is hashed first and written later has the warning already.
        if let Some(warning) = warning.filter(|it| !assembled.warnings.contains(it)) {
            let lambda = Some(assembled.job.lambda.name.as_str());
            self.reporter.report(&Event::Warned { lambda, warning: &warning });
            assembled.warnings.push(warning);
        }
    }

    /// The warning for a zip in a folder that can't be synced: until that is, a power loss can undo
    /// the rename (fsync(2)).
    fn unsynced(&self, failure: &Failure, assembled: &Assembled) -> Warning {
        let message = format!("{}: a power loss may bring back the old zip", failure.message);
        let warning = Warning::new("not-synced", message);
        let lambda = Some(assembled.job.lambda.name.as_str());
        self.reporter.report(&Event::Warned { lambda, warning: &warning });
        warning
    }
}

/// Makes the report's package of what was published.
fn package((assembled, archive, status): &Published) -> Package {
    let Assembled { job, wheels, warnings, .. } = assembled;
    Package {
        name: job.lambda.name.to_string(),
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
        warnings: warnings.clone(),
    }
}
