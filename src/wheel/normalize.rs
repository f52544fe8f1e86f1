//! Rewrites a wheel that was built here, so that it has the same bytes on every machine.
//!
//! The bytes of a built wheel depend on the machine: by the order and the times of files, by the
//! umask, by the version of the backend in WHEEL, by headers of METADATA that come and go with that
//! version. Here a wheel is written again, with its files as they are, with those parts of
//! `.dist-info` that are used at run time in one form, and with a new RECORD. A pure wheel then
//! depends on its source only.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use base64::Engine as _;
use camino::{Utf8Path, Utf8PathBuf};
use sha2::Digest as _;

use super::directory::Fault;
use super::layout::{STEMS, stem};
use super::{Member, WheelName, inflate, layout, local, metadata, unread};
use crate::fs;
use crate::pack;
use crate::path::{ArchivePath, Mode};
use crate::pep508;
use crate::report::Failure;

/// The files of the new wheel.
type Files = BTreeMap<ArchivePath, (Vec<u8>, Mode)>;

/// The headers of METADATA that are kept, in this order: those that code reads at run time
/// (`importlib.metadata`), and that a project writes rather than its backend. `Metadata-Version`,
/// `Dynamic`, `License-File`, `Description-Content-Type` and the description itself come and go with
/// the version of a backend.
const KEPT: &[&str] = &[
    "Name",
    "Version",
    "Summary",
    "Keywords",
    "Author",
    "Author-email",
    "Maintainer",
    "Maintainer-email",
    LICENSE_EXPRESSION,
    "License",
    "Classifier",
    "Home-page",
    "Download-URL",
    "Project-URL",
    "Requires-Python",
    "Provides-Extra",
    "Requires-Dist",
];

const LICENSE_EXPRESSION: &str = "License-Expression";

/// Writes the new wheel into a folder, under its normalised name, and returns the path.
pub(crate) fn normalize(path: &Utf8Path, folder: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let name = WheelName::new(path.file_name().unwrap_or_default())?;
    let file = fs::open(path).map_err(unread)?;
    let (name, files) = files(&file, &name).map_err(|fault| fault.of_file(&name))?;
    let target = folder.join(name.as_str());
    fs::write(&target, &pack::zip(&files)).map_err(unread)?;
    Ok(target)
}

fn files(file: &fs::File, name: &WheelName) -> Result<(WheelName, Files), Fault> {
    let (members, _) = local::members(file)?;
    let stem = stem(members.iter().map(|member| member.name.as_str())).ok_or(STEMS)?;
    let bytes_of = |member: &Member| {
        let mut bytes = Vec::new();
        inflate::inflate(file, member, &mut |piece| bytes.extend(piece)).map(|()| bytes)
    };
    let own = format!("{stem}.dist-info/METADATA");
    let metadata = members.iter().find(|member| member.name == own);
    let metadata = metadata.ok_or("it has no METADATA in its .dist-info")?;
    let metadata = normal_metadata(&String::from_utf8_lossy(&bytes_of(metadata)?))?;
    let normal = normal_stem(&metadata)?;
    let info = format!("{normal}.dist-info");
    let entry_points = format!("{info}/entry_points.txt");
    let top_level = format!("{info}/top_level.txt");
    let mut files = Files::new();
    for member in &members {
        let Some(path) = kept(&member.name, stem, &normal) else { continue };
        let path = ArchivePath::new(path).map_err(|fault| format!("`{}` {fault}", member.name))?;
        let mut bytes = bytes_of(member)?;
        if path.as_str() == entry_points {
            bytes = normal_entry_points(&String::from_utf8_lossy(&bytes)).into_bytes();
        } else if path.as_str() == top_level {
            bytes = normal_lines(&String::from_utf8_lossy(&bytes)).into_bytes();
        }
        files.insert(path, (bytes, layout::mode(member)));
    }
    let path = |part: &str| ArchivePath::new(format!("{info}/{part}")).expect("a plain name");
    files.insert(path("METADATA"), (metadata.into_bytes(), Mode::Plain));
    let name = normal_name(name, &normal)?;
    files.insert(path("WHEEL"), (wheel_file(&name).into_bytes(), Mode::Plain));
    let mut record: String = files.iter().map(|(path, (bytes, _))| row(path, bytes)).collect();
    // RECORD lists itself without digest and size (binary distribution format, "The .dist-info
    // directory").
    record += &format!("{info}/RECORD,,\n");
    files.insert(path("RECORD"), (record.into_bytes(), Mode::Plain));
    Ok((name, files))
}

/// Returns how the names of the wheel and of its folders begin: versions of backends differ between
/// `Foo.Bar`, `foo.bar` and `foo_bar`. Source: "Escaping and Unicode" in the binary distribution
/// format.
fn normal_stem(metadata: &str) -> Result<String, Fault> {
    let parsed = metadata::parse(metadata)?;
    Ok(format!("{}-{}", parsed.project.replace('-', "_"), parsed.version))
}

