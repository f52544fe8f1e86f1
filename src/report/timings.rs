//! How long each stage of a run took, for each lambda.

use serde::Serialize;

use super::Failure;

/// The times of a run. All are whole microseconds; those of a start count from the start of the run.
///
/// A thread does one thing at a time, and so do these: where a stage waits for another one that its
/// own thread has taken up, of the same lambda or of another, it has a span before that and one
/// behind. So the spans of a thread never overlap.
#[derive(Debug, Serialize)]
pub(crate) struct Timings {
    pub(crate) command: &'static str,
    /// When the run began, in UTC: `2026-01-31T23:59:59Z`.
    pub(crate) started: String,
    /// How long it took.
    pub(crate) total: u64,
    /// How many threads work; 0 where the run ended before they were started.
    pub(crate) threads: usize,
    /// The stages that took place, in their order, each with the sum of its spans.
    pub(crate) stages: Vec<StageTime>,
    /// What the run did as a whole.
    pub(crate) run: Vec<Span>,
    /// What it did for several lambdas that require the same.
    pub(crate) shared: Vec<SharedTime>,
    /// Sorted by name.
    pub(crate) lambdas: Vec<LambdaTime>,
    /// Sorted by name; those of the run first.
    pub(crate) failures: Vec<Failure>,
}

/// How long one stage took, on all threads.
#[derive(Debug, Serialize)]
pub(crate) struct StageTime {
    pub(crate) stage: Stage,
    pub(crate) duration: u64,
    pub(crate) spans: usize,
}

/// What several lambdas require, named by the first file that has it.
#[derive(Debug, Serialize)]
pub(crate) struct SharedTime {
    pub(crate) requirements: String,
    pub(crate) spans: Vec<Span>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LambdaTime {
    pub(crate) name: String,
    /// A word of the command's answer, `ok` or `differs` of checks, or `failed`; none where it is
    /// only looked into for others.
    pub(crate) status: Option<String>,
    /// Bytes of its zip, where one was made.
    pub(crate) size: Option<u64>,
    /// Sorted by their start.
    pub(crate) spans: Vec<Span>,
}

/// A time in which one thread was at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) stage: Stage,
    /// The threads are counted from 0, in the order in which they began.
    pub(crate) thread: usize,
}

impl Span {
    pub(crate) fn end(&self) -> u64 {
        self.start + self.duration
    }
}

/// What a run does, in its order: of lambdas, of what they require, and as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// The config, the environment and the project's tree are read.
    Settings,
    /// Lambdas are found.
    Discover,
    /// The `*.tf` files are read.
    Terraform,
    /// The packages of another revision are hashed.
    Revision,
    /// A lambda's own files and requirements are read.
    Read,
    /// The Python on `PATH` is asked for its version.
    Python,
    /// Requirements become exact wheels: by the lock, the store, pip or uv.
    Resolve,
    /// Wheels that the store lacks are fetched.
    Fetch,
    /// A wheel is built from source.
    Build,
    /// Wheels are opened, and the places of their files settled.
    Open,
    /// The contents of a package are laid out and checked.
    LayOut,
    /// Git is asked which files it ignores.
    Ignored,
    /// Imports are looked for in a package.
    Imports,
    /// An archive is made: deflated, compared with the zip that is there, hashed and written.
    Archive,
    /// The store's wheels are hashed, while archives are made.
    Hash,
    /// Zips are synced to the disk.
    Sync,
    /// They get their names.
    Rename,
    /// The package manifest is written.
    Manifest,
    /// Lambda is asked what it runs.
    Deployed,
    /// Packages are compared with all that was read.
    Compare,
}

impl Stage {
    /// What it is, for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Settings => "read the settings",
            Self::Discover => "find lambdas",
            Self::Terraform => "read Terraform's files",
            Self::Revision => "hash the revision",
            Self::Read => "read files",
            Self::Python => "ask Python",
            Self::Resolve => "resolve",
            Self::Fetch => "fetch wheels",
            Self::Build => "build wheels",
            Self::Open => "open wheels",
            Self::LayOut => "lay out",
            Self::Ignored => "ask git",
            Self::Imports => "check imports",
            Self::Archive => "make the archive",
            Self::Hash => "hash the store's wheels",
            Self::Sync => "sync zips",
            Self::Rename => "name zips",
            Self::Manifest => "write the manifest",
            Self::Deployed => "ask Lambda",
            Self::Compare => "compare",
        }
    }
}
