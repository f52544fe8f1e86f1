//! What the store has damaged is fetched again, and what was made from it is laid out anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::wheels::{self, Ready, WheelSet};
use super::{Assembled, Pipeline};
use crate::contents;
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::report::Failure;
use crate::store::Store;
use crate::wheel::{self, Wheel};

/// The sets of wheels that had damaged ones, each mended or not to be mended, by their keys.
pub(super) struct Mended(BTreeMap<Sha256Digest, Result<Arc<WheelSet>, Error>>);

impl Mended {
    /// Hashes every wheel of the sets once, and fetches again what is not what its name says.
    ///
    /// # Errors
    ///
    /// The store can't be opened.
    pub(super) fn new(sets: &[Arc<WheelSet>], pipeline: &Pipeline<'_>) -> Result<Self, Error> {
        let damaged = damaged(sets);
        let mut mended = BTreeMap::new();
        if damaged.is_empty() {
            return Ok(Self(mended));
        }
        let store = pipeline.store()?;
        for set in sets.iter().filter(|set| set.has_any(&damaged)) {
            mended
                .entry(set.key())
                .or_insert_with(|| mend(set, &damaged, pipeline, store).map(Arc::new));
        }
        Ok(Self(mended))
    }

    /// Whether a lambda was laid out from wheels that were damaged.
    pub(super) fn concerns(&self, assembled: &Assembled) -> bool {
        assembled.wheels.as_ref().is_some_and(|set| self.0.contains_key(&set.key()))
    }

    /// Lays out a lambda again from mended wheels; one that has none of them is passed on.
    ///
    /// # Errors
    ///
    /// Its wheels could not be mended.
    pub(super) fn apply(&self, mut assembled: Assembled) -> Result<Assembled, Box<Failure>> {
        let key = assembled.wheels.as_ref().map(|set| set.key());
        let Some(mended) = key.and_then(|key| self.0.get(&key)) else { return Ok(assembled) };
        let failed = |error: &Error| error.lambda_failure(&assembled.job.lambda);
        let set = mended.as_ref().map_err(failed)?;
        let laid_out = contents::lay_out(&assembled.sources, &set.layouts());
        let (contents, _) = laid_out.map_err(|error| failed(&error.into()))?;
        assembled.contents = contents;
        assembled.wheels = Some(Arc::clone(set));
        Ok(assembled)
    }
}

impl Pipeline<'_> {
    /// Lays out again what failed, if one of its wheels is damaged: then that is the reason, and
    /// not the lambda.
    pub(super) fn assemble_mended(
        &self,
        (mut ready, failure): (Ready, Box<Failure>),
    ) -> Result<Assembled, Box<Failure>> {
        let Some(set) = ready.wheels.take() else { return Err(failure) };
        let damaged = damaged(std::slice::from_ref(&set));
        if damaged.is_empty() {
            return Err(failure);
        }
        let failed = |error: Error| error.lambda_failure(&ready.prepared.job.lambda);
        let store = self.store().map_err(|failure| failed(failure.into()))?;
        ready.wheels = Some(Arc::new(mend(&set, &damaged, self, store).map_err(failed)?));
        super::assemble(ready).map_err(|failed| failed.1)
    }
}

/// Hashes every wheel once, and returns the digests of those that are damaged.
fn damaged(sets: &[Arc<WheelSet>]) -> Vec<Sha256Digest> {
    let wheels: BTreeMap<Sha256Digest, Arc<Wheel>> = sets
        .iter()
        .flat_map(|set| set.by_name())
        .map(|layout| (layout.wheel.digest, Arc::clone(&layout.wheel)))
        .collect();
    let verified: Vec<_> =
        wheels.into_par_iter().map(|(digest, wheel)| (digest, wheel::verify(&wheel))).collect();
    // One that can't be read is damaged, too: it is for its lambdas to fail, not for the run.
    let damaged = verified.into_iter().filter(|(_, result)| result.is_err());
    damaged.map(|(digest, _)| digest).collect()
}

/// Fetches the damaged wheels of a set again, opens all of them anew and hashes them.
fn mend(
    set: &WheelSet,
    damaged: &[Sha256Digest],
    pipeline: &Pipeline<'_>,
    store: &Store,
) -> Result<WheelSet, Error> {
    let context = pipeline.resolving(store);
    for locked in set.wheels().filter(|locked| damaged.contains(&locked.digest)) {
        // Another set that has it, too, may have mended it already.
        let now = wheel::open(store, &locked.name, locked.digest);
        if now.and_then(|wheel| wheel::verify(&wheel)).is_err() {
            wheels::discard(locked.digest, locked.name.as_str(), context)?;
        }
    }
    let set = set.reopened(context)?;
    for layout in set.by_name() {
        wheel::verify(&layout.wheel)?;
    }
    Ok(set)
}
