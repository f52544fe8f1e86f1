//! Compares two zips: what Lambda would unpack from each, and why bytes differ where that does not.
//!
//! Two zips have the same content if they unpack to the same files with the same access. A CRC
//! tells two files apart, but does not prove them equal: files of one size and CRC are hashed.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::installed::{Installed, installed, named};
use super::{Member, Zip};
use crate::report::{
    Change, ChangeKind, Difference, Failure, MemberChange, Reason, RequirementChange, Side,
};

/// Compares a zip with one that came after it.
pub(crate) fn compare(before: &Zip, after: &Zip) -> Result<Difference, Failure> {
    if before.digest == after.digest {
        return Ok(Difference::default());
    }
    let [one, other] =
        [before, after].map(|zip| zip.members.iter().map(|member| (member.name.as_str(), member)));
    let pairs: Vec<Pair<&Member>> = pairs(one, other).into_values().collect();
    let changes = pairs.par_iter().map(|(one, other)| changes(before, after, *one, *other));
    // The first failure by name is reported, whichever thread is faster.
    let changes: Vec<Result<Vec<MemberChange>, Failure>> = changes.collect();
    let mut members = Vec::new();
    for found in changes {
        members.extend(found?);
    }
    members.sort_by(|one, other| (one.change, &one.path).cmp(&(other.change, &other.path)));
    let reasons = if members.is_empty() { reasons(before, after, &pairs) } else { Vec::new() };
    let (old, new) = (installed(before)?, installed(after)?);
    let requirements = requirement_changes(&old, &new);
    for member in &mut members {
        let owner = [&new, &old].into_iter().find_map(|installed| installed.owner(&member.path));
        let is_other = |owner: &&str| requirements.iter().any(|change| change.name == **owner);
        member.requirement = owner.filter(is_other).map(str::to_owned);
    }
    Ok(Difference { requirements, members, reasons })
}

/// Tells what is other in a zip that takes another one's place, as far as their listings say it: nothing
/// is unpacked. Of requirements that are others the files are not named, but those that `is_own` knows;
/// one whose version stays and whose `.dist-info` has other files is such.
pub(crate) fn glance(before: &Zip, after: &Zip, is_own: &dyn Fn(&str) -> bool) -> Change {
    let [one, other] =
        [before, after].map(|zip| zip.members.iter().map(|member| (member.name.as_str(), member)));
    let seen = |member: &Member| (member.size, member.crc, access(member.mode));
    let mut others = pairs(one, other);
    others.retain(|_, (old, new)| old.map(seen) != new.map(seen));
    let (old, new) = (named(before), named(after));
    let requirements = requirement_changes(&old, &new);
    let mut what: Vec<String> = requirements.iter().map(requirement).collect();
    let theirs = others.keys().filter(|path| !is_own(path)).filter_map(|path| new.owner(path));
    let theirs: BTreeSet<&str> =
        theirs.filter(|name| requirements.iter().all(|it| it.name != *name)).collect();
    let versions = new.versions().filter(|(name, _)| theirs.contains(name));
    what.extend(versions.map(|(name, version)| format!("{name} {version} (another wheel)")));
    let is_told = what.is_empty();
    what.extend(others.into_iter().filter_map(|(path, (_, new))| match new {
        Some(_) => (is_told || is_own(path)).then(|| path.to_owned()),
        None => is_told.then(|| format!("{path} is gone")),
    }));
    Change { bytes: i128::from(after.size) - i128::from(before.size), what }
}

/// A requirement that is another one, as people write it.
fn requirement(RequirementChange { name, before, after }: &RequirementChange) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{name} {before} -> {after}"),
        (None, Some(after)) => format!("{name} {after}"),
        (_, None) => format!("{name} is gone"),
    }
}

/// What the older and the newer zip have under one name.
type Pair<T> = (Option<T>, Option<T>);

/// Joins what two zips have, by name.
fn pairs<'a, T>(
    before: impl Iterator<Item = (&'a str, T)>,
    after: impl Iterator<Item = (&'a str, T)>,
) -> BTreeMap<&'a str, Pair<T>> {
    let mut pairs: BTreeMap<&str, Pair<T>> = BTreeMap::new();
    for (name, thing) in before {
        pairs.entry(name).or_insert((None, None)).0 = Some(thing);
    }
    for (name, thing) in after {
        pairs.entry(name).or_insert((None, None)).1 = Some(thing);
    }
    pairs
}

