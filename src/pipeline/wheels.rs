//! Step two: each distinct set of requirements becomes a set of wheels, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::Pipeline;
use super::prepare::Prepared;
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::event::Event;
use crate::lambda::Target;
use crate::report::{Failure, PackagedWheel};
use crate::requirements::Requirements;
use crate::resolve::{self, Context, Lock, LockedWheel, Request, Source};
use crate::wheel::{self, Layout};

/// The wheels that a set of requirements gives for a target.
#[derive(Debug)]
pub(crate) struct WheelSet {
    /// The key of the request that it answers.
    key: Sha256Digest,
    /// What was required.
    requirements: Arc<Requirements>,
    /// For what.
    target: Target,
    /// The exact wheels.
    lock: Lock,
    /// The wheels laid out, in the order of the lock.
    layouts: Vec<Arc<Layout>>,
    /// Their places in the order in which pip would install them.
    order: Vec<usize>,
}

/// A lambda that can be laid out.
#[derive(Debug)]
pub(super) struct Ready {
    /// What was read of it.
    pub(super) prepared: Prepared,
    /// Its wheels, if it has requirements.
    pub(super) wheels: Option<Arc<WheelSet>>,
}

impl WheelSet {
    /// The wheels laid out, in the order in which pip would install them.
    pub(super) fn layouts(&self) -> Vec<Arc<Layout>> {
        self.order.iter().map(|index| Arc::clone(&self.layouts[*index])).collect()
    }

    /// The wheels laid out, by name.
    pub(crate) fn by_name(&self) -> &[Arc<Layout>] {
        &self.layouts
    }

    /// The wheels as a report has them, by name.
    pub(super) fn packaged(&self) -> Vec<PackagedWheel> {
        let packaged = |wheel: &LockedWheel| PackagedWheel {
            name: wheel.name.project.clone(),
            version: wheel.version.clone(),
            wheel: wheel.name.to_string(),
            digest: wheel.digest,
        };
        self.lock.wheels.iter().map(packaged).collect()
    }

    /// Whether one of the wheels is among these.
    pub(super) fn has_any(&self, digests: &[Sha256Digest]) -> bool {
        self.lock.wheels.iter().any(|wheel| digests.contains(&wheel.digest))
    }

    /// The exact wheels, by name.
    pub(super) fn wheels(&self) -> impl Iterator<Item = &LockedWheel> {
        self.lock.wheels.iter()
    }

    /// The key of the request that it answers.
    pub(super) fn key(&self) -> Sha256Digest {
        self.key
    }

    /// The same wheels, opened anew; those that the store lacks are fetched.
    ///
    /// # Errors
    ///
    /// Those of a fetch.
    pub(super) fn reopened(&self, source: Source, context: Context<'_>) -> Result<Self, Error> {
        let request = Request { requirements: &self.requirements, target: self.target };
        let layouts = open_or_fetch(&self.lock, request, source, context)?;
        let (requirements, lock) = (Arc::clone(&self.requirements), self.lock.clone());
        let order = self.order.clone();
        Ok(Self { key: self.key, requirements, target: self.target, lock, layouts, order })
    }
}

