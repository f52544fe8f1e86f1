//! Steps four and five: archives are written, synced and renamed.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use rayon::prelude::*;

use super::wheels::{self, WheelSet};
use super::{Assembled, Pipeline, sort_out};
use crate::archive::{self, Archive, Staged};
use crate::contents;
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::event::Event;
use crate::report::{Failure, Package, Report, Status};
use crate::wheel;

/// What becomes of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// They are written and get their names.
    Publish,
    /// They are only hashed.
    HashOnly,
}

/// An archive, as far as it came.
enum Written {
    /// Beside its target.
    Staged(Staged),
    /// Nowhere.
    Hashed(Archive),
}

impl Written {
    /// The archive that waits beside its target, if it does.
    fn staged(&self) -> Option<&Staged> {
        match self {
            Self::Staged(staged) => Some(staged),
            Self::Hashed(_) => None,
        }
    }
}

/// An archive that is what it is to be, with its lambda.
type Published = (Assembled, Archive, Status);

/// What is left of a lambda after a step.
type Outcome = Result<(Assembled, Written), Box<Failure>>;

/// What writing gave; what failed keeps its contents, for another try.
type WriteResult = Result<(Assembled, Written), Box<(Assembled, Box<Failure>)>>;

impl Pipeline<'_> {
    /// Writes and publishes what was surveyed.
    ///
    /// No archive gets its name before every wheel in it was hashed and found to be what it was
    /// when it entered the store.
    ///
    /// # Errors
    ///
    /// The store can't be opened or read.
    pub(crate) fn build(&self, assembled: Vec<Assembled>, effect: Effect) -> Result<Report, Error> {
        let sets: Vec<_> = assembled.iter().filter_map(|it| it.wheels.clone()).collect();
        let (damaged, written) = rayon::join(
            || wheels::damaged(&sets),
            || assembled.into_par_iter().map(|it| self.write(it, effect)).collect::<Vec<_>>(),
        );
        let written = self.write_damaged_again(written, &damaged?, effect)?;

        let mut failures = Vec::new();
        let written = sort_out(written, &mut failures);
        let published = sort_out(publish(written), &mut failures);
        let packages: Vec<Package> = published.into_iter().map(package).collect();
        for package in &packages {
            self.reporter.report(&Event::Packaged(package));
        }
        Ok(Report { packages, failures })
    }

    fn write(&self, assembled: Assembled, effect: Effect) -> WriteResult {
        let (contents, target) = (&assembled.contents, &assembled.job.output);
        let written = match effect {
            Effect::Publish => archive::stage(self.tree, contents, target).map(Written::Staged),
            Effect::HashOnly => {
                archive::write(self.tree, contents, &mut io::sink()).map(Written::Hashed)
            }
        };
        match written {
            Ok(written) => Ok((assembled, written)),
            Err(error) => {
                let failure = Error::from(error).lambda_failure(&assembled.job.lambda);
                Err(Box::new((assembled, failure)))
            }
        }
    }

    /// Fetches damaged wheels again, and writes anew what was made from them; the rest is passed
    /// on as it is.
    fn write_damaged_again(
        &self,
        written: Vec<WriteResult>,
        damaged: &[Sha256Digest],
        effect: Effect,
    ) -> Result<Vec<Outcome>, Error> {
        if damaged.is_empty() {
            return Ok(written.into_iter().map(|result| result.map_err(|it| it.1)).collect());
        }
        let store = (self.open_store)()?;
        let mut renewed: BTreeMap<*const WheelSet, Result<Arc<WheelSet>, Error>> = BTreeMap::new();
        let again = |result: WriteResult| {
            let (assembled, passed_on) = match result {
                Ok((assembled, written)) => (assembled, Ok(written)),
                Err(failed) => (failed.0, Err(failed.1)),
            };
            let Some(old) = assembled.wheels.clone().filter(|set| set.has_any(damaged)) else {
                return passed_on.map(|written| (assembled, written));
            };
            let new = renewed
                .entry(Arc::as_ptr(&old))
                .or_insert_with(|| self.renew(&old, damaged, &store).map(Arc::new));
            match new {
                Err(error) => Err(error.lambda_failure(&assembled.job.lambda)),
                Ok(new) => self.write_renewed(assembled, new, effect),
            }
        };
        Ok(written.into_iter().map(again).collect())
    }

    fn renew(
        &self,
        old: &WheelSet,
        damaged: &[Sha256Digest],
        store: &crate::store::Store,
    ) -> Result<WheelSet, Error> {
        let new = wheels::renew(old, damaged, self, store)?;
        match wheels::first_damaged(&new)? {
            None => Ok(new),
            Some(wheel) => Err(wheel::Error::Corrupt { wheel }.into()),
        }
    }

    /// Lays out and writes a lambda again, with the same wheels in good order.
    fn write_renewed(
        &self,
        mut assembled: Assembled,
        wheels: &Arc<WheelSet>,
        effect: Effect,
    ) -> Result<(Assembled, Written), Box<Failure>> {
        let laid_out = contents::lay_out(&assembled.sources, &wheels.layouts());
        let failed = |error| Error::from(error).lambda_failure(&assembled.job.lambda);
        let (contents, _) = laid_out.map_err(failed)?;
        assembled.contents = contents;
        assembled.wheels = Some(Arc::clone(wheels));
        self.write(assembled, effect).map_err(|failed| failed.1)
    }
}

/// Syncs what is staged and gives it its name; what is only hashed is passed on.
fn publish(written: Vec<(Assembled, Written)>) -> Vec<Result<Published, Box<Failure>>> {
    let staged: Vec<&Staged> = written.iter().filter_map(|(_, written)| written.staged()).collect();
    let mut synced = archive::sync(&staged).into_iter();
    let mut results = Vec::new();
    let (mut ready, mut files) = (Vec::new(), Vec::new());
    for (assembled, written) in written {
        match written {
            Written::Hashed(archive) => results.push(Ok((assembled, archive, Status::WouldBuild))),
            Written::Staged(file) => match synced.next().expect("each staged file was synced") {
                Ok(()) => {
                    ready.push(assembled);
                    files.push(file);
                }
                Err(error) => results.push(Err(failed(error, &assembled))),
            },
        }
    }
    for (assembled, archive) in ready.into_iter().zip(archive::publish(files)) {
        results.push(match archive {
            Ok(archive) => Ok((assembled, archive, Status::Built)),
            Err(error) => Err(failed(error, &assembled)),
        });
    }
    results
}

fn failed(error: archive::Error, assembled: &Assembled) -> Box<Failure> {
    Error::from(error).lambda_failure(&assembled.job.lambda)
}

/// Makes the report's package of what was published.
fn package((assembled, archive, status): Published) -> Package {
    let Assembled { job, wheels, warnings, .. } = assembled;
    Package {
        name: job.lambda.name.to_string(),
        status,
        path: job.shown_output,
        digest: archive.digest,
        size: archive.size,
        unpacked_size: archive.unpacked_size,
        entries: archive.entries,
        python: job.python.map(|python| python.value.to_string()),
        architecture: job.architecture.value.to_string(),
        locked: false,
        requirements: wheels.map(|set| set.packaged()).unwrap_or_default(),
        warnings,
    }
}
