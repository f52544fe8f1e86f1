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
use crate::store::{self, Limits, Soundness, Usage};

/// What is done with the store.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print where it is
    Dir,
    /// Print how many bytes it takes
    Size,
    /// Remove wheels that are little used; what requirements resolved to stays known
    Prune {
        /// Remove those that no run has used for so many days (default: 30, or any with `--max-size`)
        #[arg(long, value_name = "N")]
        days: Option<u32>,
        /// Keep the most recently used, of at most so many bytes in all: `500MB`, `2GB`
        #[arg(long, value_name = "SIZE", value_parser = size)]
        max_size: Option<u64>,
    },
    /// Empty the store
    Clean,
    /// Hash every wheel and record, and exit with 1 if one is damaged
    Verify,
}

/// How long a wheel stays that no run uses, where nobody says.
const DAYS: u32 = 30;

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
        CacheCommand::Size => {
            let usage = store::usage(&directory)?;
            // The answer is a number for scripts.
            reporter.report(&Event::Stored { files: usage.files, bytes: usage.bytes });
            return Ok(held(usage));
        }
        CacheCommand::Verify => {
            let emptied = waiting(reporter, "another run that empties the store");
            let Soundness { all, damaged } = store::verify(&directory, &emptied)?;
            if damaged.is_empty() {
                reporter.report(&Event::StoreVerified { files: all.files, bytes: all.bytes });
            } else {
                let message =
                    format!("the store has damaged files: {} of {}", damaged.len(), all.files);
                let hint = "build again: what is damaged is made anew when it is used";
                reporter.warn(&Warning::new("damaged-store", message).hint(hint));
            }
            return Ok(Cache { damaged: Some(damaged), ..held(all) });
        }
        CacheCommand::Clean => store::clean(&directory, &used)?,
        CacheCommand::Prune { days, max_size } => {
            let days = days.or(max_size.is_none().then_some(DAYS));
            let unused = days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
            store::prune(&directory, Limits { unused, bytes: max_size }, &used)?
        }
    };
    reporter.report(&Event::Cleaned { files: removed.files, bytes: removed.bytes });
    Ok(held(removed))
}

/// Reads a number of bytes: `2GB`, `1.5 MB`, in powers of a thousand, or of 1,024 as `2GiB`.
fn size(text: &str) -> Result<u64, String> {
    let invalid = || format!("`{text}` is no size: write one as `500MB` or `2GB`");
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(invalid()),
    };
    let number: f64 = number.parse().map_err(|_| invalid())?;
    // Beyond any disk the number is the largest there is.
    Ok((number * factor as f64) as u64)
}

/// Reports that the run waits for another one.
pub(super) fn waiting<'a>(reporter: &'a dyn Reporter, what: &'static str) -> impl Fn() + 'a {
    move || reporter.report(&Event::Waiting(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_of_a_thousand_or_of_1024() {
        let sizes =
            [("0", 0), ("12", 12), ("500MB", 500_000_000), ("1.5 kB", 1_500), ("2GiB", 2 << 30)];
        for (text, bytes) in sizes {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "2 TBs", "-1GB", "1..2MB", "1 G B"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