/// Gives each lambda its wheels; results are in the order of the lambdas.
///
/// # Errors
///
/// The store can't be opened.
pub(super) fn attach(
    pipeline: &Pipeline<'_>,
    prepared: Vec<Prepared>,
) -> Result<Vec<Result<Ready, Box<Failure>>>, Error> {
    if prepared.iter().all(|prepared| prepared.requirements.is_none()) {
        let ready = |prepared| Ok(Ready { prepared, wheels: None });
        return Ok(prepared.into_iter().map(ready).collect());
    }
    let store = pipeline.store()?;
    let mut requests = Vec::new();
    let mut distinct: BTreeMap<Sha256Digest, (Arc<Requirements>, Target)> = BTreeMap::new();
    let mut prepared = prepared;
    for lambda in &mut prepared {
        let Some(requirements) = lambda.requirements.take().map(Arc::new) else {
            requests.push(None);
            continue;
        };
        let python = lambda.job.python.as_ref().expect("a lambda with requirements has one").value;
        let target = Target { python, architecture: lambda.job.architecture.value };
        let request = Request { requirements: &requirements, target };
        let key = resolve::key(&request, pipeline.environment);
        distinct.entry(key).or_insert_with(|| (Arc::clone(&requirements), target));
        requests.push(Some((key, requirements)));
    }
    let context = Context { store, resolver: pipeline.resolver, reporter: pipeline.reporter };
    let resolve = |(key, (requirements, target)): (Sha256Digest, (Arc<Requirements>, Target))| {
        let request = Request { requirements: &requirements, target };
        let lock = resolve::resolve(request, key, pipeline.source, context);
        let layouts = lock.as_ref().ok().and_then(|lock| open_all(lock, context).ok());
        (key, requirements, target, lock, layouts)
    };
    let resolved: Vec<_> = distinct.into_par_iter().map(resolve).collect();
    let mut sets = BTreeMap::new();
    // One open wheel for all sets that have it: what is hashed once is then what all of them copy.
    let mut shared: BTreeMap<Sha256Digest, Arc<Layout>> = BTreeMap::new();
    let mut share =
        |layout: Arc<Layout>| Arc::clone(shared.entry(layout.wheel.digest).or_insert(layout));
    for (key, requirements, target, lock, layouts) in resolved {
        let request = Request { requirements: &requirements, target };
        let set = lock.map_err(Error::from).and_then(|lock| {
            // Sets that share a lost wheel come one after another, so that it is fetched once.
            let layouts = match layouts {
                Some(layouts) => layouts,
                None => open_or_fetch(&lock, request, pipeline.source, context)?,
            };
            let layouts = layouts.into_iter().map(&mut share).collect();
            let order = resolve::installation_order(&lock, &requirements, target);
            let requirements = Arc::clone(&requirements);
            Ok(Arc::new(WheelSet { key, requirements, target, lock, layouts, order }))
        });
        sets.insert(key, (requirements, set));
    }
    let mut ready = Vec::new();
    for (prepared, request) in prepared.into_iter().zip(requests) {
        let Some((key, own)) = request else {
            ready.push(Ok(Ready { prepared, wheels: None }));
            continue;
        };
        ready.push(match &sets[&key] {
            (_, Ok(set)) => Ok(Ready { prepared, wheels: Some(Arc::clone(set)) }),
            (asked, Err(error)) => {
                let mut failure = error.lambda_failure(&prepared.job.lambda);
                failure.place = failure.place.map(|place| own.place_of(asked, place));
                Err(failure)
            }
        });
    }
    Ok(ready)
}

/// Opens the wheels of a lock and lays them out.
fn open_all(lock: &Lock, context: Context<'_>) -> Result<Vec<Arc<Layout>>, wheel::Error> {
    let opened: Vec<_> = lock.wheels.par_iter().map(|locked| open(locked, context)).collect();
    opened.into_iter().collect()
}

fn open(locked: &LockedWheel, context: Context<'_>) -> Result<Arc<Layout>, wheel::Error> {
    let wheel = wheel::open(context.store, &locked.name, locked.digest)?;
    wheel::layout(Arc::new(wheel)).map(Arc::new)
}

/// Opens the wheels of a lock; those that the store lost or damaged are fetched again.
fn open_or_fetch(
    lock: &Lock,
    request: Request<'_>,
    source: Source,
    context: Context<'_>,
) -> Result<Vec<Arc<Layout>>, Error> {
    let mut lost = Vec::new();
    for locked in &lock.wheels {
        match open(locked, context) {
            Err(wheel::Error::Lost { .. }) => lost.push(locked),
            Err(wheel::Error::Corrupt { .. }) => {
                discard(locked.digest, locked.name.as_str(), context)?;
                lost.push(locked);
            }
            Ok(_) | Err(_) => {}
        }
    }
    if !lost.is_empty() {
        resolve::fetch(request, &lost, source, context)?;
    }
    Ok(open_all(lock, context)?)
}

/// Removes a damaged blob of the store, and says so.
///
/// # Errors
///
/// What the disk says.
pub(super) fn discard(
    digest: Sha256Digest,
    wheel: &str,
    context: Context<'_>,
) -> Result<(), Error> {
    context.reporter.report(&Event::WheelCorrupt { wheel });
    Ok(context.store.remove(digest)?)
}
