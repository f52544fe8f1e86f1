//! `lock`: writes `pylock.toml` beside each requirements.txt, or checks whether it is fresh.

use clap::Args;

use super::{Context, Invocation, select};
use crate::event::Event;
use crate::pipeline::{Locking, Resolving, Upgrade};
use crate::report::{Failure, LockStatus, Locked, Locks};
use crate::settings::{PackageOptions, ResolveOptions};

/// Whose locks are written, or looked at.
#[derive(Debug, Args)]
pub(crate) struct LockOptions {
    /// Names of lambdas, or globs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Write nothing, and exit with 1 if a lock is missing or stale
    #[arg(long)]
    check: bool,
    /// Choose new versions: of everything, or of PACKAGE and what it requires
    #[arg(
        long,
        value_name = "PACKAGE",
        num_args = 0..=1,
        default_missing_value = "",
        hide_default_value = true,
        conflicts_with = "check"
    )]
    upgrade: Vec<String>,
    #[command(flatten)]
    resolve: ResolveOptions,
}

/// Locks lambdas, and returns the locks of those with requirements, sorted by name.
pub(crate) fn lock(options: &LockOptions, invocation: Invocation<'_>) -> Result<Locks, Failure> {
    let LockOptions { names, check, upgrade: packages, resolve } = options;
    let check = *check || resolve.requires_locks();
    // This command makes or checks the locks, so a missing one is no failure.
    let resolve = ResolveOptions {
        locked: false,
        frozen: false,
        offline: resolve.offline().is_some(),
        ..resolve.clone()
    };
    let package = PackageOptions { resolve, ..PackageOptions::default() };
    invocation.with_context(&package, |context| {
        let jobs = select::jobs(context, names, None)?;
        let lambdas = jobs.len();
        context.reporter.report(&Event::Discovered { lambdas });
        let locking = if check { Locking::Checked } else { Locking::Made };
        let resolving = Resolving { locking, ..context.resolving };
        let context = Context { resolving, ..*context };
        let (locks, mut failures) = context.with_pipeline(|pipeline| match check {
            true => Ok(pipeline.check_locks(jobs)),
            false => pipeline.lock(jobs, &Upgrade::of(packages)),
        })?;
        context.tell(&mut failures);
        let is_same = |it: &&Locked| matches!(it.status, LockStatus::Fresh | LockStatus::Hashed);
        let unchanged = locks.iter().filter(is_same).count();
        if failures.is_empty() {
            let locks = locks.len();
            context.reporter.report(&Event::LocksFinished { lambdas, locks, unchanged });
        }
        Ok(Locks { locks, failures })
    })
}