/// Returns the normalised file name. A pure wheel with the tag `py2.py3` gets `py3`: older backends
/// add `py2` to the same source.
fn normal_name(name: &WheelName, stem: &str) -> Result<WheelName, Fault> {
    let [python, abi, platform] = name.tags();
    let is_pure = abi == "none" && platform == "any";
    let is_for_3 = python.split('.').any(|tag| tag == "py3");
    let python = if is_pure && is_for_3 { "py3" } else { python };
    WheelName::new(&format!("{stem}-{python}-{abi}-{platform}.whl"))
        .map_err(|failure| Fault::from(failure.message))
}

/// Returns the path of a member in the new wheel, if it is kept. Licence files go into `licenses`
/// (PEP
/// 639); older backends put them directly into `.dist-info`.
fn kept(name: &str, stem: &str, normal: &str) -> Option<String> {
    let data = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix(".data/"));
    if let Some(rest) = data {
        return Some(format!("{normal}.data/{rest}"));
    }
    let part = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix(".dist-info/"));
    let Some(part) = part else { return Some(name.to_owned()) };
    let file = part.rsplit('/').next().unwrap_or(part);
    let is_licence = ["LICEN", "COPYING", "NOTICE", "AUTHORS"]
        .iter()
        .any(|word| file.to_ascii_uppercase().starts_with(word));
    if matches!(part, "entry_points.txt" | "top_level.txt") {
        return Some(format!("{normal}.dist-info/{part}"));
    }
    let text = part.trim_start_matches("licenses/").trim_start_matches("license_files/");
    let is_text = is_licence || part.starts_with("licenses/");
    is_text.then(|| format!("{normal}.dist-info/licenses/{text}"))
}

/// Returns METADATA with the headers of [`KEPT`], in their order; versions of backends differ in
/// the others, and in the order of all.
fn normal_metadata(text: &str) -> Result<String, Fault> {
    let headers = metadata::headers(text);
    let of = |kept: &str| -> Vec<String> {
        let of_key = headers.iter().filter_map(|line| line.split_once(':'));
        let of_key = of_key.filter(|(key, _)| key.eq_ignore_ascii_case(kept));
        // Older versions of setuptools write `UNKNOWN` for what a project does not say.
        let values = of_key.map(|(_, value)| normal_value(kept, value.trim()));
        let mut values: Vec<String> =
            values.filter(|value| !value.is_empty() && value != "UNKNOWN").collect();
        values.sort();
        values.dedup();
        values
    };
    // The first version that knows the field ("Core metadata specifications" of the PyPA).
    let version = if of(LICENSE_EXPRESSION).is_empty() { "2.1" } else { "2.4" };
    let mut normal = format!("Metadata-Version: {version}\n");
    for kept in KEPT {
        normal.extend(of(kept).iter().map(|value| format!("{kept}: {value}\n")));
    }
    metadata::parse(&normal)?;
    Ok(normal)
}

/// Returns the lines of a text, sorted, each once.
fn normal_lines(text: &str) -> String {
    let lines: BTreeSet<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Returns the groups and their entries, sorted, without comments and blank lines.
///
/// Source: "Entry points specification" of the PyPA: the format of Python's configparser.
fn normal_entry_points(text: &str) -> String {
    let mut groups: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut group = "";
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name.trim();
        } else if let Some((name, value)) = line.split_once('=') {
            groups.entry(group).or_default().insert(name.trim(), value.trim());
        }
    }
    let mut normal = String::new();
    for (group, entries) in groups {
        normal += &format!("[{group}]\n");
        normal.extend(entries.iter().map(|(name, value)| format!("{name} = {value}\n")));
    }
    normal
}

/// Normalises versions and requirements: backends differ in blanks and quotes.
fn normal_value(key: &str, value: &str) -> String {
    match key {
        "Version" => normal_text::<pep440_rs::Version>(value),
        "Requires-Dist" => {
            pep508::requirement(value).map_or_else(|_| value.to_owned(), |it| it.to_string())
        }
        "Requires-Python" => normal_text::<pep440_rs::VersionSpecifiers>(value),
        // A licence may be its whole text: backends differ in how deep they indent its lines.
        _ => value.lines().map(str::trim).collect::<Vec<_>>().join("\n        "),
    }
}

/// Parses and prints a text; returns it unchanged if it can't be parsed.
fn normal_text<T: FromStr + ToString>(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |value: T| value.to_string())
}