/// The changes of one member: none, one, or both of its bytes and its mode.
fn changes(
    before: &Zip,
    after: &Zip,
    one: Option<&Member>,
    other: Option<&Member>,
) -> Result<Vec<MemberChange>, Failure> {
    let side = |member: &Member| Side { size: member.size, mode: member.mode };
    let change = |change| MemberChange {
        path: one.or(other).expect("one of two has it").name.clone(),
        change,
        before: one.map(side),
        after: other.map(side),
        requirement: None,
    };
    let (Some(old), Some(new)) = (one, other) else {
        let kind = if one.is_none() { ChangeKind::Added } else { ChangeKind::Removed };
        return Ok(vec![change(kind)]);
    };
    let mut changes = Vec::new();
    let may_be_equal = (old.size, old.crc) == (new.size, new.crc);
    // Compressed bytes that are those of a sound member need not be inflated, and a member of a wheel
    // is copied as it is, so this answers for most of a package.
    let is_equal = may_be_equal
        && (after.is_ours && before.packs_alike(old, after, new)
            || before.digest_of(old)? == after.digest_of(new)?);
    if !is_equal {
        changes.push(change(ChangeKind::Changed));
    }
    if access(old.mode) != access(new.mode) {
        changes.push(change(ChangeKind::Mode));
    }
    Ok(changes)
}

/// Why two zips of the same content have other bytes.
fn reasons(before: &Zip, after: &Zip, pairs: &[Pair<&Member>]) -> Vec<Reason> {
    let both: Vec<(&Member, &Member)> =
        pairs.iter().filter_map(|(one, other)| Some(((*one)?, (*other)?))).collect();
    let any = |differ: &dyn Fn(&Member, &Member) -> bool| {
        both.iter().any(|(one, other)| differ(one, other))
    };
    let found = [
        (Reason::Order, order(before) != order(after)),
        (Reason::Times, any(&|one, other| one.modified != other.modified)),
        (Reason::Compression, any(&|one, other| packing(one) != packing(other))),
        (Reason::Folders, before.folders != after.folders),
        (Reason::Modes, any(&|one, other| one.mode != other.mode)),
        (
            Reason::Comments,
            before.comment() != after.comment() || any(&|one, other| one.comment != other.comment),
        ),
    ];
    let mut reasons: Vec<Reason> =
        found.into_iter().filter_map(|(reason, is_one)| is_one.then_some(reason)).collect();
    if reasons.is_empty() {
        reasons.push(Reason::Headers);
    }
    reasons
}

/// The names of the members in the order of the central directory.
fn order(zip: &Zip) -> Vec<&str> {
    let mut members: Vec<&Member> = zip.members.iter().collect();
    members.sort_by_key(|member| member.index);
    members.into_iter().map(|member| member.name.as_str()).collect()
}

/// How a member was compressed, as far as the headers show it: method and compressed size.
fn packing(member: &Member) -> (crate::wheel::Method, u64) {
    (member.method, member.compressed_size)
}

/// The requirements whose versions differ, by name.
fn requirement_changes(before: &Installed, after: &Installed) -> Vec<RequirementChange> {
    let versions = pairs(before.versions(), after.versions());
    let others = versions.into_iter().filter(|(_, (before, after))| before != after);
    others
        .map(|(name, (before, after))| RequirementChange { name: name.to_owned(), before, after })
        .collect()
}

/// Whether a member is a symbolic link, whether everybody may read it, and execute it.
///
/// The bits of owner and group don't matter: "Lambda requires global read permissions" (AWS
/// Knowledge Center, "lambda-deployment-package-errors"). A member without a mode counts as 0644.
fn access(mode: Option<u16>) -> [bool; 3] {
    let mode = mode.unwrap_or(0o100_644);
    // The bits of `st_mode`: S_IFMT, S_IFLNK, S_IROTH and S_IXOTH (inode(7)).
    [mode & 0o170_000 == 0o120_000, mode & 0o004 != 0, mode & 0o001 != 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_what_others_than_the_owner_may_do() {
        let equal = |one, other| assert_eq!(access(one), access(other));
        equal(None, Some(0o100_644));
        equal(Some(0o100_664), Some(0o644));
        equal(Some(0o100_755), Some(0o775));
        let other = |one, other| assert_ne!(access(one), access(other));
        other(Some(0o100_644), Some(0o100_755));
        other(Some(0o100_644), Some(0o100_600));
        other(Some(0o100_755), Some(0o100_744));
        other(Some(0o100_777), Some(0o120_777));
    }
}
