//! Our environment variables: one for each key of the config, and a few more.

use super::table::TOP_KEYS;
use crate::environment::Environment;
use crate::report::Warning;
use crate::words::nearest;

/// How the names of our variables begin.
const PREFIX: &str = "DOFS_PACKAGE_";
/// Variables without a key of the config.
const OTHER_VARIABLES: &[&str] = &["CACHE_DIR", "JOBS"];

/// The variable of a key: `out-dir` has `DOFS_PACKAGE_OUT_DIR`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('-', "_"))
}

/// Lists in variables are separated by commas.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Warns of variables that look like ours and are not: a typing error in a pipeline's settings
/// would otherwise do nothing, silently.
pub(super) fn unknown_variables(environment: &Environment) -> Vec<Warning> {
    let keys = TOP_KEYS.iter().filter(|key| **key != "lambda").map(|key| variable(key));
    let others = OTHER_VARIABLES.iter().map(|name| format!("{PREFIX}{name}"));
    let known: Vec<String> = keys.chain(others).collect();
    let bare = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let bare_known: Vec<String> = known.iter().map(|name| bare(name)).collect();
    let unknown = environment.starting_with(PREFIX).map(|(name, _)| name);
    let unknown = unknown.filter(|name| !known.iter().any(|known| known == name));
    let warning = |name: &str| {
        // Compared without the prefix: with it, any two of our variables are much alike.
        let nearest = nearest(&bare(name), bare_known.iter().map(String::as_str));
        let question = nearest.map(|nearest| format!("; did you mean `{PREFIX}{nearest}`?"));
        let question = question.unwrap_or_default();
        Warning::new("unknown-variable", format!("the variable `{name}` means nothing{question}"))
    };
    unknown.map(warning).collect()
}
