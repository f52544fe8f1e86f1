//! The versions of symbols that an ELF file needs.

use super::dynamic::Names;
use super::{GlibcVersion, Unreadable, take};

/// The flag of a version that the loader can do without (`VER_FLG_WEAK`).
const WEAK: u16 = 2;
/// More versions than any library needs; a file with more was made to waste time.
const MOST: usize = 1 << 16;

/// Returns the newest version of glibc that is needed, if one is.
///
/// There is a chain of libraries, each with a chain of versions. Every link says how far the next
/// is, and the last one zero; like the loader, this does not ask how many there should be.
pub(super) fn newest(
    bytes: &[u8],
    start: usize,
    names: &Names<'_>,
) -> Result<Option<GlibcVersion>, Unreadable> {
    let (mut newest, mut seen) = (None, 0);
    let mut next_library = Some(start);
    while let Some(library) = next_library {
        // Elf64_Verneed: vn_aux at 8, vn_next at 12.
        let entry: [u8; 16] = take(bytes, library)?;
        next_library = step(library, take(&entry, 12)?)?;
        let mut next_version = Some(step(library, take(&entry, 8)?)?.ok_or(Unreadable)?);
        while let Some(version) = next_version {
            seen += 1;
            if seen > MOST {
                return Err(Unreadable);
            }
            // Elf64_Vernaux: vna_flags at 4, vna_name at 8, vna_next at 12.
            let entry: [u8; 16] = take(bytes, version)?;
            if u16::from_le_bytes(take(&entry, 4)?) & WEAK == 0 {
                let name = u32::from_le_bytes(take(&entry, 8)?);
                newest = newest.max(glibc(names.get(name.into())?));
            }
            next_version = step(version, take(&entry, 12)?)?;
        }
    }
    Ok(newest)
}

/// Follows a field that says how far the next link is; none where it is the last.
fn step(from: usize, far: [u8; 4]) -> Result<Option<usize>, Unreadable> {
    match usize::try_from(u32::from_le_bytes(far)).map_err(|_| Unreadable)? {
        0 => Ok(None),
        far => from.checked_add(far).map(Some).ok_or(Unreadable),
    }
}

/// Reads a version's name; none where it is no version of glibc, or the private one.
fn glibc(name: &[u8]) -> Option<GlibcVersion> {
    // Not the version of a symbol, but of a format of relocations: 2.36 was the first to read
    // it, and those before refuse the file for want of this name (release notes of glibc 2.36).
    if name == b"GLIBC_ABI_DT_RELR" {
        return Some(GlibcVersion { minor: 36 });
    }
    let version = std::str::from_utf8(name.strip_prefix(b"GLIBC_2.")?).ok()?;
    let minor = version.split('.').next()?.parse().ok()?;
    Some(GlibcVersion { minor })
}
