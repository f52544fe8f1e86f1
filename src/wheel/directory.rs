//! Reads a wheel's central directory.
//!
//! Only zips that all readers read alike are accepted: one end record, and members one after the
//! other without gap or overlap up to the directory. So the offset of a member's bytes follows from
//! the start of the next member, and only the strict check must read the local headers. What stands
//! before the first member or behind the end record is passed over, with a fault that is told, as
//! long as no reader could find another zip in it.
//!
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16, 4.5.3 and 4.6.9; `_EndRecData` in
//! `zipfile` of `CPython`, with which pip reads.

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
/// Bytes of the end record of a zip64, and of the record behind it that says where it is.
const END_64: u64 = 56;
const LOCATOR_64: u64 = 20;
/// The most bytes that may follow an end record: as many as its comment may have. `CPython` looks
/// for it no further up.
const LARGEST_COMMENT: u64 = 0xffff;
/// The most bytes before the first member, so that looking through them takes no time.
const LARGEST_PREFIX: u64 = 16 << 20;
/// How the parts of a zip begin; a reader that searches for them finds these.
const SIGNATURES: [&[u8; 4]; 6] =
    [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"];
/// An extra field with the sizes and the offset of a zip64 (4.5.3).
const EXTRA_64: u16 = 1;
/// An extra field with the name in UTF-8 (4.6.9), which some readers take for the name.
const EXTRA_NAME: u16 = 0x7075;
/// The most bytes of a directory, so that a hostile wheel takes no more memory; a directory of
/// 65,534 members with names of 255 bytes has 20 MB.
const LARGEST_DIRECTORY: u64 = 64 << 20;

/// Flag: sizes and CRC follow the bytes in a data descriptor (4.4.4, bit 3).
pub(super) const DESCRIPTOR: u16 = 1 << 3;
/// Flag: the name is UTF-8 (4.4.4, bit 11).
pub(super) const UTF_8: u16 = 1 << 11;
/// The flags that a wheel may have. Bits 1 and 2 are only the level of the compressor; the others
/// mean encryption, patches and masks (4.4.4).
const KNOWN_FLAGS: u16 = DESCRIPTOR | UTF_8 | 0b110;

/// What a directory tells.
pub(super) struct Directory {
    /// In the order of their bytes in the file.
    pub(super) entries: Vec<DirectoryEntry>,
    /// What is odd, and read in one way by all, as clauses.
    pub(super) faults: Vec<String>,
}

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
                let message = format!("the wheel `{wheel}` can't be used: {fault}");
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

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

pub(super) fn read(file: &fs::File) -> Result<Directory, Fault> {
    let End { directory, start, count, before, mut faults } = find(file)?;
    let mut listed = Vec::with_capacity(count.min(directory.len() / ENTRY));
    let mut at = 0;
    while at < directory.len() {
        let (mut entry, next) = entry(&directory, at)?;
        entry.start = entry.start.checked_add(before).ok_or("a member begins behind its end")?;
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
    let first = listed.first().map_or(start, |first| first.start);
    if first > 0 {
        look_before(file, first)?;
        faults.push(format!("it has {} before its first member", bytes_of(first)));
    }
    for (entry, end) in listed.iter_mut().zip(ends) {
        let member = &mut entry.member;
        let header = LOCAL + member.name.len() as u64;
        let least = member.compressed_size.checked_add(header);
        let least_end = least.and_then(|least| entry.start.checked_add(least));
        if least_end.is_none_or(|least_end| least_end > end) {
            return Err(format!("{} overlaps what comes after it", shown(&member.name)).into());
        }
        entry.end = end;
        member.offset = end - member.compressed_size;
    }
    Ok(Directory { entries: listed, faults })
}

/// Refuses bytes before the first member in which a reader could see members or another archive.
fn look_before(file: &fs::File, length: u64) -> Result<(), Fault> {
    if length > LARGEST_PREFIX || length >= file.size() {
        return Err(format!("it has {} before its first member", bytes_of(length)).into());
    }
    let mut bytes = vec![0; usize::try_from(length).expect("a bound was checked")];
    file.read_exact_at(&mut bytes, 0)?;
    // A tar says what it is at 257 ("ustar" in pax of POSIX).
    let is_tar = bytes.get(257..262) == Some(b"ustar");
    if is_tar || has_signature(&bytes) {
        return Err("it has another archive before its first member".into());
    }
    Ok(())
}

fn bytes_of(number: u64) -> String {
    format!("{} {}", words::grouped(number), if number == 1 { "byte" } else { "bytes" })
}

fn has_signature(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| SIGNATURES.iter().any(|signature| window == *signature))
}

/// A member's name for messages, control characters escaped.
pub(super) fn shown(name: &str) -> String {
    format!("member `{}`", name.escape_debug())
}

/// The directory and what the end record says.
struct End {
    directory: Vec<u8>,
    /// Its offset.
    start: u64,
    /// The number of entries.
    count: usize,
    /// How many bytes stand before the zip: offsets are counted from behind them.
    before: u64,
    faults: Vec<String>,
}

/// Finds the directory by the end record.
fn find(file: &fs::File) -> Result<End, Fault> {
    let size = file.size();
    if size < END_RECORD {
        return Err("it is too short to be a zip".into());
    }
    // The length of the comment of nearly every wheel is 0, so its record is at the very end.
    let mut tail = vec![0; END_RECORD as usize];
    file.read_exact_at(&mut tail, size - END_RECORD)?;
    let is_at_end = tail.starts_with(b"PK\x05\x06") && u16_at(&tail, 20) == 0;
    if !is_at_end {
        let length = size.min(END_RECORD + LARGEST_COMMENT);
        tail = vec![0; usize::try_from(length).expect("it is short")];
        file.read_exact_at(&mut tail, size - length)?;
    }
    let mut faults = Vec::new();
    // The last one, as `CPython` and others do who search from the end. Whoever searches from the
    // directory on comes to the same, for it follows the directory at once, and nothing that could
    // be a part of a zip stands behind it.
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let at = at.filter(|at| at + END_RECORD as usize <= tail.len());
    let at = at.ok_or("it does not end with the end record of a zip")?;
    let end = size - (tail.len() - at) as u64;
    let (record, behind) = tail[at..].split_at(END_RECORD as usize);
    if has_signature(behind) {
        return Err("it has parts of another zip behind its end record".into());
    }
    match (behind.len(), usize::from(u16_at(record, 20))) {
        (there, comment) if there == comment => {}
        (there, comment) if there > comment => {
            faults.push(format!("it has {} behind its end", bytes_of((there - comment) as u64)));
        }
        _ => faults.push("its comment is cut short".to_owned()),
    }
    let plain = (
        u64::from(u16_at(record, 10)),
        u64::from(u32_at(record, 12)),
        u64::from(u32_at(record, 16)),
    );
    if u16_at(record, 4) != 0 || u16_at(record, 6) != 0 || u16_at(record, 8) != u16_at(record, 10) {
        return Err("its end record speaks of other disks".into());
    }
    let large = find_64(file, end, plain)?;
    let ((count, length, start), end) = match large {
        Some(large) => (large, end - LOCATOR_64 - END_64),
        None => (plain, end),
    };
    // Fields with all bits set point to zip64 records (4.4.1.4).
    if large.is_none() && (plain.0 == 0xffff || plain.1 == 0xffff_ffff || plain.2 == 0xffff_ffff) {
        return Err("its end record points to one for large zips, which is not there".into());
    }
    let before = start.checked_add(length).and_then(|behind| end.checked_sub(behind));
    let before =
        before.filter(|before| length <= LARGEST_DIRECTORY && (large.is_none() || *before == 0));
    let before = before.ok_or("its end record points elsewhere than to its directory")?;
    let start = start + before;
    let mut directory = vec![0; usize::try_from(length).expect("a bound was checked")];
    file.read_exact_at(&mut directory, start)?;
    let count = usize::try_from(count).map_err(|_| "its end record counts too many members")?;
    Ok(End { directory, start, count, before, faults })
}

/// The number of members, and the length and the offset of the directory.
type Extent = (u64, u64, u64);

/// Returns what the end record of a zip64 says, if there is one: then it stands before the plain
/// one, with its locator between them (4.3.14, 4.3.15). Of two records that differ one reader would
/// take the first and one the second, so they must agree where the plain one says something.
fn find_64(file: &fs::File, end: u64, plain: Extent) -> Result<Option<Extent>, Fault> {
    let mut bytes = [0; (END_64 + LOCATOR_64) as usize];
    let Some(start) = end.checked_sub(END_64 + LOCATOR_64) else { return Ok(None) };
    file.read_exact_at(&mut bytes, start)?;
    let (record, locator) = bytes.split_at(END_64 as usize);
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    let large = (u64_at(record, 32), u64_at(record, 40), u64_at(record, 48));
    let agrees = |plain: u64, large: u64, most: u64| plain == most || plain == large;
    let is_sound = record.starts_with(b"PK\x06\x06")
        && u64_at(record, 4) == END_64 - 12
        && u64_at(record, 24) == large.0
        && [u32_at(record, 16), u32_at(record, 20), u32_at(locator, 4)] == [0; 3]
        && u64_at(locator, 8) == start
        && u32_at(locator, 16) == 1
        && agrees(plain.0, large.0, 0xffff)
        && agrees(plain.1, large.1, 0xffff_ffff)
        && agrees(plain.2, large.2, 0xffff_ffff);
    if is_sound { Ok(Some(large)) } else { Err("it has two end records that differ".into()) }
}

/// The extra fields of a header that readers heed.
#[derive(Clone, Copy, Default)]
pub(super) struct Extra<'a> {
    /// The sizes and the offset of a zip64, those of them that have no place in the header.
    large: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    /// Reads the extra fields of a member of that name. Readers differ on a field that is cut short
    /// (`CPython` refuses it, most pass over it) or there twice, and on one with another name: these
    /// are faults, told as the end of a sentence.
    pub(super) fn read(extra: &'a [u8], name: &[u8]) -> Result<Self, &'static str> {
        let (mut rest, mut found, mut is_named) = (extra, Self::default(), false);
        while let Some((head, behind)) = rest.split_at_checked(4) {
            let field = behind.split_at_checked(usize::from(u16_at(head, 2)));
            let (field, behind) = field.ok_or("has an extra field that is cut short")?;
            let is_again = match u16_at(head, 0) {
                EXTRA_64 => found.large.replace(field).is_some(),
                EXTRA_NAME => {
                    // A version, and the CRC of the name for which it was written, stand before it.
                    if field.get(5..) != Some(name) {
                        return Err("has another name in an extra field");
                    }
                    std::mem::replace(&mut is_named, true)
                }
                _ => false,
            };
            if is_again {
                return Err("has an extra field twice");
            }
            rest = behind;
        }
        Ok(found)
    }

    /// Returns the numbers of a header, in the order of the field: those with all bits set stand there.
    /// A fault, told as the end of a sentence, is that they don't, or another one than in the header.
    pub(super) fn numbers<const COUNT: usize>(
        self,
        header: [u32; COUNT],
    ) -> Result<[u64; COUNT], &'static str> {
        let mut numbers = header.map(u64::from);
        let mut field =
            self.large.unwrap_or_default().chunks_exact(8).map(|number| u64_at(number, 0));
        if !header.contains(&u32::MAX) {
            // Writers that keep room for large numbers fill in the same ones, or none.
            let is_same = |(large, plain)| large == plain || large == 0;
            return match field.zip(numbers).all(is_same) {
                true => Ok(numbers),
                false => Err("has other numbers in an extra field"),
            };
        }
        for number in numbers.iter_mut().filter(|number| **number == u64::from(u32::MAX)) {
            *number = field.next().ok_or("says that it is large, and not how large")?;
        }
        Ok(numbers)
    }
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
    if next > directory.len() {
        return Err(cut());
    }
    let (name, rest) = directory[at + ENTRY..next].split_at(name);
    let extra = &rest[..extra];
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
    let large = Extra::read(extra, name.as_bytes())
        .and_then(|extra| extra.numbers([24, 20, 42].map(|field| u32_at(fixed, field))));
    let [size, compressed, start] = match large {
        Ok(numbers) => numbers,
        Err(fault) => return refuse(fault),
    };
    if method == Method::Stored && compressed != size {
        return refuse("is stored, but in another size");
    }
    let mode = u16::try_from(u32_at(fixed, 38) >> 16).expect("half of 32 bits are 16");
    let is_folder = name.ends_with('/');
    // The file type in `st_mode` (inode(7)). pip and uv write a symbolic link as a file with the
    // path of its target, which nobody wants; none of 72 wheels has one (measured).
    match mode & 0o170_000 {
        // To pip and uv the slash at the end makes a folder.
        0o040_000 | 0o100_000 | 0 if is_folder => {}
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
        compressed_size: compressed,
        size,
        mode,
        offset: 0,
    };
    Ok((DirectoryEntry { member, flags, start, end: 0, is_folder }, next))
}
