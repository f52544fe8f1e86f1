//! `external`: what Terraform's `data "external"` asks.
//!
//! Its protocol is a JSON object of strings on standard input, another one on standard output, and
//! on failure a status other than 0 with a message on standard error.
//! Source: "External Program Protocol" in the documentation of the `external` provider.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::report::FailureKind;
use crate::words::nearest;

/// The keys of a query.
const KEYS: [&str; 2] = ["names", "root"];

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
    /// The project, relative to the working directory.
    pub(crate) root: Option<Utf8PathBuf>,
}

/// Why a query can't be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nobody sends one.
    #[error("a query is to come on standard input, and that is a terminal")]
    Terminal,
    /// It can't be read.
    #[error("cannot read the query on standard input")]
    Unreadable(#[source] std::io::Error),
    /// It is none.
    #[error("what comes on standard input is no JSON object of strings")]
    Invalid(#[source] serde_json::Error),
    /// A key that nobody reads.
    #[error("unknown key `{key}` in the query")]
    UnknownKey {
        /// As it was written.
        key: String,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Terminal => "no-query",
            Self::Unreadable(_) => "unreadable-query",
            Self::Invalid(_) => "invalid-query",
            Self::UnknownKey { .. } => "unknown-key",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Terminal => {
                Some("pipe one in: `echo '{}' | cargo-dofs-package external`".to_owned())
            }
            Self::UnknownKey { key } => Some(match nearest(key, KEYS.into_iter()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "ask with `names`, globs with commas between them, and `root`".to_owned(),
            }),
            Self::Unreadable(_) | Self::Invalid(_) => None,
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Terminal => FailureKind::Usage,
            Self::Unreadable(_) | Self::Invalid(_) | Self::UnknownKey { .. } => FailureKind::Input,
        }
    }
}

/// Reads a query. A key with an empty value is as good as none: Terraform has it where an
/// expression gave nothing.
///
/// # Errors
///
/// It is no object of strings, or has a key that nobody reads.
pub(crate) fn query(bytes: &[u8]) -> Result<Query, Error> {
    let asked: BTreeMap<String, String> = serde_json::from_slice(bytes).map_err(Error::Invalid)?;
    let mut query = Query::default();
    for (key, value) in asked {
        match key.as_str() {
            "names" => {
                let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                query.names = names.map(str::to_owned).collect();
            }
            "root" => query.root = Some(value).filter(|root| !root.is_empty()).map(Into::into),
            _ => return Err(Error::UnknownKey { key }),
        }
    }
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_names_and_a_root() {
        let asked = query(br#"{"names": "api*, worker,", "root": "../x"}"#).unwrap();
        let names = vec!["api*".to_owned(), "worker".to_owned()];
        assert_eq!(asked, Query { names, root: Some("../x".into()) });
        for text in ["{}", r#"{"names": "", "root": ""}"#] {
            assert_eq!(query(text.as_bytes()).unwrap(), Query::default());
        }
    }

    #[test]
    fn what_is_no_object_of_strings_is_no_query() {
        for text in ["", "[]", "null", r#"{"names": ["a"]}"#, r#"{"names": null}"#, "{} {}"] {
            assert!(matches!(query(text.as_bytes()), Err(Error::Invalid(_))), "{text}");
        }
        assert!(matches!(query(br#"{"Names": "a"}"#), Err(Error::UnknownKey { .. })));
    }
}
