//! The markers of a lock, and whether they hold for a target.
//!
//! Markers of locks have two clauses that those of requirements have not: `'x' in extras` and `'x'
//! in dependency_groups`. Nobody asks for extras of a lock here, and the groups are those in
//! `default-groups`, as the specification has it for an installer that is given none. So each such
//! clause is first replaced by one that is true of every target, or of none, and a marker of PEP
//! 508 remains. A clause that can't be evaluated is an error: the package that it is about might be
//! missing at runtime.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::MarkerWarningKind;

use crate::lambda::Target;
use crate::name::normalised;
use crate::pep508;
use crate::tags;

/// The highest patch version of Python that is tried; no minor version has had half as many.
const PATCHES: u64 = 60;

/// Returns the marker of a target, for `environments` in its lock.
///
/// Other tools refuse the lock in other environments. Markers know nothing of the version of glibc;
/// the tags of the wheels do.
pub(super) fn environment_of(target: Target) -> String {
    format!(
        "implementation_name == 'cpython' and platform_machine == '{}' and python_version == '{}' \
         and sys_platform == 'linux'",
        target.architecture.machine(),
        target.python
    )
}

/// Whether the Python of a target is one of those of a `requires-python`.
///
/// Lambda updates its patch version, and many locks demand that of the machine that made them. So
/// it is enough that any patch version of the target's minor version meets the demand.
///
/// # Errors
///
/// The text is no version specifier; the error says why, in one line.
pub(crate) fn takes(requires_python: &str, target: Target) -> Result<bool, String> {
    let specifiers = VersionSpecifiers::from_str(requires_python)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    let minor = u64::from(target.python.minor);
    let mut patches = (0..=PATCHES).map(|patch| Version::new([3, minor, patch]));
    Ok(patches.any(|version| specifiers.contains(&version)))
}

/// A clause that is true of every target: Lambda runs on Linux.
const TRUE: &str = "os_name == 'posix'";
/// A clause that is true of none.
const FALSE: &str = "os_name != 'posix'";

/// Whether a marker holds for a target; an error says in one line why that is not known.
pub(super) fn holds(
    marker: &str,
    default_groups: &[String],
    target: Target,
) -> Result<bool, String> {
    let mut not_evaluated = None;
    // The parser warns of a clause that it can't evaluate, and would take it for false. The names
    // from before PEP 508, such as `os.name`, it knows as well as pip does.
    let mut report = |kind: MarkerWarningKind, text: String| {
        if kind != MarkerWarningKind::DeprecatedMarkerName {
            not_evaluated.get_or_insert(text);
        }
    };
    let settled = settled(marker, default_groups);
    let tree = pep508::marker(&settled, &mut report)?;
    match not_evaluated {
        Some(text) => {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            Err(text.trim_end_matches(", will be ignored").to_owned())
        }
        None => Ok(tree.evaluate(&tags::marker_environment(target), &[])),
    }
}

/// Replaces the clauses that PEP 508 does not know by some that it knows.
fn settled(marker: &str, default_groups: &[String]) -> String {
    // Names of extras and groups compare as those of projects do (PEP 685, PEP 735).
    let has = |quoted: &str, set: &str| {
        let name = normalised(quoted.trim_matches(['\'', '"']));
        set == "dependency_groups" && default_groups.iter().any(|group| normalised(group) == name)
    };
    let is_quoted = |token: &str| token.starts_with(['\'', '"']);
    let tokens = tokens(marker);
    let mut rest = tokens.as_slice();
    let mut settled = Vec::new();
    while let [first, after @ ..] = rest {
        let (clause, after) = match rest {
            [name, "in", set @ ("extras" | "dependency_groups"), after @ ..] if is_quoted(name) => {
                (if has(name, set) { TRUE } else { FALSE }, after)
            }
            [name, "not", "in", set @ ("extras" | "dependency_groups"), after @ ..]
                if is_quoted(name) =>
            {
                (if has(name, set) { FALSE } else { TRUE }, after)
            }
            _ => (*first, after),
        };
        settled.push(clause);
        rest = after;
    }
    settled.join(" ")
}

/// The words, quoted texts and brackets of a marker.
fn tokens(marker: &str) -> Vec<&str> {
    let mut rest = marker.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '(' | ')' => 1,
            _ => {
                let ends = |c: char| c.is_whitespace() || "()'\"".contains(c);
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::{Architecture, PythonVersion};

    const TARGET: Target =
        Target { python: PythonVersion { minor: 12 }, architecture: Architecture::Arm64 };

    #[test]
    fn a_version_is_taken_if_any_of_its_patches_is() {
        for requires in ["", ">=3.9", "==3.12.*", ">=3.12.4, <3.13", "~=3.12", "!=3.12.0,>=3.8"] {
            assert_eq!(takes(requires, TARGET), Ok(true), "{requires}");
        }
        for requires in [">=3.13", "<3.12", "==3.11.*", "<4,>=3.13.1"] {
            assert_eq!(takes(requires, TARGET), Ok(false), "{requires}");
        }
        assert!(takes("three", TARGET).is_err());
    }

    fn holds_here(marker: &str) -> Result<bool, String> {
        let target = Target { architecture: Architecture::X86_64, ..TARGET };
        holds(marker, &["default".to_owned()], target)
    }

    #[test]
    fn a_marker_is_judged_for_the_target() {
        let table = [
            ("python_version >= '3.10' and sys_platform == 'linux'", true),
            ("python_full_version < '3.10'", false),
            ("python_version<'3.10'or(platform_machine=='x86_64')", true),
            ("'cpu' in extras", false),
            ("\"cpu\" not in extras", true),
            ("\"default\" in dependency_groups", true),
            ("'Default' not in dependency_groups", false),
            ("'dev' in dependency_groups or 'default' in dependency_groups", true),
            ("python_version >= '3.9' and ('dev' in dependency_groups or 'x' in extras)", false),
            ("extra == 'cpu'", false),
        ];
        for (marker, expected) in table {
            assert_eq!(holds_here(marker), Ok(expected), "{marker}");
        }
    }

    #[test]
    fn what_can_not_be_judged_is_an_error() {
        for marker in
            ["", "python_version >=", "extras == 'x'", "os_name ~= 'x'", "'a' == 'a'", "'"]
        {
            let cause = holds_here(marker).unwrap_err();
            assert!(!cause.is_empty() && !cause.contains('\n'), "{marker}: {cause}");
        }
    }
}
