//! What becomes of a lambda whose imports find nothing.

use std::str::FromStr;

/// What becomes of a lambda whose own modules import what is nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ImportPolicy {
    /// Nobody looks.
    Off,
    /// It is packaged, with a warning.
    #[default]
    Warn,
    /// It is not packaged.
    Error,
}

impl FromStr for ImportPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "warn" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            _ => Err(format!("`{text}` is none of `warn`, `error` and `off`")),
        }
    }
}
