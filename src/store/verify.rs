//! Looks whether each wheel is still what its name says.

use camino::Utf8Path;
use rayon::prelude::*;

use super::{BLOBS, Error, GUARD, Usage, is_marked};
use crate::digest::Sha256Digest;
use crate::fs::{self, Guard, Kind};

/// What was looked at, and what came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Soundness {
    pub(crate) all: Usage,
    /// The names of those that have other bytes than their names say, sorted.
    pub(crate) damaged: Vec<String>,
}

/// Hashes every blob, beside other runs but not while one empties the store; a store that is not
/// there has none.
pub(crate) fn verify(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Soundness, Error> {
    let blobs = directory.join(BLOBS);
    let mut soundness = Soundness::default();
    if fs::kind(&blobs)?.is_none() || !is_marked(directory)? {
        return Ok(soundness);
    }
    let _shared = Guard::shared(&directory.join(GUARD), waiting)?;
    let mut names = Vec::new();
    for (name, kind) in fs::list(&blobs)? {
        let Kind::File { size, .. } = kind else { continue };
        soundness.all.files += 1;
        soundness.all.bytes += size;
        names.push(name);
    }
    let looked: Vec<_> = names.into_par_iter().map(|name| look(&blobs, name)).collect();
    for damaged in looked {
        soundness.damaged.extend(damaged?);
    }
    Ok(soundness)
}

/// Returns the name of a blob that is damaged.
fn look(blobs: &Utf8Path, name: String) -> Result<Option<String>, Error> {
    let digest = fs::open(&blobs.join(&name))?.digest()?;
    let is_whole = Sha256Digest::from_hex(&name) == Some(digest);
    Ok((!is_whole).then_some(name))
}
