//! Deflates bytes.
//!
//! libdeflate gives the same bytes on every processor, but not in every version: Cargo.toml pins
//! it, golden digests watch it.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

/// The default level of `zip` and of Python's `zlib`, with which wheels are made. On the members of
/// 56 wheels, level 9 saved at most 1 % more, and took up to 2.3 times the time (measured).
const LEVEL: i32 = 6;

thread_local! {
    /// One for each thread: to make a compressor costs more than to deflate a small file.
    static COMPRESSOR: RefCell<Compressor> = RefCell::new(compressor());
}

fn compressor() -> Compressor {
    Compressor::new(CompressionLvl::new(LEVEL).expect("libdeflate has levels 0 to 12"))
}

/// Deflates bytes, if that makes them smaller.
pub(crate) fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| deflated(compressor, bytes))
}

fn deflated(compressor: &mut Compressor, bytes: &[u8]) -> Option<Vec<u8>> {
    // The buffer is one byte shorter than the input: what does not fit would not be smaller, and is
    // stored. Zeroed pages take no memory before they are written to.
    let mut room = vec![0; bytes.len().saturating_sub(1)];
    let length = compressor.deflate_compress(bytes, &mut room).ok()?;
    room.truncate(length);
    room.shrink_to_fit();
    Some(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Sha256Digest;

    /// Text with structure, the same on every machine.
    fn text() -> Vec<u8> {
        let lines = (0..20_000_u32).map(|n| format!("line {} of {}\n", n % 977, n * n % 7919));
        lines.collect::<String>().into_bytes()
    }

    /// Changes only together with the format number: it guards the compressor itself.
    #[test]
    fn the_compressor_gives_its_golden_bytes() {
        let packed = deflated(&mut compressor(), &text()).unwrap();
        let golden = "cda005580bb7cc1e157cf188eaa5aee07b15efb1775e134de093baa3af294d4c";
        assert_eq!(Sha256Digest::of(&packed).to_hex(), golden);
    }

    #[test]
    fn a_used_compressor_gives_the_same_bytes_as_a_new_one() {
        let mut used = compressor();
        for length in [0, 1, 100, 5_000, 300_000] {
            let bytes = &text()[..length];
            assert_eq!(deflated(&mut used, bytes), deflated(&mut compressor(), bytes));
        }
    }

    #[test]
    fn what_does_not_shrink_is_not_deflated() {
        for bytes in [&b""[..], b"a", b"abc"] {
            assert_eq!(deflated(&mut compressor(), bytes), None);
        }
    }
}
