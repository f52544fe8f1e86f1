//! Wheels that were built before, by what they were built from. The store keeps those of earlier
//! runs; of the threads that want the same wheel in this run, the first builds it and the others
//! wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::digest::Sha256Digest;
use crate::fs::{self, TemporaryDirectory};
use crate::resolve::{Cache, Context, Error};
use crate::store::RecordKind;
use crate::tags;
use crate::wheel::{self, Checked};

/// Changes when wheels are built, or written anew, in another way.
const VERSION: &str = "build 2";
/// Stands for the target of a pure wheel, which is the same for every target.
const PURE: &str = "pure";

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    file_name: String,
    /// The digest of the wheel, which is a blob of the store.
    sha256: Sha256Digest,
}

/// Copies the wheel that was built from a source into a folder; returns nothing if there is none,
/// or if the store's copy is lost or damaged.
pub(super) fn take(
    identity: &str,
    folder: &Utf8Path,
    context: Context<'_>,
) -> Result<Option<Checked>, Error> {
    for target in [PURE, &context.request.target.to_string()] {
        let record = context.store.record(RecordKind::BUILDS, key(identity, target))?;
        let record = record.and_then(|(bytes, _)| serde_json::from_slice::<Record>(&bytes).ok());
        let Some(record) = record else { continue };
        let path = folder.join(&record.file_name);
        if !context.store.copy(record.sha256, &path)? {
            continue;
        }
        match wheel::check(&path) {
            Ok(checked) if checked.digest == record.sha256 => return Ok(Some(checked)),
            // Damaged: built again, and the store takes the new one in its place.
            Ok(_) | Err(_) => fs::remove(&path)?,
        }
    }
    Ok(None)
}

/// Keeps a wheel that was built.
pub(super) fn keep(identity: &str, checked: &Checked, context: Context<'_>) -> Result<(), Error> {
    let scratch = context.store.scratch()?;
    let copy = scratch.path().join(checked.name.as_str());
    fs::copy(&checked.path, &copy)?;
    wheel::take_in(context.store, checked, &copy)?;
    let target = context.request.target.to_string();
    let target = if tags::is_pure(&checked.name) { PURE } else { &target };
    let record = Record { file_name: checked.name.to_string(), sha256: checked.digest };
    let json = serde_json::to_vec(&record).expect("texts are JSON");
    Ok(context.store.write_record(RecordKind::BUILDS, key(identity, target), &json)?)
}

/// Keeps that the build of a source gave a compiled wheel of this name, so that it is not built
/// again to find that out. The wheel itself is not kept: it is that of one machine.
pub(super) fn refuse(identity: &str, wheel: &str, context: Context<'_>) -> Result<(), Error> {
    let json = serde_json::to_vec(wheel).expect("a text is JSON");
    let key = refusal_key(identity, context);
    Ok(context.store.write_record(RecordKind::BUILDS, key, &json)?)
}

/// The compiled wheel that a build of a source gave before; nothing where the caches are not to be
/// used.
pub(super) fn refused(identity: &str, context: Context<'_>) -> Result<Option<String>, Error> {
    if context.cache == Cache::None {
        return Ok(None);
    }
    let record = context.store.record(RecordKind::BUILDS, refusal_key(identity, context))?;
    Ok(record.and_then(|(bytes, _)| serde_json::from_slice(&bytes).ok()))
}

/// A compiled wheel is for one target, and that for another may be pure.
fn refusal_key(identity: &str, context: Context<'_>) -> Sha256Digest {
    key(identity, &format!("refused for {}", context.request.target))
}

fn key(identity: &str, target: &str) -> Sha256Digest {
    Sha256Digest::of_fields([VERSION, identity, target].map(str::as_bytes))
}

/// The wheels that were built in this run, by what they were built from, and for what.
#[derive(Debug, Default)]
pub(crate) struct Builds(Mutex<BTreeMap<String, Arc<Mutex<Option<Made>>>>>);

#[derive(Debug)]
pub(super) struct Made {
    pub(super) path: Utf8PathBuf,
    // Dropping it would remove the wheel.
    pub(super) _folder: TemporaryDirectory,
}

impl Builds {
    /// Copies the wheel of a build into a folder; the first caller makes it.
    ///
    /// `make` must not use the threads of the pool: rayon gives a thread that waits for its own
    /// work other work meanwhile, which could be the one that waits for this lock.
    ///
    /// # Errors
    ///
    /// Those of the build; whoever waited for it then tries it, too.
    pub(super) fn once(
        &self,
        key: &str,
        folder: &Utf8Path,
        make: impl FnOnce() -> Result<Made, Error>,
    ) -> Result<Utf8PathBuf, Error> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = Arc::clone(all.entry(key.to_owned()).or_default());
        drop(all);
        let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match own.take() {
            Some(made) => made,
            None => make()?,
        };
        let made = own.insert(made);
        let copy = folder.join(made.path.file_name().unwrap_or_default());
        fs::copy(&made.path, &copy)?;
        Ok(copy)
    }
}
