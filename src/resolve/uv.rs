//! uv as a resolver, where the config asks for it.
//!
//! `uv pip compile` resolves for the target and writes a `pylock.toml`; the wheels of it are chosen
//! and fetched here, for uv has no command that downloads. It knows nothing of pip's configuration:
//! where that names an index, uv would ask the public one, so it is not asked at all. What has only
//! a source distribution is not built for it; sources that a line names are.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::fetch::{Fetch, fetch_all};
use super::locations;
use super::pip::write_lines;
use super::{Built, Download, Error, Request, Resolver, Wanted};
use crate::address::local_path;
use crate::environment::Environment;
use crate::event::{Event, Reporter};
use crate::fs::{self, TemporaryDirectory};
use crate::lambda::{Architecture, Target};
use crate::process::{Program, last_lines};
use crate::pylock::{self, Choice, File};
use crate::report::Place;
use crate::store::Store;
use crate::tree::normal;

/// How many lines of a failed run are shown.
const SHOWN: usize = 12;

/// uv, as it is found on PATH.
#[derive(Debug)]
pub(crate) struct Uv {
    /// What it is started with.
    environment: Environment,
}

impl Uv {
    /// uv in an environment.
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// Has uv resolve, and returns the text of its lock.
    fn compile(
        &self,
        request: Request<'_>,
        wanted: Wanted<'_>,
        built: &[Built],
        folder: &Utf8Path,
        reporter: &dyn Reporter,
    ) -> Result<String, Error> {
        let programs = self.environment.raw("PATH").unwrap_or_default();
        let uv = fs::find("uv", programs).ok_or(Error::NoUv)?;
        let lines = write_lines(folder, &request, wanted, built)?;
        let lock = folder.join("pylock.toml");
        let python = request.target.python.to_string();
        let platform = platform(request.target);
        let mut arguments = vec![
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-build",
            "--format=pylock.toml",
            "--python-version",
            &python,
            "--python-platform",
            &platform,
        ];
        if request.requirements.is_hashed() {
            arguments.push("--no-deps");
        }
        let shown = format!("uv {}", arguments.join(" "));
        arguments.extend(["--output-file", lock.as_str(), lines.as_str()]);
        let mut program = Program::new(uv.as_str(), arguments, self.environment.for_git());
        // It would read the pyproject.toml of wherever this is run.
        program.folder = Some(folder.to_owned());
        let requirements = request.requirements.path.as_str();
        let output = program.run(&mut |elapsed| {
            reporter.report(&Event::ResolveRuns { requirements, program: "uv", elapsed });
        })?;
        if !output.success {
            let said = output.stderr.replace(folder.as_str(), ".");
            let said = request.requirements.conceal(&said, &self.environment);
            let mut causes = vec![format!("{shown} {requirements}")];
            causes.extend(last_lines(&said, SHOWN));
            let place = Place { path: requirements.to_owned(), line: None };
            return Err(Error::Uv { status: output.status, causes, place });
        }
        let bytes = fs::read(&lock)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The target as uv names it: it knows no glibc 2.26, and 2.17 is the nearest below.
fn platform(target: Target) -> String {
    let machine = match target.architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Arm64 => "aarch64",
    };
    let glibc = target.python.system().glibc;
    let profile = if glibc >= 34 { "manylinux_2_34" } else { "manylinux2014" };
    format!("{machine}-{profile}")
}

impl Resolver for Uv {
    fn download(
        &self,
        request: Request<'_>,
        wanted: Wanted<'_>,
        built: &[Built],
        store: &Store,
        reporter: &dyn Reporter,
    ) -> Result<Download, Error> {
        if let Some(index) = locations::configured_index(&self.environment) {
            return Err(Error::UvIgnores { index });
        }
        let own = TemporaryDirectory::new()?;
        let text = self.compile(request, wanted, built, own.path(), reporter)?;
        let lock = pylock::read(&text, "pylock.toml")?;
        let folder = store.scratch()?;
        let (mut urls, mut wanted) = (BTreeMap::new(), Vec::new());
        for selected in pylock::select(&lock, "pylock.toml", request.target)? {
            let project = &selected.package.name;
            let Choice::Wheel { name, file } = selected.choice else {
                let requirement = project.clone();
                let target = request.target.to_string();
                let causes = vec!["uv found only a source distribution".to_owned()];
                let policy = request.policy;
                return Err(Error::NoFit { requirement, target, causes, place: None, policy });
            };
            let path = folder.path().join(name.as_str());
            match (&file.path, &file.url) {
                (Some(from), _) => fs::copy(&normal(&own.path().join(from)), &path)?,
                (None, Some(url)) => {
                    urls.insert(name.to_string(), url.clone());
                    // A folder of wheels, or one that was built here.
                    match local_path(url) {
                        Some(from) => fs::copy(Utf8Path::new(&from), &path)?,
                        None => wanted.push(fetch_of(file, url, path)),
                    }
                }
                (None, None) => {}
            }
        }
        if !wanted.is_empty() {
            fetch_all(&wanted, &self.environment, reporter)?;
        }
        let configuration = Vec::new();
        Ok(Download { folder, configuration, urls })
    }
}

fn fetch_of<'a>(file: &'a File, url: &'a str, path: Utf8PathBuf) -> Fetch<'a> {
    Fetch { url, path, digest: file.digest, size: file.size }
}
