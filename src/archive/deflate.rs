//! Compresses the lambda's own files; members of wheels are compressed already.
//!
//! A file is stored where deflating does not make it smaller.

use camino::Utf8Path;

use crate::pack::deflate;
use crate::report::Failure;
use crate::tree::Tree;

/// From this size on, a file is sampled first: a model or a video that does not get smaller is then
/// copied from disk, and never held in memory.
const SAMPLED_FROM: u64 = 4 << 20;
/// Bytes of each sample.
const SAMPLE: usize = 64 << 10;
/// How many samples are taken, at equal distances: the same ones on every machine, for they decide
/// about the bytes of the package.
const SAMPLES: u64 = 16;
/// A file is stored if its samples, together, keep more than so many thousandths of their size.
const INCOMPRESSIBLE: usize = 980;

/// A file of the project, packed.
pub(super) struct Packed {
    /// Its compressed bytes; `None` where the file is stored, and copied from disk.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) deflated: bool,
    /// CRC-32 of the file's bytes.
    pub(super) crc: u32,
    /// The file's bytes.
    pub(super) unpacked: u64,
}

impl Packed {
    /// Compressed size in bytes.
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
    // The header has size and CRC before the bytes, so a file that is written to meanwhile must
    // fail here, and not become a zip that no reader takes.
    let bytes = tree.read_stable(place)?;
    let crc = crc32fast::hash(&bytes);
    let unpacked = bytes.len() as u64;
    let smaller = deflate(&bytes);
    Ok(match smaller {
        Some(smaller) => Packed { bytes: Some(smaller), deflated: true, crc, unpacked },
        None => Packed { bytes: Some(bytes), deflated: false, crc, unpacked },
    })
}

/// Deflates samples of a large file. Where these do not get smaller, the file is stored, and only
/// its CRC is computed here.
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
    if !tree.is_unchanged(&file)? {
        return Err(changed(place));
    }
    Ok(Some(Packed { bytes: None, deflated: false, crc: crc.finalize(), unpacked: size }))
}

/// The failure of a file that is written to meanwhile.
pub(super) fn changed(place: &Utf8Path) -> Failure {
    Failure::lambda("file-changed", format!("`{place}` changed while it was packaged"))
        .hint("run again when nothing writes to it")
}
