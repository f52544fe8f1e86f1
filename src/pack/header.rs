//! The headers of a zip, each a pure function of what it describes.
//!
//! Every constant of the format is here or in [`mod@super::deflate`]. Source: APPNOTE.TXT 6.3.10,
//! sections
//! 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

use crate::path::Mode;

/// Made by: Unix, version 2.0 of the format. Readers take the upper half of the external
/// attributes as a mode only if the system is Unix (4.4.2).
const MADE_BY: u16 = 3 << 8 | 20;
/// Needed to extract: 1.0 for stored members, 2.0 for deflated ones, 4.5 for zip64 (4.4.3.2).
const NEEDS_STORED: u16 = 10;
const NEEDS_DEFLATED: u16 = 20;
const NEEDS_ZIP64: u16 = 45;
/// The flag that says that the name is UTF-8 (4.4.4, bit 11).
const UTF_8: u16 = 1 << 11;
/// 1980-01-01 in the format of MS-DOS (4.4.6): the earliest day that a zip can name.
const DATE: u16 = 1 << 5 | 1;
const TIME: u16 = 0;
/// From this size on, a 32-bit field points to the zip64 field instead (4.4.8).
const ZIP64_FROM: u64 = 0xFFFF_FFFF;

/// A member of a zip, as its headers describe it.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    /// Whether it is deflated; stored otherwise.
    pub(crate) deflated: bool,
    /// CRC-32 of its bytes, unpacked.
    pub(crate) crc: u32,
    /// Compressed size in bytes.
    pub(crate) packed: u64,
    /// Uncompressed size in bytes.
    pub(crate) unpacked: u64,
    pub(crate) mode: Mode,
}

