//! Finds what installers have put among a lambda's own files, by the records that they keep.
//!
//! `pip install -t` writes packages into a folder, each with a `.dist-info` whose RECORD lists its
//! files with their digests: what is still as it was installed is nobody's own code. Older pips ran
//! `setup.py install`, whose `installed-files.txt` has no digests, so it proves nothing.
//!
//! Which of it is packaged is decided where the wheels are known, not here.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::as_git_has_it::without_carriage_returns;
use super::rules::{Mention, mention};
use super::{SourceFile, SourceTree};
use crate::digest::Sha256Digest;
use crate::report::Failure;
use crate::tree::Tree;

/// A project that was installed into a lambda's folder.
#[derive(Debug)]
pub(crate) struct Installation {
    /// The folder that it was installed into, relative to the lambda; empty for its top.
    pub(crate) base: Utf8PathBuf,
    /// The folder of its metadata, relative to the lambda.
    pub(crate) info: Utf8PathBuf,
    /// As the folder of its metadata spells it.
    pub(crate) project: String,
    pub(crate) version: String,
    /// Its files, relative to the lambda, with what the record says of each.
    pub(crate) files: BTreeMap<String, Option<Recorded>>,
}

/// The bytes of a file when it was installed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    digest: Sha256Digest,
    size: u64,
}

impl Recorded {
    /// Whether a file has these bytes. Git may have changed its line ends since, on this clone.
    pub(crate) fn is(self, tree: &Tree, place: &Utf8Path, size: u64) -> Result<bool, Failure> {
        // Carriage returns only make it longer.
        if size < self.size {
            return Ok(false);
        }
        let bytes = tree.read_stable(place)?;
        if size == self.size {
            return Ok(Sha256Digest::of(&bytes) == self.digest);
        }
        let text = without_carriage_returns(&bytes);
        Ok(text.len() as u64 == self.size && Sha256Digest::of(&text) == self.digest)
    }
}

impl Installation {
    /// Whether a file of its metadata is about the installation alone: the installer writes these,
    /// and no wheel has them but RECORD, which the installer changes ("Recording installed
    /// projects" of the PyPA).
    pub(crate) fn is_of_installer(&self, path: &str) -> bool {
        let name = Utf8Path::new(path).strip_prefix(&self.info).map(Utf8Path::as_str);
        matches!(name, Ok("RECORD" | "INSTALLER" | "REQUESTED" | "direct_url.json"))
    }

    /// `boto3 1.34.0`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.project, self.version)
    }
}

/// Reads the records among the files that are kept; a lambda without any costs no look at the disk.
/// A record that can't be read proves nothing, and its files stay.
pub(crate) fn installations(
    tree: &Tree,
    sources: &SourceTree,
) -> Result<Vec<Installation>, Failure> {
    let mut found = Vec::new();
    for file in &sources.files {
        let path = Utf8Path::new(file.path.as_str());
        let Some(info) = path.parent() else { continue };
        let endings = [("RECORD", ".dist-info"), ("installed-files.txt", ".egg-info")];
        let folder = info.file_name().unwrap_or_default();
        let stem = endings.iter().find_map(|(name, ending)| {
            folder.strip_suffix(ending).filter(|_| path.file_name() == Some(name))
        });
        // A project's name has no hyphen there (binary distribution format, "Escaping and Unicode").
        let Some((project, version)) = stem.and_then(|stem| stem.split_once('-')) else { continue };
        let bytes = tree.read_stable(&file.place)?;
        let text = String::from_utf8_lossy(&bytes);
        let base = info.parent().unwrap_or(Utf8Path::new(""));
        let rows = match folder.ends_with(".dist-info") {
            true => record(&text, base),
            false => {
                // `six-1.16.0-py3.11.egg-info`, of which the last is a version of Python.
                let paths = text.lines().filter_map(|line| from_base(line, info));
                Some(paths.map(|path| (path, None)).collect())
            }
        };
        found.extend(rows.map(|files| Installation {
            base: base.to_owned(),
            info: info.to_owned(),
            project: project.to_owned(),
            version: version.split("-py").next().unwrap_or(version).to_owned(),
            files,
        }));
    }
    Ok(found)
}

