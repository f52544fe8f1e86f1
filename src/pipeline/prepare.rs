//! Step one: each lambda's own files, requirements and target.

use camino::Utf8Path;
use rayon::prelude::*;

use super::{Job, Pipeline};
use crate::error::Error;
use crate::event::Event;
use crate::lambda::{Origin, PythonVersion, Settled};
use crate::report::{Failure, Warning};
use crate::requirements::{self, Requirements};
use crate::resolve;
use crate::source::{self, SourceTree};

/// A lambda that was read.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What becomes a package.
    pub(super) job: Job,
    /// Its own files.
    pub(super) sources: SourceTree,
    /// Its requirements, if it has any.
    pub(super) requirements: Option<Requirements>,
    /// What is odd.
    pub(super) warnings: Vec<Warning>,
}

/// Reads every lambda; results are in the order of the jobs.
pub(super) fn prepare(
    pipeline: &Pipeline<'_>,
    jobs: Vec<Job>,
) -> Vec<Result<Prepared, Box<Failure>>> {
    let read: Vec<Result<Prepared, Box<Failure>>> =
        jobs.into_par_iter().map(|job| read(pipeline, job)).collect();
    let needs_host =
        |prepared: &Prepared| prepared.requirements.is_some() && prepared.job.python.is_none();
    // One lambda or a hundred: the interpreter is asked once, and only if one needs it.
    let is_needed = read.iter().flatten().any(needs_host);
    let host = is_needed.then(|| resolve::host_python(pipeline.environment));
    let settle = |prepared: Prepared| match &host {
        Some(answer) if needs_host(&prepared) => take_host(prepared, answer.as_ref()),
        _ => Ok(prepared),
    };
    read.into_iter().map(|result| result.and_then(settle)).collect()
}

fn read(pipeline: &Pipeline<'_>, job: Job) -> Result<Prepared, Box<Failure>> {
    let fail = |error: Error| error.lambda_failure(&job.lambda);
    let output_name = format!("{}.zip", job.lambda.name);
    let directory = &job.lambda.directory;
    let sources = source::read(pipeline.tree, directory, &job.selection, &output_name);
    let sources = sources.map_err(|error| fail(error.into()))?;
    let path = directory.join(Utf8Path::new("requirements.txt"));
    let requirements = requirements::read(pipeline.tree, &path, pipeline.environment);
    let requirements = requirements.map_err(|error| fail(error.into()))?;
    for note in requirements.iter().flat_map(|requirements| &requirements.notes) {
        pipeline.reporter.report(&Event::Noted { note });
    }
    let warnings = sources.warnings.clone();
    Ok(Prepared { job, sources, requirements, warnings })
}

/// Takes the version of the interpreter on PATH, with a warning: another machine may have
/// another one, and give another package.
fn take_host(
    mut prepared: Prepared,
    answer: Result<&(PythonVersion, &'static str), &resolve::Error>,
) -> Result<Prepared, Box<Failure>> {
    let (version, program) = match answer {
        Ok(found) => *found,
        Err(error) => {
            let error = match error {
                resolve::Error::HostVersion(text) => resolve::Error::HostVersion(text.clone()),
                _ => resolve::Error::NoHostPython,
            };
            return Err(Error::from(error).lambda_failure(&prepared.job.lambda));
        }
    };
    let origin = Origin::Host(program.to_owned());
    prepared.job.python = Some(Settled { value: version, origin });
    prepared.warnings.push(Warning {
        code: "target-from-host",
        message: format!("no Python version is set, so that of `{program}` is used: {version}"),
        place: None,
        hint: Some(format!(
            "set `python = \"{version}\"` in dofs-package.toml: another machine may have another"
        )),
    });
    Ok(prepared)
}
