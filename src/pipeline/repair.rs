//! Wheels that are damaged in the store are removed, and their packages are made again.
//!
//! No package with a damaged wheel has its name yet: a package is published only when all its
//! wheels were hashed. So its lambda is packaged again, once, by the same steps, which fetch the
//! wheels that the store now lacks. A wheel that is damaged again is a failure: then the store's
//! disk is broken, and another try would not help.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::wheels::{WheelSet, discard};
use super::{Assembled, Job, Pipeline, failed, sort_out};
use crate::digest::Sha256Digest;
use crate::lambda::LambdaName;
use crate::report::Failure;
use crate::wheel::{self, Wheel};

/// Wheels whose digests are not those of their names, or that can't be read, with their failures.
pub(super) type Damaged = BTreeMap<Sha256Digest, (Arc<Wheel>, Failure)>;

/// Hashes every wheel once, and returns those that are damaged.
pub(super) fn damaged<'a>(sets: impl Iterator<Item = &'a Arc<WheelSet>>) -> Damaged {
    let wheels: BTreeMap<Sha256Digest, Arc<Wheel>> = sets
        .flat_map(|set| set.by_name())
        .map(|layout| (layout.wheel.digest, Arc::clone(&layout.wheel)))
        .collect();
    let damage = |(digest, wheel): (Sha256Digest, Arc<Wheel>)| {
        let error = wheel::verify(&wheel).err()?;
        Some((digest, (wheel, error.into())))
    };
    wheels.into_par_iter().filter_map(damage).collect()
}

/// The failure of the first damaged wheel of a set.
pub(super) fn damage_of<'a>(
    set: Option<&Arc<WheelSet>>,
    damaged: &'a Damaged,
) -> Option<&'a Failure> {
    let layouts = set.into_iter().flat_map(|set| set.by_name());
    layouts.into_iter().find_map(|layout| Some(&damaged.get(&layout.wheel.digest)?.1))
}

impl Pipeline<'_> {
    /// Removes damaged wheels from the store, and takes the first three steps again for the lambdas
    /// that used them.
    pub(super) fn again(
        &self,
        jobs: Vec<Job>,
        damage: &Damaged,
        failures: &mut Vec<Failure>,
    ) -> Result<BTreeMap<LambdaName, Assembled>, Failure> {
        if damage.is_empty() {
            return Ok(BTreeMap::new());
        }
        let store = self.store()?;
        for (digest, (wheel, _)) in damage {
            // It may have been fetched again already, for a lambda that could not be laid out.
            let now = wheel::open(store, &wheel.name, *digest);
            if now.and_then(|wheel| wheel::verify(&wheel)).is_err() {
                discard(*digest, wheel.name.as_str(), store, self.reporter)?;
            }
        }
        let (prepared, beside) = self.prepared(jobs, failures);
        let ready = self.ready(prepared, &beside, failures)?.into_par_iter();
        let assembled = ready.map(|it| self.assemble(it).map_err(|it| it.failure)).collect();
        let assembled = sort_out(assembled, failures);
        let still = damaged(assembled.iter().filter_map(|it| it.wheels.as_ref()));
        let checked = |it: Assembled| match damage_of(it.wheels.as_ref(), &still) {
            Some(failure) => Err(failed(failure.clone(), &it.job.lambda)),
            None => Ok((it.job.lambda.name.clone(), it)),
        };
        let checked = assembled.into_iter().map(checked).collect();
        Ok(sort_out(checked, failures).into_iter().collect())
    }
}
