//! Which lambdas have another package than at a revision.
//!
//! Both packages are made, as far as their hashes, and the hashes are compared: so what counts is
//! content, requirements and config, and not which paths a commit has touched.

use std::collections::BTreeMap;

use super::verify::Quiet;
use super::{Context, Invocation, select};
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::event::Event;
use crate::lambda;
use crate::pipeline::Effect;
use crate::report::{Failure, Report};
use crate::settings::{OutputOptions, PackageOptions};

/// The digests of packages, by the lambda's name.
type Digests = BTreeMap<String, Sha256Digest>;

/// Returns which of the lambdas that are named have another package than at a revision: none where
/// there is none, and what is named where no revision is. Also returns what could not be packaged.
pub(super) fn since(
    revision: Option<&str>,
    names: &[String],
    package: &PackageOptions,
    invocation: Invocation<'_>,
) -> Result<(Option<Vec<String>>, Vec<Failure>), Failure> {
    let Some(revision) = revision else { return Ok((Some(names.to_vec()), Vec::new())) };
    let output = OutputOptions::default();
    let before = invocation.with_context(&package.at(revision), &output, digests)?;
    let (names, failures) =
        invocation.with_context(package, &output, |context| changed(names, &before, context))?;
    Ok((Some(names).filter(|names| !names.is_empty()), failures))
}

/// Returns the digest of each package of a revision. A lambda that could not be packaged then has
/// none, and neither has one that was not there.
///
/// # Errors
///
/// What stops the run before any lambda, but that there was none.
fn digests(context: &Context<'_>) -> Result<Digests, Error> {
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
fn changed(
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
