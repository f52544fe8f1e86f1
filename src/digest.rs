//! SHA-256 digests, and the two texts in which they are written.
//!
//! Terraform and AWS Lambda compare base64 (`source_code_hash`, `CodeSha256`); wheels, pip and
//! the store use hex. Mixing them up redeploys every lambda, so a digest is a type of its own
//! and its shape is chosen where it leaves this program.

use std::fmt;

use base64::Engine as _;
use sha2::Digest as _;

/// The 32 bytes of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// Returns the digest of bytes in memory.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Returns the digest of texts, each with its length before it; see [`Hasher::field`].
    pub(crate) fn of_fields<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Hasher::default();
        fields.into_iter().for_each(|field| hasher.field(field));
        hasher.finish()
    }

    /// The bytes themselves, to go into another digest.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the digest as Terraform's `source_code_hash` has it.
    ///
    /// Shape: 44 characters of standard base64 with padding, of the raw 32 bytes and not of
    /// their hex.
    pub(crate) fn to_base64(self) -> String {
        base64::engine::general_purpose::STANDARD.encode(self.0)
    }

    /// Reads 44 characters of standard base64, as Terraform and AWS have it.
    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        // The error of the decoder is dropped: the caller knows where the text comes from.
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Returns the digest as `sha256sum` prints it: 64 lower-case hexadecimal digits.
    pub(crate) fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads 64 hexadecimal digits of either case.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.to_hex())
    }
}

impl serde::Serialize for Sha256Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> serde::Deserialize<'de> for Sha256Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refuse = || serde::de::Error::custom("not 64 hexadecimal digits");
        Self::from_hex(&text).ok_or_else(refuse)
    }
}

/// A SHA-256 in the making.
#[derive(Clone, Default)]
pub(crate) struct Hasher(sha2::Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds a text with its length before it, so that `ab`, `c` and `a`, `bc` differ.
    pub(crate) fn field(&mut self, bytes: &[u8]) {
        self.update(&(bytes.len() as u64).to_le_bytes());
        self.update(bytes);
    }

    /// Returns the digest of all that was added.
    pub(crate) fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_well_known_one_in_both_shapes() {
        let digest = Sha256Digest::of(b"");
        assert_eq!(digest.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_hex(), hex);
        assert_eq!(Sha256Digest::from_hex(&hex.to_uppercase()), Some(digest));
    }

    #[test]
    fn hex_of_another_length_or_with_other_letters_is_no_digest() {
        assert_eq!(Sha256Digest::from_hex("e3b0"), None);
        assert_eq!(Sha256Digest::from_hex(&"g".repeat(64)), None);
        assert_eq!(Sha256Digest::from_hex(&"é".repeat(32)), None);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let (mut one, mut other) = (Hasher::default(), Hasher::default());
        one.field(b"ab");
        one.field(b"c");
        other.field(b"a");
        other.field(b"bc");
        assert_ne!(one.finish(), other.finish());
    }
}
