//! pip as a resolver: `pip download`, run with the target's tags and markers.

use std::collections::BTreeMap;
use std::ffi::OsString;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::{Download, Error, LockedWheel, Request, Resolver, Wanted, interpreter, tags, verdict};
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs::{self, TemporaryDirectory};
use crate::process::{self, Program, last_lines};
use crate::store::Store;

/// The script that runs pip; see its own words.
const SHIM: &str = include_str!("shim.py");
/// The exit code of the shim for an interpreter that won't do.
const UNUSABLE: i32 = 97;
/// Variables that would bend a download to other wheels, folders or interpreters, or colour what
/// is read of it.
const REMOVED: &[&str] = &[
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "PIP_ABI",
    "PIP_DEST",
    "PIP_EDITABLE",
    "PIP_IMPLEMENTATION",
    "PIP_NO_BINARY",
    "PIP_NO_DEPS",
    "PIP_ONLY_BINARY",
    "PIP_PLATFORM",
    "PIP_PYTHON",
    "PIP_PYTHON_VERSION",
    "PIP_REQUIREMENT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
];

/// pip, by whichever interpreter can run it.
#[derive(Debug)]
pub(crate) struct Pip {
    /// What it is started with.
    environment: Environment,
    /// Whether pip may use its own cache.
    cache: Cache,
}

/// Whether pip may use its own cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// As it is configured.
    Configured,
    /// Not at all.
    None,
}

/// What the shim learnt of pip.
#[derive(Debug, Deserialize)]
struct Answer {
    /// Its version.
    pip: String,
    /// All configuration files that it looks for.
    configuration: Vec<String>,
}

impl Pip {
    /// pip in an environment.
    pub(crate) fn new(environment: Environment, cache: Cache) -> Self {
        Self { environment, cache }
    }

    /// The environment that pip gets: ours, less what would bend its work. Its temporary files go
    /// into a folder of ours, for pip does not remove them when it is ended.
    fn environment(&self, temporary: &Utf8Path) -> Environment {
        let mut variables: BTreeMap<OsString, OsString> = self
            .environment
            .all()
            .filter(|(name, _)| !REMOVED.iter().any(|removed| *name == *removed))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for (name, value) in
            [("PYTHONIOENCODING", "utf-8"), ("PYTHONUNBUFFERED", "1"), ("NO_COLOR", "1")]
        {
            variables.insert(name.into(), value.into());
        }
        for name in ["TMPDIR", "TEMP", "TMP"] {
            variables.insert(name.into(), temporary.as_str().into());
        }
        Environment::new(variables)
    }

