//! `pip wheel`: a source becomes a wheel, in an environment of its own.

use camino::{Utf8Path, Utf8PathBuf};

use super::diagnose::{self, SHOWN};
use super::{Purpose, Work, common, files, work_folder};
use crate::fs;
use crate::process::last_lines;
use crate::report::Place;
use crate::resolve::{Context, Error};

/// Variables for a build, so that its wheel has fewer traces of the day and the machine.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    // The first second that a zip can name (APPNOTE 4.4.6). Measured: without it two builds of the
    // pure project `docopt` differ in their dates, with it they are equal. reproducible-builds.org
    // has the variable's specification.
    ("SOURCE_DATE_EPOCH", "315532800"),
    // Else the order of sets of texts is another one in each process (python(1)).
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("TZ", "UTC"),
];

/// How lines begin that pip writes around every failure of a subprocess and for each command of
/// git.
// `DiagnosticPipError` in pip/_internal/exceptions.py, `call_subprocess` in
// pip/_internal/utils/subprocess.py. The warning is git's, where a server does not know the
// `--filter=blob:none` with which pip clones (pip/_internal/vcs/git.py).
const FRAME: &[&str] = &[
    "│ ",
    "╰─>",
    "note: This ",
    "hint: See above",
    "error: subprocess-exited-with-error",
    "Running command ",
    "warning: filtering not recognized",
];

/// Builds what a line names into a folder, and returns the wheel; the build is told more by
/// variables.
pub(in crate::resolve) fn wheel(
    line: &str,
    what: &str,
    place: &Place,
    folder: &Utf8Path,
    told: &[(&str, String)],
    context: Context<'_>,
) -> Result<Utf8PathBuf, Error> {
    let told = told.iter().map(|(name, value)| (*name, value.as_str()));
    let variables: Vec<(&str, &str)> = VARIABLES.iter().copied().chain(told).collect();
    let own = work_folder()?;
    files::write_line(own.path(), context.request, line)?;
    // The Python that builds may be another version than the target's, and a pure wheel comes out
    // the same: what the wheel requires is compared with the target later. Without `--use-pep517`,
    // whether a project with a setup.py alone is built by `setup.py bdist_wheel` depends on what is
    // installed on the host (`load_pyproject_toml` in pip/_internal/pyproject.py).
    let options = "--no-deps --use-pep517 --ignore-requires-python";
    let work = Work {
        context,
        arguments: format!("wheel {} {options}", common(context.cache, context.source)),
        destination: ["--wheel-dir", folder.as_str()],
        purpose: Purpose::Build,
        folder: own.path(),
        variables: &variables,
        hidden: Vec::new(),
        lines: None,
    };
    let done = work.run()?;
    let failed = |causes: Vec<String>| {
        super::tell(&format!("{} {what}", done.command), context);
        Error::build(what, causes, place)
    };
    if let Some(failure) = diagnose::mismatch(&done.output, place.clone()) {
        return Err(failure.into());
    }
    if !done.output.success {
        return Err(failed(last_words(&done.output.stderr)));
    }
    let names = fs::list(folder)?.into_iter().map(|(name, _)| name);
    let wheels: Vec<String> = names.filter(|name| name.ends_with(".whl")).collect();
    match &wheels[..] {
        [wheel] => Ok(folder.join(wheel)),
        _ => Err(failed(vec![format!("pip gave {} wheels of it, not one", wheels.len())])),
    }
}

/// The last lines of a build's output: of the block that pip puts between `[… lines of output]` and
/// `[end of output]`, if there is one, for what is around it is the same for every failure.
pub(super) fn last_words(stderr: &str) -> Vec<String> {
    let begins = |line: &&str| line.trim_end().ends_with("lines of output]");
    let ends = |line: &&str| line.trim() == "[end of output]";
    let framed = stderr.lines().skip_while(|line| !begins(line)).skip(1);
    let framed: Vec<&str> = framed.take_while(|line| !ends(line)).collect();
    if framed.is_empty() {
        let is_frame = |line: &&str| FRAME.iter().any(|word| line.trim_start().starts_with(word));
        let lines = stderr.lines().filter(|line| !is_frame(line));
        return last_lines(&lines.map(|line| format!("{line}\n")).collect::<String>(), SHOWN);
    }
    // What is framed is indented.
    let depth = |line: &&str| line.len() - line.trim_start().len();
    let least = framed.iter().filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or(0);
    let text: String =
        framed.iter().map(|it| format!("{}\n", it.get(least..).unwrap_or(""))).collect();
    last_lines(&text, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_those_of_the_build() {
        let said = "  error: subprocess-exited-with-error\n  \n  × Building wheel did not run.\n  \
                    │ exit code: 1\n  ╰─> [2 lines of output]\n      Traceback:\n        a moon\n      \
                    [end of output]\n  \n  note: This error originates from a subprocess\n";
        assert_eq!(last_words(said), ["Traceback:", "  a moon"]);
        assert_eq!(last_words("a\n\nb\n"), ["a", "b"]);
    }
}
