//! The strict check that a wheel passes before it enters the store.
//!
//! The compressed bytes of members are copied into packages, so a fault of a wheel would be one of
//! the package. Therefore local headers are compared with the directory, every member is inflated
//! and compared with RECORD, and every name must be one for a package. Where the specification says
//! nothing, the stricter choice holds; the wheels that people use pass it.

use std::collections::BTreeMap;

use camino::Utf8Path;
use rayon::prelude::*;

use super::directory::{Fault, shown};
use super::inflate::{inflate, text};
use super::layout::{Destination, STEMS, destination, stem};
use super::record::{self, Row};
use super::{Checked, Facts, Member, NativeMember, WheelName, local, metadata, unread};
use crate::elf;
use crate::fs;
use crate::path::ArchivePath;
use crate::report::Failure;

/// Checks a file with the name of a wheel, and hashes it.
pub(crate) fn check(path: &Utf8Path) -> Result<Checked, Failure> {
    let name = WheelName::new(path.file_name().unwrap_or_default())?;
    let file = fs::open(path).map_err(unread)?;
    let (facts, digest) = rayon::join(|| inspect(&file, &name), || file.digest());
    let facts = facts.map_err(|fault| fault.of_file(&name))?;
    Ok(Checked {
        name,
        facts,
        digest: digest.map_err(unread)?,
        size: file.size(),
        path: path.to_owned(),
    })
}

/// Checks an open wheel, and returns the facts about it.
pub(super) fn inspect(file: &fs::File, name: &WheelName) -> Result<Facts, Fault> {
    let listed = local::members(file)?;
    let members: BTreeMap<&str, &Member> =
        listed.iter().map(|member| (member.name.as_str(), member)).collect();
    if members.len() != listed.len() {
        return Err("it has two members of one name".into());
    }
    let stem = stem(members.keys().copied()).ok_or(STEMS)?;
    check_names(&members, stem)?;
    let read = |part: &str| match members.get(format!("{stem}.dist-info/{part}").as_str()) {
        Some(member) => text(file, member).map(Some),
        None => Ok(None),
    };
    let required = |part: &str| {
        read(part)?.ok_or_else(|| Fault::from(format!("it has no {part} in its .dist-info")))
    };
    check_wheel_version(&required("WHEEL")?)?;
    // Only wheels with entry points have this file ("Entry points specification" of the PyPA).
    check_scripts(&read("entry_points.txt")?.unwrap_or_default())?;
    let metadata = metadata::parse(&required("METADATA")?)?;
    if metadata.project != name.project || !same_version(&metadata.version, &name.version) {
        let (project, version) = (&metadata.project, &metadata.version);
        return Err(format!("its METADATA says `{project} {version}`").into());
    }
    let rows = record::parse(&required("RECORD")?)?;
    let natives = check_record(file, &members, stem, rows)?;
    Ok(Facts { metadata, natives })
}

/// Every name must be a path, none may be the folder of another, and no two may go to one path.
fn check_names(members: &BTreeMap<&str, &Member>, stem: &str) -> Result<(), Fault> {
    let mut places = BTreeMap::new();
    for name in members.keys() {
        let fit =
            |text: &str| ArchivePath::new(text).map_err(|fault| format!("{} {fault}", shown(name)));
        let path = fit(name)?;
        if path.folders().any(|folder| members.contains_key(folder)) {
            return Err(format!("{} lies below another member", shown(name)).into());
        }
        match destination(name, stem) {
            Destination::Path(place) => {
                if places.insert(fit(place)?, name).is_some() {
                    return Err(format!("two of its members would become `{place}`").into());
                }
            }
            Destination::Nowhere(_) => {}
            Destination::UnknownScheme => {
                return Err(format!("{} is of an unknown .data scheme", shown(name)).into());
            }
        }
    }
    let inner = |path: &ArchivePath| {
        path.folders()
            .any(|folder| ArchivePath::new(folder).is_ok_and(|folder| places.contains_key(&folder)))
    };
    match places.keys().find(|path| inner(path)) {
        Some(path) => Err(format!("`{path}` would lie below a file").into()),
        None => Ok(()),
    }
}

