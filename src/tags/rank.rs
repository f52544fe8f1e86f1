//! How well a wheel fits a target, in the order in which pip prefers wheels.
//!
//! pip makes the list of all tags that fit a target, and prefers the wheel whose tag comes first.
//! The list has hundreds of tags and follows a rule, so the index of a tag is computed here; the
//! tests make the list and compare it with pip's.
//!
//! Source: `cpython_tags` and `compatible_tags` of packaging, as `get_supported` of pip calls
//! them for `--platform …`, `--python-version 3.X` and `--implementation cp`.

use super::platforms;
use crate::lambda::{Architecture, Target};
use crate::wheel::WheelName;

/// The oldest minor version with a stable ABI (PEP 384).
const FIRST_STABLE_ABI: u32 = 2;

/// Returns the index of a wheel's best tag in pip's list for the target; the lowest is preferred.
/// `None` if the wheel does not fit.
pub(crate) fn rank(name: &WheelName, target: Target) -> Option<u32> {
    let platforms = pip_platforms(target);
    let [pythons, abis, tags] = name.tags().map(str::to_ascii_lowercase);
    let pairs = pythons.split('.').flat_map(|python| abis.split('.').map(move |abi| (python, abi)));
    let all = pairs.flat_map(|(python, abi)| tags.split('.').map(move |tag| (python, abi, tag)));
    all.filter_map(|(python, abi, tag)| place(python, abi, tag, target, &platforms)).min()
}

/// Whether a wheel is for every platform and ABI, so that only its Python tag can be wrong.
pub(crate) fn is_pure(name: &WheelName) -> bool {
    let [_, abi, platform] = name.tags();
    abi.eq_ignore_ascii_case("none") && platform.eq_ignore_ascii_case("any")
}

/// Returns the index of a tag in the list.
fn place(
    python: &str,
    abi: &str,
    platform: &str,
    target: Target,
    platforms: &[String],
) -> Option<u32> {
    let minor = u32::from(target.python.minor);
    let count = u32::try_from(platforms.len()).expect("a few dozen");
    if platform != "any" {
        let of = platforms.iter().position(|known| known == platform)?;
        let of = u32::try_from(of).expect("a few dozen");
        return Some(native(python, abi, minor)? * count + of);
    }
    let after = natives(minor) * count;
    match generic(python, minor) {
        _ if abi != "none" => None,
        Some(generic) => Some(after + 1 + generic),
        None => (minor_of(python, "cp") == Some(minor)).then_some(after),
    }
}

/// Returns the index of an interpreter and an ABI among those with a platform.
fn native(python: &str, abi: &str, minor: u32) -> Option<u32> {
    let stable = minor + 1;
    if abi == "none"
        && let Some(generic) = generic(python, minor)
    {
        return Some(stable + generic);
    }
    let own = minor_of(python, "cp")?;
    match abi {
        "none" if own == minor => Some(2),
        "abi3" if own == minor => Some(1),
        "abi3" if (FIRST_STABLE_ABI..minor).contains(&own) => Some(2 + minor - own),
        _ if own == minor && minor_of(abi, "cp") == Some(minor) => Some(0),
        _ => None,
    }
}

/// Returns how many pairs of interpreter and ABI there are for each platform: one with its own ABI,
/// those with the stable one, one without, and the generic ones.
fn natives(minor: u32) -> u32 {
    (minor + 1) + (minor + 2)
}

/// Returns the index of a generic interpreter: `py3X`, `py3`, then the older ones down to `py30`
/// (`_py_interpreter_range` of packaging).
fn generic(python: &str, minor: u32) -> Option<u32> {
    if python == "py3" {
        return Some(1);
    }
    match minor_of(python, "py")? {
        own if own == minor => Some(0),
        own if own < minor => Some(1 + minor - own),
        _ => None,
    }
}

/// Returns the minor version of a tag such as `cp312`.
fn minor_of(tag: &str, kind: &str) -> Option<u32> {
    let digits = tag.strip_prefix(kind)?.strip_prefix('3')?;
    let minor = digits.parse().ok()?;
    (digits == format!("{minor}")).then_some(minor)
}

/// Returns the platforms in pip's order, which has the two older names right after `manylinux2014`.
///
/// Source: `_custom_manylinux_platforms` in pip's `utils/compatibility_tags.py`.
fn pip_platforms(target: Target) -> Vec<String> {
    let mut tags: Vec<String> = platforms(target);
    if target.architecture == Architecture::X86_64 {
        let old = ["manylinux2010_x86_64", "manylinux1_x86_64"];
        tags.retain(|tag| !old.contains(&tag.as_str()));
        let newer = tags.iter().position(|tag| tag == "manylinux2014_x86_64");
        let after = newer.expect("every target takes it") + 1;
        tags.splice(after..after, old.map(str::to_owned));
    }
    tags
}
