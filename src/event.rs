//! Events of a run, for the reporter that shows them.
//!
//! Stages make events; the reporter of `render` reads them. An event is a fact with its values,
//! never a finished line: wording, colour and progress bars are the reporter's.

use std::time::{Duration, SystemTime};

use crate::report::{Failure, FoundLambda, Locked, Package, Stage, Warning};

/// Something that happened. Requirements are named by the first file that has them.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// So many threads work from now on.
    Threads(usize),
    /// A thread begins with a stage.
    Began { stage: Stage, of: Of<'a> },
    /// A thread is through with the last stage that it has begun with and not ended.
    Ended,
    /// So many lambdas are to be packaged.
    Discovered { lambdas: usize },
    /// A resolver begins with requirements that the store has no answer for.
    ResolveStarted { requirements: &'a str, target: &'a str },
    /// pip begins to fetch wheels that are known already.
    PipFetchStarted { wheels: usize },
    /// A program or a download has taken so long; for a time of none, it is over.
    StillWaiting {
        what: &'a str,
        /// What a program is at, as far as it says that.
        at: Option<&'a str>,
        received: Option<Received>,
        elapsed: Option<Duration>,
    },
    /// The resolver has answered, and its wheels are in the store.
    ResolveFinished { requirements: &'a str, wheels: usize },
    /// The store knew the answer.
    ResolutionServed { requirements: &'a str, since: Option<SystemTime> },
    /// A wheel in the store, by its file name, had another digest than its own, and is fetched
    /// again.
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
    /// An archive was written to a temporary file.
    Written,
    /// A lambda was packaged, and published unless this is a dry run.
    Packaged(&'a Package),
    /// A lock was written, or left as it is.
    Locked(&'a Locked),
    /// All locks were written, or looked at; of lambdas without requirements there is none.
    LocksFinished { lambdas: usize, locks: usize, unchanged: usize },
    /// None of the lambdas has another package than at a revision.
    NoneChanged { lambdas: usize, revision: &'a str },
    /// A lambda, or the run, failed.
    Failed(&'a Failure),
    /// The package manifest, at a path relative to the root, has changed and was written.
    ManifestWritten(&'a str),
    /// A warning, with its lambda where it is about one.
    Warned {
        lambda: Option<&'a str>,
        warning: &'a Warning,
        /// Whether the answer has it, too, in lines as in JSON.
        is_answer: bool,
    },
    /// The run waits, for a noun.
    Waiting(&'a str),
    /// A sentence for users who ask for more (`-v`).
    Noted(&'a str),
    /// Something was skipped on purpose: one sentence, what and why.
    Skipped(&'a str),
    /// A lambda was found in a repository.
    Found(&'a FoundLambda),
    /// What can't be told of a repository: one sentence.
    Unclear(&'a str),
    /// A next step for the user, where all went well: it begins with a verb.
    Advised(&'a str),
    /// The run is over.
    Finished {
        packages: usize,
        /// Those that are others than the zips that were there.
        changed: usize,
        /// Whether they were only hashed.
        dry_run: bool,
        failures: usize,
    },
    /// A handler is about to be called, and may print.
    Calling,
    /// The module of a handler was imported.
    Imported { handler: &'a str, elapsed: Duration },
    /// The handler of a lambda has returned.
    Returned { lambda: &'a str, elapsed: Duration },
    /// All checks were made.
    Verified { checks: usize, differences: usize, warnings: usize },
    /// So much was removed from the store.
    Cleaned { files: u64, bytes: u64 },
    /// So much is in the store.
    Stored { files: u64, bytes: u64 },
    /// So much is in the store, and all of it is sound.
    StoreVerified { files: u64, bytes: u64 },
}

/// What a stage is worked at for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'a> {
    /// The run as a whole.
    Run,
    /// A lambda, by its name.
    Lambda(&'a str),
    /// Lambdas that require the same, by the first file that has it.
    Requirements(&'a str),
    /// What the stage is for that this one is a part of.
    Same,
}

/// How much of a download has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) bytes: u64,
    /// Of how many, where that is known.
    pub(crate) size: Option<u64>,
}

/// Shows events. Called from many threads at once.
pub(crate) trait Reporter: Sync {
    fn report(&self, event: &Event<'_>);

    /// Whether the answer comes to where events are shown: then it need not be said twice.
    fn is_answer_seen(&self) -> bool {
        false
    }

    /// Warns of something that is not about a lambda.
    fn warn(&self, warning: &Warning) {
        self.report(&Event::Warned { lambda: None, warning, is_answer: false });
    }

    /// Reports a warning of a lambda.
    fn warn_of(&self, lambda: &str, warning: &Warning) {
        self.report(&Event::Warned { lambda: Some(lambda), warning, is_answer: false });
    }

    /// Reports failures, in their order.
    fn fail(&self, failures: &[Failure]) {
        failures.iter().for_each(|failure| self.report(&Event::Failed(failure)));
    }
}

impl dyn Reporter + '_ {
    /// Works at a stage, which ends also where the work panics. How long it took, only a reporter
    /// that wants to know finds out: no stage reads the clock.
    pub(crate) fn during<T>(&self, stage: Stage, of: Of<'_>, work: impl FnOnce() -> T) -> T {
        struct Ending<'a>(&'a dyn Reporter);
        impl Drop for Ending<'_> {
            fn drop(&mut self) {
                self.0.report(&Event::Ended);
            }
        }
        self.report(&Event::Began { stage, of });
        let _ending = Ending(self);
        work()
    }
}
