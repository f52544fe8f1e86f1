//! uv as a resolver, where the config asks for it.
//!
//! `uv pip compile` resolves for the target and writes a `pylock.toml`; the wheels of it are chosen
//! and fetched here, for uv has no command that downloads. It knows nothing of pip's configuration:
//! where that names an index, uv would ask the public one, so it is not asked at all. What has only
//! a source distribution is not built for it; sources that a line names are.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::building::Built;
use super::downloads::Fetch;
use super::error::{Error, REFUSED};
use super::fetch::bring_each;
use super::index_urls;
use super::pip::write_lines;
use super::{Context, Download, Wanted};
use crate::address::local_path;
use crate::address::redact;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::http::Expected;
use crate::lambda::Target;
use crate::origin::Origin;
use crate::process::{Program, last_lines};
use crate::pylock;
use crate::report::Failure;
use crate::report::code;
use crate::tree::normal;
use crate::wheel::WheelName;

/// How many lines of a failed run are shown.
const SHOWN: usize = 12;

/// Fetches wheels into a new folder of the store's scratch space, as
/// [`pip::download`](super::pip::download) does.
pub(super) fn download(
    wanted: Wanted<'_>,
    built: &[Built],
    context: Context<'_>,
) -> Result<Download, Error> {
    if let Some(index) = index_urls::configured_index(context.environment) {
        let message = "uv knows nothing of pip's configuration, which says where to look";
        return Err(Failure::lambda("uv-ignores-index", message)
            .said([index])
            .hint(
                "set `resolver = \"pip\"`, or name the index for uv instead of pip \
                 (`UV_INDEX_URL`, or `--index-url` in the requirements)",
            )
            .into());
    }
    let own = TemporaryDirectory::new()?;
    let text = compile(wanted, built, own.path(), context)?;
    let lock = pylock::read(&text, "pylock.toml").map_err(Failure::from)?;
    let folder = context.store.scratch()?;
    let (mut urls, mut wanted) = (BTreeMap::new(), Vec::new());
    let selected = pylock::select(&lock, "pylock.toml".into(), context.request.target)?;
    for (package, origin) in &selected {
        let Origin::Wheel(file) = origin else {
            let cause = "uv found only a source distribution".to_owned();
            return Err(Error::no_fit(&package.name, vec![cause], None, None, context.request));
        };
        let path = folder.path().join(WheelName::new(&file.name)?.as_str());
        match (&file.path, &file.url, file.digest) {
            (Some(from), _, _) => fs::copy(&normal(&own.path().join(from)), &path)?,
            (None, Some(url), Some(digest)) => {
                urls.insert(file.name.clone(), url.clone());
                // A folder of wheels, or one that was built here.
                match local_path(url) {
                    Some(from) => fs::copy(Utf8Path::new(&from), &path)?,
                    None => {
                        let expected = Expected { digest, size: file.size };
                        wanted.push(Fetch { url: url.clone(), path, expected });
                    }
                }
            }
            (None, _, _) => {}
        }
    }
    for fetched in bring_each(wanted, None, context)? {
        fetched?;
    }
    Ok(Download { folder, configuration: Vec::new(), urls, native: None })
}

/// Has uv resolve, and returns the text of its lock.
fn compile(
    wanted: Wanted<'_>,
    built: &[Built],
    folder: &Utf8Path,
    context: Context<'_>,
) -> Result<String, Error> {
    let Context { request, environment, reporter, .. } = context;
    let uv = fs::find("uv", environment.raw("PATH").unwrap_or_default()).ok_or_else(|| {
        let message = "the config asks for uv as the resolver, and there is no `uv` on PATH";
        Failure::program("no-uv", message).hint("install uv, or set `resolver = \"pip\"`")
    })?;
    let lines = write_lines(folder, request, wanted, built)?;
    let lock = folder.join("pylock.toml");
    let (python, platform) = (request.target.python, platform(request.target));
    let mut arguments = format!(
        "pip compile --quiet --no-header --no-build --format=pylock.toml --python-version \
         {python} --python-platform {platform}"
    );
    // As with pip in hash-checking mode, what a wheel requires must have a line of its own.
    if request.requirements.is_hashed() {
        arguments += " --no-deps";
    }
    let files = ["--output-file", lock.as_str(), lines.as_str()];
    let shown = format!("uv {arguments}");
    let arguments = arguments.split(' ').chain(files);
    // For `--python-version` uv would download a Python of that version, which only a build needs
    // ("Python versions" in its documentation).
    let environment = environment.for_git().with("UV_PYTHON_DOWNLOADS", "never");
    let mut program = Program::new(uv.as_str(), arguments, environment);
    // uv reads the pyproject.toml or uv.toml of its working directory and of the folders above it
    // ("Configuration files" in uv's documentation), and must not take those of any project.
    program.folder = Some(folder.to_owned());
    let requirements = request.requirements.path.as_str();
    program.what = format!("`uv pip compile` of `{requirements}`");
    let output = program.run()?;
    if !output.success {
        let said = context.heard(&output.stderr.replace(folder.as_str(), "."));
        let message = format!("uv found no answer ({})", output.status);
        reporter.report(&Event::Noted(&format!("this failed: {shown} {requirements}")));
        if let Some(refused) = refused(&said) {
            return Err(refused.place(request.place()).into());
        }
        let failure = Failure::lambda("uv-failed", message).said(last_lines(&said, SHOWN));
        return Err(Error::Conflict(failure.place(request.place())));
    }
    Ok(String::from_utf8_lossy(&fs::read_stable(&lock)?).into_owned())
}

/// A login that an index refuses, or a network that is not there, if that is what uv speaks of.
fn refused(said: &str) -> Option<Failure> {
    let line = |words: &str| said.lines().find(|line| line.contains(words)).map(str::trim);
    let login = line("401 Unauthorized").or_else(|| line("403 Forbidden"));
    if let Some(line) = login {
        let failure =
            Failure::program(REFUSED, "an index refuses the login that uv has, or uv has none");
        return Some(failure.said([redact(line)]).hint(
            "renew the token or password where uv reads it: the address, a `.netrc`, a keyring or \
             `UV_INDEX_…_PASSWORD`",
        ));
    }
    let words = ["error sending request", "Failed to fetch", "dns error"];
    let line = words.into_iter().find_map(line)?;
    let failure = Failure::program(code::INDEX_UNREACHABLE, "uv can't reach the package index");
    Some(failure.said([redact(line)]).hint("check the network, and what uv is told of indexes"))
}

/// The target as uv names it. Amazon Linux 2 has glibc 2.26, for which uv 0.13.9 has no name: 2.17
/// is the nearest below. Its plain `linux` means 2.28, which is too new.
fn platform(target: Target) -> String {
    let glibc = target.python.system().glibc;
    let profile = if glibc >= 34 { "manylinux_2_34" } else { "manylinux2014" };
    format!("{}-{profile}", target.architecture.machine())
}
