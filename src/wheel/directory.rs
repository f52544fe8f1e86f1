//! Reads a wheel's central directory.
//!
//! Only zips that all readers read alike are accepted: one end record at the very end, and members
//! one after the other without gap or overlap, from the first byte to the directory. So the offset
//! of a member's bytes follows from the start of the next member, and only the strict check must
//! read the local headers. `PyPI` refuses such zips, too, since August 2025 ("Preventing
//! ZIP parser confusion attacks on Python package installers" in its blog).
//!
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use super::{LARGEST_UNPACKED, Member, Method, Unusable, WheelName, unread};
use crate::fs;
use crate::report::Failure;
use crate::words;

/// Bytes of an end record without a comment.
const END_RECORD: u64 = 22;
/// Bytes of an entry of the directory, without name, extra fields and comment.
const ENTRY: usize = 46;
/// Bytes of a local header, without name and extra field.
pub(super) const LOCAL: u64 = 30;
/// The most bytes of a directory, so that a hostile wheel takes no more memory; a directory of
/// 65,534 members with names of 255 bytes has 20 MB.
const LARGEST_DIRECTORY: u64 = 64 << 20;

/// Flag: sizes and CRC follow the bytes in a data descriptor (4.4.4, bit 3).
pub(super) const DESCRIPTOR: u16 = 1 << 3;
/// Flag: the name is UTF-8 (4.4.4, bit 11).
const UTF_8: u16 = 1 << 11;
/// The flags that a wheel may have. Bits 1 and 2 are only the level of the compressor; the others
/// mean encryption, patches and masks (4.4.4).
const KNOWN_FLAGS: u16 = DESCRIPTOR | UTF_8 | 0b110;

#[derive(Debug)]
pub(super) struct DirectoryEntry {
    /// The member; its `offset` is right only if it has no data descriptor.
    pub(super) member: Member,
    pub(super) flags: u16,
    /// The offset of its local header.
    pub(super) start: u64,
    /// The offset of the next local header, or of the directory.
    pub(super) end: u64,
    pub(super) is_folder: bool,
}

/// Why a directory can't be read.
pub(super) enum Fault {
    Disk(fs::Error),
    /// It unpacks to this many bytes, more than a package may have.
    TooLarge(u64),
    /// What is wrong, as a clause.
    Structure(String),
}

impl Fault {
    /// The failure of a wheel that is not in the store yet.
    pub(super) fn of_file(self, wheel: &WheelName) -> Failure {
        match self {
            Self::Disk(error) => unread(error),
            Self::TooLarge(bytes) => {
                let message = format!(
                    "the wheel `{wheel}` unpacks to {} bytes, more than the {} that Lambda takes",
                    words::grouped(bytes),
                    words::grouped(LARGEST_UNPACKED)
                );
                Failure::input("wheel-too-large", message)
                    .hint("require a smaller build or part of it")
            }
            Self::Structure(fault) => {
                let message = format!("the wheel `{wheel}` is broken or hostile: {fault}");
                Failure::input("wheel-refused", message)
                    .hint("require another version, and tell the maintainers of the package")
            }
        }
    }

    /// The error of a wheel in the store: it passed the check before, so it is damaged now.
    pub(super) fn of_stored(self, name: &WheelName) -> Unusable {
        match self {
            Self::Disk(error) => error.into(),
            Self::TooLarge(_) | Self::Structure(_) => Unusable::corrupt(name),
        }
    }
}

