//! By which rules imports are judged: a number that changes with what decides them.
//!
//! What was found in a package is remembered under it. The version of this tool would not do, as two
//! builds of one version may look at different things.

/// Stands for the sources of what reads and judges modules, and for the versions of the parser.
pub(crate) const RULES: u64 = {
    let (mut number, mut at) = (0, 0);
    while at < SOURCES.len() {
        number = mixed(number, SOURCES[at]);
        at += 1;
    }
    number
};

/// A test holds that none is left out.
const SOURCES: &[&[u8]] = &[
    include_bytes!("../../../Cargo.toml"),
    include_bytes!("../../encoding.rs"),
    include_bytes!("../modules.rs"),
    include_bytes!("findings.rs"),
    include_bytes!("judge.rs"),
    include_bytes!("lookup.rs"),
    include_bytes!("mod.rs"),
    include_bytes!("reach.rs"),
    include_bytes!("say.rs"),
    include_bytes!("search_path.rs"),
    include_bytes!("../../python/compile.rs"),
    include_bytes!("../../python/condition.rs"),
    include_bytes!("../../python/encoding.rs"),
    include_bytes!("../../python/encodings.txt"),
    include_bytes!("../../python/folder.rs"),
    include_bytes!("../../python/mod.rs"),
    include_bytes!("../../python/parse.rs"),
    include_bytes!("../../python/projects.rs"),
    include_bytes!("../../python/runtime.rs"),
    include_bytes!("../../python/standard_library.rs"),
    include_bytes!("../../python/standard_library.txt"),
    include_bytes!("../../python/walk.rs"),
];

/// A number that differs with the bytes: for what nobody makes alike on purpose. As FNV-1a does it, with
/// eight bytes at a time, so that the compiler is done soon.
const fn mixed(mut number: u64, mut bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    number = (number ^ bytes.len() as u64).wrapping_mul(PRIME);
    while let Some((first, rest)) = bytes.split_first_chunk() {
        number = (number ^ u64::from_le_bytes(*first)).wrapping_mul(PRIME).rotate_left(29);
        bytes = rest;
    }
    while let Some((first, rest)) = bytes.split_first() {
        number = (number ^ *first as u64).wrapping_mul(PRIME).rotate_left(29);
        bytes = rest;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_gives_another_number() {
        let texts: [&[u8]; 6] =
            [b"", b"a", b"b", b"import one", b"import onf", b"one more than eight"];
        let mut numbers: Vec<u64> = texts.iter().map(|text| mixed(0, text)).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), texts.len());
        assert_ne!(mixed(mixed(0, b"a"), b"bc"), mixed(mixed(0, b"ab"), b"c"));
    }
}
