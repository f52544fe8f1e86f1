//! `lock`: writes `pylock.toml` beside each requirements.txt, or tells whether it is fresh.

use std::collections::BTreeSet;

use super::{Context, Resolving, select};
use crate::error::Error;
use crate::event::Event;
use crate::pipeline::{Locking, Upgrade};
use crate::report::Locks;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
    /// Whether locks are only looked at.
    pub(crate) check: bool,
    /// What may have another version.
    pub(crate) upgrade: Vec<Option<String>>,
}

/// Locks lambdas, and returns what became of each that has requirements; sorted by name.
///
/// # Errors
///
/// What stops the run before any lambda: discovery, a name that no lambda has, the store.
pub(crate) fn lock(request: &Lock, context: &Context<'_>) -> Result<Locks, Error> {
    let jobs = select::jobs(context, &request.names, None)?;
    let count = jobs.len();
    context.reporter.report(&Event::Discovered { lambdas: count });
    let locking = if request.check { context.resolving.locking } else { Locking::Made };
    let resolving = Resolving { locking, ..context.resolving };
    let Context { settings, environment, reporter, .. } = *context;
    let context = &Context { settings, environment, reporter, resolving };
    let (locks, mut failures) = context.with_pipeline(|pipeline| {
        if request.check {
            return Ok(pipeline.check_locks(jobs));
        }
        pipeline.lock(jobs, &upgrade(&request.upgrade))
    })?;
    failures.sort_by(|one, other| one.name.cmp(&other.name));
    for failure in &failures {
        context.reporter.report(&Event::Failed(failure));
    }
    Ok(Locks { locks, failures })
}

/// `--upgrade` alone is for everything, whatever else is named.
fn upgrade(asked: &[Option<String>]) -> Upgrade {
    if asked.is_empty() {
        return Upgrade::Nothing;
    }
    let normal = |name: &Option<String>| {
        let name = name.as_deref()?;
        let named = crate::requirements::parse_named(name);
        Some(named.map_or_else(|_| name.to_owned(), |named| named.name.to_string()))
    };
    let names: Option<BTreeSet<String>> = asked.iter().map(normal).collect();
    names.map_or(Upgrade::All, Upgrade::These)
}
