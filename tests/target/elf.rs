//! The smallest ELF files that a loader of Linux would take, made in code.

/// The machines of Lambda, as ELF numbers them.
pub(crate) const X86_64: u16 = 62;
/// See [`X86_64`].
pub(crate) const AARCH64: u16 = 183;
/// How a file of macOS begins, on an Apple processor.
pub(crate) const MACOS: &[u8] = b"\xCF\xFA\xED\xFE\x0C\0\0\x01\0\0\0\0\x06\0\0\0";

/// Where all of it is mapped.
const BASE: u64 = 0x40_0000;
/// Bytes of the header of a file.
const HEADER: usize = 64;
/// Bytes of the header of a program.
const PROGRAM: usize = 56;

/// A shared object that needs `libc.so.6`, and of it a version (`GLIBC_2.17`), if one is named.
pub(crate) fn library(machine: u16, version: Option<&str>) -> Vec<u8> {
    let names = format!("\0libc.so.6\0{}\0", version.unwrap_or_default());
    let version_name = 11_u32;
    let names_at = HEADER + 2 * PROGRAM;
    let versions_at = (names_at + names.len()).next_multiple_of(8);
    let dynamic_at = versions_at + 32;
    let address = |place: usize| BASE + place as u64;
    // DT_NEEDED, DT_STRTAB, DT_VERNEED and its number; DT_NULL ends it.
    let mut dynamic = vec![[1, 1], [5, address(names_at)]];
    if version.is_some() {
        dynamic.extend([[0x6FFF_FFFE, address(versions_at)], [0x6FFF_FFFF, 1]]);
    }
    dynamic.push([0, 0]);
    let length = dynamic_at + dynamic.len() * 16;

    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend(3_u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    for word in [0, HEADER as u64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    for half in [HEADER as u16, PROGRAM as u16, 2, 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    let segments = [(1, 0, length), (2, dynamic_at, dynamic.len() * 16)];
    for (kind, place, size) in segments {
        bytes.extend(u32::to_le_bytes(kind));
        bytes.extend(5_u32.to_le_bytes());
        for word in [place as u64, address(place), address(place), size as u64, size as u64, 8] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.extend(names.as_bytes());
    bytes.resize(versions_at, 0);
    // Elf64_Verneed with one Elf64_Vernaux behind it.
    bytes.extend([1, 0, 1, 0]);
    for field in [1_u32, 16, 0] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [0_u32, 0, version_name, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(dynamic.iter().flatten().flat_map(|word: &u64| word.to_le_bytes()));
    assert_eq!(bytes.len(), length);
    bytes
}
