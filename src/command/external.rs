//! `external`: answers Terraform's `data "external"`.
//!
//! Its protocol is a JSON object of strings on standard input, another one on standard output, and
//! on failure a status other than 0 with a message on standard error.
//! Source: "External Program Protocol" in the documentation of the `external` provider.

use std::collections::BTreeMap;
use std::io;

use camino::Utf8PathBuf;

use super::{Invocation, build};
use crate::pipeline::Effect;
use crate::report::code;
use crate::report::{Failure, Report};
use crate::settings::{self, PackageOptions, ProjectOptions};
use crate::words::did_you_mean;

/// The keys of a query.
const KEYS: [&str; 2] = ["names", "root"];

/// Names or globs of lambdas, empty for all; and the project, relative to the working directory.
type Query = (Vec<String>, Option<Utf8PathBuf>);

/// Packages the lambdas of a query, and writes nothing. Without a standard input, or with a
/// terminal, there is no query.
pub(crate) fn external(
    stdin: Option<io::Result<Vec<u8>>>,
    package: &PackageOptions,
    invocation: Invocation<'_>,
) -> Result<Report, Failure> {
    let no_query = || {
        Failure::usage("no-query", "a query is to come on standard input, and that is a terminal")
            .hint("pipe one in: `echo '{}' | cargo-dofs-package external`")
    };
    let bytes = stdin.ok_or_else(no_query)?.map_err(|error| {
        Failure::input("unreadable-query", "cannot read the query on standard input")
            .because(&error)
    })?;
    let (names, root) = query(&bytes)?;
    let project = invocation.project.clone();
    let project = &ProjectOptions { root: project.root.or(root), ..project };
    let invocation = Invocation { project, ..invocation };
    let (before, partition) = (None, None);
    let request = build::Request { names, before, partition, effect: Effect::Hash };
    invocation.with_context(package, |context| build::packages(&request, context))
}

/// Reads a query. An empty value counts as none: an expression of Terraform's may give one.
fn query(bytes: &[u8]) -> Result<Query, Failure> {
    let mut values: BTreeMap<String, String> = serde_json::from_slice(bytes).map_err(|error| {
        let message = "what comes on standard input is no JSON object of strings";
        Failure::input("invalid-query", message).because(&error)
    })?;
    let [names, root] = KEYS.map(|key| values.remove(key).unwrap_or_default());
    if let Some(key) = values.keys().next() {
        let advice = "ask with `names`, globs with commas between them, and `root`";
        let hint = did_you_mean(key, KEYS.into_iter()).unwrap_or_else(|| advice.to_owned());
        let message = format!("unknown key `{key}` in the query");
        return Err(Failure::input(code::UNKNOWN_KEY, message).hint(hint));
    }
    Ok((settings::list(&names), Some(root).filter(|root| !root.is_empty()).map(Into::into)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_names_and_a_root() {
        let asked = query(br#"{"names": "api*, worker,", "root": "../x"}"#).unwrap();
        let names = vec!["api*".to_owned(), "worker".to_owned()];
        assert_eq!(asked, (names, Some("../x".into())));
        for text in ["{}", r#"{"names": "", "root": ""}"#] {
            assert_eq!(query(text.as_bytes()).unwrap(), Query::default());
        }
    }

    #[test]
    fn what_is_no_object_of_strings_is_no_query() {
        for text in ["", "[]", "null", r#"{"names": ["a"]}"#, r#"{"names": null}"#, "{} {}"] {
            assert_eq!(query(text.as_bytes()).unwrap_err().code, "invalid-query", "{text}");
        }
        assert_eq!(query(br#"{"Names": "a"}"#).unwrap_err().code, "unknown-key");
    }
}
