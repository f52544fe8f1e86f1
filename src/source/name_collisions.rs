//! Finds names that differ on one file system and are equal on another.

use std::collections::BTreeMap;

use camino::Utf8Path;
use unicode_normalization::UnicodeNormalization as _;

use super::{RENAME, SourceFile};
use crate::report::Failure;
use crate::tree::below;

/// Refuses files and folders whose names differ only by case or by Unicode normalization. APFS of
/// macOS has one file for both, so a laptop and CI would package different files.
pub(super) fn refuse(files: &[SourceFile], directory: &str) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut last_folder = "";
    for file in files {
        let path = file.path.as_str();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Files of one folder come one after the other, so its own name is checked once.
        let folders = file.path.folders().filter(|_| folder != last_folder);
        for part in folders.chain([path]) {
            let first = *seen.entry(folded(part)).or_insert(part);
            if first != part {
                // Two names that differ in normalization alone look the same.
                let looks_same = first.nfc().eq(part.nfc());
                let shown = |part: &str| match looks_same {
                    true => part.escape_default().to_string(),
                    false => part.to_owned(),
                };
                let full =
                    |part: &str| below(Utf8Path::new(directory), Utf8Path::new(&shown(part)));
                let (first, second) = (full(first), full(part));
                let message = format!("`{first}` and `{second}` are one name on some file systems");
                return Err(Failure::input("twin-names", message).hint(RENAME));
            }
        }
        last_folder = folder;
    }
    Ok(())
}

/// Folds a name as a file system does that ignores case and normalization.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Decomposed first, so that a letter and its accent are folded apart: canonical caseless
    // matching (The Unicode Standard, section 3.13, D145).
    text.nfd().collect::<String>().to_lowercase().nfc().collect()
}
