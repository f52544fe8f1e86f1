//! `cache`: where the store is, what it takes, whether it is sound, and emptying it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use etcetera::BaseStrategy as _;

use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs;
use crate::report::{Cache, Warning};
use crate::store::{self, Usage};

/// The store's folder within the platform's cache folder.
const FOLDER: &str = "cargo-dofs-package";

/// Returns where the store is, absolute: `DOFS_PACKAGE_CACHE_DIR`, else in the platform's cache
/// folder.
///
/// # Errors
///
/// There is neither.
pub(crate) fn directory(environment: &Environment) -> Result<Utf8PathBuf, fs::Error> {
    let none = |why: &str| fs::Error::because("find", Utf8Path::new("the store"), why);
    if let Some(path) = environment.raw("DOFS_PACKAGE_CACHE_DIR") {
        let absolute = std::path::absolute(path).map_err(|error| none(&error.to_string()))?;
        return Utf8PathBuf::from_path_buf(absolute).map_err(|_| none("its path is not UTF-8"));
    }
    let strategy = etcetera::base_strategy::choose_native_strategy()
        .map_err(|_| none("there is no home folder"))?;
    let path = strategy.cache_dir().join(FOLDER);
    Utf8PathBuf::from_path_buf(path).map_err(|_| none("its path is not UTF-8"))
}

/// Counts what is in the store.
pub(crate) fn measure_cache(environment: &Environment) -> Result<Cache, fs::Error> {
    Ok(told(store::usage(&directory(environment)?)?))
}

/// Empties the store, once no other run uses it, and returns what it held.
///
/// # Errors
///
/// What the disk says; a folder that is no store.
pub(crate) fn clean_cache(
    environment: &Environment,
    reporter: &dyn Reporter,
) -> Result<Cache, fs::Error> {
    let waiting = || reporter.report(&Event::Waiting { what: "another run that uses the store" });
    Ok(cleaned(store::clean(&directory(environment)?, &waiting)?, reporter))
}

/// Removes wheels that no run has used for so many days, once no other run uses the store, and
/// returns what they were.
///
/// # Errors
///
/// What the disk says; a folder that is no store.
pub(crate) fn prune_cache(
    days: u32,
    environment: &Environment,
    reporter: &dyn Reporter,
) -> Result<Cache, fs::Error> {
    let waiting = || reporter.report(&Event::Waiting { what: "another run that uses the store" });
    let unused = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    Ok(cleaned(store::prune(&directory(environment)?, unused, &waiting)?, reporter))
}

/// Hashes every wheel in the store, and warns where one is damaged.
pub(crate) fn verify_cache(
    environment: &Environment,
    reporter: &dyn Reporter,
) -> Result<Cache, fs::Error> {
    let waiting =
        || reporter.report(&Event::Waiting { what: "another run that empties the store" });
    let store::Soundness { all, damaged } = store::verify(&directory(environment)?, &waiting)?;
    if !damaged.is_empty() {
        let (some, all) = (damaged.len(), all.files);
        let message = format!("the store has damaged wheels: {some} of {all}");
        let warning = Warning::new("damaged-store", message)
            .hint("build again: what is damaged is fetched again when it is used");
        reporter.report(&Event::Warned { lambda: None, warning: &warning });
    }
    Ok(Cache { damaged: Some(damaged), ..told(all) })
}

fn told(usage: Usage) -> Cache {
    Cache { files: Some(usage.files), bytes: Some(usage.bytes), ..Cache::default() }
}

fn cleaned(usage: Usage, reporter: &dyn Reporter) -> Cache {
    reporter.report(&Event::Cleaned { files: usage.files, bytes: usage.bytes });
    told(usage)
}
