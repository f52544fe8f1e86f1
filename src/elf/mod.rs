//! Native libraries and programs: what a file says of the machine and the C library it needs.
//!
//! A wheel's name claims a platform, but its files are what the loader takes or refuses. Only
//! what the loader of Linux looks at is read: the file header, the program headers, and by them
//! the dynamic section. Section headers are for linkers and debuggers; `strip` may take them
//! away, and the loader never asks for them. Files of macOS and Windows are known by their
//! beginning and not read further.
//!
//! Bytes may be hostile: every offset is checked, and the time is linear. Those few fields need no
//! library: the ones that read ELF leave the way by the program headers to their callers.
//!
//! Everything here is a pure function of bytes; whether a file fits a target, `checks` decides.
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
    /// Of Linux, as far as the file tells.
    Elf {
        machine: Machine,
        /// What it is linked with; read only where Lambda has such a machine.
        library: Library,
    },
    /// It begins as an ELF file, and what follows is not that of one.
    Broken,
    /// Of macOS, whatever its processors.
    MacOs,
    /// Of Windows, whatever its processor.
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
    /// None that says its version: the file is static, or takes what its process has loaded.
    Any,
    /// The one of Alpine Linux.
    Musl,
    /// The one of most systems, at least of this minor version; the major one is 2.
    Glibc(u32),
}

/// How many bytes [`begins_native`] wants to see.
pub(crate) const BEGINNING: usize = 4;

/// Whether a file that begins like this may be native; [`read`] needs the whole of it to tell.
///
/// For a caller that can't hold every file in memory to ask about each.
pub(crate) fn begins_native(beginning: &[u8]) -> bool {
    beginning.starts_with(header::ELF)
        || beginning.starts_with(header::WINDOWS)
        || header::MACOS
            .iter()
            .chain([&header::MACOS_FAT])
            .any(|magic| beginning.starts_with(magic))
}

/// Reads a file; none where it is no native library or program.
///
/// Neither are object files and core dumps, nor programs for the processors of graphics cards:
/// no loader of a Linux system takes them, so they can't be wrong for one.
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

/// Reads what an ELF file is linked with.
fn native(bytes: &[u8], machine: Machine) -> Native {
    let library = match machine {
        Machine::X86_64 | Machine::Aarch64 => dynamic::read(bytes),
        // Nothing hangs on it, and the fields lie elsewhere.
        Machine::Other(_) => Ok(Library::Any),
    };
    match library {
        Ok(library) => Native::Elf { machine, library },
        Err(Unreadable) => Native::Broken,
    }
}

/// A field lies outside of the file, or says what none may say.
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
