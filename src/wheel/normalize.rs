//! Gives a wheel that was built here the bytes that it has on every machine.
//!
//! A build leaves traces: the order and the times of files, the modes of a umask, the version of
//! the backend in WHEEL, headers of METADATA that come and go with that version. Here a wheel is
//! written anew: its files as they are; of its `.dist-info` what means something at run time, in
//! one form; a RECORD to match. A pure wheel is then a function of its source.

use std::collections::BTreeMap;

use base64::Engine as _;
use camino::{Utf8Path, Utf8PathBuf};
use sha2::Digest as _;

use super::directory::{self, Fault, Listed};
use super::layout::stem;
use super::local::check_local_header;
use super::{Error, WheelName, inflate, layout, metadata};
use crate::fs;
use crate::pack;
use crate::path::{ArchivePath, Mode};

/// The files of a wheel in the making.
type Files = BTreeMap<ArchivePath, (Vec<u8>, Mode)>;

/// Headers of METADATA that are kept, in this order: who it is and what it requires.
const KEPT: &[&str] =
    &["Name", "Version", "Summary", "Requires-Python", "Provides-Extra", "Requires-Dist"];

/// Writes a wheel anew into a folder, under its own name, and returns where.
///
/// # Errors
///
/// What the disk says; a file that is no sound wheel.
pub(crate) fn normalize(path: &Utf8Path, folder: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    let name = WheelName::new(path.file_name().unwrap_or_default())?;
    let file = fs::open(path)?;
    let files = files(&file, &name).map_err(|fault| match fault {
        Fault::Disk(error) => Error::Fs(error),
        Fault::TooLarge(bytes) => Error::TooLarge { wheel: name.to_string(), bytes },
        Fault::Structure(fault) => Error::Refused { wheel: name.to_string(), fault },
    })?;
    let target = folder.join(name.as_str());
    fs::write(&target, &pack::zip(&files))?;
    Ok(target)
}

fn files(file: &fs::File, name: &WheelName) -> Result<Files, Fault> {
    let mut listed = directory::read(file)?;
    listed.iter_mut().try_for_each(|entry| check_local_header(file, entry))?;
    listed.retain(|entry| !entry.is_folder);
    let stem = stem(listed.iter().map(|entry| entry.member.name.as_str()));
    let stem = stem.ok_or_else(|| Fault::from("it has not exactly one .dist-info folder"))?;
    let info = format!("{stem}.dist-info");
    let mut files = Files::new();
    for Listed { member, .. } in &listed {
        let Some(path) = kept(&member.name, &info) else { continue };
        let mut bytes = Vec::new();
        inflate::inflate(file, member, &mut |piece| bytes.extend(piece))?;
        if path == format!("{info}/METADATA") {
            bytes = normal_metadata(&String::from_utf8_lossy(&bytes))?.into_bytes();
        }
        let path = ArchivePath::new(path).map_err(|fault| format!("`{}` {fault}", member.name))?;
        files.insert(path, (bytes, layout::mode(member)));
    }
    let path = |part: &str| ArchivePath::new(format!("{info}/{part}")).expect("a plain name");
    files.insert(path("WHEEL"), (wheel_file(name).into_bytes(), Mode::Plain));
    let mut record: String = files.iter().map(|(path, (bytes, _))| row(path, bytes)).collect();
    record += &format!("{info}/RECORD,,\n");
    files.insert(path("RECORD"), (record.into_bytes(), Mode::Plain));
    Ok(files)
}

/// Where a member goes in the new wheel, if it does. Texts of licences have stood in two places.
fn kept(name: &str, info: &str) -> Option<String> {
    let Some(part) = name.strip_prefix(info).and_then(|rest| rest.strip_prefix('/')) else {
        return Some(name.to_owned());
    };
    let file = part.rsplit('/').next().unwrap_or(part);
    let is_licence = ["LICEN", "COPYING", "NOTICE", "AUTHORS"]
        .iter()
        .any(|word| file.to_ascii_uppercase().starts_with(word));
    match part {
        "METADATA" | "entry_points.txt" => Some(name.to_owned()),
        _ if is_licence || part.starts_with("licenses/") => Some(format!(
            "{info}/licenses/{}",
            part.trim_start_matches("licenses/").trim_start_matches("license_files/")
        )),
        _ => None,
    }
}

/// The headers that mean something, in one order; what a backend of another day would write in
/// another way is left out.
fn normal_metadata(text: &str) -> Result<String, Fault> {
    metadata::parse(text)?;
    let mut normal = "Metadata-Version: 2.1\n".to_owned();
    for kept in KEPT {
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let Some((key, value)) = line.split_once(':') else { continue };
            if key.eq_ignore_ascii_case(kept) {
                normal += &format!("{kept}: {}\n", normal_value(kept, value.trim()));
            }
        }
    }
    Ok(normal)
}

/// Requirements are written as PEP 508 writes them, whatever blanks a backend puts in.
fn normal_value(key: &str, value: &str) -> String {
    use std::str::FromStr as _;
    let requirement = || {
        pep508_rs::Requirement::<pep508_rs::VerbatimUrl>::from_str(value).map(|it| it.to_string())
    };
    match key {
        "Requires-Dist" => requirement().unwrap_or_else(|_| value.to_owned()),
        "Requires-Python" => pep440_rs::VersionSpecifiers::from_str(value)
            .map_or_else(|_| value.to_owned(), |range| range.to_string()),
        _ => value.to_owned(),
    }
}

/// WHEEL, with its tags taken from the file's name.
fn wheel_file(name: &WheelName) -> String {
    let tags: Vec<&str> = name.as_str().trim_end_matches(".whl").rsplitn(4, '-').collect();
    let [platforms, abis, pythons, ..] = tags[..] else { return String::new() };
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

/// A line of RECORD; quoted where a name has what separates.
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
