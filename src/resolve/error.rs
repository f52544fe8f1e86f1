//! The errors of a resolution that a caller decides on; all others are failures at once.

use camino::Utf8Path;

use super::{Backend, Offline, Request, SourceDistributions};
use crate::fs;
use crate::http;
use crate::process;
use crate::pylock;
use crate::report::code;
use crate::report::{Failure, Place};
use crate::store;
use crate::tree;
use crate::wheel;

/// The code of failures about certificates; `http` has the same for its own.
pub(super) const CERTIFICATES: &str = code::CERTIFICATES;

/// The code of a login that a server refuses to pip.
pub(super) const REFUSED: &str = "index-refused";

/// A requirement that no wheel fulfils.
#[derive(Debug)]
pub(crate) struct Unfit {
    /// As the resolver names it.
    pub(super) requirement: String,
    /// Why it is known that a build would compile something, as a clause.
    pub(super) compiled: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Error {
    /// No wheel of a requirement, as the resolver names it, fits: it may be built instead.
    NoFit {
        unfit: Box<Unfit>,
        failure: Failure,
    },
    /// The requirements contradict each other; pins that were added may be the reason.
    Conflict(Failure),
    /// pip is not there, or failed in a way that says nothing of the requirements.
    Pip(Failure),
    /// A build failed, or gave a wheel that is compiled.
    Build {
        failure: Failure,
        /// The same as causes of a requirement that has no wheel.
        reason: Vec<String>,
        /// Whether it failed; else it is only not allowed.
        has_failed: bool,
    },
    /// A build gave another wheel than the one that is known: an answer gives way to a new one, a
    /// lock does not.
    BuiltOtherwise(Failure),
    Failed(Failure),
}

impl Error {
    /// Whether constraints that were added to the lines may be the reason.
    pub(crate) fn may_be_of_pins(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::NoFit { .. })
    }

    /// No wheel of a requirement fits the target, and why, as a clause.
    pub(super) fn no_fit(
        requirement: &str,
        causes: Vec<String>,
        compiled: Option<String>,
        place: Option<Place>,
        request: &Request,
    ) -> Self {
        let message = format!("no wheel of `{requirement}` fits {}", request.target);
        let failure = Failure::lambda("no-wheel-fits", message).said(causes).place(place);
        let failure = match request.policy {
            SourceDistributions::Refuse => failure.hint(build_hint(requirement)),
            SourceDistributions::Pure | SourceDistributions::Build => failure.hint(
                "check the spelling; require a version that has wheels for the target, or build \
                 one (`pip wheel --no-deps`) and require it by its path",
            ),
        };
        let unfit = Box::new(Unfit { requirement: requirement.to_owned(), compiled });
        Self::NoFit { unfit, failure }
    }

    /// The requirements contradict each other, as the resolver explains.
    pub(super) fn conflict(by: Backend, causes: Vec<String>, place: Place) -> Self {
        let message = "the requirements contradict each other";
        Self::Conflict(
            Failure::lambda("requirements-conflict", message)
                .said(causes)
                .place(place)
                .hint(format!("loosen one of the versions that {by} names")),
        )
    }

    /// A build failed; the causes are what it said.
    pub(super) fn build(what: &str, causes: Vec<String>, place: &Place) -> Self {
        let message = format!("`{what}` can't be built");
        let reason = [message.clone()].into_iter().chain(causes.iter().cloned()).collect();
        let failure = Failure::lambda("build-failed", message).said(causes).place(place.clone());
        Self::Build { failure, reason, has_failed: true }
    }
}

/// The error of a requirement without a wheel, where a build failed, too, or is not allowed to
/// compile what it would.
pub(super) fn without_build(
    unfit: Box<Unfit>,
    failure: Failure,
    reason: Vec<String>,
    has_failed: bool,
) -> Error {
    let requirement = unfit.requirement.as_str();
    // What fits is still the way out; that the index may know no such project is refuted.
    let mut causes: Vec<String> =
        failure.causes.into_iter().filter(|cause| !cause.contains("no such project")).collect();
    if causes.is_empty() {
        causes.push("the index offers no fitting wheel, but a source distribution".to_owned());
    }
    causes.extend(reason);
    let hint =
        if has_failed { wheel_hint(requirement).to_owned() } else { build_hint(requirement) };
    let failure = Failure { causes, ..failure }.hint(hint);
    Error::NoFit { unfit, failure }
}

/// The hint for a project that has no fitting wheel, and may be built.
fn build_hint(requirement: &str) -> String {
    let other = wheel_hint(requirement);
    format!("{other}, or allow building it with `source-distributions = \"build\"`")
}

/// The hint for a project that has no fitting wheel, and can't be built.
fn wheel_hint(requirement: &str) -> &'static str {
    let project = requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next();
    // The project that people meet most often: its wheels are published as `psycopg2-binary`
    // ("Installation" in psycopg's documentation).
    match project {
        Some("psycopg2") => "require `psycopg2-binary`",
        Some(_) | None => "require a version that has a wheel for the target",
    }
}

/// The failure of something that the store lacks, where nothing may be fetched or built.
pub(super) fn offline(message: String, by: Offline) -> Failure {
    Failure::network("offline", message).hint(match by {
        Offline::Alone => "run once without `--offline`",
        Offline::Frozen => "run once with `--locked` in place of `--frozen`",
    })
}

/// The failure of requirements without an answer in the store, where no resolver may run.
pub(super) fn without_answer(path: &Utf8Path, by: Offline) -> Failure {
    offline(format!("the store has no answer for `{path}`"), by).at(path, None)
}

/// The failure of a wheel with another hash than its line demands; `causes` are lines of pip, or
/// one of ours.
pub(super) fn other_hash(causes: Vec<String>, place: Place) -> Failure {
    Failure::lambda(code::HASH_MISMATCH, "a wheel has another hash than the requirements demand")
        .said(causes)
        .place(place)
        .hint("find out whether the wheel or the line is wrong before you trust it")
}

/// The failure of a file with another digest than the lock has under its name.
pub(super) fn replaced(wheel: &str) -> Failure {
    Failure::lambda(
        "wheel-replaced",
        format!("`{wheel}` was replaced by another file of that name"),
    )
    .hint(
        "choose anew with `cargo dofs-package lock --upgrade`; where there is no lock, with \
             `build --upgrade`",
    )
}

/// The failure of a requirement without a wheel, `by` the resolver.
pub(super) fn without_wheel(project: &str, by: Backend, place: Place) -> Failure {
    let message = format!("`{project}` is required, but {by} gave no wheel of it");
    Failure::lambda("requirement-without-wheel", message)
        .place(place)
        .hint(format!("require it in a way that {by} can download"))
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NoFit { failure, .. }
            | Error::Conflict(failure)
            | Error::Pip(failure)
            | Error::Build { failure, .. }
            | Error::BuiltOtherwise(failure)
            | Error::Failed(failure) => failure,
        }
    }
}

/// The files that this room reads and writes itself are in the store, or in a scratch folder.
impl From<fs::Error> for Error {
    fn from(error: fs::Error) -> Self {
        store::Error::from(error).into()
    }
}

impl From<process::Error> for Error {
    fn from(error: process::Error) -> Self {
        Self::Failed(error.failure("program"))
    }
}

macro_rules! failed {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Failed(error.into())
            }
        })+
    };
}

failed!(store::Error, wheel::Unusable, tree::Error, http::Error, pylock::Unfit);