/// Refuses a wheel of another major version, as the specification demands ("Installing a wheel")
/// and pip does (`check_compatibility` in its `utils/wheel.py`).
fn check_wheel_version(text: &str) -> Result<(), Fault> {
    let version = text.lines().find_map(|line| line.strip_prefix("Wheel-Version:"));
    match version.map(str::trim) {
        Some(version) if version == "1" || version.starts_with("1.") => Ok(()),
        Some(version) => Err(format!("its Wheel-Version is `{}`", version.escape_debug()).into()),
        None => Err("its WHEEL has no Wheel-Version".into()),
    }
}

/// Refuses scripts that an installer would write outside of `bin`. Scripts are not packaged here,
/// but such a wheel is an attack.
fn check_scripts(entry_points: &str) -> Result<(), Fault> {
    let mut in_scripts = false;
    for line in entry_points.lines().map(str::trim) {
        if line.starts_with('[') {
            in_scripts = matches!(line, "[console_scripts]" | "[gui_scripts]");
            continue;
        }
        let name = line.split(['=', ':']).next().unwrap_or_default().trim();
        if in_scripts && (name.contains(['/', '\\']) || name == "..") {
            return Err(format!("its script `{}` leaves bin/", name.escape_debug()).into());
        }
    }
    Ok(())
}

/// Whether two texts mean one version, as `1.0` and `1.0.0` do (PEP 440).
fn same_version(one: &str, other: &str) -> bool {
    use std::str::FromStr as _;
    // A file name has `_` for the `-` of a version ("Escaping and Unicode" in the binary
    // distribution format).
    let parse = |text: &str| pep440_rs::Version::from_str(&text.replace('_', "-")).ok();
    match (parse(one), parse(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Inflates every member and compares it with its row of RECORD; every row must have a member.
/// Returns the native libraries.
fn check_record(
    file: &fs::File,
    members: &BTreeMap<&str, &Member>,
    stem: &str,
    mut rows: BTreeMap<String, Row>,
) -> Result<Vec<NativeMember>, Fault> {
    // RECORD can't have its own digest, nor those of its signatures ("Signed wheel files" in the
    // binary distribution format). Rows for folders have no bytes to be compared.
    let own = ["RECORD", "RECORD.jws", "RECORD.p7s"].map(|name| format!("{stem}.dist-info/{name}"));
    rows.retain(|name, _| !name.ends_with('/') && !own.contains(name));
    let mut pairs = Vec::new();
    for (name, member) in members {
        let row = rows.remove(*name);
        if row.is_none() && !own.iter().any(|own| own == name) {
            return Err(format!("its RECORD does not list {}", shown(name)).into());
        }
        pairs.push((*member, row));
    }
    if let Some(name) = rows.keys().next() {
        return Err(format!("its RECORD lists {}, which is not there", shown(name)).into());
    }
    // The first failure by name is reported, whichever thread is faster.
    let checked: Vec<_> =
        pairs.par_iter().map(|(member, row)| check_member(file, member, row.as_ref())).collect();
    let checked: Vec<Option<NativeMember>> = checked.into_iter().collect::<Result<_, _>>()?;
    Ok(checked.into_iter().flatten().collect())
}

fn check_member(
    file: &fs::File,
    member: &Member,
    row: Option<&Row>,
) -> Result<Option<NativeMember>, Fault> {
    let Some(row) = row else { return inflate(file, member, &mut |_| {}).map(|()| None) };
    let refuse = |what: &str| Fault::from(format!("its RECORD has {what} {}", shown(&member.name)));
    let expected = row.digest.as_ref().ok_or_else(|| refuse("no digest for"))?;
    let mut running = (expected.start)();
    // Only native libraries are held in memory whole, as the fields of ELF are all over the file.
    let mut held: Option<Vec<u8>> = Some(Vec::new());
    inflate(file, member, &mut |piece| {
        running.update(piece);
        if let Some(bytes) = &mut held {
            bytes.extend(piece);
            if bytes.len() >= elf::BEGINNING && !elf::begins_native(bytes) {
                held = None;
            }
        }
    })?;
    if row.size.is_some_and(|size| size != member.size) {
        return Err(refuse("another size for"));
    }
    if !expected.is(running) {
        return Err(refuse("another digest for"));
    }
    let native = held.and_then(|bytes| elf::read(&bytes));
    Ok(native.map(|native| NativeMember { name: member.name.clone(), native }))
}
