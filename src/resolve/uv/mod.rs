//! uv as a resolver, where the config asks for it.
//!
//! `uv pip compile` resolves for the target and writes a `pylock.toml`; the wheels of it are chosen
//! and fetched here, for uv has no command that downloads. It knows nothing of pip's configuration:
//! where that names an index, uv would ask the public one, so it is not asked at all. What has only
//! a source distribution is not built for it; sources that a line names are.

mod diagnose;

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::building::Built;
use super::downloads::Fetch;
use super::error::Error;
use super::fetch::bring_each;
use super::index_urls::{self, Setting};
use super::pip::{write_line, write_lines};
use super::{Context, Download, Wanted};
use crate::address::local_path;
use crate::event::Event;
use crate::fs::{self, TemporaryDirectory};
use crate::http::Expected;
use crate::lambda::Target;
use crate::origin::Origin;
use crate::process::{Kept, Output, Program};
use crate::pylock;
use crate::report::Failure;
use crate::tree::normal;
use crate::wheel::WheelName;

/// Fetches wheels into a new folder of the store's scratch space, as
/// [`pip::download`](super::pip::download) does.
pub(super) fn download(
    wanted: Wanted<'_>,
    built: &[Built],
    context: Context<'_>,
) -> Result<Download, Error> {
    if let Some(setting) = index_urls::configured_index(context.environment) {
        return Err(ignored(setting).into());
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

/// The failure of a setting of pip's that says where to look.
fn ignored(Setting { key, shown }: Setting) -> Failure {
    let message = "uv knows nothing of pip's configuration, which says where to look";
    let way = match key.as_str() {
        "find-links" => "name the folder or page for uv (`UV_FIND_LINKS`, or `--find-links`",
        "no-index" => "say so to uv (`UV_NO_INDEX`, or `--no-index`",
        "extra-index-url" => "name the index for uv (`UV_EXTRA_INDEX_URL`, or `--extra-index-url`",
        _ => "name the index for uv (`UV_INDEX_URL`, or `--index-url`",
    };
    Failure::lambda("uv-ignores-index", message).said([shown]).hint(format!(
        "set `resolver = \"pip\"`, or take the setting away and {way} in the requirements)"
    ))
}

/// Has uv resolve, and returns the text of its lock.
fn compile(
    wanted: Wanted<'_>,
    built: &[Built],
    folder: &Utf8Path,
    context: Context<'_>,
) -> Result<String, Error> {
    let Context { request, reporter, .. } = context;
    let lines = write_lines(folder, request, wanted, built)?;
    let lock = folder.join("pylock.toml");
    let output = run("--format=pylock.toml", &lines, &lock, context)?;
    if !output.success {
        let said = context.heard(&output.stderr.replace(folder.as_str(), "."));
        let requirements = &request.requirements.path;
        let shown = arguments("--format=pylock.toml", context);
        reporter.report(&Event::Noted(&format!("this failed: uv {shown} {requirements}")));
        // With pins of a lock it is asked again, without some of them.
        let is_last = !matches!(wanted, Wanted::All([_, ..]));
        let newest = |project: &str| is_last.then(|| newest(project, context)).flatten();
        return Err(diagnose::of(&said, &output.status, request, &newest));
    }
    Ok(String::from_utf8_lossy(&fs::read_stable(&lock)?).into_owned())
}

/// The newest version of a project with a wheel for the target; none where there is none, or uv can't
/// tell: it is only asked where it has failed before.
fn newest(project: &str, context: Context<'_>) -> Option<String> {
    let folder = TemporaryDirectory::new().ok()?;
    let lines = write_line(folder.path(), context.request, project).ok()?;
    let answer = folder.path().join("answer.txt");
    let output = run("--no-deps --no-annotate", &lines, &answer, context).ok()?;
    let bytes = fs::read(&answer).ok()?.filter(|_| output.success)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (_, version) = text.lines().find_map(|line| line.split_once("=="))?;
    version.split_whitespace().next().map(str::to_owned)
}

/// The arguments for uv, less the names of files, with blanks between them.
fn arguments(options: &str, context: Context<'_>) -> String {
    let target = context.request.target;
    let mut arguments = format!(
        "pip compile --verbose --color=never --no-header --no-build {options} --python-version {} \
         --python-platform {}",
        target.python,
        platform(target)
    );
    // As with pip in hash-checking mode, what a wheel requires must have a line of its own.
    if context.request.requirements.is_hashed() {
        arguments += " --no-deps";
    }
    arguments
}

/// Runs `uv pip compile`; that it failed is no error here.
fn run(
    options: &str,
    lines: &Utf8Path,
    answer: &Utf8Path,
    context: Context<'_>,
) -> Result<Output, Error> {
    let Context { request, environment, .. } = context;
    let uv = fs::find("uv", environment.raw("PATH").unwrap_or_default()).ok_or_else(|| {
        let message = "the config asks for uv as the resolver, and there is no `uv` on PATH";
        Failure::program("no-uv", message).hint("install uv, or set `resolver = \"pip\"`")
    })?;
    let arguments = arguments(options, context);
    let files = ["--output-file", answer.as_str(), lines.as_str()];
    let arguments = arguments.split(' ').chain(files);
    let environment = environment
        .for_git()
        // It would say less, or more, of what it is at ("Environment variables" in its documentation).
        .without(&["RUST_LOG"])
        // For `--python-version` uv would download a Python of that version, which only a build needs
        // ("Python versions" in its documentation).
        .with("UV_PYTHON_DOWNLOADS", "never")
        // Its sentences are read.
        .with("UV_NO_WRAP", "1");
    Ok(Program {
        what: format!("`uv pip compile` of `{}`", request.requirements.path),
        // uv reads the pyproject.toml or uv.toml of its working directory and of the folders above it
        // ("Configuration files" in uv's documentation), and must not take those of any project.
        folder: lines.parent().map(Utf8Path::to_owned),
        // What it writes to the file, it writes there, too.
        kept: Kept::End,
        at: Some(at),
        ..Program::new(uv.as_str(), arguments, environment)
    }
    .run()?)
}

/// What a line says that uv is at: a project, or a file. An address may hold a password, so of one only
/// its last part.
fn at(line: &str) -> Option<String> {
    let line = line.trim_start().strip_prefix("DEBUG ")?;
    let what = if let Some((_, url)) = line.split_once(" request for: ") {
        url.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()
    } else {
        let begins = ["Searching for a compatible version of ", "Selecting: "];
        begins.iter().find_map(|words| line.strip_prefix(words))?.split([' ', '@']).next()
    };
    what.filter(|what| !what.is_empty()).map(|what| format!("`{what}`"))
}

/// The target as uv names it. Amazon Linux 2 has glibc 2.26, for which uv 0.13.9 has no name: 2.17
/// is the nearest below. Its plain `linux` means 2.28, which is too new.
fn platform(target: Target) -> String {
    let glibc = target.python.system().glibc;
    let profile = if glibc >= 34 { "manylinux_2_34" } else { "manylinux2014" };
    format!("{}-{profile}", target.architecture.machine())
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn a_line_of_uv_says_what_it_is_at() {
        let lines = [
            (
                "DEBUG Searching for a compatible version of boto3 (>=1.34.0, <1.35)",
                Some("`boto3`"),
            ),
            (
                "DEBUG Selecting: six==1.17.0 [compatible] (six-1.17.0-py2.py3-none-any.whl)",
                Some("`six==1.17.0`"),
            ),
            (
                "DEBUG Sending fresh GET request for: https://u:p@host/simple/boto3/",
                Some("`boto3`"),
            ),
            (
                "DEBUG Sending revalidation request for: https://host/a/six-1.17.0-py3-none-any.whl?token=x",
                Some("`six-1.17.0-py3-none-any.whl`"),
            ),
            ("DEBUG No cache entry for: https://host/simple/boto3/", None),
            ("Resolved 7 packages in 291ms", None),
            ("DEBUG ", None),
            ("", None),
        ];
        for (line, expected) in lines {
            assert_eq!(at(line).as_deref(), expected, "{line}");
        }
    }
}
