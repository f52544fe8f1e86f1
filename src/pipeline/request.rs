//! The wheels that a lambda needs: those of its lock, or those that its lines resolve to.

use std::sync::Arc;

use camino::Utf8Path;

use super::prepare::{self, FoundLock, LOCK_STALE, Prepared};
use super::{Job, Locking, Pipeline, target};
use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::report::{Failure, Warning};
use crate::requirements::{Requirements, Tool};
use crate::resolve::{self, Context, LockedWheel, Request};

#[derive(Debug)]
pub(super) struct Need {
    /// Equal for lambdas that need the same.
    pub(super) key: Sha256Digest,
    pub(super) request: Request,
    /// A fresh lock.
    pub(super) lock: Option<FoundLock>,
    /// What makes a lock for the first lambda that needs it.
    command: String,
    /// The warning for a stale lock, which is not used.
    pub(super) warning: Option<Warning>,
}

/// The request of a lambda whose version of Python is settled.
pub(super) fn request(job: &Job, requirements: Requirements) -> Request {
    let python = job.python.as_ref().expect("a lambda with requirements has one").value;
    let target = Target { python, architecture: job.architecture.value };
    let (backend, policy, versions) = (job.backend, job.policy, Arc::clone(&job.versions));
    Request { requirements: Arc::new(requirements), target, backend, policy, versions }
}

/// Returns what a lambda needs; none if it has no requirements.
///
/// # Errors
///
/// A fresh lock is demanded, and there is none.
pub(super) fn need(
    prepared: &mut Prepared,
    pipeline: &Pipeline<'_>,
) -> Result<Option<Need>, Failure> {
    let Some(requirements) = prepared.requirements.take() else { return Ok(None) };
    let request = request(&prepared.job, requirements);
    let is_hashed = request.requirements.is_locked();
    let found = prepared.lock.take();
    let stale = found.as_ref().and_then(|it| it.stale(&request, &prepared.job));
    let command = target::lock_command(&prepared.job, prepared.job.lambda.name.as_str());
    let mut warning = None;
    if let (Some(why), Some(FoundLock { path, .. })) = (&stale, &found) {
        if request.requirements.requirements.is_empty() {
            return Err(unusable(path, why));
        }
        if pipeline.resolving.locking == Locking::Required && !is_hashed {
            return Err(stale_failure(path, why, &command));
        }
        let message = format!("its lock is stale, and is not used: {why}");
        let hint = format!("run `{command}`");
        warning = Some(Warning::new(LOCK_STALE, message).at(path, None).hint(hint));
    }
    let lock = found.filter(|_| stale.is_none());
    if pipeline.resolving.locking == Locking::Required && lock.is_none() && !is_hashed {
        return Err(prepare::no_lock(&request.requirements, &command));
    }
    let mut key = resolve::key(&request, pipeline.environment);
    if request.requirements.is_compiled {
        // The same lines may be there on other accounts.
        let asked = request.requirements.asked.iter().map(String::as_bytes);
        let resolved = key.to_hex();
        key = Sha256Digest::of_fields([resolved.as_bytes()].into_iter().chain(asked));
    }
    if let Some(lock) = &lock {
        let (resolved, locked) = (key.to_hex(), lock.digest.to_hex());
        let fields = [resolved.as_str(), lock.path.as_str(), &locked];
        key = Sha256Digest::of_fields(fields.map(str::as_bytes));
    }
    Ok(Some(Need { key, request, lock, command, warning }))
}

/// A lock that stands alone is for another target.
pub(super) fn unusable(lock: &Utf8Path, why: &str) -> Failure {
    let message = "the lock can't be used, and there are no requirements to resolve in its place";
    let hint = match Tool::of(lock) {
        Some(tool) => format!(
            "lock it for this target, too (`{}`)",
            tool.command(lock.parent().unwrap_or(Utf8Path::new("")))
        ),
        None => {
            "set the target that the lock is for, or add the requirements.txt that it was made \
                 from"
                .to_owned()
        }
    };
    Failure::lambda(LOCK_STALE, message).said([why.to_owned()]).at(lock, None).hint(hint)
}

/// A lock is demanded, and it is stale.
fn stale_failure(lock: &Utf8Path, why: &str, command: &str) -> Failure {
    Failure::network(LOCK_STALE, "the lock is stale, and `--locked` demands a fresh one")
        .said([why.to_owned()])
        .at(lock, None)
        .hint(format!("run `{command}`, and commit the lock"))
}

impl Need {
    /// What a request that is no lambda's needs.
    pub(super) fn without_lock(request: Request, pipeline: &Pipeline<'_>) -> Self {
        let key = resolve::key(&request, pipeline.environment);
        Self { key, request, lock: None, command: String::new(), warning: None }
    }

    /// Whether a lock, or hashes in the lines, name the wheels.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some() || self.request.requirements.is_locked()
    }

    /// Refuses a lock of ours that lacks a wheel which others require, where a fresh lock is
    /// demanded: a folder has more requirements than when the lock was made. `lacks` says which, as
    /// a clause.
    pub(super) fn refuse_incomplete(
        &self,
        lacks: Option<String>,
        locking: Locking,
    ) -> Result<(), Failure> {
        let own = self.lock.as_ref().filter(|found| found.lock.made.is_some());
        match (own, lacks) {
            (Some(found), Some(why)) if locking == Locking::Required => {
                Err(stale_failure(&found.path, &why, &self.command))
            }
            _ => Ok(()),
        }
    }

    /// The exact wheels; the context has its request.
    pub(super) fn wheels(&self, context: Context<'_>) -> Result<Vec<LockedWheel>, resolve::Error> {
        match &self.lock {
            Some(found) => resolve::wheels(&found.lock, &found.path, context),
            None => {
                let lock = resolve::resolve(self.key, &[], context)?;
                resolve::wheels(&lock, resolve::ANSWER.into(), context)
            }
        }
    }
}
