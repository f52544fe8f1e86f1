//! What happens during a run, told to whoever shows it.
//!
//! Stages make events; the reporter of `render` reads them. An event is a fact with its values,
//! never a finished line: wording, colour and bars are the reporter's.

use std::time::{Duration, SystemTime};

use crate::report::{Failure, Locked, Package, Warning};

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// So many lambdas are to be packaged.
    Discovered {
        /// How many.
        lambdas: usize,
    },
    /// A resolver begins with requirements that the store knows no answer to.
    ResolveStarted {
        /// The first requirements file that has them.
        requirements: &'a str,
        /// For which target.
        target: &'a str,
    },
    /// pip begins to fetch wheels that are known already.
    PipFetchStarted {
        /// The requirements file that has them.
        requirements: &'a str,
        /// How many.
        wheels: usize,
    },
    /// The resolver still runs.
    ResolveRuns {
        /// The first requirements file that has them.
        requirements: &'a str,
        /// The program that is asked.
        program: &'a str,
        /// For how long.
        elapsed: Duration,
    },
    /// The resolver has ended, whatever came of it.
    ResolverEnded {
        /// The first requirements file that has them.
        requirements: &'a str,
    },
    /// The resolver has answered, and its wheels are in the store.
    ResolveFinished {
        /// The first requirements file that has them.
        requirements: &'a str,
        /// How many wheels.
        wheels: usize,
    },
    /// The store knew the answer.
    ResolutionServed {
        /// The first requirements file that has them.
        requirements: &'a str,
        /// Since when.
        since: Option<SystemTime>,
    },
    /// A blob of the store was not what its name says, and is fetched again.
    WheelCorrupt {
        /// The wheel's file name.
        wheel: &'a str,
    },
    /// A source is built into a wheel.
    BuildStarted {
        /// What, as the line has it.
        what: &'a str,
    },
    /// Wheels are fetched from their addresses.
    FetchStarted {
        /// How many.
        wheels: usize,
        /// Bytes of all of them, where that is known.
        bytes: Option<u64>,
    },
    /// So many more bytes of them have come.
    Fetching {
        /// How many.
        bytes: u64,
    },
    /// All of them have come, or failed.
    FetchEnded,
    /// Wheels that the store lacks were fetched.
    WheelsFetched {
        /// How many.
        wheels: usize,
    },
    /// An archive was written, though it has not its name yet.
    Written,
    /// A lambda was packaged, and published unless this is a dry run.
    Packaged(&'a Package),
    /// A lock was written, or left as it is.
    Locked(&'a Locked),
    /// A lambda, or the run, failed.
    Failed(&'a Failure),
    /// The package manifest was written, for something in it has changed.
    ManifestWritten {
        /// Where, relative to the root.
        path: &'a str,
    },
    /// Something is odd.
    Warned {
        /// The lambda, where it is about one.
        lambda: Option<&'a str>,
        /// What.
        warning: &'a Warning,
    },
    /// Another run has what this one needs.
    Waiting {
        /// What it is, as a noun.
        what: &'a str,
    },
    /// Something for those who asked to hear more.
    Noted {
        /// One sentence.
        note: &'a str,
    },
    /// Something was not looked at, and need not be.
    Skipped {
        /// One sentence: what, and why.
        why: &'a str,
    },
    /// What the user may do next, where all went well.
    Advised {
        /// It begins with a verb.
        advice: &'a str,
    },
    /// The run is over.
    Finished {
        /// How many packages.
        packages: usize,
        /// Whether they were written.
        dry_run: bool,
        /// How many failures.
        failures: usize,
    },
    /// All was compared.
    Verified {
        /// How much was checked.
        checks: usize,
        /// How much of it is not as it should be.
        differences: usize,
    },
    /// The store was emptied.
    Cleaned {
        /// Files that are gone.
        files: u64,
        /// Bytes that are free.
        bytes: u64,
    },
}

/// Whoever shows events. Called from many threads at once.
pub(crate) trait Reporter: Sync {
    /// Takes one event.
    fn report(&self, event: &Event<'_>);
}
