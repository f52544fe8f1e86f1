//! Writes a manifest.

use serde_json::json;

use super::{Entry, Manifest};

/// Returns the text of a manifest: a line for each lambda, sorted, and nothing that changes with
/// the day or the machine.
pub(crate) fn write(manifest: &Manifest) -> String {
    if manifest.0.is_empty() {
        return "{}\n".to_owned();
    }
    let rows: Vec<String> = manifest.0.iter().map(|(name, entry)| row(name, entry)).collect();
    format!("{{\n{}\n}}\n", rows.join(",\n"))
}

fn row(name: &str, entry: &Entry) -> String {
    let Entry { filename, digest, size, format } = entry;
    let (name, filename) = (json!(name), json!(filename));
    format!(
        "  {name}: {{ \"filename\": {filename}, \"source_code_hash\": \"{digest}\", \
         \"size\": {size}, \"format\": {format} }}"
    )
}
