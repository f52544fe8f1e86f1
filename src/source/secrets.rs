//! Looks into files, each of which is read but once for all that is looked for.
//!
//! Private keys are found by the contents of a file and not by its name: `.pem` may also be a bundle of
//! certificates, which a lambda needs.

use camino::Utf8Path;
use memchr::memmem;

use crate::digest::{Hasher, Sha256Digest};
use crate::tree::{Error, Tree};

/// How a PEM block begins (RFC 7468); its label follows.
const BEGIN: &[u8] = b"-----BEGIN ";
/// How the label of a private key ends, and the line with it: of PKCS #8, RSA, EC, DSA,
/// encrypted and OpenSSH keys alike.
const PRIVATE_KEY: &[u8] = b"PRIVATE KEY-----";
/// The longest label of a key, in bytes.
const LABEL: usize = 40;
/// Bytes read at a time.
const CHUNK: usize = 256 << 10;
/// Bytes that are kept from the chunk before, so that a key across two chunks is found.
const OVERLAP: usize = BEGIN.len() + LABEL + PRIVATE_KEY.len() + INDENT + KEY_MATERIAL + 8;
/// The deepest indentation of a key, in bytes.
const INDENT: usize = 64;
/// How many characters of base64 must follow: less is a text about keys, such as a test or a
/// parser.
const KEY_MATERIAL: usize = 32;

/// How a pointer of git-lfs begins. Source: `docs/spec.md` of git-lfs, "The Pointer".
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// A pointer has fewer bytes than this (the same section).
const LONGEST_POINTER: u64 = 1024;

/// How a script's own metadata begin (PEP 723).
const SCRIPT: &[u8] = b"# /// script";

/// What was seen in a file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// It holds a private key in PEM.
    pub(super) private_key: bool,
    /// It is a text with line ends of Windows.
    pub(super) carriage_returns: bool,
    /// It is a pointer of git-lfs, or a text that looks like one.
    pub(super) pointer: bool,
    /// It has a line that begins a script's own metadata (PEP 723), if it is a module.
    pub(super) script: bool,
    /// The digest of a module's bytes, unless it was not read to its end.
    pub(super) digest: Option<Sha256Digest>,
}

/// Looks into a file of the project.
pub(super) fn look(tree: &Tree, path: &Utf8Path) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let file = tree.open(path)?;
    let mut buffer = vec![0; CHUNK.min(usize::try_from(file.size()).unwrap_or(CHUNK))];
    let mut hasher = (path.extension() == Some("py")).then(Hasher::default);
    let (mut kept, mut at) = (0, 0);
    while at < file.size() {
        let room = (buffer.len() - kept) as u64;
        let length = usize::try_from(room.min(file.size() - at)).expect("at most a buffer");
        tree.read_at(&file, &mut buffer[kept..kept + length], at)?;
        let filled = &buffer[..kept + length];
        if let Some(hasher) = &mut hasher {
            hasher.update(&filled[kept..]);
        }
        // PEM is text. A NUL in the first 8 KB means a binary file, as it does for git
        // (`buffer_is_binary`), and a large one is not read to its end.
        if at == 0 && filled[..filled.len().min(8 << 10)].contains(&0) {
            return Ok(Seen::default());
        }
        if at == 0 {
            seen.pointer = file.size() < LONGEST_POINTER && filled.starts_with(POINTER);
        }
        seen.script |= hasher.is_some() && memmem::find(filled, SCRIPT).is_some();
        seen.carriage_returns |= memmem::find(filled, b"\r\n").is_some();
        if has_private_key(filled) {
            seen.private_key = true;
            return Ok(seen);
        }
        at += length as u64;
        let overlap = OVERLAP.min(kept + length);
        buffer.copy_within(kept + length - overlap..kept + length, 0);
        kept = overlap;
        // The rest of a small file does not fit behind the overlap of the same buffer.
        if at < file.size() && buffer.len() < CHUNK + OVERLAP {
            buffer.resize(CHUNK + OVERLAP, 0);
        }
    }
    seen.digest = hasher.map(Hasher::finish);
    Ok(seen)
}

fn has_private_key(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, BEGIN).any(|begin| {
        let label = &bytes[begin + BEGIN.len()..];
        let label = &label[..label.len().min(LABEL + PRIVATE_KEY.len())];
        memmem::find(label, PRIVATE_KEY)
            .filter(|end| {
                label[..*end].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b' ')
            })
            .is_some_and(|end| {
                has_material(&bytes[begin + BEGIN.len() + end + PRIVATE_KEY.len()..])
            })
    })
}

/// Whether a line break and base64 follow. The line break may be escaped, as in a string of JSON or
/// Python; an encrypted key of the older format has headers before the base64 (RFC 1421, section
/// 4.6).
fn has_material(after: &[u8]) -> bool {
    let breaks: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
    let Some(body) = breaks.iter().find_map(|line_break| after.strip_prefix(*line_break)) else {
        return false;
    };
    // In a block scalar of YAML, each line is indented.
    let indent = body.iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let body = &body[indent..];
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    body.starts_with(b"Proc-Type:")
        || (body.len() >= KEY_MATERIAL && body[..KEY_MATERIAL].iter().all(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_mentions_of_keys_are_not() {
        let material = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
        let table = [
            (format!("-----BEGIN PRIVATE KEY-----\n{material}\n"), true),
            (format!("x\n-----BEGIN RSA PRIVATE KEY-----\r\n{material}\n"), true),
            (format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{material}"), true),
            (format!("{{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{material}\\n\"}}"), true),
            (format!("key: |\n    -----BEGIN PRIVATE KEY-----\n    {material}\n"), true),
            (format!("\"-----BEGIN PRIVATE KEY-----\\r\\n{material}\""), true),
            ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n".to_owned(), true),
            (format!("-----BEGIN CERTIFICATE-----\n{material}\n"), false),
            (format!("-----BEGIN PUBLIC KEY-----\n{material}\n"), false),
            ("if text.startswith('-----BEGIN PRIVATE KEY-----'):\n    pass\n".to_owned(), false),
            ("-----BEGIN PRIVATE KEY-----\n".to_owned(), false),
        ];
        for (text, expected) in table {
            assert_eq!(has_private_key(text.as_bytes()), expected, "{text}");
        }
    }
}
