//! The target of a lambda, and where each setting of it comes from.

use std::fmt;
use std::str::FromStr;

/// The Python version of a Lambda runtime: `3.12` for `python3.12`. Any of Python 3 can be said;
/// which of them are packaged for is another question, and never is another one taken in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PythonVersion {
    /// The minor version; the major one is 3.
    pub(crate) minor: u8,
}

impl FromStr for PythonVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
        // `3.09` and `3.+9` are other texts for a number, and no versions.
        let version = minor.map(|minor| Self { minor }).filter(|it| it.to_string() == text);
        version.ok_or_else(|| match Self::meant(text) {
            Some(meant) => format!("`{text}` is no version of Python 3: did you mean `{meant}`?"),
            None => format!("`{text}` is no version of Python 3, such as `3.12`"),
        })
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "3.{}", self.minor)
    }
}

/// The operating system of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct System {
    pub(crate) name: &'static str,
    /// The minor version of its glibc 2.
    pub(crate) glibc: u32,
}

/// The first runtime on Amazon Linux 2023; those before are on Amazon Linux 2.
/// Source: "Lambda runtimes" in the AWS Lambda developer guide.
const FIRST_ON_2023: PythonVersion = PythonVersion { minor: 12 };

impl PythonVersion {
    /// The oldest that is packaged for where a package hangs on it: older wheels, and older pips,
    /// have other rules.
    pub(crate) const OLDEST: Self = Self { minor: 9 };
    /// The newest whose platform is known. Source: "Lambda runtimes" in the AWS Lambda developer
    /// guide.
    pub(crate) const NEWEST: Self = Self { minor: 14 };

    /// The version that is meant by a text which is none: `python3.12`, `py312`, `3.12.1`.
    pub(crate) fn meant(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let number = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let minor = number.strip_prefix('3')?.trim_start_matches(['.', '_', '-', '0']);
        let minor = minor.split(|letter: char| !letter.is_ascii_digit()).next()?;
        let prefix = &text[..text.len() - number.len()];
        let is_known =
            ["", "v", "py", "cp", "python"].contains(&prefix.trim_end_matches(['-', ' ']));
        let minor = minor.parse().ok().filter(|minor| is_known && *minor < 100)?;
        Some(Self { minor })
    }

    /// Returns the operating system of the runtime; of one that is newer than all known ones, that
    /// of the newest.
    ///
    /// Source of the versions of glibc: "Core toolchain packages" in the user guide of Amazon
    /// Linux 2023, and the release notes of Amazon Linux 2.
    pub(crate) fn system(self) -> System {
        if self >= FIRST_ON_2023 {
            System { name: "Amazon Linux 2023", glibc: 34 }
        } else {
            System { name: "Amazon Linux 2", glibc: 26 }
        }
    }
}

/// A processor architecture, as AWS calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Architecture {
    /// Intel and AMD.
    #[default]
    X86_64,
    /// AWS Graviton.
    Arm64,
}

impl Architecture {
    /// Its name in `platform.machine()` and in the tags of wheels.
    pub(crate) fn machine(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

impl FromStr for Architecture {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = [Self::X86_64, Self::Arm64].into_iter().find(|it| it.to_string() == text);
        named.ok_or_else(|| format!("`{text}` is no architecture of Lambda: `x86_64` or `arm64`"))
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        })
    }
}

/// The target for which wheels are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) python: PythonVersion,
    pub(crate) architecture: Architecture,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "python{} on {}", self.python, self.architecture)
    }
}

/// A setting, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag, by its name with dashes.
    Flag(&'static str),
    Environment(String),
    /// The config file, with the table if it is not the top one.
    Config(String),
    /// Terraform, by the place in its files.
    Terraform(String),
    /// What all Python functions in Terraform's files agree on, by the place of one of them.
    Agreed(String),
    /// The lambda's lock, by its path.
    Lock(String),
    /// The interpreter on PATH, which may differ on another machine.
    Host(String),
    Default,
}

impl Origin {
    /// Whether it is a lambda's own table in the config.
    pub(crate) fn is_for_one(&self) -> bool {
        let is_own = |place: &str| {
            place
                .split_once("] in ")
                .is_some_and(|(tables, _)| tables.contains("lambda.") || tables.contains("layer."))
        };
        matches!(self, Self::Config(place) if is_own(place))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "--{name}"),
            Self::Environment(name) => formatter.write_str(name),
            Self::Config(place) | Self::Terraform(place) | Self::Lock(place) => {
                formatter.write_str(place)
            }
            Self::Agreed(place) => write!(formatter, "{place}, as in all Python functions"),
            Self::Host(program) => write!(formatter, "{program} on PATH"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_only_as_it_is_written() {
        for text in ["3.0", "3.8", "3.9", "3.12", "3.15", "3.99"] {
            assert_eq!(text.parse::<PythonVersion>().unwrap().to_string(), text);
        }
        for text in ["3", "3.", "3.012", "3.256", "2.7", "python3.12", "3.12.1", "3.+9", ""] {
            assert!(text.parse::<PythonVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_version_that_is_written_otherwise_is_suggested() {
        for text in ["python3.12", "python312", "Python 3.12", "312", "py312", "cp312", "3.12.1"]
            .into_iter()
            .chain(["3.012", "v3.12", "3-12", "3_12", "python-3.12", " 3.12"])
        {
            let refusal = text.parse::<PythonVersion>().unwrap_err();
            let end = "is no version of Python 3: did you mean `3.12`?";
            assert_eq!(refusal, format!("`{text}` {end}"));
        }
        for text in ["", "3", "2.7", "python2.7", "nodejs20.x", "pypy3.10", "3.x", "python3"] {
            let refusal = text.parse::<PythonVersion>().unwrap_err();
            assert!(refusal.ends_with("such as `3.12`"), "{refusal}");
        }
    }

    #[test]
    fn a_runtime_has_the_glibc_of_its_system() {
        for (minor, name, glibc) in [(11, "Amazon Linux 2", 26), (12, "Amazon Linux 2023", 34)] {
            assert_eq!(PythonVersion { minor }.system(), System { name, glibc });
        }
        let newer = PythonVersion { minor: PythonVersion::NEWEST.minor + 1 };
        assert_eq!(newer.system(), PythonVersion::NEWEST.system());
    }

    #[test]
    fn an_architecture_is_called_as_aws_calls_it() {
        for text in ["x86_64", "arm64"] {
            assert_eq!(text.parse::<Architecture>().unwrap().to_string(), text);
        }
        let refusal = "aarch64".parse::<Architecture>().unwrap_err();
        assert_eq!(refusal, "`aarch64` is no architecture of Lambda: `x86_64` or `arm64`");
    }
}
