//! Reads native libraries and programs: which machine and which C library they need.
//!
//! A wheel's name promises a platform, but the loader accepts or refuses its files. Only what the
//! loader of Linux reads is read here: the file header, the program headers, and through them the
//! dynamic section. Section headers are for linkers and debuggers; `strip` may remove them, and the
//! loader does not read them. Files of macOS and Windows are recognised by their beginning and not
//! read further.
//!
//! Bytes may be hostile: every offset is checked, and the time is linear. For these few fields no
//! library is used: those for ELF leave the way through the program headers to their callers.
//!
//! Everything here is a pure function of bytes; `checks` decides whether a file fits a target.
//!
//! Source: System V ABI, chapters 4 and 5; Linux Standard Base, "Symbol Versioning".

mod dynamic;
mod header;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A native library or program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Native {
    /// A file in the format of Linux.
    Elf {
        machine: Machine,
        /// The C library that it needs; read only for the machines of Lambda.
        library: Library,
    },
    /// It begins as an ELF file, but can't be read as one.
    Broken,
    /// A file for macOS, for any processor.
    MacOs,
    /// A file for Windows, for any processor.
    Windows,
}

/// A processor, with its word size and byte order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Machine {
    /// Intel and AMD, 64 bits.
    X86_64,
    /// Arm, 64 bits, little-endian.
    Aarch64,
    /// One that Lambda does not have, by its name.
    Other(String),
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Other(name) => name,
        })
    }
}

/// The C library that a file needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Library {
    /// No certain version: the file is static, or uses what its process has loaded.
    Any,
    /// The library of Alpine Linux.
    Musl,
    /// The library of most systems, of at least this minor version; the major one is 2.
    Glibc(u32),
}

/// How many bytes [`begins_native`] needs.
pub(crate) const BEGINNING: usize = 4;

/// Whether a file that begins like this may be native. [`read`] needs the whole file; with this, a
/// caller need not hold every file in memory.
pub(crate) fn begins_native(beginning: &[u8]) -> bool {
    beginning.starts_with(header::ELF)
        || beginning.starts_with(header::WINDOWS)
        || header::MACOS
            .iter()
            .chain([&header::MACOS_FAT])
            .any(|magic| beginning.starts_with(magic))
}

/// Reads a file; `None` if it is no native library or program.
///
/// Object files, core dumps and programs for graphics cards are none: no loader of Linux loads
/// them, so they can't be wrong for it.
pub(crate) fn read(bytes: &[u8]) -> Option<Native> {
    if bytes.starts_with(header::ELF) {
        return match header::read(bytes) {
            Ok(Some(machine)) => Some(native(bytes, machine)),
            Ok(None) => None,
            Err(Unreadable) => Some(Native::Broken),
        };
    }
    if header::is_macos(bytes) {
        return Some(Native::MacOs);
    }
    header::is_windows(bytes).then_some(Native::Windows)
}

/// Reads which C library an ELF file needs.
fn native(bytes: &[u8], machine: Machine) -> Native {
    let library = match machine {
        Machine::X86_64 | Machine::Aarch64 => dynamic::read(bytes),
        // The file is refused by its machine, and its fields may be at other offsets.
        Machine::Other(_) => Ok(Library::Any),
    };
    match library {
        Ok(library) => Native::Elf { machine, library },
        Err(Unreadable) => Native::Broken,
    }
}

/// A field is outside of the file, or has a value that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unreadable;

/// Takes bytes out of a file.
fn take<const LENGTH: usize>(bytes: &[u8], at: usize) -> Result<[u8; LENGTH], Unreadable> {
    part(bytes, at, LENGTH)?.try_into().map_err(|_| Unreadable)
}

/// A part of a file.
fn part(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Unreadable> {
    let end = at.checked_add(length).ok_or(Unreadable)?;
    bytes.get(at..end).ok_or(Unreadable)
}

#[cfg(test)]
mod tests;
