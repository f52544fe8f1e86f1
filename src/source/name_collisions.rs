//! Names that one file system keeps apart and another takes for one.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{RENAME, SourceFile};
use crate::report::Failure;

/// Refuses files and folders whose names differ only by case or by Unicode normalization: a
/// checkout on macOS has one of them, so laptop and CI could never agree.
pub(super) fn refuse(files: &[SourceFile], directory: &str) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut last_folder = "";
    for file in files {
        let path = file.path.as_str();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Files of one folder come one after another; its own name need not be looked at again.
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
                let full = |part: &str| format!("{directory}/{}", shown(part));
                let (first, second) = (full(first), full(part));
                let message = format!("`{first}` and `{second}` are one name on some file systems");
                return Err(Failure::input("twin-names", message).hint(RENAME));
            }
        }
        last_folder = folder;
    }
    Ok(())
}

/// What is left of a name on a file system that ignores case and normalization.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().collect::<String>().to_lowercase().nfc().collect()
}
