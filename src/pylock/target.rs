//! What a lock says of the target it is for, and whether a target is meant.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use crate::lambda::Target;

/// The highest patch version of Python that is thought of; no minor version has had half as many.
const PATCHES: u64 = 60;

/// Returns the marker of the environments of a target, for `environments` of its lock.
///
/// Other tools refuse the lock elsewhere. What markers can't tell, such as the version of glibc,
/// is told by the tags of its wheels.
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
/// Lambda's patch version moves with its updates, and many a lock demands that of its maker's
/// machine. So a demand is met if any patch version of the target's minor one meets it.
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
}
