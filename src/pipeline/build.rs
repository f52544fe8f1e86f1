//! Steps four and five: archives are written, synced and renamed.

use rayon::prelude::*;

use super::mend::Mended;
use super::{Assembled, Pipeline, sort_out};
use crate::archive::{self, Archive, Staged};
use crate::checks;
use crate::error::Error;
use crate::event::Event;
use crate::report::{Failure, Package, Report, Status, Warning};

/// How many archives are staged at a time: each is an open file until it has its name, and some
/// systems allow a process no more than 256.
const GROUP: usize = 64;

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

/// Packages, each with what it was made of, and what could not be made.
pub(crate) type Made = (Vec<(Assembled, Package)>, Vec<Failure>);

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
        let (made, failures) = self.make(assembled, effect)?;
        let packages = made.into_iter().map(|(_, package)| package).collect();
        Ok(Report { packages, failures })
    }

    /// The same, and gives back what each package was made of: who compares something with a
    /// package need not lay it out again.
    ///
    /// # Errors
    ///
    /// The store can't be opened or read.
    pub(crate) fn make(&self, assembled: Vec<Assembled>, effect: Effect) -> Result<Made, Error> {
        let sets: Vec<_> = assembled.iter().filter_map(|it| it.wheels.clone()).collect();
        let mut groups = assembled.into_iter();
        let mut group = || groups.by_ref().take(GROUP).collect::<Vec<_>>();
        let first = group();
        let (mended, written) = rayon::join(
            || Mended::new(&sets, self),
            || first.into_par_iter().map(|it| self.write(it, effect)).collect::<Vec<_>>(),
        );
        let mended = mended?;
        let again = |result: WriteResult| match result {
            Ok((assembled, _)) if mended.concerns(&assembled) => {
                self.write_mended(assembled, &mended, effect)
            }
            Err(failed) if mended.concerns(&failed.0) => {
                self.write_mended(failed.0, &mended, effect)
            }
            Ok(written) => Ok(written),
            Err(failed) => Err(failed.1),
        };
        let mut written: Vec<Outcome> = written.into_iter().map(again).collect();
        let (mut failures, mut made) = (Vec::new(), Vec::new());
        while !written.is_empty() {
            let whole = sort_out(written, &mut failures);
            for mut published in sort_out(self.publish(whole), &mut failures) {
                self.check_size(&mut published);
                let package = package(&published);
                self.reporter.report(&Event::Packaged(&package));
                made.push((published.0, package));
            }
            let next = group().into_par_iter();
            written = next.map(|it| self.write_mended(it, &mended, effect)).collect();
        }
        Ok((made, failures))
    }

    fn write(&self, assembled: Assembled, effect: Effect) -> WriteResult {
        let (contents, target) = (&assembled.contents, &assembled.job.output);
        let written = match effect {
            Effect::Publish => archive::stage(self.tree, contents, target).map(Written::Staged),
            Effect::HashOnly => {
                archive::write(self.tree, contents, &mut |_| Ok(())).map(Written::Hashed)
            }
        };
        match written {
            Ok(written) => {
                self.reporter.report(&Event::Written);
                Ok((assembled, written))
            }
            Err(error) => {
                let failure = failed(error, &assembled);
                Err(Box::new((assembled, failure)))
            }
        }
    }

    /// Writes a lambda, laid out again if its wheels were damaged.
    fn write_mended(&self, assembled: Assembled, mended: &Mended, effect: Effect) -> Outcome {
        self.write(mended.apply(assembled)?, effect).map_err(|failed| failed.1)
    }

    /// Syncs what is staged and gives it its name; what is only hashed is passed on.
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
                        Err(error) => results.push(Err(failed(error, &assembled))),
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
                Err(error) => Err(failed(error, &assembled)),
            });
        }
        results
    }

    /// Warns of a zip that Lambda takes only through S3.
    fn check_size(&self, (assembled, archive, _): &mut Published) {
        let warning = checks::check_zip(&assembled.contents, archive.size);
        // One that was only hashed before has it already.
        if let Some(warning) = warning.filter(|it| !assembled.warnings.contains(it)) {
            let lambda = Some(assembled.job.lambda.name.as_str());
            self.reporter.report(&Event::Warned { lambda, warning: &warning });
            assembled.warnings.push(warning);
        }
    }

    /// A zip that is in place, in a folder that can't be synced.
    fn unsynced(&self, failure: &Failure, assembled: &Assembled) -> Warning {
        let message = format!("{}: a power loss may bring back the old zip", failure.message);
        let warning = Warning::new("not-synced", message);
        let lambda = Some(assembled.job.lambda.name.as_str());
        self.reporter.report(&Event::Warned { lambda, warning: &warning });
        warning
    }
}

fn failed(failure: Failure, assembled: &Assembled) -> Box<Failure> {
    Error::from(failure).lambda_failure(&assembled.job.lambda)
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
        locked: wheels.as_ref().is_none_or(|set| set.is_locked()),
        requirements: wheels.as_ref().map(|set| set.packaged()).unwrap_or_default(),
        warnings: warnings.clone(),
    }
}
