//! The file name of a wheel, which says what it fits.

use std::fmt;

use super::Error;

/// A wheel's file name, taken apart.
///
/// Source: the binary distribution format of the PyPA, "File name convention".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WheelName {
    /// The project's name, normalised (PEP 503).
    pub(crate) project: String,
    /// The version as the file name has it.
    pub(crate) version: String,
    /// The whole file name.
    file_name: String,
}

impl WheelName {
    /// Takes a file name apart.
    ///
    /// # Errors
    ///
    /// It is not `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`.
    pub(crate) fn new(file_name: &str) -> Result<Self, Error> {
        let refuse = || Error::Name(file_name.escape_debug().to_string());
        let is_plain = |c: char| c.is_alphanumeric() || "-_.+!".contains(c);
        let stem = file_name.strip_suffix(".whl").ok_or_else(refuse)?;
        let parts: Vec<&str> = stem.split('-').collect();
        if !stem.chars().all(is_plain) || parts.iter().any(|part| part.is_empty()) {
            return Err(refuse());
        }
        match parts[..] {
            [name, version, _, _, _] | [name, version, _, _, _, _] => Ok(Self {
                project: normalize(name),
                version: version.to_owned(),
                file_name: file_name.to_owned(),
            }),
            _ => Err(refuse()),
        }
    }

    /// Whether it claims to fit every platform.
    pub(crate) fn is_for_any_platform(&self) -> bool {
        self.file_name.ends_with("-any.whl")
    }

    /// The whole file name.
    pub(crate) fn as_str(&self) -> &str {
        &self.file_name
    }
}

impl fmt::Display for WheelName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file_name)
    }
}

/// Returns a project's name in the one form that compares: lower case, runs of `-`, `_` and `.`
/// as one `-`.
///
/// Source: PEP 503, "Normalized Names".
pub(super) fn normalize(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
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
    fn a_platform_is_any_only_by_its_tag() {
        for (name, is_any) in [("a-1-py3-none-any.whl", true), ("a-any-py3-none-linux.whl", false)]
        {
            assert_eq!(WheelName::new(name).unwrap().is_for_any_platform(), is_any, "{name}");
        }
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
