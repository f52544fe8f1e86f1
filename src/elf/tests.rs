//! What files say is read, and no bytes, however broken, panic.

use std::cell::RefCell;

use camino::Utf8PathBuf;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Where the names of [`elf`] begin, in the file and in memory.
const NAMES: usize = 0x200;
/// How far addresses are from places.
const BASE: u64 = 0x40_0000;

/// The bytes of a shared object with what the loader looks at, and no section headers.
///
/// Needed libraries by name, and needed versions of the one library with their flags.
fn elf(needed: &[&str], versions: &[(&str, u16)]) -> Vec<u8> {
    let mut names = vec![0];
    let mut name = |text: &str| {
        let at = names.len();
        names.extend(text.bytes());
        names.push(0);
        u32::try_from(at).unwrap()
    };
    let mut dynamic = Vec::new();
    for library in needed {
        dynamic.extend([1, u64::from(name(library))]);
    }
    let mut links = Vec::new();
    for (index, (version, flags)) in versions.iter().enumerate() {
        let next = if index + 1 < versions.len() { 16 } else { 0 };
        for field in [0, u32::from(*flags), name(version), next] {
            links.extend(u32::to_le_bytes(field));
        }
    }
    dynamic.extend([5, BASE + NAMES as u64]);
    let at = NAMES + names.len();
    if !versions.is_empty() {
        dynamic.extend([0x6FFF_FFFE, BASE + at as u64]);
    }
    dynamic.extend([0, 0]);

    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, 62, 0]);
    bytes.resize(32, 0);
    bytes.extend(64_u64.to_le_bytes());
    bytes.resize(54, 0);
    bytes.extend([56, 0, 2, 0]);
    bytes.resize(64, 0);
    let length = dynamic.len() as u64 * 8;
    for (kind, place, size) in [(1, 0, 0x1000), (2, 0x100, length)] {
        for word in [kind, place, BASE + place, 0, size, size, 8] {
            bytes.extend(u64::to_le_bytes(word));
        }
    }
    bytes.resize(0x100, 0);
    bytes.extend(dynamic.iter().flat_map(|word| word.to_le_bytes()));
    bytes.resize(NAMES, 0);
    bytes.extend(names);
    if !versions.is_empty() {
        // One library: its versions follow it at once, and no other does.
        for field in [1, 0, 16, 0] {
            bytes.extend(u32::to_le_bytes(field));
        }
        bytes.extend(links);
    }
    bytes
}

fn x86_64(library: Library) -> Option<Native> {
    Some(Native::Elf { machine: Machine::X86_64, library })
}

fn glibc(minor: u32) -> Library {
    Library::Glibc(minor)
}

#[test]
fn the_newest_version_that_the_loader_asks_for_is_the_one_needed() {
    let table: &[(&[(&str, u16)], Library)] = &[
        (&[], Library::Any),
        (&[("GLIBC_2.2.5", 0)], glibc(2)),
        (&[("GLIBC_2.9", 0), ("GLIBC_2.28", 0), ("GLIBC_2.17", 0)], glibc(28)),
        (&[("GLIBC_2.17", 0), ("GLIBC_2.34", 2)], glibc(17)),
        (&[("GLIBC_PRIVATE", 0), ("GLIBCXX_3.4.29", 0), ("GCC_3.0", 0)], Library::Any),
        (&[("GLIBC_ABI_DT_RELR", 0), ("GLIBC_2.28", 0)], glibc(36)),
        (&[("GLIBC_2.99999999999", 0), ("GLIBC_2.x", 0), ("GLIBC_2.", 0)], Library::Any),
    ];
    for (versions, library) in table {
        assert_eq!(read(&elf(&["libc.so.6"], versions)), x86_64(*library), "{versions:?}");
    }
}

#[test]
fn musl_is_known_by_the_name_of_its_library() {
    for name in ["libc.musl-x86_64.so.1", "libc.so"] {
        assert_eq!(read(&elf(&["libm.so", name], &[])), x86_64(Library::Musl), "{name}");
    }
    for name in ["libc.so.6", "libmusl.so", "libc.so.musl"] {
        assert_eq!(read(&elf(&[name], &[])), x86_64(Library::Any), "{name}");
    }
}

#[test]
fn a_machine_is_a_processor_with_its_word_size_and_byte_order() {
    let table = [
        (2, 1, 62_u16, "x86_64"),
        (1, 1, 62, "x32"),
        (2, 1, 183, "aarch64"),
        (2, 2, 183, "aarch64_be"),
        (1, 1, 3, "i386"),
        (1, 1, 40, "32-bit arm"),
        (2, 1, 21, "ppc64le"),
        (2, 2, 21, "ppc64"),
        (2, 2, 22, "s390x"),
        (2, 1, 9_999, "the machine 9999 of ELF"),
    ];
    for (class, order, machine, name) in table {
        let mut bytes = elf(&["libc.so.6"], &[("GLIBC_2.17", 0)]);
        (bytes[4], bytes[5]) = (class, order);
        let raw = |value: u16| if order == 1 { value.to_le_bytes() } else { value.to_be_bytes() };
        bytes[16..18].copy_from_slice(&raw(3));
        bytes[18..20].copy_from_slice(&raw(machine));
        let Some(Native::Elf { machine, .. }) = read(&bytes) else { panic!("{name}") };
        assert_eq!(machine.to_string(), name);
    }
}

