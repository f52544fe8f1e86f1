//! The strict check that a wheel passes before it enters the store.
//!
//! The compressed bytes of members are copied into packages, so a fault of a wheel would be one of
//! the package. Therefore local headers are compared with the directory, every member is inflated,
//! and every name must be one for a package. What two readers could read in two ways is refused;
//! what all read in one way is taken, as pip takes it, and told: a RECORD that does not fit, a
//! member that is there twice with the same bytes.

use std::collections::BTreeMap;

use camino::Utf8Path;
use rayon::prelude::*;

use super::directory::{Fault, shown};
use super::inflate::{inflate, text};
use super::layout::{Destination, STEMS, destination, mode, stem};
use super::record::{self, Record, Row, Verdict};
use super::{Checked, Facts, Member, NativeMember, WheelName, local, metadata, unread};
use crate::digest::Hasher;
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
    let (listed, mut faults) = local::members(file)?;
    let mut members: BTreeMap<&str, &Member> = BTreeMap::new();
    for member in &listed {
        let Some(earlier) = members.insert(&member.name, member) else { continue };
        if !is_same(file, earlier, member)? {
            let twice = shown(&member.name);
            return Err(format!("it has {twice} twice, with other bytes").into());
        }
        faults.push(format!("it has {} twice, with the same bytes", shown(&member.name)));
    }
    let stem = stem(members.keys().copied()).ok_or(STEMS)?;
    for [one, other, place] in check_names(&members, stem)? {
        if !is_same(file, members[one], members[other])? {
            return Err(format!("two of its members would become `{place}`").into());
        }
        faults.push(format!("two of its members become `{place}`, with the same bytes"));
    }
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
    // Without one neither pip nor uv installs it.
    let record = record::parse(&required("RECORD")?);
    let (natives, of_record) = look_into(file, &members, stem, record)?;
    faults.extend(of_record);
    Ok(Facts { metadata, natives, faults })
}

/// Whether two members have the same bytes, and would get the same mode.
fn is_same(file: &fs::File, one: &Member, other: &Member) -> Result<bool, Fault> {
    if (one.size, one.crc, mode(one)) != (other.size, other.crc, mode(other)) {
        return Ok(false);
    }
    let digest = |member: &Member| {
        let mut hasher = Hasher::default();
        inflate(file, member, &mut |piece| hasher.update(piece)).map(|()| hasher.finish())
    };
    Ok(digest(one)? == digest(other)?)
}

/// Every name must be a path, and none may be the folder of another. Returns the pairs that go to
/// one path, with it.
fn check_names<'a>(
    members: &BTreeMap<&'a str, &Member>,
    stem: &str,
) -> Result<Vec<[&'a str; 3]>, Fault> {
    let mut places: BTreeMap<ArchivePath, &str> = BTreeMap::new();
    let mut pairs = Vec::new();
    for name in members.keys().copied() {
        let fit =
            |text: &str| ArchivePath::new(text).map_err(|fault| format!("{} {fault}", shown(name)));
        let path = fit(name)?;
        if path.folders().any(|folder| members.contains_key(folder)) {
            return Err(format!("{} lies below another member", shown(name)).into());
        }
        match destination(name, stem) {
            Destination::Path(place) => {
                if let Some(other) = places.insert(fit(place)?, name) {
                    pairs.push([other, name, place]);
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
        None => Ok(pairs),
    }
}

/// Refuses a wheel of another major version, as the specification demands ("Installing a wheel")
/// and pip does (`check_compatibility` in its `utils/wheel.py`).
fn check_wheel_version(text: &str) -> Result<(), Fault> {
    let headers = text.lines().filter_map(|line| line.split_once(':'));
    let mut version = headers.filter(|(key, _)| key.eq_ignore_ascii_case("Wheel-Version"));
    match version.next().map(|(_, value)| value.trim()) {
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

/// Inflates every member and compares it with its row of RECORD. Returns the native libraries, and
/// what is wrong with RECORD.
fn look_into(
    file: &fs::File,
    members: &BTreeMap<&str, &Member>,
    stem: &str,
    mut rows: Record,
) -> Result<(Vec<NativeMember>, Vec<String>), Fault> {
    // RECORD can't have its own digest, nor those of its signatures ("Signed wheel files" in the
    // binary distribution format).
    let own = ["RECORD", "RECORD.jws", "RECORD.p7s"].map(|name| format!("{stem}.dist-info/{name}"));
    let mut pairs = Vec::new();
    for name in &own {
        rows.take(name);
    }
    for (name, member) in members {
        pairs.push((*member, rows.take(name)));
    }
    // The first failure by name is reported, whichever thread is faster.
    let looked: Vec<_> =
        pairs.par_iter().map(|(member, row)| look_at(file, member, row.as_ref())).collect();
    let (mut natives, mut compared) = (Vec::new(), Vec::new());
    for ((member, _), looked) in pairs.iter().zip(looked) {
        let (verdict, native) = looked?;
        natives.extend(native);
        if !own.contains(&member.name) {
            compared.push((member.name.as_str(), verdict));
        }
    }
    Ok((natives, rows.faults(&compared)))
}

fn look_at(
    file: &fs::File,
    member: &Member,
    row: Option<&Row>,
) -> Result<(Verdict, Option<NativeMember>), Fault> {
    let mut running = row.and_then(|row| row.digest.as_ref()).map(|digest| (digest.start)());
    // Only native libraries are held in memory whole, as the fields of ELF are all over the file.
    let mut held: Option<Vec<u8>> = Some(Vec::new());
    inflate(file, member, &mut |piece| {
        if let Some(running) = &mut running {
            running.update(piece);
        }
        if let Some(bytes) = &mut held {
            bytes.extend(piece);
            if bytes.len() >= elf::BEGINNING && !elf::begins_native(bytes) {
                held = None;
            }
        }
    })?;
    let native = held.and_then(|bytes| elf::read(&bytes));
    let native = native.map(|native| NativeMember { name: member.name.clone(), native });
    let verdict = row.map_or(Verdict::Unlisted, |row| row.verdict(member, running));
    Ok((verdict, native))
}