    /// pip's arguments, less the names of files.
    fn arguments(&self, request: &Request<'_>, wanted: Wanted<'_>) -> Vec<String> {
        let python = request.target.python.to_string();
        let mut arguments: Vec<String> = [
            "download",
            "--only-binary=:all:",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
            "--no-color",
            "--implementation=cp",
            "--python-version",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(python);
        for platform in tags::platforms(request.target) {
            arguments.extend(["--platform".to_owned(), platform]);
        }
        if self.cache == Cache::None {
            arguments.push("--no-cache-dir".to_owned());
        }
        if matches!(wanted, Wanted::These(_)) {
            arguments.push("--no-deps".to_owned());
        }
        arguments
    }
}

impl Resolver for Pip {
    fn download(
        &self,
        request: Request<'_>,
        wanted: Wanted<'_>,
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Download, Error> {
        let folder = store.scratch()?;
        // Lines may hold passwords, so they lie outside the store, where only this user reads.
        let work = TemporaryDirectory::new()?;
        let files = Files::write(work.path(), &request, wanted)?;
        let common = self.arguments(&request, wanted);
        let mut tried = Vec::new();
        for python in interpreter::candidates(request.target.python, &self.environment) {
            let mut program =
                Program::new(python.as_str(), [files.shim.as_str()], self.environment(work.path()));
            program
                .arguments
                .extend([files.markers.as_str(), files.answer.as_str()].map(Into::into));
            program.arguments.extend(common.iter().map(Into::into));
            program.arguments.extend(["--dest".into(), folder.path().as_str().into()]);
            program.arguments.extend(["-r".into(), files.requirements.as_str().into()]);
            let output = program.run(&mut |elapsed| {
                let requirements = request.requirements.path.as_str();
                reporter.report(&Event::ResolveRuns { requirements, elapsed });
            });
            let name = python.file_name().unwrap_or("python3");
            let mut output = match output {
                Ok(output) => output,
                Err(process::Error::Start { .. }) => {
                    tried.push(format!("`{name}`: it can't be started"));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            // The user knows the file of the project, and not the copy that pip is given.
            for (ours, theirs) in [
                (files.requirements.as_str(), request.requirements.path.as_str()),
                (work.path().as_str(), "."),
                (folder.path().as_str(), "."),
            ] {
                output.stderr = output.stderr.replace(ours, theirs);
            }
            output.stderr = request.requirements.conceal(&output.stderr, &self.environment);
            output.stdout = request.requirements.conceal(&output.stdout, &self.environment);
            let learnt = fs::read(&files.answer)?
                .and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok());
            let Some(answer) = learnt.filter(|_| output.code != Some(UNUSABLE)) else {
                let said = last_lines(&output.stderr, 1).pop().unwrap_or(output.status);
                tried.push(format!("`{name}`: {said}"));
                continue;
            };
            if output.success {
                return Ok(Download { folder, configuration: answer.configuration });
            }
            let command = shown(name, &request, &common);
            return Err(verdict::of(&output, &request, &answer.pip, &command));
        }
        Err(Error::NoPip { tried })
    }
}

/// The command as it can be tried by hand: without the shim, so for the host's markers.
fn shown(python: &str, request: &Request<'_>, arguments: &[String]) -> String {
    format!("{python} -m pip {} -r {}", arguments.join(" "), request.requirements.path)
}

/// The files that a run of pip is given.
struct Files {
    /// The script.
    shim: Utf8PathBuf,
    /// The target's marker variables.
    markers: Utf8PathBuf,
    /// What the shim learns.
    answer: Utf8PathBuf,
    /// The lines.
    requirements: Utf8PathBuf,
}

impl Files {
    fn write(
        folder: &Utf8Path,
        request: &Request<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Self, fs::Error> {
        let files = Self {
            shim: folder.join("shim.py"),
            markers: folder.join("markers.json"),
            answer: folder.join("answer.json"),
            requirements: folder.join("requirements.txt"),
        };
        let markers: BTreeMap<_, _> = tags::markers(request.target).into_iter().collect();
        let markers = serde_json::to_vec(&markers).expect("texts are JSON");
        fs::write(&files.shim, SHIM.as_bytes())?;
        fs::write(&files.markers, &markers)?;
        let constraints = folder.join("constraints.txt");
        fs::write(
            &constraints,
            lines(&request.requirements.constraints, |it| &it.line).as_bytes(),
        )?;
        let mut text = lines(&request.requirements.options, |it| &it.line);
        match wanted {
            Wanted::All => {
                if !request.requirements.constraints.is_empty() {
                    text += "-c constraints.txt\n";
                }
                text += &lines(&request.requirements.requirements, |it| &it.line);
            }
            Wanted::These(wheels) => {
                for wheel in wheels {
                    text += &pinned(wheel, request);
                }
            }
        }
        fs::write(&files.requirements, text.as_bytes())?;
        Ok(files)
    }
}

fn lines<T>(items: &[T], line: impl Fn(&T) -> &String) -> String {
    items.iter().map(|item| format!("{}\n", line(item))).collect()
}

/// The line that gives exactly this wheel: its own, if it came by path or address.
fn pinned(wheel: &LockedWheel, request: &Request<'_>) -> String {
    let direct = request.requirements.requirements.iter().find(|requirement| {
        requirement.demand.is_direct() && requirement.demand.project() == wheel.name.project
    });
    match direct {
        Some(requirement) => {
            let line = requirement.line.split(" --hash=").next().unwrap_or_default();
            format!("{line} --hash=sha256:{}\n", wheel.digest.to_hex())
        }
        None => {
            let (project, version) = (&wheel.name.project, &wheel.version);
            format!("{project}=={version} --hash=sha256:{}\n", wheel.digest.to_hex())
        }
    }
}
