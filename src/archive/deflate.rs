//! Packs the files that no wheel has packed already.
//!
//! A file is stored where deflating does not make it smaller.

use camino::Utf8Path;

use crate::pack::deflate;
use crate::report::Failure;
use crate::tree::Tree;

/// Larger files are sampled first, so that a model or a video costs no memory.
const SAMPLED_FROM: u64 = 4 << 20;
/// Bytes of each sample.
const SAMPLE: usize = 64 << 10;
/// How many samples are taken, at equal distances.
const SAMPLES: u64 = 16;
/// A file is stored if its samples, together, keep more than so many thousandths of their size.
const INCOMPRESSIBLE: usize = 980;

/// A file of the project, packed.
pub(super) struct Packed {
    /// Its bytes as packed; none for those that are stored straight from the file.
    pub(super) bytes: Option<Vec<u8>>,
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
pub(super) fn pack(tree: &Tree, place: &Utf8Path, size: u64) -> Result<Packed, Failure> {
    if size >= SAMPLED_FROM
        && let Some(stored) = stored_if_incompressible(tree, place)?
    {
        return Ok(stored);
    }
    let bytes = tree.read_stable(place)?;
    let crc = crc32fast::hash(&bytes);
    let unpacked = bytes.len() as u64;
    let smaller = deflate(&bytes);
    Ok(match smaller {
        Some(smaller) => Packed { bytes: Some(smaller), deflated: true, crc, unpacked },
        None => Packed { bytes: Some(bytes), deflated: false, crc, unpacked },
    })
}

/// Looks at samples of a large file; where they do not deflate, only its CRC is taken.
fn stored_if_incompressible(tree: &Tree, place: &Utf8Path) -> Result<Option<Packed>, Failure> {
    let file = tree.open(place)?;
    let size = file.size();
    if size < SAMPLED_FROM {
        return Ok(None);
    }
    let mut buffer = vec![0; SAMPLE];
    let mut kept = 0;
    for sample in 0..SAMPLES {
        tree.read_at(&file, &mut buffer, (size - SAMPLE as u64) * sample / (SAMPLES - 1))?;
        kept += deflate(&buffer).map_or(SAMPLE, |packed| packed.len());
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
