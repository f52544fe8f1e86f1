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
use crate::store::Store;
use crate::wheel::{self, Layout};

/// The wheels that a set of requirements gives for a target.
#[derive(Debug)]
pub(crate) struct WheelSet {
    /// What was required.
    requirements: Arc<Requirements>,
    /// For what.
    target: Target,
    /// The exact wheels.
    lock: Lock,
    /// The wheels laid out, in the order of the lock.
    layouts: Vec<Arc<Layout>>,
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
        let order = resolve::installation_order(&self.lock, &self.requirements, self.target);
        order.into_iter().map(|index| Arc::clone(&self.layouts[index])).collect()
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

    fn request(&self) -> Request<'_> {
        Request { requirements: &self.requirements, target: self.target }
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
    let store = (pipeline.open_store)()?;
    let mut keys = Vec::new();
    let mut distinct: BTreeMap<Sha256Digest, (Arc<Requirements>, Target)> = BTreeMap::new();
    let mut prepared = prepared;
    for lambda in &mut prepared {
        let Some(requirements) = lambda.requirements.take() else {
            keys.push(None);
            continue;
        };
        let python = lambda.job.python.as_ref().expect("a lambda with requirements has one").value;
        let target = Target { python, architecture: lambda.job.architecture.value };
        let request = Request { requirements: &requirements, target };
        let key = resolve::key(&request, pipeline.environment)?;
        distinct.entry(key).or_insert_with(|| (Arc::new(requirements), target));
        keys.push(Some(key));
    }
    let context =
        Context { store: &store, resolver: pipeline.resolver, reporter: pipeline.reporter };
    let sets: BTreeMap<Sha256Digest, Result<Arc<WheelSet>, Error>> = distinct
        .into_par_iter()
        .map(|(key, (requirements, target))| {
            let set = resolve_set(key, requirements, target, pipeline.source, context);
            (key, set.map(Arc::new))
        })
        .collect();
    let attach =
        |(prepared, key): (Prepared, Option<Sha256Digest>)| match key.map(|key| &sets[&key]) {
            None => Ok(Ready { prepared, wheels: None }),
            Some(Ok(set)) => Ok(Ready { prepared, wheels: Some(Arc::clone(set)) }),
            Some(Err(error)) => Err(error.lambda_failure(&prepared.job.lambda)),
        };
    Ok(prepared.into_iter().zip(keys).map(attach).collect())
}

fn resolve_set(
    key: Sha256Digest,
    requirements: Arc<Requirements>,
    target: Target,
    source: Source,
    context: Context<'_>,
) -> Result<WheelSet, Error> {
    let request = Request { requirements: &requirements, target };
    let lock = resolve::resolve(request, key, source, context)?;
    let layouts = open_all(&lock, request, source, context)?;
    Ok(WheelSet { requirements, target, lock, layouts })
}

/// Opens the wheels of a lock; those that the store lost or damaged are fetched again, once.
fn open_all(
    lock: &Lock,
    request: Request<'_>,
    source: Source,
    context: Context<'_>,
) -> Result<Vec<Arc<Layout>>, Error> {
    let open = |locked: &LockedWheel| {
        let wheel = wheel::open(context.store, &locked.name, locked.digest)?;
        wheel::layout(Arc::new(wheel)).map(Arc::new)
    };
    let opened: Vec<_> = lock.wheels.par_iter().map(open).collect();
    let mut lost = Vec::new();
    for (result, locked) in opened.iter().zip(&lock.wheels) {
        match result {
            Err(wheel::Error::Lost { .. }) => lost.push(locked),
            Err(wheel::Error::Corrupt { .. }) => {
                discard(locked.digest, locked.name.as_str(), context)?;
                lost.push(locked);
            }
            Ok(_) | Err(_) => {}
        }
    }
    if lost.is_empty() {
        return opened.into_iter().map(|result| result.map_err(Error::from)).collect();
    }
    resolve::fetch(request, &lost, source, context)?;
    lock.wheels.par_iter().map(|locked| open(locked).map_err(Error::from)).collect()
}

/// Removes a damaged blob of the store, and says so.
fn discard(digest: Sha256Digest, wheel: &str, context: Context<'_>) -> Result<(), Error> {
    context.reporter.report(&Event::WheelCorrupt { wheel });
    Ok(context.store.remove(digest)?)
}

/// Hashes every wheel of the sets once, and returns the digests of those that are damaged.
///
/// # Errors
///
/// A wheel that can't be read.
pub(super) fn damaged(sets: &[Arc<WheelSet>]) -> Result<Vec<Sha256Digest>, Error> {
    let mut wheels: BTreeMap<Sha256Digest, Arc<Layout>> = BTreeMap::new();
    for layout in sets.iter().flat_map(|set| &set.layouts) {
        wheels.entry(layout.wheel.digest).or_insert_with(|| Arc::clone(layout));
    }
    let verify = |(digest, layout): (Sha256Digest, Arc<Layout>)| match wheel::verify(&layout.wheel)
    {
        Ok(()) => None,
        Err(wheel::Error::Corrupt { .. }) => Some(Ok(digest)),
        Err(error) => Some(Err(error.into())),
    };
    wheels.into_par_iter().filter_map(verify).collect()
}

/// Hashes every wheel of one set, and returns the file name of one that is damaged.
///
/// # Errors
///
/// A wheel that can't be read.
pub(super) fn first_damaged(set: &WheelSet) -> Result<Option<String>, Error> {
    for layout in &set.layouts {
        match wheel::verify(&layout.wheel) {
            Ok(()) => {}
            Err(wheel::Error::Corrupt { wheel }) => return Ok(Some(wheel)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Fetches the damaged wheels of a set again, and opens all of them anew.
///
/// # Errors
///
/// Those of a resolution.
pub(super) fn renew(
    set: &WheelSet,
    damaged: &[Sha256Digest],
    pipeline: &Pipeline<'_>,
    store: &Store,
) -> Result<WheelSet, Error> {
    let context = Context { store, resolver: pipeline.resolver, reporter: pipeline.reporter };
    for wheel in &set.lock.wheels {
        if damaged.contains(&wheel.digest) {
            discard(wheel.digest, wheel.name.as_str(), context)?;
        }
    }
    let source = match pipeline.source {
        Source::Resolver => Source::StoreFirst,
        source => source,
    };
    let layouts = open_all(&set.lock, set.request(), source, context)?;
    let (requirements, lock) = (Arc::clone(&set.requirements), set.lock.clone());
    Ok(WheelSet { requirements, target: set.target, lock, layouts })
}