#[test]
fn what_no_loader_takes_is_not_native() {
    let mut object = elf(&[], &[]);
    object[16] = 1;
    let mut kernel = elf(&[], &[]);
    kernel[18] = 247;
    let java = b"\xCA\xFE\xBA\xBE\0\0\0\x34";
    let text = b"MZ is how Mark Zbikowski signs, and this goes on for more than sixty-four bytes.";
    for bytes in [&object[..], &kernel, java, text, b"", b"MZ", b"#!/bin/sh\n", b"\x7fEL"] {
        assert_eq!(read(bytes), None, "{:?}", &bytes[..bytes.len().min(8)]);
    }
}

#[test]
fn files_of_other_systems_are_known_by_their_beginning() {
    let mut windows = b"MZ".to_vec();
    windows.resize(0x3C, 0);
    windows.extend(0x80_u32.to_le_bytes());
    windows.resize(0x80, 0);
    windows.extend(b"PE\0\0");
    let table: [(&[u8], Native); 4] = [
        (&windows, Native::Windows),
        (b"\xCF\xFA\xED\xFE\x07\0\0\x01", Native::MacOs),
        (b"\xFE\xED\xFA\xCE", Native::MacOs),
        (b"\xCA\xFE\xBA\xBE\0\0\0\x02", Native::MacOs),
    ];
    for (bytes, native) in table {
        assert!(begins_native(&bytes[..BEGINNING]));
        assert_eq!(read(bytes), Some(native));
    }
}

#[test]
fn a_file_cut_short_is_broken() {
    let whole = elf(&["libc.so.6"], &[("GLIBC_2.17", 0)]);
    for length in 4..whole.len() {
        assert_eq!(read(&whole[..length]), Some(Native::Broken), "{length} bytes");
    }
    assert!(begins_native(&whole[..BEGINNING]));
}

#[test]
fn chains_that_are_there_to_waste_time_are_broken() {
    let mut bytes = elf(&["libc.so.6"], &[("GLIBC_2.17", 0)]);
    let chain = bytes.len() - 16;
    bytes.resize(4 << 20, 0);
    assert_eq!(read(&bytes), x86_64(glibc(17)));
    // Every link leads on by one field, and the zeros at the end of the file would end them.
    for at in (chain..bytes.len() - 64).step_by(4) {
        bytes[at..at + 4].copy_from_slice(&4_u32.to_le_bytes());
    }
    assert_eq!(read(&bytes), Some(Native::Broken));
}

#[test]
fn a_record_of_it_reads_back() {
    let natives = [
        Native::Elf { machine: Machine::Other("i386".to_owned()), library: Library::Any },
        Native::Elf { machine: Machine::Aarch64, library: glibc(17) },
        Native::Elf { machine: Machine::X86_64, library: Library::Musl },
        Native::Broken,
        Native::MacOs,
        Native::Windows,
    ];
    let json = serde_json::to_string(&natives).unwrap();
    let expected = concat!(
        r#"[{"elf":{"machine":{"other":"i386"},"library":"any"}},"#,
        r#"{"elf":{"machine":"aarch64","library":{"glibc":17}}},"#,
        r#"{"elf":{"machine":"x86_64","library":"musl"}},"broken","mac-os","windows"]"#
    );
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_str::<Vec<Native>>(&json).unwrap(), natives);
}

/// The program that runs these tests.
fn own_program() -> Vec<u8> {
    let path = Utf8PathBuf::from_path_buf(std::env::current_exe().unwrap()).unwrap();
    crate::fs::read(&path).unwrap().unwrap()
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_program_of_these_tests_is_of_this_machine_and_needs_its_glibc() {
    let Some(Native::Elf { machine, library }) = read(&own_program()) else {
        panic!("it is no ELF file")
    };
    assert_eq!(machine.to_string(), std::env::consts::ARCH);
    assert!(matches!(library, Library::Glibc(minor) if minor >= 17), "{library:?}");
}

#[test]
fn no_bytes_panic() {
    let small = elf(&["libc.so.6"], &[("GLIBC_2.17", 0), ("GLIBC_2.28", 0)]);
    let mutations = |length: usize| prop::collection::vec((0..length, any::<u8>()), 0..24);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let fuzz = (mutations(small.len()), 0..=small.len());
    let run = runner.run(&fuzz, |(mutations, length)| {
        let mut bytes = small.clone();
        mutations.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        read(&bytes[..length]);
        Ok(())
    });
    run.unwrap();

    // A real one is large, so it is mutated in place and mended; its headers more than the rest.
    let program = own_program();
    let (headers, all) = (mutations(1_024), mutations(program.len()));
    let program = RefCell::new(program);
    let run = runner.run(&(headers, all), |(headers, all)| {
        let mut bytes = program.borrow_mut();
        let mutations: Vec<_> = headers.into_iter().chain(all).collect();
        let undo: Vec<_> = mutations
            .into_iter()
            .map(|(at, byte)| (at, std::mem::replace(&mut bytes[at], byte)))
            .collect();
        read(&bytes);
        undo.into_iter().rev().for_each(|(at, byte)| bytes[at] = byte);
        Ok(())
    });
    run.unwrap();
}
