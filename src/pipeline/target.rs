//! The target of a lambda: what its lock adds to what was said, and what becomes of a part that
//! nobody said.
//!
//! A guess never becomes a fact. The version of the interpreter on PATH is another one on another
//! machine, so it is taken with a warning, where nothing is written that outlives the run; a lock is
//! never made for it, and `--locked` refuses it. The same goes for an architecture that Terraform
//! sets and its files do not tell. From a lock only those parts are taken that somebody said when it
//! was made.

use std::sync::Arc;

use camino::Utf8Path;

use super::{Job, Locking};
use crate::event::Reporter;
use crate::lambda::{Architecture, Kind, Origin, PythonVersion, Settled};
use crate::pylock::{By, Made, Said};
use crate::report::code;
use crate::report::{Failure, Place, Warning};
use crate::words;

/// The code of a Python version that only this machine has.
pub(super) const HOST_TARGET: &str = "target-from-host";
/// The code of a version of Python that is newer than all known ones.
const UNKNOWN_PYTHON: &str = "python-unknown";
/// The code of an architecture that Terraform's files set and do not tell.
const UNKNOWN_ARCHITECTURE: &str = "terraform-architecture";
/// The codes of warnings about a target.
const OF_TARGETS: [&str; 3] = [HOST_TARGET, UNKNOWN_PYTHON, UNKNOWN_ARCHITECTURE];
/// What Terraform's files leave open of a lambda's target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubts {
    pub(crate) python: Option<Doubt>,
    pub(crate) architecture: Option<Doubt>,
    /// Whether the files have functions, or something that may have some.
    pub(crate) speaks: bool,
    /// The versions of Python that functions run on, each with the first place that says so: for
    /// messages.
    pub(crate) versions: Arc<[String]>,
    /// What the lambda's own functions run on, where the config or the user says something else.
    pub(crate) others: Vec<Warning>,
}

/// Why the files do not tell a part of a target, although they mention it.
#[derive(Debug, Clone)]
pub(crate) enum Doubt {
    /// They set it, and do not tell to what: the place, and why, as a clause.
    Unknown(Option<Place>, String),
    /// They say two things: what that is for a lambda whose package hangs on it.
    Disputed(Failure),
    /// They say something else than a Python: what that is for a lambda with requirements.
    NoPython(Failure),
}

/// The version of the interpreter on PATH, and the program's name; or why there is none.
pub(super) type Host = Result<(PythonVersion, &'static str), Failure>;

/// By what a lambda hangs on its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hangs {
    /// By nothing: it is the same for all.
    Not,
    /// Its package does not; but it is run.
    ByRun,
    /// By native code alone.
    ByNatives,
    ByRequirements,
}

/// Takes the target of a lambda's lock, by its path, where none is set.
pub(super) fn take_locked(job: &mut Job, path: &Utf8Path, made: &Made) {
    let Made { target, said, .. } = *made;
    let origin = Origin::Lock(path.to_string());
    let speaks = job.doubts.speaks;
    // What Terraform says in two ways, or says to be no Python, nothing else decides; nor does what it
    // said before, where it is there to say it again.
    let is_open = |doubt: &Option<Doubt>, by: Option<By>| {
        matches!(doubt, None | Some(Doubt::Unknown(..))) && !(speaks && by == Some(By::Terraform))
    };
    if job.python.is_none() && is_open(&job.doubts.python, said.python) {
        job.python = Some(Settled { value: target.python, origin: origin.clone() });
    }
    // Before locks told who said it, nobody but somebody can have said anything but the default.
    let is_said = said.architecture.is_some() || target.architecture != Architecture::default();
    let is_open = is_open(&job.doubts.architecture, said.architecture);
    if job.architecture.origin == Origin::Default && is_said && is_open {
        job.architecture = Settled { value: target.architecture, origin };
    }
}

/// Whether the version of the interpreter on PATH is what is left to take.
pub(super) fn needs_host(job: &Job, hangs: Hangs) -> bool {
    let is_open = matches!(job.doubts.python, None | Some(Doubt::Unknown(..)));
    hangs != Hangs::Not && job.python.is_none() && is_open
}

/// Settles the target of a lambda whose package hangs on it, and returns the warnings about it. The
/// host was asked where a lambda [`needs_host`] and may have it; `made` is what its lock says of
/// itself.
pub(super) fn settle(
    job: &mut Job,
    hangs: Hangs,
    made: Option<&Made>,
    locking: Locking,
    host: Option<&Host>,
) -> Result<Vec<Warning>, Failure> {
    if hangs == Hangs::Not {
        return Ok(Vec::new());
    }
    let python = settle_python(job, hangs, made, locking, host)?;
    let others = std::mem::take(&mut job.doubts.others);
    if hangs == Hangs::ByRun {
        // It runs on whatever processor, and the version need not be one that is packaged for.
        return Ok(python.into_iter().collect());
    }
    let architecture = settle_architecture(job, locking)?;
    let version = judge(job)?;
    Ok([python, architecture, version].into_iter().flatten().chain(others).collect())
}

