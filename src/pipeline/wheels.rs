//! Step two: each distinct set of requirements becomes a set of wheels, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::asked::{Asked, ask};
use super::prepare::Prepared;
use super::{Job, Pipeline};
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::event::Event;
use crate::lambda::Target;
use crate::pylock;
use crate::report::{Failure, PackagedWheel, Warning};
use crate::requirements::{Demand, Requirements};
use crate::resolve::{
    self, Backend, Context, Lock, LockedWheel, Origin, Request, Source, SourceDistributions,
};
use crate::wheel::{self, Layout};

/// The wheels that a set of requirements gives for a target.
#[derive(Debug)]
pub(crate) struct WheelSet {
    /// The key of the request that it answers.
    key: Sha256Digest,
    /// What was required.
    requirements: Arc<Requirements>,
    /// For what, and how.
    terms: Terms,
    /// The exact wheels.
    lock: Lock,
    /// Whether a lock, or hashes in the lines, named them.
    locked: bool,
    /// The wheels laid out, in the order of the lock.
    layouts: Vec<Arc<Layout>>,
    /// Their places in the order in which pip would install them.
    order: Vec<usize>,
}

/// What, besides requirements, an answer hangs on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// For what.
    pub(super) target: Target,
    /// Who resolves.
    pub(super) backend: Backend,
    /// What becomes of what has no wheel.
    pub(super) policy: SourceDistributions,
}

impl Terms {
    /// The terms of a lambda whose version of Python is settled.
    pub(super) fn of(job: &Job) -> Self {
        let python = job.python.as_ref().expect("a lambda with requirements has one").value;
        let target = Target { python, architecture: job.architecture.value };
        Self { target, backend: job.backend, policy: job.policy }
    }

