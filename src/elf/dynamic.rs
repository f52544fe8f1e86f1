//! The dynamic section of an ELF file: which libraries it needs, and which versions of them.
//!
//! Found as the loader finds it: by the program headers, in the layout of 64 bits and
//! little-endian, which both machines of Lambda have.

use super::{Library, Unreadable, part, take};

/// The type of a program header that maps a part of the file (`PT_LOAD`).
const LOAD: u32 = 1;
/// The type of the program header that leads to the dynamic section (`PT_DYNAMIC`).
const DYNAMIC: u32 = 2;
/// The bytes of a program header (`Elf64_Phdr`).
const PROGRAM_HEADER: usize = 56;
/// The bytes of an entry of the dynamic section (`Elf64_Dyn`).
const DYNAMIC_ENTRY: usize = 16;

/// The tag that ends the dynamic section (`DT_NULL`).
const END: u64 = 0;
/// The tag of a needed library's name (`DT_NEEDED`).
const NEEDED: u64 = 1;
/// The tag of the address of the names (`DT_STRTAB`).
const NAMES: u64 = 5;
/// The tag of the address of the needed versions (`DT_VERNEED`).
const VERSIONS: u64 = 0x6FFF_FFFE;

/// As many bytes of a name as are compared.
const NAME: usize = 32;

/// The flag of a version that the loader can do without (`VER_FLG_WEAK`).
const WEAK: u16 = 2;
/// More versions than any library needs; a file with more was made to waste time.
const MOST: usize = 1 << 16;

/// A part of the file that is mapped.
struct Load {
    address: u64,
    /// Where it is in the file.
    place: u64,
    /// Its bytes in the file.
    length: u64,
}

/// Reads which C library a file needs.
pub(super) fn read(bytes: &[u8]) -> Result<Library, Unreadable> {
    // Elf64_Ehdr: e_phoff at 32, e_phentsize at 54, e_phnum at 56.
    let headers = offset(u64::from_le_bytes(take(bytes, 32)?))?;
    let size = usize::from(u16::from_le_bytes(take(bytes, 54)?));
    let number = usize::from(u16::from_le_bytes(take(bytes, 56)?));
    if number > 0 && size != PROGRAM_HEADER {
        return Err(Unreadable);
    }
    let (mut loads, mut dynamic) = (Vec::new(), None);
    for index in 0..number {
        let at = headers.checked_add(index * PROGRAM_HEADER).ok_or(Unreadable)?;
        let header: [u8; PROGRAM_HEADER] = take(bytes, at)?;
        let word = |at| take(&header, at).map(u64::from_le_bytes);
        // Elf64_Phdr: p_type at 0, p_offset at 8, p_vaddr at 16, p_filesz at 32.
        let (place, address, length) = (word(8)?, word(16)?, word(32)?);
        match u32::from_le_bytes(take(&header, 0)?) {
            LOAD => loads.push(Load { address, place, length }),
            // Files of debug symbols have the header of a section without its bytes.
            DYNAMIC if length > 0 => dynamic = Some((offset(place)?, offset(length)?)),
            _ => {}
        }
    }
    match dynamic {
        Some((place, length)) => library(bytes, &loads, part(bytes, place, length)?),
        None => Ok(Library::Any),
    }
}

fn library(bytes: &[u8], loads: &[Load], section: &[u8]) -> Result<Library, Unreadable> {
    let (mut needed, mut names, mut versions) = (Vec::new(), None, None);
    for entry in section.chunks_exact(DYNAMIC_ENTRY) {
        let value = u64::from_le_bytes(take(entry, 8)?);
        match u64::from_le_bytes(take(entry, 0)?) {
            END => break,
            NEEDED => needed.push(value),
            NAMES => names = Some(value),
            VERSIONS => versions = Some(value),
            _ => {}
        }
    }
    if needed.is_empty() && versions.is_none() {
        return Ok(Library::Any);
    }
    let names = Names { bytes, start: place(loads, names.ok_or(Unreadable)?)? };
    for at in needed {
        if is_musl(names.get(at)?) {
            return Ok(Library::Musl);
        }
    }
    let newest = match versions {
        Some(versions) => newest(bytes, place(loads, versions)?, &names)?,
        None => None,
    };
    Ok(newest.map_or(Library::Any, Library::Glibc))
}

/// Whether a library is musl: Alpine Linux calls it `libc.musl-…`, and musl itself `libc.so`. The
/// library of Android is called `libc.so`, too, and Lambda has neither; that of glibc is
/// `libc.so.6`.
fn is_musl(library: &[u8]) -> bool {
    library.starts_with(b"libc.musl-") || library == b"libc.so"
}

/// Returns the newest minor version of glibc 2 that is needed, if one is.
///
/// There is a chain of libraries, each with a chain of versions. Every link has the distance to the
/// next, and the last one has 0; like the loader, this does not read how many there should be.
fn newest(bytes: &[u8], start: usize, names: &Names<'_>) -> Result<Option<u32>, Unreadable> {
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

/// Follows the distance to the next link; `None` after the last.
fn step(from: usize, far: [u8; 4]) -> Result<Option<usize>, Unreadable> {
    match usize::try_from(u32::from_le_bytes(far)).map_err(|_| Unreadable)? {
        0 => Ok(None),
        far => from.checked_add(far).map(Some).ok_or(Unreadable),
    }
}

/// Reads the name of a version; `None` if it is none of glibc, or `GLIBC_PRIVATE`.
fn glibc(name: &[u8]) -> Option<u32> {
    // Not the version of a symbol, but of a format of relocations: 2.36 was the first to read
    // it, and those before refuse the file for want of this name (release notes of glibc 2.36).
    if name == b"GLIBC_ABI_DT_RELR" {
        return Some(36);
    }
    let version = std::str::from_utf8(name.strip_prefix(b"GLIBC_2.")?).ok()?;
    version.split('.').next()?.parse().ok()
}

/// The names of libraries and versions.
struct Names<'a> {
    bytes: &'a [u8],
    /// Where the first name begins.
    start: usize,
}

impl Names<'_> {
    /// Returns the beginning of a name, without what follows its end.
    fn get(&self, at: u64) -> Result<&[u8], Unreadable> {
        let start = self.start.checked_add(offset(at)?).ok_or(Unreadable)?;
        let rest = self.bytes.get(start..).ok_or(Unreadable)?;
        let beginning = rest.get(..NAME).unwrap_or(rest);
        match beginning.iter().position(|byte| *byte == 0) {
            Some(end) => Ok(&beginning[..end]),
            None if beginning.len() == NAME => Ok(beginning),
            None => Err(Unreadable),
        }
    }
}

/// Returns where in the file the bytes of an address are.
fn place(loads: &[Load], address: u64) -> Result<usize, Unreadable> {
    let inside = |load: &Load| {
        let within = address.checked_sub(load.address).filter(|within| *within < load.length)?;
        load.place.checked_add(within)
    };
    offset(loads.iter().find_map(inside).ok_or(Unreadable)?)
}

/// A place in a file, as this machine counts.
fn offset(place: u64) -> Result<usize, Unreadable> {
    usize::try_from(place).map_err(|_| Unreadable)
}