/// What to do about a part of a target that nobody said. It names no value: that of this machine is no
/// advice.
fn advice(key: &str, job: &Job) -> String {
    let (table, runs) = match job.lambda.kind {
        Kind::Function => ("lambda", "function runs"),
        Kind::Layer => ("layer", "functions run"),
    };
    format!("set `{key}` in dofs-package.toml, or in its `[{table}.NAME]`, to what the {runs} on")
}

fn settle_python(
    job: &mut Job,
    hangs: Hangs,
    made: Option<&Made>,
    locking: Locking,
    host: Option<&Host>,
) -> Result<Option<Warning>, Failure> {
    // Nobody knows who said that of a lock of an earlier version.
    let of_old_lock = job.python.clone().filter(|python| {
        matches!(python.origin, Origin::Lock(_))
            && made.is_none_or(|made| made.said.python.is_none())
    });
    if job.python.is_some() && of_old_lock.is_none() {
        return Ok(None);
    }
    let doubts = job.doubts.clone();
    let (place, why) = match doubts.python {
        Some(Doubt::Disputed(failure)) => return Err(failure),
        // Files that run on no Python are the same for each.
        Some(Doubt::NoPython(failure)) => {
            return if hangs == Hangs::ByRequirements { Err(failure) } else { Ok(None) };
        }
        Some(Doubt::Unknown(place, why)) => (place, Some(why)),
        None => (None, None),
    };
    let others = match &doubts.versions[..] {
        [] => None,
        versions => Some(format!("the `*.tf` files have {}", words::listed(versions))),
    };
    let earlier = made.filter(|made| made.said.python == Some(By::Terraform)).map(|made| {
        let version = made.target.python;
        format!("the lock was made for {version}, which Terraform said then")
    });
    let others: Vec<String> = others.into_iter().chain(earlier).collect();
    if let Some(demand) = locking.demand() {
        let guess = match of_old_lock {
            Some(_) => "that of the lock, which an earlier version made, may be a guess",
            None => "that of this machine is a guess",
        };
        let message = format!("no Python version is set, and {demand}: {guess}");
        let failure =
            locking.refusal(HOST_TARGET, message).place(place).hint(advice("python", job));
        return Err(failure.said(why.into_iter().chain(others)));
    }
    let what = match of_old_lock {
        Some(Settled { value, origin }) => {
            format!("that of `{origin}` is used, which may be that of another machine: {value}")
        }
        None => {
            let answer = host.expect("it was asked, where a lambda needs it").as_ref();
            let (value, program) = *answer.map_err(Failure::clone)?;
            if value < PythonVersion::OLDEST {
                let oldest = PythonVersion::OLDEST;
                let message = format!(
                    "no Python version is set, and that of `{program}` will not do: {value} is older \
                     than {oldest}, the oldest that is packaged for"
                );
                return Err(Failure::lambda(code::HOST_PYTHON, message).hint(advice("python", job)));
            }
            job.python = Some(Settled { value, origin: Origin::Host(program.to_owned()) });
            format!("that of `{program}` is used: {value}")
        }
    };
    let why = why.unwrap_or_else(|| "no Python version is set".to_owned());
    let others: String = others.iter().map(|other| format!("; {other}")).collect();
    let message = format!("{why}, so {what}{others}");
    Ok(Some(Warning::new(HOST_TARGET, message).place(place).hint(advice("python", job))))
}

fn settle_architecture(job: &Job, locking: Locking) -> Result<Option<Warning>, Failure> {
    let Job { architecture, doubts, .. } = job;
    if architecture.origin != Origin::Default {
        return Ok(None);
    }
    let (place, why) = match doubts.architecture.clone() {
        // Where none is set, the default is Lambda's own.
        None => return Ok(None),
        Some(Doubt::Disputed(failure) | Doubt::NoPython(failure)) => return Err(failure),
        Some(Doubt::Unknown(place, why)) => (place, why),
    };
    if let Some(demand) = locking.demand() {
        let message = format!("the architecture can't be told, and {demand}");
        return Err(locking
            .refusal(UNKNOWN_ARCHITECTURE, message)
            .said([why])
            .place(place)
            .hint(advice("architecture", job)));
    }
    let message = format!("{why}, so {} is taken", architecture.value);
    Ok(Some(
        Warning::new(UNKNOWN_ARCHITECTURE, message).place(place).hint(advice("architecture", job)),
    ))
}

