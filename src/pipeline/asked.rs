//! What a lambda asks for: the wheels of its lock, or those that its lines resolve to.

use std::sync::Arc;

use super::prepare::{self, FoundLock, Prepared};
use super::wheels::{Terms, WheelSet, open_or_fetch};
use super::{Job, Locking, Pipeline};
use crate::digest::{Hasher, Sha256Digest};
use crate::error::Error;
use crate::lambda::{Origin, Settled};
use crate::report::{Place, Warning};
use crate::requirements::Requirements;
use crate::resolve::{self, Context, Lock, Request, Source};
use crate::wheel::Layout;

/// What a lambda asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Equal for lambdas that ask for the same.
    pub(super) key: Sha256Digest,
    /// What is required.
    pub(super) requirements: Arc<Requirements>,
    /// For what, and how.
    pub(super) terms: Terms,
    /// A lock that is made for that.
    lock: Option<FoundLock>,
    /// How `lock` is told of the first lambda that asks: its name, and the options of its target.
    lambda: String,
    /// What is odd about the lock.
    pub(super) warning: Option<Warning>,
}

/// Tells what a lambda asks for; nothing, if it has no requirements.
///
/// # Errors
///
/// A lock is demanded, and there is none or a stale one.
pub(super) fn ask(
    prepared: &mut Prepared,
    pipeline: &Pipeline<'_>,
) -> Result<Option<Asked>, Error> {
    let Some(requirements) = prepared.requirements.take().map(Arc::new) else { return Ok(None) };
    let terms = Terms::of(&prepared.job);
    let request = terms.request(&requirements);
    let found = prepared.lock.take();
    let stale = found.as_ref().and_then(|it| resolve::stale(&it.lock, &it.path, request));
    let lambda = words_for_lock(&prepared.job);
    let mut warning = None;
    if let (Some(why), Some(found)) = (&stale, &found) {
        let lock = found.path.to_string();
        if requirements.requirements.is_empty() {
            return Err(resolve::Error::Unusable { lock, why: why.clone() }.into());
        }
        if pipeline.locking == Locking::Required && !requirements.is_hashed() {
            return Err(resolve::Error::Stale { lock, why: why.clone(), lambda }.into());
        }
        warning = Some(Warning {
            code: "lock-stale",
            message: format!("its lock is stale, and is not used: {why}"),
            place: Some(Place { path: lock, line: None }),
            hint: Some(format!("run `cargo dofs-package lock {lambda}`")),
        });
    }
    let lock = found.filter(|_| stale.is_none());
    let is_locked = lock.is_some() || requirements.is_hashed();
    if pipeline.locking == Locking::Required && !is_locked {
        return Err(prepare::no_lock(&requirements, &lambda).into());
    }
    let mut key = resolve::key(&request, pipeline.environment);
    if let Some(lock) = &lock {
        let mut hasher = Hasher::default();
        hasher.field(key.to_hex().as_bytes());
        hasher.field(lock.path.as_str().as_bytes());
        hasher.field(lock.digest.to_hex().as_bytes());
        key = hasher.finish();
    }
    Ok(Some(Asked { key, requirements, terms, lock, lambda, warning }))
}

/// What stands behind `cargo dofs-package lock` to make the lock of a lambda for its target.
fn words_for_lock(job: &Job) -> String {
    let mut words = job.lambda.name.to_string();
    if let Some(Settled { value, origin: Origin::Flag(_) }) = &job.python {
        words += &format!(" --python {value}");
    }
    if let Settled { value, origin: Origin::Flag(_) } = &job.architecture {
        words += &format!(" --arch {value}");
    }
    words
}

impl Asked {
    /// The error of a lock of ours that has not all that its wheels require, where a lock is
    /// demanded: a folder has come to require more since it was made.
    pub(super) fn refuse_incomplete(&self, set: &WheelSet, locking: Locking) -> Result<(), Error> {
        let Some(found) = self.lock.as_ref().filter(|found| found.lock.made.is_some()) else {
            return Ok(());
        };
        match set.lacks() {
            Some(why) if locking == Locking::Required => {
                let (lock, lambda) = (found.path.to_string(), self.lambda.clone());
                Err(resolve::Error::Stale { lock, why, lambda }.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The request, as it goes to the resolver.
    pub(super) fn request(&self) -> Request<'_> {
        self.terms.request(&self.requirements)
    }

    /// The exact wheels.
    ///
    /// # Errors
    ///
    /// Those of the lock, or of the resolver.
    pub(super) fn answer(&self, source: Source, context: Context<'_>) -> Result<Lock, Error> {
        let request = self.request();
        let lock = match &self.lock {
            Some(found) => resolve::from_pylock(&found.lock, &found.path, request, context),
            None => resolve::resolve(request, self.key, source, &[], context),
        };
        Ok(lock?)
    }

    /// Opens the wheels of an answer; what the store lost is had again.
    ///
    /// A compiled wheel comes out of another build in other bytes. An answer then gives way; a lock
    /// does not.
    ///
    /// # Errors
    ///
    /// Those of a fetch, of a build, and of the wheels.
    pub(super) fn open_or_fetch(
        &self,
        lock: Lock,
        source: Source,
        context: Context<'_>,
    ) -> Result<(Lock, Vec<Arc<Layout>>), Error> {
        match open_or_fetch(&lock, self.request(), source, context) {
            Err(Error::Resolve(resolve::Error::BuiltOtherwise { .. })) if self.lock.is_none() => {
                let lock = self.answer(Source::Resolver, context)?;
                let layouts = open_or_fetch(&lock, self.request(), source, context)?;
                Ok((lock, layouts))
            }
            other => Ok((lock, other?)),
        }
    }

    /// The set of these wheels.
    pub(super) fn set(&self, lock: Lock, layouts: Vec<Arc<Layout>>) -> WheelSet {
        let locked = self.lock.is_some() || self.requirements.is_hashed();
        let requirements = Arc::clone(&self.requirements);
        WheelSet::new(self.key, requirements, self.terms, lock, locked, layouts)
    }

    /// The line that asks for a project; the file, if none does.
    pub(super) fn place_of(&self, project: &str) -> Place {
        let mut lines = self.requirements.requirements.iter();
        let line = lines.find(|line| line.demand.project().as_deref() == Some(project));
        let file = || Place { path: self.requirements.path.to_string(), line: None };
        line.map_or_else(file, |line| line.place.clone())
    }
}