/// Reads the rows of a RECORD: path, digest and size of each file, in CSV.
fn record(text: &str, base: &Utf8Path) -> Option<BTreeMap<String, Option<Recorded>>> {
    let mut rows = BTreeMap::new();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    for fields in reader.records() {
        let fields = fields.ok()?;
        let field = |index| fields.get(index).unwrap_or_default();
        let Some(path) = from_base(field(0), base) else { continue };
        let digest = field(1).strip_prefix("sha256=").and_then(digest);
        let recorded = digest.zip(field(2).parse().ok());
        rows.insert(path, recorded.map(|(digest, size)| Recorded { digest, size }));
    }
    Some(rows)
}

/// Reads base64 with the alphabet for addresses, and without padding.
fn digest(text: &str) -> Option<Sha256Digest> {
    let standard = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    Sha256Digest::from_base64(&format!("{standard}="))
}

/// The path, relative to the lambda, of a row. What pip puts beside `lib/python` before it moves all
/// of it to the target stands above the packages in RECORD: `../../bin/normalizer` is
/// `bin/normalizer` there (`_handle_target_dir` of its `install` command). An absolute path is of
/// another machine.
fn from_base(row: &str, base: &Utf8Path) -> Option<String> {
    let row = row.trim_end_matches('\r').replace('\\', "/");
    if row.starts_with('/') || row.as_bytes().get(1) == Some(&b':') {
        return None;
    }
    // Rows of an `installed-files.txt` are seen from the metadata, which is in the base.
    let is_egg = base.as_str().ends_with(".egg-info");
    let (mut base, mut row) = (base, row.as_str());
    if let (true, Some(rest)) = (is_egg, row.strip_prefix("../")) {
        (base, row) = (base.parent().unwrap_or(base), rest);
    }
    while let Some(rest) = row.strip_prefix("../") {
        row = rest;
    }
    let path = base.join(row);
    let is_plain = path.components().all(|part| matches!(part, camino::Utf8Component::Normal(_)));
    (is_plain && !row.is_empty()).then(|| path.into_string())
}

/// Whether a file of a lambda's own leads into a folder of a name, and not only puts that on the
/// search path, where what is at the package's root is found as well. Read are modules, and what
/// modules may read such names from.
pub(crate) fn leads_into(tree: &Tree, file: &SourceFile, name: &str) -> Result<bool, Failure> {
    let path = Utf8Path::new(file.path.as_str());
    let is_python = path.extension() == Some("py");
    let is_read = is_python || path.extension().is_some_and(|ending| READ.contains(&ending));
    if !is_read || path.file_name().is_some_and(|name| FOR_BUILDS.contains(&name)) {
        return Ok(false);
    }
    let text = tree.read_stable(&file.place)?;
    Ok(mention(&text, name, is_python) == Some(Mention::Use))
}

/// Endings of files that are none of Python's and may name modules or paths.
const READ: [&str; 8] = ["cfg", "conf", "ini", "json", "pth", "toml", "yaml", "yml"];
/// Of those, what tools read that build, test or deploy.
const FOR_BUILDS: [&str; 2] = ["pyproject.toml", "setup.cfg"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_record_are_paths_of_the_lambda() {
        let table = [
            ("six.py", "", Some("six.py")),
            ("six.py\r", "", Some("six.py")),
            ("../../bin/run", "", Some("bin/run")),
            ("../../bin/run", "package", Some("package/bin/run")),
            ("a\\b.py", "", Some("a/b.py")),
            ("/usr/bin/run", "", None),
            ("C:/run", "", None),
            ("a/../b.py", "", None),
            ("..", "", None),
            ("", "", None),
            ("../six.py", "lib/six-1-py3.9.egg-info", Some("lib/six.py")),
            ("PKG-INFO", "six-1-py3.9.egg-info", Some("six-1-py3.9.egg-info/PKG-INFO")),
        ];
        for (row, base, expected) in table {
            assert_eq!(from_base(row, Utf8Path::new(base)).as_deref(), expected, "{row}");
        }
    }

    #[test]
    fn a_record_says_size_and_digest_where_it_has_both() {
        let digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        let text = format!(
            "a.py,sha256={digest},0\r\n\"b,c.py\",sha256={digest}=,0\r\nd.pyc,,\r\n\
             e.py,md5=x,1\r\nf.py,sha256={digest},\r\n"
        );
        let rows = record(&text, Utf8Path::new("")).unwrap();
        let is_recorded: Vec<_> =
            rows.iter().map(|(path, recorded)| (path.as_str(), recorded.is_some())).collect();
        let expected =
            [("a.py", true), ("b,c.py", true), ("d.pyc", false), ("e.py", false), ("f.py", false)];
        assert_eq!(is_recorded, expected);
    }
}
