//! Why requirements could not be resolved: each fault, its code, and whose it is.

mod advice;
mod circumstances;

use super::{Backend, SourceDistributions};
use crate::fs;
use crate::http;
use crate::process;
use crate::pylock;
use crate::report::{FailureKind, Place};
use crate::requirements;
use crate::tree;
use crate::wheel;

/// Why requirements could not be resolved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The store, or a configuration file of pip.
    #[error(transparent)]
    Fs(#[from] fs::Error),
    /// A wheel that can't be used.
    #[error(transparent)]
    Wheel(#[from] wheel::Error),
    /// A program that can't be run.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// No interpreter that can run pip.
    #[error("no Python that can run pip 21.2 or later was found")]
    NoPip {
        /// What was tried, and what each said.
        tried: Vec<String>,
    },
    /// No interpreter to take a version from.
    #[error("no Python version is set, and there is no `python3` to take it from")]
    NoHostPython,
    /// The interpreter is for no runtime of Lambda.
    #[error("no Python version is set, and that of `python3` will not do: {0}")]
    HostVersion(String),
    /// A requirement has no wheel for the target.
    #[error("no wheel of `{requirement}` fits {target}")]
    NoFit {
        /// The requirement, as the resolver names it.
        requirement: String,
        /// The target.
        target: String,
        /// What the index has, and what came of a build; each a clause.
        causes: Vec<String>,
        /// Where, if it is one of the lines and not required by one.
        place: Option<Place>,
        /// Whether it might have been built.
        policy: SourceDistributions,
    },
    /// Requirements that no set of versions fulfils.
    #[error("the requirements contradict each other")]
    Conflict {
        /// What the resolver said of it.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// A wheel has another hash than a line demands.
    #[error("a wheel has another hash than the requirements demand")]
    Hashes {
        /// What the resolver said of it.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// The index can't be reached.
    #[error("pip can't reach the package index")]
    Unreachable {
        /// What pip said.
        causes: Vec<String>,
    },
    /// pip failed in another way.
    #[error("pip {version} failed ({status})")]
    Pip {
        /// Its version.
        version: String,
        /// How it ended.
        status: String,
        /// The command, so that it can be tried by hand, and the last lines of its standard error.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// A requirement that applies gave no wheel.
    #[error("`{project}` is required, but {by} gave no wheel of it")]
    NoWheel {
        /// The project.
        project: String,
        /// Whoever was to give one.
        by: Backend,
        /// Where.
        place: Place,
    },
    /// A wheel that was fetched again is not the one that was lost.
    #[error("`{wheel}` was replaced by another file of that name")]
    OtherWheel {
        /// Its file name.
        wheel: String,
    },
    /// A source that the config forbids to build.
    #[error("`{what}` would have to be built, and the config forbids that")]
    SourceRefused {
        /// The line, or the file's name.
        what: String,
        /// Where.
        place: Place,
    },
    /// A build failed.
    #[error("`{what}` can't be built")]
    Build {
        /// The line, or the file's name.
        what: String,
        /// The command, and the last lines that it said.
        causes: Vec<String>,
        /// Where, if a line asks for it.
        place: Option<Place>,
    },
    /// `--no-binary` wants a project built, and there is no source distribution of it.
    #[error("`{what}` has no source distribution, and `--no-binary` demands to build it")]
    NoSource {
        /// The project and the version of its wheel.
        what: String,
        /// Where, if a line asks for it.
        place: Option<Place>,
    },
    /// A line names another project than the one it leads to.
    #[error("what is required as `{asked}` is a project named `{project}`")]
    OtherProject {
        /// The name in the line.
        asked: String,
        /// The name in METADATA.
        project: String,
        /// Where.
        place: Place,
    },
    /// A build gave a wheel that is compiled.
    #[error("`{what}` is compiled, so its result is only the same on one machine")]
    Compiled {
        /// The line, or the file's name.
        what: String,
        /// The wheel's file name.
        wheel: String,
        /// Where.
        place: Place,
    },
    /// A build gave a wheel that is compiled for this machine, and the target is another one.
    #[error("`{what}` was compiled for this machine, and not for {target}")]
    CompiledForOther {
        /// The line, or the file's name.
        what: String,
        /// The wheel's file name.
        wheel: String,
        /// The target.
        target: String,
        /// Where.
        place: Place,
    },
    /// A build gave another wheel than the lock has.
    #[error("`{wheel}` was built again, and is not the one of the lock")]
    BuiltOtherwise {
        /// Its file name.
        wheel: String,
    },
    /// What a wheel was built from is gone.
    #[error("`{wheel}` can't be had again: what it was built from is not there")]
    NoWheelAgain {
        /// Its file name, or its project.
        wheel: String,
    },
    /// git knows no such revision, or can't be asked.
    #[error("git can't find `{revision}` in `{repository}`")]
    Git {
        /// Its address, passwords blanked out.
        repository: String,
        /// A branch or tag.
        revision: String,
        /// What git said.
        causes: Vec<String>,
        /// Where.
        place: Place,
    },
    /// There is no git.
    #[error("git is needed to read a repository, and there is none on PATH")]
    NoGit {
        /// Where.
        place: Place,
    },
    /// A repository of a lock that can't be used.
    #[error("`{package}` of the lock can't be built: {why}")]
    Repository {
        /// The project.
        package: String,
        /// A clause.
        why: &'static str,
        /// Where.
        place: Place,
    },
    /// A wheel is for other versions of Python.
    #[error("`{package}` requires Python {requires}, and the target is {target}")]
    OtherPython {
        /// The project and its version.
        package: String,
        /// What it requires.
        requires: String,
        /// The target.
        target: String,
        /// Where.
        place: Place,
    },
    /// The network.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The project.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A folder of sources.
    #[error(transparent)]
    Requirements(#[from] requirements::Error),
    /// A lock.
    #[error(transparent)]
    Pylock(#[from] pylock::Error),
    /// The threads that fetch can't be started.
    #[error("cannot start the threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// There is no uv.
    #[error("the config asks for uv as the resolver, and there is none on PATH")]
    NoUv,
    /// uv would not ask the index that pip is configured for.
    #[error("uv knows nothing of pip's configuration, which says where to look")]
    UvIgnores {
        /// The setting.
        index: String,
    },
    /// uv failed.
    #[error("uv found no answer ({status})")]
    Uv {
        /// How it ended.
        status: String,
        /// The command, and the last lines that it said.
        causes: Vec<String>,
        /// The file.
        place: Place,
    },
    /// The tool of a lock is not there.
    #[error("`{lock}` can only be read by `{program}`, and there is none on PATH")]
    NoTool {
        /// The lock.
        lock: String,
        /// Its tool.
        program: &'static str,
        /// The command to run.
        command: String,
    },
    /// The tool of a lock failed.
    #[error("`{program}` can't export `{lock}`")]
    Tool {
        /// The lock.
        lock: String,
        /// Its tool.
        program: &'static str,
        /// The command that failed.
        command: String,
        /// The same, and the last lines that it said.
        causes: Vec<String>,
    },
    /// A lock is demanded, and it is stale.
    #[error("the lock is stale, and `--locked` demands a fresh one")]
    Stale {
        /// The lock.
        lock: String,
        /// Why, as a clause.
        why: String,
        /// The lambda.
        lambda: String,
    },
    /// A lock that stands alone is for another target.
    #[error("the lock can't be used, and there are no requirements to resolve in its place")]
    Unusable {
        /// The lock.
        lock: String,
        /// Why, as a clause.
        why: String,
    },
    /// The network would be needed.
    #[error("the store has no answer for `{requirements}`")]
    Offline {
        /// The requirements file.
        requirements: String,
    },
    /// The network might be needed to build something.
    #[error("the store has no wheel of `{what}`, which would have to be built")]
    OfflineSource {
        /// The line, or the project.
        what: String,
        /// Where.
        place: Place,
    },
    /// The network would be needed for a wheel alone.
    #[error("the store has no `{wheel}`")]
    OfflineWheel {
        /// Its file name.
        wheel: String,
    },
}

impl Error {
    /// What a build came to, as clauses below that there is only a source distribution.
    pub(super) fn of_build(self) -> Vec<String> {
        let mut causes = vec!["the index offers only a source distribution".to_owned()];
        match self {
            Self::Compiled { what, wheel, .. } => {
                causes.push(format!(
                    "building `{what}` compiles `{wheel}`, the same on one machine only"
                ));
            }
            error => {
                causes.push(error.to_string());
                causes.extend(error.causes().into_iter().skip(1));
            }
        }
        causes
    }

    /// Whether constraints that were added to the lines may be the reason.
    pub(crate) fn may_be_of_pins(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::NoFit { .. } | Self::Uv { .. })
    }

    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fs(_) => "store",
            Self::Wheel(error) => error.code(),
            Self::Process(_) => "program",
            Self::NoPip { .. } => "no-pip",
            Self::NoHostPython => "no-python",
            Self::HostVersion(_) => "host-python",
            Self::NoFit { .. } => "no-wheel-fits",
            Self::Conflict { .. } => "requirements-conflict",
            Self::Hashes { .. } => "hash-mismatch",
            Self::Unreachable { .. } => "index-unreachable",
            Self::Pip { .. } => "pip-failed",
            Self::NoWheel { .. } => "requirement-without-wheel",
            Self::OtherWheel { .. } => "wheel-replaced",
            Self::Offline { .. } | Self::OfflineWheel { .. } | Self::OfflineSource { .. } => {
                "offline"
            }
            Self::SourceRefused { .. } => "source-refused",
            Self::Build { .. } => "build-failed",
            Self::OtherProject { .. } => "other-project",
            Self::NoSource { .. } => "no-source",
            Self::Compiled { .. } | Self::CompiledForOther { .. } => "source-compiled",
            Self::BuiltOtherwise { .. } => "built-otherwise",
            Self::NoWheelAgain { .. } => "source-gone",
            Self::Git { .. } => "git",
            Self::NoGit { .. } => "no-git",
            Self::Repository { .. } => "lock-repository",
            Self::OtherPython { .. } => "requires-python",
            Self::Http(error) => error.code(),
            Self::Tree(_) => "unreadable",
            Self::Requirements(error) => error.code(),
            Self::Pylock(error) => error.code(),
            Self::Threads(_) => "threads",
            Self::NoUv => "no-uv",
            Self::UvIgnores { .. } => "uv-ignores-index",
            Self::Uv { .. } => "uv-failed",
            Self::NoTool { .. } => "no-tool",
            Self::Tool { .. } => "tool-failed",
            Self::Stale { .. } | Self::Unusable { .. } => "lock-stale",
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Process(_)
            | Self::NoPip { .. }
            | Self::NoHostPython
            | Self::Unreachable { .. }
            | Self::Threads(_)
            | Self::NoUv
            | Self::NoTool { .. }
            | Self::Tool { .. }
            | Self::Git { .. }
            | Self::NoGit { .. }
            | Self::Pip { .. } => FailureKind::Program,
            Self::Http(error) if error.is_of_network() => FailureKind::Program,
            Self::Offline { .. }
            | Self::OfflineWheel { .. }
            | Self::OfflineSource { .. }
            | Self::Stale { .. } => FailureKind::Network,
            Self::Fs(_)
            | Self::Http(_)
            | Self::Unusable { .. }
            | Self::Wheel(_)
            | Self::HostVersion(_)
            | Self::NoFit { .. }
            | Self::Conflict { .. }
            | Self::Hashes { .. }
            | Self::NoWheel { .. }
            | Self::SourceRefused { .. }
            | Self::OtherProject { .. }
            | Self::NoSource { .. }
            | Self::Build { .. }
            | Self::Compiled { .. }
            | Self::CompiledForOther { .. }
            | Self::BuiltOtherwise { .. }
            | Self::NoWheelAgain { .. }
            | Self::Repository { .. }
            | Self::OtherPython { .. }
            | Self::Tree(_)
            | Self::Requirements(_)
            | Self::Pylock(_)
            | Self::UvIgnores { .. }
            | Self::Uv { .. }
            | Self::OtherWheel { .. } => FailureKind::Lambda,
        }
    }
}
