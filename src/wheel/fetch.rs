//! Takes wheels from the store.

use super::directory::{self, DESCRIPTOR, LOCAL, u16_at};
use super::{Unusable, Wheel, WheelName, facts};
use crate::digest::Sha256Digest;
use crate::store::Store;

/// Opens a wheel of the store, and reads its central directory.
///
/// The bytes are not hashed yet: do that with [`verify`], beside other work, and let nothing out
/// before it has succeeded.
pub(crate) fn open(
    store: &Store,
    name: &WheelName,
    digest: Sha256Digest,
) -> Result<Wheel, Unusable> {
    let file = store.blob(digest)?.ok_or_else(|| Unusable::lost(name))?;
    // A blob that passed the strict check has a sound directory; another one is damaged.
    let mut listed = directory::read(&file).map_err(|fault| fault.of_stored(name))?;
    listed.retain(|entry| !entry.is_folder);
    for entry in &mut listed {
        if entry.flags & DESCRIPTOR != 0 {
            // What follows the bytes has no fixed length, so the header before them is asked.
            let mut fixed = [0; LOCAL as usize];
            file.read_exact_at(&mut fixed, entry.start)?;
            let lengths = u64::from(u16_at(&fixed, 26)) + u64::from(u16_at(&fixed, 28));
            entry.member.offset = entry.start + LOCAL + lengths;
        }
    }
    let mut members: Vec<_> = listed.into_iter().map(|entry| entry.member).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    let facts = facts::of(store, name, digest, &file)?;
    Ok(Wheel { name: name.clone(), digest, facts, file, members })
}

pub(crate) fn verify(wheel: &Wheel) -> Result<(), Unusable> {
    if wheel.file.digest()? == wheel.digest { Ok(()) } else { Err(Unusable::corrupt(&wheel.name)) }
}
