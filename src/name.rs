//! Names of projects, in the form in which they compare.

/// Returns a project's name, or that of an extra or a group: lower case, runs of `-`, `_` and `.` as
/// one `-`.
///
/// Source: PEP 503, "Normalized Names"; PEP 685 and PEP 735 for extras and groups.
pub(crate) fn normalised(name: &str) -> String {
    let parts = name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn names_that_are_one_compare() {
        for name in ["Zope.Interface", "zope--interface", " zope_interface", "ZOPE-._interface"] {
            assert_eq!(normalised(name), "zope-interface");
        }
    }
}
