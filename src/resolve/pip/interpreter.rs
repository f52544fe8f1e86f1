//! Which Python runs pip, and which one a lambda without a version is for.

use camino::Utf8PathBuf;

use super::Purpose;
use crate::environment::Environment;
use crate::fs::{canonical, find};
use crate::lambda::PythonVersion;
use crate::process::{self, Program};
use crate::report::Failure;
use crate::report::code;

/// Returns the interpreters to try, the best first: that of the target, then any.
pub(super) fn candidates(
    target: PythonVersion,
    purpose: Purpose,
    environment: &Environment,
) -> Vec<Utf8PathBuf> {
    let path = environment.raw("PATH").unwrap_or_default();
    // Markers and tags are those of the target, whichever Python runs pip. That of the target comes
    // first, for it can also build what is compiled.
    let newest_first = (8..=20).rev().map(|minor| format!("python3.{minor}"));
    let names = [format!("python{target}"), "python3".to_owned(), "python".to_owned()];
    let mut found: Vec<Utf8PathBuf> = Vec::new();
    for name in names.into_iter().chain(newest_first) {
        let Some(interpreter) = find(&name, path) else { continue };
        // `python3` and `python3.12` may be one file under two names.
        let is_same = |one: &Utf8PathBuf| canonical(one).ok() == canonical(&interpreter).ok();
        if !found.iter().any(is_same) || is_shim(&interpreter) {
            found.push(interpreter);
        }
    }
    if purpose != Purpose::Build {
        // Many of pyenv's versions are not switched on, and each shim takes a third of a second to say so;
        // that of `python3` leads to one that is.
        let is_of_version = |one: &Utf8PathBuf| one.file_name().is_some_and(|it| it.contains('.'));
        found.sort_by_key(|one| is_shim(one) && is_of_version(one));
    }
    found
}

/// The shims of pyenv and its kin are one script under many names, each for another version.
fn is_shim(interpreter: &Utf8PathBuf) -> bool {
    interpreter.components().any(|part| part.as_str() == "shims")
}

/// Asks `python3`, else `python`, for its version; returns the name that answered, too.
pub(crate) fn host_python(
    environment: &Environment,
) -> Result<(PythonVersion, &'static str), Failure> {
    const HINT: &str = "set `python` in dofs-package.toml to what the function runs on, or pass it as `--python X.Y`";
    const ASK: &str = "import sys; print('%d.%d' % sys.version_info[:2])";
    for name in ["python3", "python"] {
        let Some(path) = find(name, environment.raw("PATH").unwrap_or_default()) else { continue };
        let program = Program::python(path.as_str(), ["-c", ASK], environment);
        let output = match program.run() {
            Ok(output) => output,
            Err(error @ process::Error::Late { .. }) => {
                return Err(error.failure(code::HOST_PYTHON));
            }
            Err(_) => continue,
        };
        if output.success {
            let version = output.text().trim().parse();
            return version.map(|version| (version, name)).map_err(|why: String| {
                let message =
                    format!("no Python version is set, and that of `python3` will not do: {why}");
                Failure::lambda(code::HOST_PYTHON, message).hint(HINT)
            });
        }
    }
    let message = "no Python version is set, and there is no `python3` to take it from";
    Err(Failure::program("no-python", message).hint(HINT))
}