    /// The request for these requirements on these terms.
    pub(super) fn request(self, requirements: &Requirements) -> Request<'_> {
        let Self { target, backend, policy } = self;
        Request { requirements, target, backend, policy }
    }
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
    /// A set of wheels that are laid out in the order of their lock.
    pub(super) fn new(
        key: Sha256Digest,
        requirements: Arc<Requirements>,
        terms: Terms,
        lock: Lock,
        locked: bool,
        layouts: Vec<Arc<Layout>>,
    ) -> Self {
        let requires: Vec<&[String]> =
            layouts.iter().map(|it| it.wheel.facts.metadata.requires.as_slice()).collect();
        let order = resolve::installation_order(&lock, &requires, &requirements, terms.target);
        Self { key, requirements, terms, lock, locked, layouts, order }
    }

    /// The wheels laid out, in the order in which pip would install them.
    pub(super) fn layouts(&self) -> Vec<Arc<Layout>> {
        self.order.iter().map(|index| Arc::clone(&self.layouts[*index])).collect()
    }

    /// Warns of what wheels of a lock require and it has not: a resolver would have added it, and
    /// what names exact wheels may leave it out on purpose.
    fn incomplete(&self) -> Option<Warning> {
        let message = self.lacks()?;
        let hint = "lock it, too (`cargo dofs-package lock`), if the runtime does not bring it";
        let warning = Warning::new("lock-incomplete", message).hint(hint);
        Some(warning.at(&self.requirements.path, None))
    }

    /// What wheels of a lock require and it has not, as a clause.
    pub(super) fn lacks(&self) -> Option<String> {
        if !self.locked {
            return None;
        }
        let requires: Vec<&[String]> =
            self.layouts.iter().map(|it| it.wheel.facts.metadata.requires.as_slice()).collect();
        let unmet = resolve::unmet(&self.lock, &requires, &self.requirements, self.terms.target);
        let (project, required) = unmet.first()?;
        let others = match unmet.len() - 1 {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        Some(format!("`{project}` requires `{required}`, which is not locked{others}"))
    }

    /// Whether a lock, or hashes in the lines, named them.
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// The projects that neither a lock nor a line pins.
    pub(super) fn floating(&self) -> Vec<String> {
        if self.locked {
            return Vec::new();
        }
        let Requirements { requirements, constraints, .. } = self.requirements.as_ref();
        let lines = requirements.iter().chain(constraints).map(|line| &line.demand);
        let is_pinned = |demand: &&Demand| demand.exact_version().is_some() || demand.is_direct();
        let pinned: Vec<String> = lines.filter(is_pinned).filter_map(Demand::project).collect();
        let floats = |wheel: &&LockedWheel| match &wheel.origin {
            Origin::Directory { .. } | Origin::File { .. } => false,
            // A branch moves.
            Origin::Git { revision, commit, .. } => revision.as_ref() != Some(commit),
            Origin::Remote { .. } | Origin::Archive { .. } => !pinned.contains(&wheel.name.project),
        };
        self.wheels().filter(floats).map(|wheel| wheel.name.project.clone()).collect()
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
        let request = self.terms.request(&self.requirements);
        let layouts = open_or_fetch(&self.lock, request, source, context)?;
        let (requirements, lock) = (Arc::clone(&self.requirements), self.lock.clone());
        let Self { key, terms, locked, .. } = *self;
        let order = self.order.clone();
        Ok(Self { key, requirements, terms, lock, locked, layouts, order })
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
    let store = pipeline.store().map_err(Error::Store)?;
    let mut requests = Vec::new();
    let mut distinct: BTreeMap<Sha256Digest, Arc<Asked>> = BTreeMap::new();
    let mut prepared = prepared;
    for lambda in &mut prepared {
        requests.push(ask(lambda, pipeline).map(|asked| {
            asked.map(|asked| {
                let asked = Arc::new(asked);
                distinct.entry(asked.key).or_insert_with(|| Arc::clone(&asked));
                asked
            })
        }));
    }
    let context = pipeline.resolving(store);
    let answer = |(key, asked): (Sha256Digest, Arc<Asked>)| {
        let lock = asked.answer(pipeline.source, context);
        let layouts = lock.as_ref().ok().and_then(|lock| open_all(lock, context).ok());
        (key, asked, lock, layouts)
    };
    let resolved: Vec<_> = distinct.into_par_iter().map(answer).collect();
    let mut sets = BTreeMap::new();
    // One open wheel for all sets that have it: what is hashed once is then what all of them copy.
    let mut shared: BTreeMap<Sha256Digest, Arc<Layout>> = BTreeMap::new();
    let mut share =
        |layout: Arc<Layout>| Arc::clone(shared.entry(layout.wheel.digest).or_insert(layout));
    for (key, asked, lock, layouts) in resolved {
        let set = lock.and_then(|lock| {
            // Sets that share a lost wheel come one after another, so that it is fetched once.
            let (lock, layouts) = match layouts {
                Some(layouts) => (lock, layouts),
                None => asked.open_or_fetch(lock, pipeline.source, context)?,
            };
            let layouts: Vec<_> = layouts.into_iter().map(&mut share).collect();
            takes_python(&layouts, &asked)?;
            let set = asked.set(lock, layouts);
            asked.refuse_incomplete(&set, pipeline.locking)?;
            Ok(Arc::new(set))
        });
        sets.insert(key, (asked, set));
    }
    let mut ready = Vec::new();
    for (mut prepared, request) in prepared.into_iter().zip(requests) {
        let own = match request {
            Ok(Some(own)) => own,
            Ok(None) => {
                ready.push(Ok(Ready { prepared, wheels: None }));
                continue;
            }
            Err(error) => {
                ready.push(Err(error.lambda_failure(&prepared.job.lambda)));
                continue;
            }
        };
        prepared.warnings.extend(own.warning.clone());
        ready.push(match &sets[&own.key] {
            (_, Ok(set)) => {
                prepared.warnings.extend(set.incomplete());
                Ok(Ready { prepared, wheels: Some(Arc::clone(set)) })
            }
            (asked, Err(error)) => {
                let mut failure = error.lambda_failure(&prepared.job.lambda);
                let of_own = |place| own.requirements.place_of(&asked.requirements, place);
                failure.place = failure.place.map(of_own);
                Err(failure)
            }
        });
    }
    Ok(ready)
}

/// A wheel that says that it is for other versions of Python.
fn takes_python(layouts: &[Arc<Layout>], asked: &Asked) -> Result<(), Error> {
    for layout in layouts {
        let metadata = &layout.wheel.facts.metadata;
        let Some(requires) = &metadata.requires_python else { continue };
        // What is no range of versions is passed over, as pip does it.
        if pylock::takes(requires, asked.terms.target) == Ok(false) {
            return Err(Error::from(resolve::Error::OtherPython {
                package: format!("{} {}", metadata.project, metadata.version),
                requires: requires.clone(),
                target: asked.terms.target.to_string(),
                place: asked.place_of(&metadata.project),
            }));
        }
    }
    Ok(())
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
///
/// # Errors
///
/// Those of a fetch, and of the wheels.
pub(super) fn open_or_fetch(
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
    context.store.remove(digest).map_err(Error::Store)
}
