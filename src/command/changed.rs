//! Which lambdas have another package than at a revision.
//!
//! Both packages are made, as far as their hashes, and the hashes are compared: so what counts is
//! content, requirements and config, and not which paths a commit has touched.

use std::collections::BTreeMap;

use super::verify::Quiet;
use super::{Context, select};
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::event::Event;
use crate::lambda;
use crate::pipeline::Effect;
use crate::report::{Failure, Report};

/// The digests of packages, by the lambda's name.
pub(crate) type Digests = BTreeMap<String, Sha256Digest>;

/// Returns the digest of each package of a revision. A lambda that could not be packaged then has
/// none, and neither has one that was not there.
///
/// # Errors
///
/// What stops the run before any lambda, but that there was none.
pub(crate) fn digests(context: &Context<'_>) -> Result<Digests, Error> {
    match hash(&[], context) {
        Ok(report) => Ok(of(&report)),
        Err(error) if error.code() == lambda::NO_LAMBDAS => Ok(Digests::new()),
        Err(error) => Err(error),
    }
}

/// Returns the names of the lambdas whose packages are others than before, sorted, and what could
/// not be packaged.
///
/// # Errors
///
/// What stops the run before any lambda.
pub(crate) fn changed(
    names: &[String],
    before: &Digests,
    context: &Context<'_>,
) -> Result<(Vec<String>, Vec<Failure>), Error> {
    let report = hash(names, context)?;
    for failure in &report.failures {
        context.reporter.report(&Event::Failed(failure));
    }
    let is_other = |(name, digest): &(String, Sha256Digest)| before.get(name) != Some(digest);
    let changed = of(&report).into_iter().filter(is_other).map(|(name, _)| name).collect();
    Ok((changed, report.failures))
}

fn of(report: &Report) -> Digests {
    report.packages.iter().map(|package| (package.name.clone(), package.digest)).collect()
}

fn hash(names: &[String], context: &Context<'_>) -> Result<Report, Error> {
    let quiet = Quiet(context.reporter);
    let Context { settings, environment, resolving, .. } = *context;
    let context = &Context { settings, environment, resolving, reporter: &quiet };
    let jobs = select::jobs(context, names, None)?;
    context.with_pipeline(|pipeline| {
        let (assembled, mut failures) = pipeline.survey(jobs)?;
        let mut report = pipeline.build(assembled, Effect::HashOnly)?;
        report.failures.append(&mut failures);
        report.failures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(report)
    })
}
