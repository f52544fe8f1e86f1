//! Names of projects, in the form in which they compare.

/// Returns a project's name, or that of an extra or a group: lower case, runs of `-`, `_` and `.` as
/// one `-`.
///
/// Source: PEP 503, "Normalized Names"; PEP 685 and PEP 735 for extras and groups.
pub(crate) fn normalised(name: &str) -> String {
    let parts = name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The name, or the extra, at the head of a requirement that does not end as one must: with a letter
/// or a digit (PEP 508, "Names").
///
/// `pep508_rs` 0.9.2 must not see such a text: its `parse_name` and `parse_extras_cursor` refuse the
/// last character only where the text ends with it, and unwrap what its `PackageName` and `ExtraName`
/// then refuse.
pub(crate) fn unended(requirement: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let head = |text: &str| text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    let text = requirement.trim_start();
    let (name, rest) = text.split_at(head(text));
    let extras = rest.trim_start().strip_prefix('[').unwrap_or_default();
    let extras = extras.split(']').next().unwrap_or_default().split(',').map(str::trim_start);
    let extras = extras.map(|extra| &extra[..head(extra)]);
    std::iter::once(name).chain(extras).find(|name| name.ends_with(['.', '-', '_']))
}

#[cfg(test)]
mod tests {
    use super::{normalised, unended};

    #[test]
    fn a_name_that_does_not_end_as_one_is_found_before_a_parser_panics_of_it() {
        for (text, found) in [
            ("requests.==2.31.0", "requests."),
            (" a- ; x", "a-"),
            ("a_[x]", "a_"),
            ("a-@ https://h", "a-"),
            ("a[x.]==1", "x."),
            ("a [y, x_ ]", "x_"),
            ("a[x-", "x-"),
            ("a.", "a."),
        ] {
            assert_eq!(unended(text), Some(found), "{text}");
        }
        for text in ["a", "a.b-c_d==1.", "a[x.y,z]>=1 ; extra == 'x-'", "a @ https://h/x.", ""] {
            assert_eq!(unended(text), None, "{text}");
        }
    }

    #[test]
    fn names_that_are_one_compare() {
        for name in ["Zope.Interface", "zope--interface", " zope_interface", "ZOPE-._interface"] {
            assert_eq!(normalised(name), "zope-interface");
        }
    }
}
