//! Reads what a zip holds from its directory, and counts what a folder holds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use crate::Result;

/// What the directory of a zip says of one of its files.
pub(crate) struct Member {
    /// Bytes of the deflated or stored data alone, without headers.
    pub(crate) payload: u64,
    /// Bytes when unpacked.
    pub(crate) size: u64,
    /// The checksum of the unpacked bytes.
    crc: u32,
}

/// The files of a zip by name; entries of directories are left out.
pub(crate) type Members = BTreeMap<String, Member>;

/// How two zips compare over the files that both have with the same content.
pub(crate) struct Common {
    /// How many such files there are.
    pub(crate) files: usize,
    /// The sum of their payloads in the first zip, in bytes.
    pub(crate) first_payload: u64,
    /// The sum of their payloads in the second zip, in bytes.
    pub(crate) second_payload: u64,
}

/// Reads the files of a zip.
///
/// # Errors
///
/// No such zip, or one whose directory can't be read.
pub(crate) fn read(path: &Path) -> Result<Members> {
    let failed = |error: &dyn std::fmt::Display| {
        format!("cannot read the zip `{}`: {error}", path.display())
    };
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| failed(&error))?;
    let mut members = Members::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| failed(&error))?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().map_err(|error| failed(&error))?.into_owned();
        let facts =
            Member { payload: member.compressed_size(), size: member.size(), crc: member.crc32() };
        if members.insert(name.clone(), facts).is_some() {
            return Err(failed(&format!("`{name}` is in it twice")));
        }
    }
    Ok(members)
}

/// Sums the payloads of the files that are in both zips with the same content.
///
/// Files like `RECORD`, which pip rewrites while it installs, fall out of the comparison.
pub(crate) fn compare(first: &Members, second: &Members) -> Common {
    let mut common = Common { files: 0, first_payload: 0, second_payload: 0 };
    for (name, mine) in first {
        let Some(other) =
            second.get(name).filter(|other| other.crc == mine.crc && other.size == mine.size)
        else {
            continue;
        };
        common.files += 1;
        common.first_payload += mine.payload;
        common.second_payload += other.payload;
    }
    common
}

/// Counts the files under a folder and their bytes.
///
/// # Errors
///
/// Something in it can't be listed.
pub(crate) fn count(folder: &Path) -> Result<(usize, u64)> {
    let mut totals = (0, 0);
    for path in files(folder)? {
        let metadata = fs::metadata(&path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        totals.0 += 1;
        totals.1 += metadata.len();
    }
    Ok(totals)
}

/// Returns the files under a folder, sorted, so that what is made of them is the same each time.
///
/// # Errors
///
/// Something in it can't be listed.
pub(crate) fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let failed = |error: std::io::Error| format!("cannot list `{}`: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
