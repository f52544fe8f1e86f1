//! Reads METADATA: the name, the version and the requirements of a wheel.

use serde::{Deserialize, Serialize};

use super::directory::Fault;
use crate::name::normalised;

/// The fields of METADATA that are needed here.
///
/// Source: "Core metadata specifications" of the PyPA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// The project's name, normalised (PEP 503).
    pub(crate) project: String,
    /// The version, not normalised.
    pub(crate) version: String,
    /// The values of `Requires-Dist`, unchecked: most are PEP 508.
    pub(crate) requires: Vec<String>,
    /// The value of `Requires-Python`, unchecked: version specifiers of PEP 440.
    pub(crate) requires_python: Option<String>,
}

impl Metadata {
    /// Returns all extras in the markers of its requirements.
    pub(crate) fn extras(&self) -> Vec<pep508_rs::ExtraName> {
        use std::str::FromStr as _;
        let quoted = |line: &String| {
            let (_, marker) = line.split_once("extra")?;
            let name = marker.split(['"', '\'']).nth(1)?;
            pep508_rs::ExtraName::from_str(name).ok()
        };
        let mut extras: Vec<_> = self.requires.iter().filter_map(quoted).collect();
        extras.sort();
        extras.dedup();
        extras
    }
}

/// Reads the headers. As in an e-mail, they end at the first blank line.
pub(super) fn parse(text: &str) -> Result<Metadata, Fault> {
    let (mut name, mut version) = (None, None);
    let (mut requires, mut requires_python) = (Vec::new(), None);
    // The body may be the description of the project, and have lines that look like headers.
    for line in headers(text) {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            // The first of several counts, as for `email.message.Message` of CPython, with which
            // pip reads METADATA.
            "name" if name.is_none() => name = Some(normalised(value)),
            "version" if version.is_none() => version = Some(value.to_owned()),
            "requires-dist" => {
                requires.push(value.lines().map(str::trim).collect::<Vec<_>>().join(" "));
            }
            "requires-python" if requires_python.is_none() => {
                requires_python = Some(value.to_owned());
            }
            _ => {}
        }
    }
    match (name, version) {
        (Some(project), Some(version)) if !project.is_empty() && is_plain(&version) => {
            Ok(Metadata { project, version, requires, requires_python })
        }
        _ => Err("its METADATA has no name or no version".into()),
    }
}

/// The headers of a text as an e-mail has them: up to the first blank line; a line that begins with
/// a blank continues the one before (RFC 5322, 2.2.3).
pub(super) fn headers(text: &str) -> Vec<String> {
    let mut headers: Vec<String> = Vec::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        match headers.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(header) => *header += &format!("\n{line}"),
            None => headers.push(line.to_owned()),
        }
    }
    headers
}

/// Whether a version has no blank or control character: it is printed in tab-separated lines.
fn is_plain(version: &str) -> bool {
    !version.is_empty() && version.chars().all(|c| c.is_ascii_alphanumeric() || "._-+!".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_end_at_the_first_blank_line() {
        let text = "Metadata-Version: 2.1\nName: Zope.Interface\nVersion: 6.3\n\
                    Requires-Python: >=3.7\n\
                    Requires-Dist: six>=1\nREQUIRES-DIST: b ; extra == 'x'\n\nName: other\n";
        let metadata = parse(text).ok().unwrap();
        assert_eq!((&*metadata.project, &*metadata.version), ("zope-interface", "6.3"));
        assert_eq!(metadata.requires, ["six>=1", "b ; extra == 'x'"]);
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.7"));
        let folded =
            parse("Name: a\nVersion: 1\nRequires-Dist: six\n ; extra == 'x'\n").ok().unwrap();
        assert_eq!(folded.requires, ["six ; extra == 'x'"]);
        assert!(parse("Name: a\n\nVersion: 1\n").is_err());
        assert!(parse("Name: a\nVersion: 1\t2\n").is_err());
    }
}
