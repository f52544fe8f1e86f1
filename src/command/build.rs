//! `build`: packages lambdas.

use super::{Context, Partition, select};
use crate::error::Error;
use crate::event::Event;
use crate::pipeline::Effect;
use crate::report::Report;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Build {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
    /// Which part of them.
    pub(crate) partition: Option<Partition>,
    /// Whether zips are written.
    pub(crate) effect: Effect,
}

/// Packages lambdas, and reports each that was or could not be; sorted by name.
///
/// # Errors
///
/// What stops the run before any lambda: discovery, a name that no lambda has, the store.
pub(crate) fn build(request: &Build, context: &Context<'_>) -> Result<Report, Error> {
    let jobs = select::jobs(context, &request.names, request.partition)?;
    context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
    let (mut report, mut failures) = context.with_pipeline(|pipeline| {
        let (assembled, failures) = pipeline.survey(jobs)?;
        Ok::<_, Error>((pipeline.build(assembled, request.effect)?, failures))
    })?;
    report.packages.sort_by(|one, other| one.name.cmp(&other.name));
    report.failures.append(&mut failures);
    report.failures.sort_by(|one, other| one.name.cmp(&other.name));
    for failure in &report.failures {
        context.reporter.report(&Event::Failed(failure));
    }
    context.reporter.report(&Event::Finished {
        packages: report.packages.len(),
        dry_run: request.effect == Effect::HashOnly,
        failures: report.failures.len(),
    });
    Ok(report)
}
