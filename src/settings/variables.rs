//! Our environment variables: one for each key of the config, and a few more.

use std::time::Duration;

use super::file::{TABLES, TOP_KEYS};
use crate::environment::Environment;
use crate::patience::Limits;
use crate::report::Warning;
use crate::words::nearest;

/// How the names of our variables begin.
const PREFIX: &str = "DOFS_PACKAGE_";
/// Variables without a key of the config.
const OTHER_VARIABLES: [&str; 2] = ["CACHE_DIR", "JOBS"];

/// The variable of a key: `out-dir` has `DOFS_PACKAGE_OUT_DIR`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", bare(key))
}

/// The same without the prefix.
fn bare(key: &str) -> String {
    key.to_uppercase().replace('-', "_")
}

/// The keys of what is waited for at most.
pub(super) const QUIET_TIMEOUT: &str = "quiet-timeout";
pub(super) const TIMEOUT: &str = "timeout";

/// Whole seconds from 1. With more than fit, 136 years, a time could not be added to one of the clock.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.parse::<u32>().ok().filter(|seconds| *seconds > 0);
    seconds.map(|seconds| Duration::from_secs(seconds.into()))
}

/// Returns an environment with the limits that its variables name, for programs that are run before
/// all is settled; what is no limit is refused then.
pub(crate) fn limited(environment: Environment) -> Environment {
    let limit = |key| environment.text(&variable(key)).and_then(seconds);
    let default = Limits::default();
    let limits = Limits {
        silence: limit(QUIET_TIMEOUT).unwrap_or(default.silence),
        total: limit(TIMEOUT).unwrap_or(default.total),
    };
    environment.limited(limits)
}

/// Lists in variables, and in a query of Terraform's, are separated by commas.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Warns of unknown variables with our prefix: a typing error in the settings of a CI job would
/// otherwise have no effect, and nobody would notice.
pub(super) fn unknown_variables(environment: &Environment) -> Vec<Warning> {
    let keys = TOP_KEYS.iter().filter(|key| !TABLES.contains(key)).map(|key| bare(key));
    let known: Vec<String> = keys.chain(OTHER_VARIABLES.map(str::to_owned)).collect();
    let ours = environment.starting_with(PREFIX).map(|(name, _)| &name[PREFIX.len()..]);
    let warning = |name: &str| {
        // With the prefix, any two of our variables would be similar.
        let nearest = nearest(name, known.iter().map(String::as_str));
        let question = nearest.map(|nearest| format!("; did you mean `{PREFIX}{nearest}`?"));
        let message = format!("the variable `{PREFIX}{name}` means nothing");
        Warning::new("unknown-variable", message + &question.unwrap_or_default())
    };
    ours.filter(|name| !known.iter().any(|known| known == name)).map(warning).collect()
}
