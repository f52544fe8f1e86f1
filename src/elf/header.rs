//! Reads the format and the machine of a file from its first bytes.

use super::{Machine, Unreadable, take};

pub(super) const ELF: &[u8] = b"\x7fELF";
/// How a file of Windows begins. Texts may, too; see [`is_windows`].
pub(super) const WINDOWS: &[u8] = b"MZ";
/// How a file of macOS for one processor begins, of either word size and byte order.
pub(super) const MACOS: [[u8; 4]; 4] = [
    [0xFE, 0xED, 0xFA, 0xCE],
    [0xFE, 0xED, 0xFA, 0xCF],
    [0xCE, 0xFA, 0xED, 0xFE],
    [0xCF, 0xFA, 0xED, 0xFE],
];
/// How a file of macOS for several processors begins, and also a class of Java; see [`is_macos`].
pub(super) const MACOS_FAT: [u8; 4] = [0xCA, 0xFE, 0xBA, 0xBE];

/// The oldest version of a class of Java ("The Java Virtual Machine Specification", section 4.1);
/// larger than any number of processors.
const OLDEST_JAVA: u32 = 45;

/// Whether a file is one of macOS.
pub(super) fn is_macos(bytes: &[u8]) -> bool {
    let Ok(magic) = take::<4>(bytes, 0) else { return false };
    // Where a class of Java has its version, a file of macOS has the number of its processors.
    let number = take::<4>(bytes, 4).map(u32::from_be_bytes);
    MACOS.contains(&magic)
        || (magic == MACOS_FAT && number.is_ok_and(|number| (1..OLDEST_JAVA).contains(&number)))
}

/// Whether a file is one of Windows: the header that DOS sees leads to one that it does not.
pub(super) fn is_windows(bytes: &[u8]) -> bool {
    let leads = || {
        // The offset of the signature is at 0x3C ("PE Format" in Microsoft's documentation).
        let at = usize::try_from(u32::from_le_bytes(take(bytes, 0x3C)?)).map_err(|_| Unreadable)?;
        Ok::<_, Unreadable>(take::<4>(bytes, at)? == *b"PE\0\0")
    };
    bytes.starts_with(WINDOWS) && leads().unwrap_or(false)
}

/// Reads the machine from an ELF header; `None` if no loader of Linux loads the file.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Machine>, Unreadable> {
    // EI_CLASS and EI_DATA come before all fields that depend on them.
    let [class, order] = take(bytes, 4)?;
    let (is_64, is_little) = match (class, order) {
        (1 | 2, 1 | 2) => (class == 2, order == 1),
        _ => return Err(Unreadable),
    };
    let field = |at| {
        let raw = take(bytes, at)?;
        Ok(if is_little { u16::from_le_bytes(raw) } else { u16::from_be_bytes(raw) })
    };
    // e_type: only ET_EXEC and ET_DYN are loaded; the others are objects, dumps and the like.
    let (kind, machine) = (field(16)?, field(18)?);
    match kind {
        2 | 3 => Ok(name(machine, is_64, is_little)),
        0 => Err(Unreadable),
        _ => Ok(None),
    }
}

/// Names a machine as its systems do; `None` if no system runs on it.
///
/// Source: the list of `e_machine` in the generic ABI.
fn name(machine: u16, is_64: bool, is_little: bool) -> Option<Machine> {
    let other = |name: &str| Some(Machine::Other(name.to_owned()));
    match (machine, is_64, is_little) {
        (62, true, true) => Some(Machine::X86_64),
        // Pointers of 32 bits on a processor of 64, which Lambda's kernels don't run.
        (62, false, true) => other("x32"),
        (183, true, true) => Some(Machine::Aarch64),
        (183, true, false) => other("aarch64_be"),
        (3, ..) => other("i386"),
        (40, ..) => other("32-bit arm"),
        (8, ..) => other("mips"),
        (20, ..) => other("ppc"),
        (21, _, true) => other("ppc64le"),
        (21, _, false) => other("ppc64"),
        (22, ..) => other("s390x"),
        (243, ..) => other("riscv"),
        (258, ..) => other("loongarch"),
        // CUDA, AMD's graphics cards, and the kernel's BPF.
        (190 | 224 | 247, ..) => None,
        _ => Some(Machine::Other(format!("the machine {machine} of ELF"))),
    }
}
