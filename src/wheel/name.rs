//! The file name of a wheel, with the tags of what it fits.

use std::fmt;

use crate::name::normalised;
use crate::report::Failure;

/// The file name of a wheel.
///
/// Source: the binary distribution format of the PyPA, "File name convention".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WheelName {
    /// The project's name, normalised (PEP 503).
    pub(crate) project: String,
    /// The version as it is in the file name.
    pub(crate) version: String,
    file_name: String,
}

impl WheelName {
    /// Parses `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`.
    pub(crate) fn new(file_name: &str) -> Result<Self, Failure> {
        let refuse = || {
            let name = file_name.escape_debug();
            Failure::input("wheel-name", format!("`{name}` is no name of a wheel"))
        };
        let is_plain = |c: char| c.is_alphanumeric() || "-_.+!".contains(c);
        let stem = file_name.strip_suffix(".whl").ok_or_else(refuse)?;
        let parts: Vec<&str> = stem.split('-').collect();
        if !stem.chars().all(is_plain) || parts.iter().any(|part| part.is_empty()) {
            return Err(refuse());
        }
        match parts[..] {
            [name, version, _, _, _] | [name, version, _, _, _, _] => Ok(Self {
                project: normalised(name),
                version: version.to_owned(),
                file_name: file_name.to_owned(),
            }),
            _ => Err(refuse()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.file_name
    }

    /// Whether its platform tag is `any`.
    pub(crate) fn is_for_any_platform(&self) -> bool {
        self.file_name.ends_with("-any.whl")
    }

    /// Returns its Python, ABI and platform tags; each may be several with dots between them (PEP
    /// 425, "Compressed Tag Sets").
    pub(crate) fn tags(&self) -> [&str; 3] {
        let stem = self.file_name.trim_end_matches(".whl");
        let mut parts = stem.rsplit('-');
        let mut next = || parts.next().expect("a name has five parts or six");
        let [platform, abi, python] = [next(), next(), next()];
        [python, abi, platform]
    }

    /// Returns the number and the rest of the build tag. Of wheels that are equal otherwise, pip
    /// prefers the greater one, and one with a build tag to one without (`_sort_key` in its
    /// `package_finder.py`).
    pub(crate) fn build(&self) -> Option<(u64, &str)> {
        let parts: Vec<&str> = self.file_name.split('-').collect();
        let [_, _, build, _, _, _] = parts[..] else { return None };
        // "Must start with a digit. Acts as a tie-breaker" (binary distribution format).
        let digits = build.find(|c: char| !c.is_ascii_digit()).unwrap_or(build.len());
        let (number, rest) = build.split_at(digits);
        // A number that does not fit counts as the greatest one.
        (digits > 0).then(|| (number.parse().unwrap_or(u64::MAX), rest))
    }
}

impl fmt::Display for WheelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_taken_apart() {
        let name = WheelName::new("Zope.Interface-6.3-1-cp39-cp39-linux_x86_64.whl").unwrap();
        assert_eq!((name.project.as_str(), name.version.as_str()), ("zope-interface", "6.3"));
        assert!(WheelName::new("torch-2.0+cpu-cp39-cp39-any.whl").is_ok());
    }

    #[test]
    fn the_name_says_what_the_wheel_fits() {
        let name = WheelName::new("a-1-2b-py2.py3-none-any.whl").unwrap();
        assert_eq!(name.tags(), ["py2.py3", "none", "any"]);
        assert_eq!(name.build(), Some((2, "b")));
        let [plain, tenth, ninth] =
            ["a-1-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-9-py3-none-any.whl"]
                .map(|name| WheelName::new(name).unwrap());
        assert!(tenth.build() > ninth.build() && ninth.build() > plain.build());
    }

    #[test]
    fn another_file_is_no_wheel() {
        for name in
            ["a-1.0.tar.gz", "a-1.0-py3-none.whl", "a--1-py3-none-any.whl", "../a-1-b-c-d.whl"]
        {
            assert!(WheelName::new(name).is_err(), "{name}");
        }
    }
}
