//! What happens during a run, told to whoever shows it.
//!
//! Stages make events; the reporter of `render` reads them. An event is a fact with its values,
//! never a finished line: wording, colour and bars are the reporter's.

use std::time::{Duration, SystemTime};

use crate::report::{Failure, Locked, Package, Warning};

/// Something that happened. Requirements are named by the first file that has them.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// So many lambdas are to be packaged.
    Discovered { lambdas: usize },
    /// A resolver begins with requirements that the store knows no answer to.
    ResolveStarted { requirements: &'a str, target: &'a str },
    /// pip begins to fetch wheels that are known already.
    PipFetchStarted { requirements: &'a str, wheels: usize },
    /// The resolver still runs.
    ResolveRuns { requirements: &'a str, program: &'a str, elapsed: Duration },
    /// The resolver has ended, whatever came of it.
    ResolverEnded { requirements: &'a str },
    /// The resolver has answered, and its wheels are in the store.
    ResolveFinished { requirements: &'a str, wheels: usize },
    /// The store knew the answer.
    ResolutionServed { requirements: &'a str, since: Option<SystemTime> },
    /// A blob of the store, by its file name, was not what that says, and is fetched again.
    WheelCorrupt(&'a str),
    /// A source, as its line has it, is built into a wheel.
    BuildStarted(&'a str),
    /// Wheels are fetched from their addresses.
    FetchStarted {
        wheels: usize,
        /// Of all of them, where that is known.
        bytes: Option<u64>,
    },
    /// So many more bytes of them have come.
    Fetching { bytes: u64 },
    /// All of them have come, or failed.
    FetchEnded,
    /// Wheels that the store lacks were fetched.
    WheelsFetched { wheels: usize },
    /// An archive was written, though it has not its name yet.
    Written,
    /// A lambda was packaged, and published unless this is a dry run.
    Packaged(&'a Package),
    /// A lock was written, or left as it is.
    Locked(&'a Locked),
    /// A lambda, or the run, failed.
    Failed(&'a Failure),
    /// The package manifest, at a path relative to the root, was written, for something in it has
    /// changed.
    ManifestWritten(&'a str),
    /// Something that does not stop a package, of a lambda where it is about one.
    Warned { lambda: Option<&'a str>, warning: &'a Warning },
    /// Another run has what this one needs: a noun.
    Waiting(&'a str),
    /// Something for those who asked to hear more: one sentence.
    Noted(&'a str),
    /// Something was not looked at, and need not be: one sentence, what and why.
    Skipped(&'a str),
    /// What the user may do next, where all went well: it begins with a verb.
    Advised(&'a str),
    /// The run is over.
    Finished {
        packages: usize,
        /// Whether they were only hashed.
        dry_run: bool,
        failures: usize,
    },
    /// All was compared.
    Verified { checks: usize, differences: usize },
    /// The store was emptied of so much.
    Cleaned { files: u64, bytes: u64 },
}

/// Whoever shows events. Called from many threads at once.
pub(crate) trait Reporter: Sync {
    /// Takes one event.
    fn report(&self, event: &Event<'_>);

    /// Warns of something that is about no lambda.
    fn warn(&self, warning: &Warning) {
        self.report(&Event::Warned { lambda: None, warning });
    }

    /// Tells of failures, in their order.
    fn fail(&self, failures: &[Failure]) {
        failures.iter().for_each(|failure| self.report(&Event::Failed(failure)));
    }
}
