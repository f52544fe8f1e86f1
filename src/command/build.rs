//! `build`: packages lambdas.

use super::{Context, Partition, select};
use crate::error::Error;
use crate::event::Event;
use crate::pipeline::{Effect, Pipeline};
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
    let jobs = select::jobs(context.settings, &request.names, request.partition)?;
    context.reporter.report(&Event::Discovered { lambdas: jobs.len() });
    let resolver = context.resolver();
    let pipeline = Pipeline {
        tree: &context.settings.tree,
        environment: context.environment,
        open_store: &|| context.open_store(),
        resolver: &resolver,
        source: context.resolving.source,
        reporter: context.reporter,
    };
    let (assembled, mut failures) = pipeline.survey(jobs)?;
    let mut report = pipeline.build(assembled, request.effect)?;
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
