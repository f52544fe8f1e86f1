//! Which requirements are in a zip, and which members are theirs.
//!
//! Every installer writes a folder `NAME-VERSION.dist-info` for each project, mostly with a RECORD
//! that lists its files ("Recording installed projects" of the PyPA). Where two of them list one
//! file, it belongs to the first by name.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use pep508_rs::PackageName;

use super::Zip;
use crate::report::Failure;

/// More bytes than any real RECORD has; a larger one is ignored.
const LARGEST_RECORD: u64 = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Installed {
    /// Versions by the normalised name (PEP 503). There is more than one where an older
    /// `.dist-info` was left behind: `pip install -t` into a folder that is not empty adds the new
    /// one to it.
    versions: BTreeMap<String, BTreeSet<String>>,
    /// The names of projects by the names of the members that their RECORDs list.
    recorded: BTreeMap<String, String>,
}

impl Installed {
    /// Names and versions, sorted by name.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&str, String)> {
        self.versions.iter().map(|(name, versions)| {
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            (name.as_str(), versions.join(", "))
        })
    }

    /// The project whose file a member is.
    pub(super) fn owner(&self, member: &str) -> Option<&str> {
        if let Some(owner) = self.recorded.get(member) {
            return Some(owner);
        }
        let (name, _) = project(member)?;
        self.versions.get_key_value(&name).map(|(name, _)| name.as_str())
    }
}

/// Finds the versions of the requirements of a zip, and reads nothing but its listing.
pub(super) fn named(zip: &Zip) -> Installed {
    let mut installed = Installed::default();
    for (name, version) in zip.members.iter().filter_map(|member| project(&member.name)) {
        installed.versions.entry(name).or_default().insert(version);
    }
    installed
}

/// Finds the requirements of a zip.
pub(super) fn installed(zip: &Zip) -> Result<Installed, Failure> {
    let mut installed = named(zip);
    for member in &zip.members {
        let Some((name, _)) = project(&member.name) else { continue };
        if member.name.ends_with(".dist-info/RECORD") && member.size <= LARGEST_RECORD {
            for path in listed(&zip.read(member, LARGEST_RECORD)?) {
                installed.recorded.entry(path).or_insert_with(|| name.clone());
            }
        }
    }
    Ok(installed)
}

/// The project, normalised, and the version that a member's `.dist-info` folder names, if it is in
/// one.
fn project(member: &str) -> Option<(String, String)> {
    let (folder, _) = member.split_once('/')?;
    let (name, version) = folder.strip_suffix(".dist-info")?.split_once('-')?;
    let name = PackageName::from_str(name).ok()?;
    Some((name.to_string(), version.to_owned()))
}

/// The paths in a package of what a RECORD lists. A row that can't be read names nothing: then its
/// file is shown by itself, and not with its requirement.
fn listed(record: &[u8]) -> Vec<String> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let rows = rows.records().filter_map(Result::ok);
    rows.filter_map(|row| row.get(0).map(|path| in_package(path).to_owned())).collect()
}

/// Where a path of a wheel is in a package: parts of `.data` folders go to the top.
fn in_package(path: &str) -> &str {
    // RECORD is the wheel's own, so it lists files below `.data` where they are in the wheel; see
    // `wheel::layout` for where they go.
    let Some((folder, rest)) = path.split_once('/') else { return path };
    match rest.split_once('/') {
        Some(("purelib" | "platlib" | "data", rest)) if folder.ends_with(".data") => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dist_info_folder_names_project_and_version() {
        let found = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(project("Zope.Interface-6.3.dist-info/WHEEL"), found("zope-interface", "6.3"));
        assert_eq!(project("a_b-1.0.dist-info/licenses/X"), found("a-b", "1.0"));
        for other in ["a.py", "a/b-1.dist-info/WHEEL", "a-1.egg-info/X", "a.dist-info/WHEEL"] {
            assert_eq!(project(other), None, "{other}");
        }
    }

    #[test]
    fn a_record_lists_where_files_are_in_a_package() {
        let record = b"a/b.py,sha256=x,1\n\"a/c,d.py\",,\na-1.data/purelib/e.py,,\n../bin/f,,\n";
        assert_eq!(listed(record), ["a/b.py", "a/c,d.py", "e.py", "../bin/f"]);
    }
}
