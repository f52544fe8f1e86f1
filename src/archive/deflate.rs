//! Packs the files that no wheel has packed already.
//!
//! libdeflate gives the same bytes on every processor, but not in every version: Cargo.toml pins
//! it, golden digests watch it. A file is stored where deflating does not make it smaller.

use std::cell::RefCell;

use camino::Utf8Path;
use libdeflater::{CompressionLvl, Compressor};

use super::Error;
use crate::tree::Tree;

/// The level: what `zip` and the makers of wheels use, and what the size bar was set against.
const LEVEL: i32 = 6;
/// Larger files are sampled first, so that a model or a video costs no memory.
const SAMPLED_FROM: u64 = 4 << 20;
/// Bytes of each sample.
const SAMPLE: usize = 64 << 10;
/// How many samples are taken, at equal distances.
const SAMPLES: u64 = 16;
/// A file is stored if its samples, together, keep more than so many thousandths of their size.
const INCOMPRESSIBLE: usize = 980;

thread_local! {
    /// Making a compressor costs more than a small file does.
    static COMPRESSOR: RefCell<Compressor> = RefCell::new(compressor());
}

fn compressor() -> Compressor {
    Compressor::new(CompressionLvl::new(LEVEL).expect("libdeflate has levels 0 to 12"))
}

/// A file of the project, packed.
pub(super) struct Packed {
    /// Its bytes as packed; none for those that are stored straight from the file.
    pub(super) bytes: Option<Vec<u8>>,
    /// Whether they are deflated.
    pub(super) deflated: bool,
    /// CRC-32 of the file's bytes.
    pub(super) crc: u32,
    /// The file's bytes.
    pub(super) unpacked: u64,
}

impl Packed {
    /// Bytes as packed.
    pub(super) fn size(&self) -> u64 {
        self.bytes.as_ref().map_or(self.unpacked, |bytes| bytes.len() as u64)
    }
}

/// Packs a file of the project.
pub(super) fn pack(tree: &Tree, place: &Utf8Path, size: u64) -> Result<Packed, Error> {
    if size >= SAMPLED_FROM
        && let Some(stored) = stored_if_incompressible(tree, place)?
    {
        return Ok(stored);
    }
    let bytes = tree.read_stable(place)?;
    let crc = crc32fast::hash(&bytes);
    let unpacked = bytes.len() as u64;
    let smaller = COMPRESSOR.with_borrow_mut(|compressor| deflated(compressor, &bytes));
    Ok(match smaller {
        Some(smaller) => Packed { bytes: Some(smaller), deflated: true, crc, unpacked },
        None => Packed { bytes: Some(bytes), deflated: false, crc, unpacked },
    })
}

/// Deflates bytes, if that makes them smaller.
fn deflated(compressor: &mut Compressor, bytes: &[u8]) -> Option<Vec<u8>> {
    // No more room than is worth filling: what does not fit is stored. The pages of the buffer
    // that are never written to are never there.
    let mut room = vec![0; bytes.len().saturating_sub(1)];
    let length = compressor.deflate_compress(bytes, &mut room).ok()?;
    room.truncate(length);
    room.shrink_to_fit();
    Some(room)
}

/// Looks at samples of a large file; where they do not deflate, only its CRC is taken.
fn stored_if_incompressible(tree: &Tree, place: &Utf8Path) -> Result<Option<Packed>, Error> {
    let file = tree.open(place)?;
    let size = file.size();
    if size < SAMPLED_FROM {
        return Ok(None);
    }
    let mut buffer = vec![0; SAMPLE];
    let mut kept = 0;
    for sample in 0..SAMPLES {
        tree.read_at(&file, &mut buffer, (size - SAMPLE as u64) * sample / (SAMPLES - 1))?;
        let packed = COMPRESSOR.with_borrow_mut(|compressor| deflated(compressor, &buffer));
        kept += packed.map_or(SAMPLE, |packed| packed.len());
    }
    let all = SAMPLE * usize::try_from(SAMPLES).expect("a few");
    if kept * 1000 <= all * INCOMPRESSIBLE {
        return Ok(None);
    }
    let mut crc = crc32fast::Hasher::new();
    let mut chunk = vec![0; 1 << 20];
    let mut at = 0;
    while at < size {
        let length = usize::try_from((size - at).min(chunk.len() as u64)).expect("at most a chunk");
        tree.read_at(&file, &mut chunk[..length], at)?;
        crc.update(&chunk[..length]);
        at += length as u64;
    }
    Ok(Some(Packed { bytes: None, deflated: false, crc: crc.finalize(), unpacked: size }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Sha256Digest;

    /// Text with structure, the same on every machine.
    fn text() -> Vec<u8> {
        let lines = (0..20_000_u32).map(|n| format!("line {} of {}\n", n % 977, n * n % 7919));
        lines.collect::<String>().into_bytes()
    }

    /// Changes only together with the format number: it guards the compressor itself.
    #[test]
    fn the_compressor_gives_its_golden_bytes() {
        let packed = deflated(&mut compressor(), &text()).unwrap();
        let golden = "cda005580bb7cc1e157cf188eaa5aee07b15efb1775e134de093baa3af294d4c";
        assert_eq!(Sha256Digest::of(&packed).to_hex(), golden);
    }

    #[test]
    fn a_used_compressor_gives_the_same_bytes_as_a_new_one() {
        let mut used = compressor();
        for length in [0, 1, 100, 5_000, 300_000] {
            let bytes = &text()[..length];
            assert_eq!(deflated(&mut used, bytes), deflated(&mut compressor(), bytes));
        }
    }

    #[test]
    fn what_does_not_shrink_is_not_deflated() {
        for bytes in [&b""[..], b"a", b"abc"] {
            assert_eq!(deflated(&mut compressor(), bytes), None);
        }
    }
}
