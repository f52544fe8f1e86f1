//! The lambdas that have another package than at a revision.
//!
//! Both packages are hashed, and the hashes are compared: so content, requirements and config
//! decide, and not the paths that a commit has touched.

use std::collections::BTreeMap;

use super::quiet::{Past, Quiet};
use super::{Context, Invocation, select};
use crate::digest::Sha256Digest;
use crate::event::{Event, Of};
use crate::lambda;
use crate::pipeline::{Assembled, Hashed, Job};
use crate::report::{Failure, Stage};
use crate::settings::PackageOptions;

/// The digests of packages, by the lambda's name.
type Digests = BTreeMap<String, Sha256Digest>;

/// The packages of a revision.
#[derive(Debug)]
pub(super) struct Before {
    /// As it was typed.
    revision: String,
    digests: Digests,
}

/// Returns the packages of the revision that those of now are compared with, where one is named.
pub(super) fn before(
    revision: Option<&str>,
    package: &PackageOptions,
    invocation: Invocation<'_>,
) -> Result<Option<Before>, Failure> {
    let before = |revision: &str| {
        let package = package.at(revision);
        let digests = || invocation.with_context(&package, digests);
        let digests = invocation.reporter.during(Stage::Revision, Of::Run, digests)?;
        Ok(Before { revision: revision.to_owned(), digests })
    };
    revision.map(before).transpose()
}

/// Returns the digest of each package of a revision. A lambda that could not be packaged then has
/// none, and neither has one that was not there.
fn digests(context: &Context<'_>) -> Result<Digests, Failure> {
    let past = Past(Quiet(context.reporter));
    let context = context.with_reporter(&past);
    match select::jobs(&context, &[], None) {
        Ok(jobs) => with_hashed(jobs, &context, |made, _| {
            Ok(made.into_iter().map(|it| (it.package.name, it.package.digest)).collect())
        }),
        Err(error) if error.code == lambda::NO_LAMBDAS => Ok(Digests::new()),
        Err(error) => Err(error),
    }
}

/// Calls `work` with the packages that differ from those before, sorted by name, and with the
/// failures of the others, which are reported.
pub(super) fn with_changed<T>(
    jobs: Vec<Job>,
    before: &Before,
    context: &Context<'_>,
    work: impl FnOnce(Vec<Assembled>, Vec<Failure>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_hashed(jobs, context, |made, mut failures| {
        context.tell(&mut failures);
        let Before { revision, digests } = before;
        let is_other = |it: &Hashed<()>| digests.get(&it.package.name) != Some(&it.package.digest);
        let lambdas = made.len();
        let changed: Vec<_> = made.into_iter().filter(is_other).map(|it| it.assembled).collect();
        if lambdas > 0 && changed.is_empty() && failures.is_empty() {
            context.reporter.report(&Event::NoneChanged { lambdas, revision });
        }
        work(changed, failures)
    })
}

/// Calls `work` with hashed packages and with failures, sorted by name, while the store is open.
fn with_hashed<T>(
    jobs: Vec<Job>,
    context: &Context<'_>,
    work: impl FnOnce(Vec<Hashed<()>>, Vec<Failure>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let quiet = Quiet(context.reporter);
    context.with_reporter(&quiet).with_pipeline(|pipeline| {
        let (made, failures) = pipeline.hash(jobs)?;
        work(made, failures)
    })
}
