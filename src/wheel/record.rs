//! Compares a wheel with its RECORD: the list of its files, with digests and sizes.
//!
//! What RECORD says decides about nothing: installers write their own, and do not compare (pip and
//! uv), or warn (poetry). So all that is found is a fault to be told; the digest of the whole wheel
//! is what was chosen.
//!
//! Source: "Recording installed projects" and the binary distribution format of the PyPA: CSV of
//! path, `algorithm=urlsafe-base64-without-padding`, bytes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::digest::DynDigest;

use super::Member;
use crate::words;

/// How many members a fault names.
const NAMED: usize = 3;

/// The row of a file.
pub(super) struct Row {
    pub(super) digest: Option<Expected>,
    size: Option<u64>,
    /// The row without its path, to see whether two are the same.
    text: Vec<String>,
}

/// A digest, with its algorithm.
pub(super) struct Expected {
    pub(super) start: fn() -> Box<dyn DynDigest>,
    bytes: Vec<u8>,
}

impl Expected {
    fn is(&self, digest: Box<dyn DynDigest>) -> bool {
        *digest.finalize() == *self.bytes
    }
}

/// The rows of RECORD, by path, and what is wrong with them.
#[derive(Default)]
pub(super) struct Record {
    rows: BTreeMap<String, Row>,
    twice: Vec<String>,
    is_broken: bool,
}

/// What comparing a member with its row came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Fits,
    Unlisted,
    /// Its row has no digest that can be compared.
    Undigested,
    Differs,
}

/// Reads the rows. Padded digests and those in the other alphabet of base64 are read, too: real
/// wheels have them (pypa/pip#11762).
pub(super) fn parse(text: &str) -> Record {
    let mut record = Record::default();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    for fields in reader.records() {
        let Ok(fields) = fields else {
            record.is_broken = true;
            break;
        };
        let name = fields.get(0).unwrap_or_default().to_owned();
        let text: Vec<String> = fields.iter().skip(1).map(str::to_owned).collect();
        let digest = digest(fields.get(1).unwrap_or_default());
        let size = fields.get(2).unwrap_or_default().parse().ok();
        let row = Row { digest, size, text };
        // The later one counts, as for pip; a row that says the same again says nothing.
        if let Some(earlier) = record.rows.insert(name.clone(), row)
            && earlier.text != record.rows[&name].text
        {
            record.twice.push(name);
        }
    }
    record
}

/// Reads a digest. The algorithm must be SHA-256 or better (binary distribution format, "Signed
/// wheel files"); another one is as good as none.
fn digest(text: &str) -> Option<Expected> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let (algorithm, encoded) = text.split_once('=')?;
    let encoded = encoded.replace('+', "-").replace('/', "_");
    let bytes = ENGINE.decode(encoded).ok()?;
    let start: fn() -> Box<dyn DynDigest> = match algorithm {
        "sha256" => || Box::<sha2::Sha256>::default(),
        "sha384" => || Box::<sha2::Sha384>::default(),
        "sha512" => || Box::<sha2::Sha512>::default(),
        _ => return None,
    };
    (start().output_size() == bytes.len()).then_some(Expected { start, bytes })
}

impl Record {
    /// The row of a member, which is taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<Row> {
        self.rows.remove(name)
    }

    /// What is wrong with it, as clauses: with what was compared of each member, and the rows that
    /// are left.
    pub(super) fn faults(self, compared: &[(&str, Verdict)]) -> Vec<String> {
        let of = |wanted: Verdict| -> Vec<String> {
            let found = compared.iter().filter(|(_, verdict)| *verdict == wanted);
            found.map(|(name, _)| name.escape_debug().to_string()).collect()
        };
        let all = compared.len();
        let counted = |names: &[String]| match names.len() {
            1 => words::some_of(names, NAMED),
            count => {
                format!("{count} of its {all} files, such as {}", words::some_of(names, NAMED))
            }
        };
        let mut faults = Vec::new();
        if self.is_broken {
            faults.push("its RECORD is no CSV to its end".to_owned());
        }
        for (verdict, before) in [
            (Verdict::Unlisted, "does not list"),
            (Verdict::Differs, "has another digest or size for"),
            (Verdict::Undigested, "has no digest that can be compared for"),
        ] {
            let names = of(verdict);
            if !names.is_empty() {
                faults.push(format!("its RECORD {before} {}", counted(&names)));
            }
        }
        // Rows for folders have no bytes to be compared.
        let left = self.rows.keys().filter(|name| !name.ends_with('/') && !name.is_empty());
        let left: Vec<String> = left.map(|name| name.escape_debug().to_string()).collect();
        if !left.is_empty() {
            let named = words::some_of(&left, NAMED);
            faults.push(format!("its RECORD lists what is not there: {named}"));
        }
        if !self.twice.is_empty() {
            let named = words::some_of(&self.twice, NAMED);
            faults.push(format!("its RECORD has rows that differ for {named}"));
        }
        faults
    }
}

impl Row {
    /// Compares the row with its member and the digest of its bytes.
    pub(super) fn verdict(&self, member: &Member, digest: Option<Box<dyn DynDigest>>) -> Verdict {
        if self.size.is_some_and(|size| size != member.size) {
            return Verdict::Differs;
        }
        match self.digest.as_ref().zip(digest).map(|(expected, digest)| expected.is(digest)) {
            Some(true) => Verdict::Fits,
            Some(false) => Verdict::Differs,
            None => Verdict::Undigested,
        }
    }
}