impl From<fs::Error> for Fault {
    fn from(error: fs::Error) -> Self {
        Self::Disk(error)
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(text: T) -> Self {
        Self::Structure(text.into())
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Returns the entries in the order of their bytes in the file.
pub(super) fn read(file: &fs::File) -> Result<Vec<DirectoryEntry>, Fault> {
    let (directory, start, count) = find(file)?;
    let mut listed = Vec::with_capacity(count);
    let mut at = 0;
    while at < directory.len() {
        let (entry, next) = entry(&directory, at)?;
        listed.push(entry);
        at = next;
    }
    if listed.len() != count {
        let found = listed.len();
        return Err(format!("its end record counts {count} members, not {found}").into());
    }
    listed.sort_by_key(|entry| entry.start);
    let starts = listed.iter().map(|entry| entry.start).skip(1).chain([start]);
    let ends: Vec<u64> = starts.collect();
    if listed.first().map_or(start, |first| first.start) != 0 {
        return Err("it has bytes before its first member".into());
    }
    for (entry, end) in listed.iter_mut().zip(ends) {
        let member = &mut entry.member;
        let least = LOCAL + member.name.len() as u64 + member.compressed_size;
        if entry.start.checked_add(least).is_none_or(|least_end| least_end > end) {
            return Err(format!("{} overlaps what comes after it", shown(&member.name)).into());
        }
        entry.end = end;
        member.offset = end - member.compressed_size;
    }
    Ok(listed)
}

/// A member's name for messages, control characters escaped.
pub(super) fn shown(name: &str) -> String {
    format!("member `{}`", name.escape_debug())
}

/// Finds the directory by the end record. Returns its bytes, its offset, and the number of entries
/// in the end record.
fn find(file: &fs::File) -> Result<(Vec<u8>, u64, usize), Fault> {
    let size = file.size();
    let Some(end) = size.checked_sub(END_RECORD) else {
        return Err("it is too short to be a zip".into());
    };
    let mut record = [0; END_RECORD as usize];
    file.read_exact_at(&mut record, end)?;
    // A comment is refused: it could hold another end record, and some readers search for the first
    // one, some for the last.
    if !record.starts_with(b"PK\x05\x06") || u16_at(&record, 20) != 0 {
        return Err("it does not end with the end record of a zip".into());
    }
    let (count, length, start) = (u16_at(&record, 10), u32_at(&record, 12), u32_at(&record, 16));
    // Fields with all bits set point to zip64 records (4.4.1.4).
    if count == u16::MAX || start == u32::MAX || length == u32::MAX {
        return Err("it is a zip64, larger than anything Lambda takes".into());
    }
    if u16_at(&record, 4) != 0 || u16_at(&record, 6) != 0 || u16_at(&record, 8) != count {
        return Err("its end record speaks of other disks".into());
    }
    let (start, length) = (u64::from(start), u64::from(length));
    if start + length != end || length > LARGEST_DIRECTORY {
        return Err("its end record points elsewhere than to its directory".into());
    }
    let mut directory = vec![0; usize::try_from(length).expect("a bound was checked")];
    file.read_exact_at(&mut directory, start)?;
    Ok((directory, start, usize::from(count)))
}

/// Reads the entry at an offset in the directory; also returns where the next one begins.
fn entry(directory: &[u8], at: usize) -> Result<(DirectoryEntry, usize), Fault> {
    let cut = || Fault::from("its directory is cut short");
    let fixed = directory.get(at..at + ENTRY).ok_or_else(cut)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return Err("its directory has something that is no entry".into());
    }
    let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(fixed, field)));
    let next = at + ENTRY + name + extra + comment;
    let name = directory.get(at + ENTRY..at + ENTRY + name).ok_or_else(cut)?;
    if next > directory.len() {
        return Err(cut());
    }
    let name = std::str::from_utf8(name).map_err(|_| Fault::from("a name is not UTF-8"))?;
    let flags = u16_at(fixed, 8);
    let refuse = |what: &str| Err(Fault::from(format!("{} {what}", shown(name))));
    if flags & !KNOWN_FLAGS != 0 {
        return refuse("is encrypted, patched or masked");
    }
    if !name.is_ascii() && flags & UTF_8 == 0 {
        return refuse("has a name that says nothing of its encoding");
    }
    if u16_at(fixed, 34) != 0 {
        return refuse("is on another disk");
    }
    let method = match u16_at(fixed, 10) {
        0 => Method::Stored,
        8 => Method::Deflated,
        other => return refuse(&format!("has the method {other}, neither stored nor deflated")),
    };
    let (compressed, size) = (u32_at(fixed, 20), u32_at(fixed, 24));
    if compressed == u32::MAX || size == u32::MAX {
        return refuse("is larger than anything Lambda takes");
    }
    if method == Method::Stored && compressed != size {
        return refuse("is stored, but in another size");
    }
    let mode = u16::try_from(u32_at(fixed, 38) >> 16).expect("half of 32 bits are 16");
    let is_folder = name.ends_with('/');
    // The file type in `st_mode` (inode(7)). pip and uv write a symbolic link as a file with the
    // path of its target, which nobody wants; none of 72 wheels has one (measured).
    match mode & 0o170_000 {
        0o040_000 | 0 if is_folder => {}
        0o100_000 | 0 if !is_folder => {}
        0o120_000 => return refuse("is a symbolic link"),
        _ => return refuse("is neither a file nor a folder"),
    }
    if is_folder && size != 0 {
        return refuse("is a folder with bytes");
    }
    let member = Member {
        name: name.to_owned(),
        method,
        crc: u32_at(fixed, 16),
        compressed_size: u64::from(compressed),
        size: u64::from(size),
        mode,
        offset: 0,
    };
    let start = u64::from(u32_at(fixed, 42));
    Ok((DirectoryEntry { member, flags, start, end: 0, is_folder }, next))
}