/// Bytes in the making, little-endian.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A 32-bit field; where the value needs the zip64 field, all its bits are set (4.4.8).
    fn capped(self, value: u64) -> Self {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// A 16-bit count; where it needs the zip64 end record, all its bits are set (4.4.1.4).
    fn capped_count(self, value: u64) -> Self {
        self.u16(u16::try_from(value).unwrap_or(u16::MAX))
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

impl Member<'_> {
    fn is_large(&self) -> bool {
        self.packed >= ZIP64_FROM || self.unpacked >= ZIP64_FROM
    }

    /// The fields that both headers have, from "version needed" to the sizes.
    fn common(&self, bytes: Bytes, zip64: bool) -> Bytes {
        let needed = match (zip64, self.deflated) {
            (true, _) => NEEDS_ZIP64,
            (false, true) => NEEDS_DEFLATED,
            (false, false) => NEEDS_STORED,
        };
        let (packed, unpacked) =
            // The zip64 field of a local header must have both sizes, even if only one of them
            // needs it (4.5.3). The directory does the same here, so that the two headers agree.
            if self.is_large() { (u64::MAX, u64::MAX) } else { (self.packed, self.unpacked) };
        bytes
            .u16(needed)
            .u16(if self.name.is_ascii() { 0 } else { UTF_8 })
            .u16(if self.deflated { 8 } else { 0 })
            .u16(TIME)
            .u16(DATE)
            .u32(self.crc)
            .capped(packed)
            .capped(unpacked)
            .u16(u16::try_from(self.name.len()).expect("an archive path is short"))
    }

    /// The header before the member's bytes.
    pub(crate) fn local(&self) -> Vec<u8> {
        let extra = if self.is_large() {
            Bytes::default().u16(1).u16(16).u64(self.unpacked).u64(self.packed)
        } else {
            Bytes::default()
        };
        self.common(Bytes::default().bytes(b"PK\x03\x04"), self.is_large())
            .u16(u16::try_from(extra.0.len()).expect("at most 20 bytes"))
            .bytes(self.name.as_bytes())
            .bytes(&extra.0)
            .0
    }

    /// The entry in the central directory; `offset` is where the local header begins.
    pub(crate) fn central(&self, offset: u64) -> Vec<u8> {
        let mut fields = Bytes::default();
        if self.is_large() {
            fields = fields.u64(self.unpacked).u64(self.packed);
        }
        // Only fields that are at their largest in the header may be in the zip64 field, in the
        // order of 4.5.3: both sizes, then the offset.
        if offset >= ZIP64_FROM {
            fields = fields.u64(offset);
        }
        let zip64 = !fields.0.is_empty();
        let extra = if zip64 {
            let length = u16::try_from(fields.0.len()).expect("at most 24 bytes");
            Bytes::default().u16(1).u16(length).bytes(&fields.0)
        } else {
            fields
        };
        self.common(Bytes::default().bytes(b"PK\x01\x02").u16(MADE_BY), zip64)
            .u16(u16::try_from(extra.0.len()).expect("at most 28 bytes"))
            .u16(0) // comment
            .u16(0) // disk
            .u16(0) // internal attributes: not text, so that no reader changes its line ends
            .u32(u32::from(self.mode.bits()) << 16)
            .capped(offset)
            .bytes(self.name.as_bytes())
            .bytes(&extra.0)
            .0
    }
}

/// The records at the end: of a directory with so many entries, which begins at an offset and
/// has a length, in bytes.
pub(crate) fn end(entries: u64, offset: u64, length: u64) -> Vec<u8> {
    let is_large = entries >= 0xFFFF || offset >= ZIP64_FROM || length >= ZIP64_FROM;
    let mut bytes = Bytes::default();
    if is_large {
        bytes = bytes
            .bytes(b"PK\x06\x06")
            // The size of this record, without its first 12 bytes (4.3.14.1).
            .u64(44)
            .u16(MADE_BY)
            .u16(NEEDS_ZIP64)
            .u32(0)
            .u32(0)
            .u64(entries)
            .u64(entries)
            .u64(length)
            .u64(offset);
        // The locator, which tells where the record above begins. There is one disk (4.3.15).
        bytes = bytes.bytes(b"PK\x06\x07").u32(0).u64(offset + length).u32(1);
    }
    bytes
        .bytes(b"PK\x05\x06")
        .u16(0)
        .u16(0)
        .capped_count(entries)
        .capped_count(entries)
        .capped(length)
        .capped(offset)
        .u16(0)
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: Member<'_> = Member {
        name: "a/b.py",
        deflated: true,
        crc: 0x1234_5678,
        packed: 5,
        unpacked: 9,
        mode: Mode::Executable,
    };

    #[test]
    fn a_local_header_has_each_byte_fixed() {
        let expected = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\x21\0\x78\x56\x34\x12\x05\0\0\0\x09\0\0\0\
                         \x06\0\0\0a/b.py";
        assert_eq!(MEMBER.local(), expected);
    }

    #[test]
    fn an_entry_of_the_directory_has_each_byte_fixed() {
        let expected = b"PK\x01\x02\x14\x03\x14\0\0\0\x08\0\0\0\x21\0\x78\x56\x34\x12\x05\0\0\0\
                         \x09\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\xed\x81\x07\0\0\0a/b.py";
        assert_eq!(MEMBER.central(7), expected);
    }

    #[test]
    fn a_name_beyond_ascii_has_the_utf_8_flag() {
        let member = Member { name: "é", ..MEMBER };
        assert_eq!(member.local()[6..8], [0, 8]);
    }

    #[test]
    fn zip64_comes_exactly_where_32_bits_end() {
        let largest = Member { packed: 0xFFFF_FFFE, unpacked: 0xFFFF_FFFE, ..MEMBER };
        assert_eq!(largest.local().len(), 36);
        assert_eq!(largest.central(0xFFFF_FFFE).len(), 52);
        let member = Member { unpacked: 0xFFFF_FFFF, ..MEMBER };
        let local = member.local();
        assert_eq!((&local[4..6], &local[18..26]), (&[45, 0][..], &[0xFF; 8][..]));
        assert_eq!(local[36..], *b"\x01\0\x10\0\xff\xff\xff\xff\0\0\0\0\x05\0\0\0\0\0\0\0");
        assert_eq!(member.central(0).len(), 52 + 20);
        assert_eq!(MEMBER.central(0xFFFF_FFFF).len(), 52 + 12);
    }

    #[test]
    fn the_end_has_zip64_records_from_65535_entries_on() {
        assert_eq!(end(65_534, 10, 20).len(), 22);
        let large = end(65_535, 10, 20);
        assert_eq!(large.len(), 56 + 20 + 22);
        assert_eq!(large[56 + 8..56 + 16], 30_u64.to_le_bytes());
        assert_eq!(large[76 + 8..76 + 12], [0xFF; 4]);
    }
}
