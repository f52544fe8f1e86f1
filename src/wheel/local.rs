//! Compares the local headers of a wheel with its central directory.
//!
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.9 and 4.5.3.

use super::directory::{
    self, DESCRIPTOR, Directory, DirectoryEntry, Extra, Fault, LOCAL, UTF_8, shown, u16_at, u32_at,
};
use super::{LARGEST_UNPACKED, Member, Method};
use crate::fs;

/// Flags whose difference changes nothing for a reader: the level of the compressor (4.4.4, bits 1
/// and 2).
const LEVEL: u16 = 0b110;

/// Reads and checks the members of a wheel, without folders, in the order of their bytes in the
/// file; also returns what is odd about the zip.
pub(super) fn members(file: &fs::File) -> Result<(Vec<Member>, Vec<String>), Fault> {
    let Directory { mut entries, faults } = directory::read(file)?;
    let sizes = entries.iter().map(|entry| entry.member.size);
    let unpacked = sizes.fold(0_u64, u64::saturating_add);
    if unpacked > LARGEST_UNPACKED {
        return Err(Fault::TooLarge(unpacked));
    }
    entries.iter_mut().try_for_each(|entry| check_local_header(file, entry))?;
    let members = entries.into_iter().filter(|entry| !entry.is_folder);
    Ok((members.map(|entry| entry.member).collect(), faults))
}

/// Compares a local header with the directory, and sets the offset of the member's bytes.
///
/// The extra field of a local header may be longer than that of the directory, so only here can be
/// checked that no byte is between a member's bytes and the next header.
fn check_local_header(file: &fs::File, entry: &mut DirectoryEntry) -> Result<(), Fault> {
    let member = &mut entry.member;
    let name = shown(&member.name);
    let refuse = |what: &str| Fault::from(format!("{name} {what}"));
    let mut fixed = [0; LOCAL as usize];
    file.read_exact_at(&mut fixed, entry.start)?;
    if !fixed.starts_with(b"PK\x03\x04") {
        return Err(refuse("has no local header where the directory says"));
    }
    let [name_length, extra_length] = [26, 28].map(|field| usize::from(u16_at(&fixed, field)));
    let bytes = entry.start + LOCAL + (name_length + extra_length) as u64;
    if bytes + member.compressed_size > entry.end {
        return Err(refuse("has a local header that overlaps what comes after it"));
    }
    let mut variable = vec![0; name_length + extra_length];
    file.read_exact_at(&mut variable, entry.start + LOCAL)?;
    let (local_name, extra) = variable.split_at(name_length);
    if local_name != member.name.as_bytes() {
        return Err(refuse("has another name in its local header"));
    }
    let extra = Extra::read(extra, local_name).map_err(&refuse)?;
    let method: u16 = match member.method {
        Method::Stored => 0,
        Method::Deflated => 8,
    };
    // The encoding of a name in ASCII is no matter, either.
    let free = if local_name.is_ascii() { LEVEL | UTF_8 } else { LEVEL };
    if (u16_at(&fixed, 6) ^ entry.flags) & !free != 0 || u16_at(&fixed, 8) != method {
        return Err(refuse("has other flags or another method in its local header"));
    }
    // Of a large one both sizes stand in the extra field (4.5.3): protobuf's wheels have that, though
    // theirs are small.
    let sizes = extra.numbers([22, 18].map(|field| u32_at(&fixed, field))).map_err(&refuse)?;
    let crc = u32_at(&fixed, 14);
    let claimed = [member.size, member.compressed_size];
    let follows = entry.flags & DESCRIPTOR != 0;
    // With a data descriptor, CRC and sizes of the local header are 0 (4.4.4, bit 3); a writer may
    // set them nevertheless, and then they must be right.
    let is_open = follows && crc == 0 && sizes == [0, 0];
    if !is_open && (crc != member.crc || sizes != claimed) {
        return Err(refuse("has another size or CRC in its local header"));
    }
    let offset = entry.start + LOCAL + variable.len() as u64;
    let behind = entry.end.checked_sub(offset + member.compressed_size);
    match (follows, behind) {
        (false, Some(0)) => {}
        // CRC and two sizes of 4 bytes, or of 8 with zip64; 4 more for the signature, which is
        // optional (4.3.9.3).
        (true, Some(length @ (12 | 16 | 20 | 24))) => {
            let mut descriptor = vec![0; usize::try_from(length).expect("at most 24")];
            file.read_exact_at(&mut descriptor, offset + member.compressed_size)?;
            if !is_descriptor(&descriptor, member) {
                return Err(refuse("has another size or CRC in its data descriptor"));
            }
        }
        _ => return Err(refuse("has a gap or an overlap behind it")),
    }
    member.offset = offset;
    Ok(())
}

/// Whether a data descriptor has the CRC and the sizes of the directory, in either width, with or
/// without a signature (4.3.9).
fn is_descriptor(descriptor: &[u8], member: &Member) -> bool {
    let body = descriptor.strip_prefix(b"PK\x07\x08").unwrap_or(descriptor);
    let (crc, sizes) = body.split_at(4);
    let expected = (member.compressed_size, member.size);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (packed, unpacked) = sizes.split_at(sizes.len() / 2);
    u32_at(crc, 0) == member.crc
        && matches!(sizes.len(), 8 | 16)
        && (number(packed), number(unpacked)) == expected
}
