//! `cache`: the store's folder, size and soundness, and emptying it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use etcetera::BaseStrategy as _;

use super::Invocation;
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs;
use crate::report::{Cache, Failure, Warning};
use crate::store::{self, Soundness, Usage};

/// What is done with the store.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print where it is
    Dir,
    /// Print how many bytes it takes
    Size,
    /// Remove wheels that no run has used for a time; what requirements resolved to stays known
    Prune {
        /// How many days
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
    },
    /// Empty the store
    Clean,
    /// Hash every wheel and record, and exit with 1 if one is damaged
    Verify,
}

/// The store's folder within the platform's cache folder.
const FOLDER: &str = "cargo-dofs-package";

/// Returns where the store is, absolute: `DOFS_PACKAGE_CACHE_DIR`, else in the platform's cache
/// folder.
pub(crate) fn directory(environment: &Environment) -> Result<Utf8PathBuf, store::Error> {
    let none =
        |why: &str| store::Error(fs::Error::because("find", Utf8Path::new("the store"), why));
    let path = match environment.raw("DOFS_PACKAGE_CACHE_DIR") {
        Some(path) => std::path::absolute(path).map_err(|error| none(&error.to_string()))?,
        None => etcetera::base_strategy::choose_native_strategy()
            .map_err(|_| none("there is no home folder"))?
            .cache_dir()
            .join(FOLDER),
    };
    Utf8PathBuf::from_path_buf(path).map_err(|_| none("its path is not UTF-8"))
}

/// Returns the store's folder or size, or verifies it, or removes wheels from it, once no other run
/// uses it, and returns how many.
pub(crate) fn cache(command: CacheCommand, invocation: Invocation<'_>) -> Result<Cache, Failure> {
    let reporter = invocation.reporter;
    let directory = directory(invocation.environment)?;
    let used = waiting(reporter, "another run that uses the store");
    let held = |Usage { files, bytes }| Cache {
        files: Some(files),
        bytes: Some(bytes),
        ..Cache::default()
    };
    let removed = match command {
        CacheCommand::Dir => {
            return Ok(Cache { directory: Some(directory.into()), ..Cache::default() });
        }
        CacheCommand::Size => return Ok(held(store::usage(&directory)?)),
        CacheCommand::Verify => {
            let emptied = waiting(reporter, "another run that empties the store");
            let Soundness { all, damaged } = store::verify(&directory, &emptied)?;
            if !damaged.is_empty() {
                let message =
                    format!("the store has damaged files: {} of {}", damaged.len(), all.files);
                let hint = "build again: what is damaged is made anew when it is used";
                reporter.warn(&Warning::new("damaged-store", message).hint(hint));
            }
            return Ok(Cache { damaged: Some(damaged), ..held(all) });
        }
        CacheCommand::Clean => store::clean(&directory, &used)?,
        CacheCommand::Prune { days } => {
            let unused = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
            store::prune(&directory, unused, &used)?
        }
    };
    reporter.report(&Event::Cleaned { files: removed.files, bytes: removed.bytes });
    Ok(held(removed))
}

/// Reports that the run waits for another one.
pub(super) fn waiting<'a>(reporter: &'a dyn Reporter, what: &'static str) -> impl Fn() + 'a {
    move || reporter.report(&Event::Waiting(what))
}