/// Returns WHEEL, with one line for each combination of tags in the file name (PEP 425, "Compressed
/// Tag Sets").
fn wheel_file(name: &WheelName) -> String {
    let [pythons, abis, platforms] = name.tags();
    let is_pure = platforms == "any";
    let mut text =
        format!("Wheel-Version: 1.0\nGenerator: cargo-dofs-package\nRoot-Is-Purelib: {is_pure}\n");
    for python in pythons.split('.') {
        for abi in abis.split('.') {
            for platform in platforms.split('.') {
                text += &format!("Tag: {python}-{abi}-{platform}\n");
            }
        }
    }
    text
}

/// Returns a line of RECORD, a CSV with quotes as Python's `csv` writes them.
fn row(path: &ArchivePath, bytes: &[u8]) -> String {
    let digest =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(bytes));
    let name = path.as_str();
    let name = if name.contains([',', '"']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    };
    format!("{name},sha256={digest},{}\n", bytes.len())
}

#[cfg(test)]
mod tests {
    use super::super::record;
    use super::*;
    use crate::corpus::try_all;

    #[test]
    fn what_two_backends_write_in_two_ways_has_one_form() {
        let old = "Metadata-Version: 1.2\nName: Foo.Bar\nVersion: 1.0-rc1\nLicense: MIT\n\
                   Author: A\nHome-page: UNKNOWN\nClassifier: b\nClassifier: a\n\
                   Requires-Dist: b (>=1)\nRequires-Dist: a ; extra == \"x\"\nProvides-Extra: x\n\n\
                   A description\n";
        let new = "Metadata-Version: 2.4\nName: Foo.Bar\nVersion: 1.0rc1\nLicense-File: LICENSE\n\
                   Classifier: a\nClassifier: b\nAuthor: A\nLicense: MIT\n\
                   Provides-Extra: x\nRequires-Dist: a; extra == 'x'\nRequires-Dist: b>=1\n\
                   Dynamic: license-file\n\nAnother\n";
        let normal = |text| normal_metadata(text).ok().unwrap();
        assert_eq!(normal(old), normal(new));
        assert_eq!(normal_stem(&normal(old)).ok().unwrap(), "foo_bar-1.0rc1");
        let name = WheelName::new("Foo.Bar-1.0rc1-py2.py3-none-any.whl").unwrap();
        let name = normal_name(&name, "foo_bar-1.0rc1").ok().unwrap();
        assert_eq!(name.as_str(), "foo_bar-1.0rc1-py3-none-any.whl");
    }

    #[test]
    fn what_code_reads_of_a_project_is_kept_in_one_order() {
        let text = "Metadata-Version: 2.4\nName: a\nVersion: 1\nProject-URL: Code, https://c\n\
                    Project-URL: Bugs, https://b\nAuthor-email: A <a@b>\nLicense-Expression: MIT\n\
                    Keywords: x,y\nSummary: Short\nMaintainer: M\nClassifier: Z\nDynamic: license\n\
                    License: one\n  two\nDescription-Content-Type: text/plain\n\nLong\n";
        let expected = "Metadata-Version: 2.4\nName: a\nVersion: 1\nSummary: Short\n\
                        Keywords: x,y\nAuthor-email: A <a@b>\nMaintainer: M\n\
                        License-Expression: MIT\nLicense: one\n        two\nClassifier: Z\n\
                        Project-URL: Bugs, https://b\nProject-URL: Code, https://c\n";
        assert_eq!(normal_metadata(text).ok().unwrap(), expected);
    }

    #[test]
    fn entry_points_are_sorted() {
        let text = "# made\n[b]\nz=m:f\n\n[a]\n y = m \n\n";
        assert_eq!(normal_entry_points(text), "[a]\ny = m\n[b]\nz = m:f\n");
    }

    #[test]
    fn texts_of_licences_have_one_place_and_notes_of_a_backend_have_none() {
        let place = |name| kept(name, "Foo-1", "foo-1");
        let licence = Some("foo-1.dist-info/licenses/LICENSE".to_owned());
        assert_eq!(place("Foo-1.dist-info/LICENSE"), licence);
        assert_eq!(place("Foo-1.dist-info/licenses/LICENSE"), licence);
        assert_eq!(place("Foo-1.dist-info/zip-safe"), None);
        let top_level = Some("foo-1.dist-info/top_level.txt".to_owned());
        assert_eq!(place("Foo-1.dist-info/top_level.txt"), top_level);
        assert_eq!(place("Foo-1.data/data/x"), Some("foo-1.data/data/x".to_owned()));
        assert_eq!(place("foo/a.py"), Some("foo/a.py".to_owned()));
    }

    #[test]
    fn metadata_is_read_however_it_is_broken() {
        try_all("metadata", |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let normal = normal_metadata(&text).ok();
            let read = (metadata::parse(&text).ok(), record::parse(&text).faults(&[]));
            format!("{normal:?} {read:?} {} {}", normal_entry_points(&text), normal_lines(&text))
        });
    }
}
