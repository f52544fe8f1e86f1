//! The config as it is written: a table of TOML, or of JSON where cargo read it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;

/// The config, read.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Globs of directories.
    pub(super) lambdas: Option<Vec<String>>,
    pub(super) out_dir: Option<String>,
    pub(super) manifest: Option<String>,
    /// Which versions of this tool will do.
    pub(super) required_version: Option<String>,
    /// What holds for every lambda that says nothing else.
    pub(super) shared: LambdaTable,
    /// The same keys for one lambda.
    pub(super) lambda: BTreeMap<String, LambdaTable>,
}

/// The keys at the top. Those of [`LambdaTable`] are written out again: serde's `flatten` would
/// hide the keys that nobody reads.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Top {
    lambdas: Option<Vec<String>>,
    out_dir: Option<String>,
    manifest: Option<String>,
    required_version: Option<String>,
    python: Option<String>,
    architecture: Option<String>,
    resolver: Option<String>,
    source_distributions: Option<String>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    lambda: BTreeMap<String, LambdaTable>,
}

/// The keys that a lambda can have for itself.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct LambdaTable {
    pub(super) python: Option<String>,
    pub(super) architecture: Option<String>,
    pub(super) resolver: Option<String>,
    pub(super) source_distributions: Option<String>,
    /// What is kept whatever the built-in rules say.
    pub(super) include: Option<Vec<String>>,
    pub(super) exclude: Option<Vec<String>>,
    /// What Lambda calls the function, with `*` for what differs by environment; of one lambda
    /// only.
    pub(super) function_name: Option<String>,
    /// What Lambda calls in it; of one lambda only.
    pub(super) handler: Option<String>,
}

/// The names of all keys at the top but `lambda`, for suggestions.
pub(super) const TOP_KEYS: &[&str] = &[
    "lambdas",
    "out-dir",
    "manifest",
    "required-version",
    "python",
    "architecture",
    "resolver",
    "source-distributions",
    "include",
    "exclude",
    "lambda",
];

/// The names of the keys of a lambda.
pub(super) const LAMBDA_KEYS: &[&str] = &[
    "python",
    "architecture",
    "resolver",
    "source-distributions",
    "include",
    "exclude",
    "function-name",
    "handler",
];

/// Reads a table; also returns the keys that nobody reads, as paths.
pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(Table, Vec<String>), D::Error> {
    let mut unknown = Vec::new();
    let top: Top = serde_ignored::deserialize(deserializer, |path| unknown.push(path.to_string()))?;
    let shared = LambdaTable {
        python: top.python,
        architecture: top.architecture,
        resolver: top.resolver,
        source_distributions: top.source_distributions,
        include: top.include,
        exclude: top.exclude,
        function_name: None,
        handler: None,
    };
    let Top { lambdas, out_dir, manifest, required_version, lambda, .. } = top;
    Ok((Table { lambdas, out_dir, manifest, required_version, shared, lambda }, unknown))
}