/// Refuses a version that is too old, and warns of one that is newer than all that are known.
fn judge(job: &Job) -> Result<Option<Warning>, Failure> {
    let Some(Settled { value, origin }) = &job.python else { return Ok(None) };
    if *value < PythonVersion::OLDEST {
        let oldest = PythonVersion::OLDEST;
        let message = format!(
            "python{value} ({origin}) is older than python{oldest}, the oldest that requirements and \
             native code are packaged for"
        );
        let hint = "move the function to a newer runtime, and set `python` to that";
        return Err(Failure::lambda("python-too-old", message).hint(hint));
    }
    if *value > PythonVersion::NEWEST {
        let newest = PythonVersion::NEWEST;
        let message = format!(
            "python{value} is newer than all that are known here, so its platform is taken to be \
             that of python{newest}: {}, glibc 2.{}",
            newest.system().name,
            newest.system().glibc
        );
        return Ok(Some(Warning::new(UNKNOWN_PYTHON, message)));
    }
    Ok(None)
}

/// Who said each part of a job's target; `made` is what its lock says of itself, where
/// that is where a part comes from.
pub(super) fn said(job: &Job, made: Option<&Made>) -> Said {
    let earlier = made.map(|made| made.said).unwrap_or_default();
    let by = |origin: &Origin, earlier| match origin {
        Origin::Flag(_) | Origin::Environment(_) | Origin::Config(_) => Some(By::User),
        Origin::Terraform(_) | Origin::Agreed(_) => Some(By::Terraform),
        Origin::Lock(_) => earlier,
        Origin::Host(_) | Origin::Default => None,
    };
    let python = job.python.as_ref();
    Said {
        python: python.and_then(|python| by(&python.origin, earlier.python)),
        architecture: by(&job.architecture.origin, earlier.architecture),
    }
}

/// The command that makes the lock of a lambda, or of all, for the target of `job`: with the flags
/// that were typed, and one for a version that nobody said, since no lock is made for a guess.
pub(super) fn lock_command(job: &Job, name: &str) -> String {
    let mut command = format!("cargo dofs-package lock {name}").trim_end().to_owned();
    match &job.python {
        Some(Settled { value, origin: Origin::Flag(_) }) => {
            command += &format!(" --python {value}");
        }
        // That of this machine is no advice.
        Some(Settled { origin: Origin::Host(_), .. }) => command += " --python X.Y",
        _ => {}
    }
    if let Settled { value, origin: Origin::Flag(_) } = &job.architecture {
        command += &format!(" --arch {value}");
    }
    command
}

/// Whether the version of Python is that of this machine, which no lock is made for.
pub(super) fn is_guess(job: &Job) -> bool {
    job.python.as_ref().is_some_and(|python| matches!(python.origin, Origin::Host(_)))
}

/// Reports those warnings of lambdas that are about their targets.
pub(super) fn warn_of_targets<'a>(
    all: impl Iterator<Item = (&'a Job, &'a [Warning])>,
    reporter: &dyn Reporter,
) {
    warn(all, reporter, |code| OF_TARGETS.contains(&code));
}

/// Reports all other warnings of lambdas.
pub(super) fn warn_of_others<'a>(
    all: impl Iterator<Item = (&'a Job, &'a [Warning])>,
    reporter: &dyn Reporter,
) {
    warn(all, reporter, |code| !OF_TARGETS.contains(&code));
}

fn warn<'a>(
    all: impl Iterator<Item = (&'a Job, &'a [Warning])>,
    reporter: &dyn Reporter,
    is_wanted: fn(&str) -> bool,
) {
    for (job, warnings) in all {
        let wanted = warnings.iter().filter(|warning| is_wanted(warning.code));
        wanted.for_each(|warning| reporter.warn_of(job.lambda.name.as_str(), warning));
    }
}

impl Locking {
    /// Why a guess will not do, as a clause; nothing where it will, with a warning.
    fn demand(self) -> Option<&'static str> {
        match self {
            Self::Optional => None,
            Self::Required => Some("`--locked` demands one"),
            Self::Made | Self::Checked => Some("a lock is made for one"),
        }
    }

    /// The failure of a lambda of which a guess will not do.
    fn refusal(self, code: &'static str, message: String) -> Failure {
        match self {
            Self::Required => Failure::network(code, message),
            Self::Optional | Self::Made | Self::Checked => Failure::lambda(code, message),
        }
    }
}
