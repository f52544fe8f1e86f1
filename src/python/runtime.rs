//! The packages that Lambda's own Python runtimes bring.
//!
//! AWS says which SDK a runtime has only in general: "the version of the AWS SDK included in the
//! Python runtime depends on the runtime version and your AWS Region" ("Runtime-included SDK
//! versions" in the AWS Lambda developer guide), and no longer keeps a table. So the versions here
//! are a snapshot that fits together, and no promise of AWS:
//!
//! - The names are those that boto3 requires, and those that the runtime's own client requires
//!   (`requirements/base.txt` of aws/aws-lambda-python-runtime-interface-client, version 3.1.1 of
//!   May 2025).
//! - boto3 1.40.4 of August 2025 is the least that a user met in the runtime in that month
//!   (terricain/aioboto3#383). Its botocore is that of the same day, and the other projects have
//!   the newest version of that day.
//! - urllib3 is of its first major version: Python 3.9's botocore takes no other, and no source
//!   was found for what later runtimes have.
//!
//! - pip and setuptools are those that `ensurepip` of `CPython` 3.11 has. A Python before 3.12 brings both,
//!   later ones pip alone ("What's New in Python 3.12"); users have called pip from handlers
//!   (boto/boto3#4003, on Python 3.11).
//!
//! pip's resolver took the whole list at once for Python 3.9 and 3.14, with wheels of each project
//! for 3.9 to 3.14 on both architectures.

use crate::lambda::PythonVersion;

/// A package of the runtime.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RuntimePackage {
    /// The project's name, normalised (PEP 503).
    pub(crate) project: &'static str,
    pub(crate) version: &'static str,
    /// The top-level names that it can be imported by.
    pub(crate) imports: &'static [&'static str],
    /// The minor versions of the first and the last Python 3 whose runtimes have it.
    first: u8,
    last: u8,
    /// Whether it is boto3 or botocore, or is there because they require it.
    is_of_sdk: bool,
}

const fn package(
    project: &'static str,
    version: &'static str,
    imports: &'static [&'static str],
) -> RuntimePackage {
    RuntimePackage { project, version, imports, first: 0, last: u8::MAX, is_of_sdk: false }
}

const fn of_sdk(
    project: &'static str,
    version: &'static str,
    imports: &'static [&'static str],
) -> RuntimePackage {
    RuntimePackage { is_of_sdk: true, ..package(project, version, imports) }
}

/// Sorted by name.
const PACKAGES: &[RuntimePackage] = &[
    package("awslambdaric", "3.1.1", &["awslambdaric", "runtime_client"]),
    of_sdk("boto3", "1.40.4", &["boto3"]),
    of_sdk("botocore", "1.40.4", &["botocore"]),
    of_sdk("jmespath", "1.0.1", &["jmespath"]),
    package("pip", "23.2.1", &["pip"]),
    of_sdk("python-dateutil", "2.9.0.post0", &["dateutil"]),
    of_sdk("s3transfer", "0.13.1", &["s3transfer"]),
    RuntimePackage {
        last: 11,
        ..package("setuptools", "65.5.0", &["setuptools", "pkg_resources", "_distutils_hack"])
    },
    package("simplejson", "3.20.1", &["simplejson"]),
    of_sdk("six", "1.17.0", &["six"]),
    // Hooks of SnapStart, which Lambda has for Python 3.12 and later ("Improving startup
    // performance with Lambda SnapStart" in the developer guide).
    RuntimePackage {
        first: 12,
        ..package("snapshot-restore-py", "1.0.0", &["snapshot_restore_py"])
    },
    of_sdk("urllib3", "1.26.20", &["urllib3"]),
];

/// The packages of the runtime of a Python version, sorted by name.
pub(crate) fn runtime_packages(
    python: PythonVersion,
) -> impl Iterator<Item = &'static RuntimePackage> {
    PACKAGES.iter().filter(move |package| (package.first..=package.last).contains(&python.minor))
}

/// Whether a project, by its normalised name, is the SDK of every runtime, or is there because that
/// requires it.
pub(crate) fn is_of_sdk(project: &str) -> bool {
    PACKAGES.iter().any(|package| package.is_of_sdk && package.project == project)
}

/// The package of the runtime of a version that a top-level name is imported from; of any version,
/// where none is named.
pub(crate) fn runtime_package_of(
    import: &str,
    python: Option<PythonVersion>,
) -> Option<&'static RuntimePackage> {
    let has = |package: &&RuntimePackage| package.imports.contains(&import);
    match python {
        Some(python) => runtime_packages(python).find(has),
        None => PACKAGES.iter().find(has),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: PythonVersion = PythonVersion { minor: 14 };

    #[test]
    fn a_name_is_of_the_runtime_by_what_is_imported() {
        for (import, expected) in [
            ("boto3", true),
            ("dateutil", true),
            ("pip", true),
            ("requests", false),
            ("python-dateutil", false),
        ] {
            assert_eq!(runtime_package_of(import, Some(NEWEST)).is_some(), expected, "{import}");
            assert_eq!(runtime_package_of(import, None).is_some(), expected, "{import}");
        }
    }

    #[test]
    fn some_runtimes_have_what_others_have_not() {
        let has = |import| {
            [9, 11, 12, 14]
                .map(|minor| runtime_package_of(import, Some(PythonVersion { minor })).is_some())
        };
        // Only a runtime with SnapStart has its hooks.
        assert_eq!(has("snapshot_restore_py"), [false, false, true, true]);
        assert_eq!(has("pkg_resources"), [true, true, false, false]);
        assert!(runtime_package_of("setuptools", None).is_some());
    }

    #[test]
    fn the_docs_have_every_package_with_its_version() {
        let page = include_str!("../../docs/invoke.md");
        let rows: Vec<&str> = page.lines().filter(|line| line.ends_with("` |")).collect();
        assert_eq!(rows.len(), PACKAGES.len());
        for (row, package) in rows.into_iter().zip(PACKAGES) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let project = cells[1].split(',').next().unwrap();
            assert_eq!((project, cells[2]), (package.project, package.version));
            assert!(cells[3].contains(&format!("`{}`", package.imports[0])), "{row}");
        }
    }

    #[test]
    fn every_name_is_of_one_package_and_they_are_sorted() {
        let all = PACKAGES;
        assert!(all.is_sorted_by(|one, other| one.project < other.project));
        let mut names: Vec<_> =
            all.iter().flat_map(|package| package.imports.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
