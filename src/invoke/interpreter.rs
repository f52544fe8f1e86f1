//! Finds the Python that a handler runs on: that of the target, for another minor version has
//! another standard library, and loads no native module of the target's.

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::fs;
use crate::lambda::PythonVersion;
use crate::process::{self, Program};
use crate::report::Failure;

/// A Python of this machine, and what the machine is to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The program itself, never a script that chooses one.
    pub(crate) path: Utf8PathBuf,
    /// The folder that it is installed in.
    pub(crate) prefix: Utf8PathBuf,
    /// The operating system by its kernel's name: `Linux`, `Darwin`.
    pub(crate) system: String,
    /// The processor by its name in uname(2).
    pub(crate) machine: String,
    /// The minor version of its glibc 2; none where it has another C library.
    pub(crate) glibc: Option<u32>,
}

/// The code where there is none.
const NO_INTERPRETER: &str = "no-interpreter";

/// Prints a line for each field; the version and the implementation come first.
const ASK: &str = "
import os, sys
try:
    system, _, _, _, machine = os.uname()
except AttributeError:
    system, machine = sys.platform, ''
try:
    libc = os.confstr('CS_GNU_LIBC_VERSION') or ''
except (AttributeError, OSError, ValueError):
    libc = ''
print('%d.%d' % sys.version_info[:2], sys.implementation.name, sep='\\n')
print(sys.executable, sys.base_prefix, system, machine, libc, sep='\\n')
";

/// Finds the interpreter of a version: on PATH, else among those of pyenv and of uv. None is
/// installed.
pub(crate) fn find(
    version: PythonVersion,
    environment: &Environment,
) -> Result<Interpreter, Failure> {
    let named = on_path(&[&format!("python{version}")], environment);
    // A shim of pyenv is half a dozen scripts, and may stand for nothing here.
    let (shims, named): (Vec<_>, Vec<_>) = named.into_iter().partition(|path| is_shim(path));
    let others = on_path(&["python3", "python"], environment);
    let found = named
        .into_iter()
        .chain(of_pyenv(version, environment))
        .chain(shims)
        .chain(others)
        .find_map(|path| ask(&path, version, environment).transpose())
        .transpose()?;
    let found = match found {
        None => of_uv(version, environment)?
            .map_or(Ok(None), |path| ask(&path, version, environment))?,
        found => found,
    };
    found.ok_or_else(|| {
        Failure::program(NO_INTERPRETER, format!("there is no Python {version} on this machine"))
            .hint(format!(
                "install it (`uv python install {version}` or `pyenv install {version}`), or have \
                 `python{version}` on PATH"
            ))
    })
}

/// The programs of PATH that have one of the names, by name first.
fn on_path(names: &[&str], environment: &Environment) -> Vec<Utf8PathBuf> {
    let path = environment.raw("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(path).collect();
    let all = names.iter().flat_map(|name| folders.iter().map(move |folder| (name, folder)));
    all.filter_map(|(name, folder)| fs::find(name, folder.as_os_str())).collect()
}

fn is_shim(path: &Utf8Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("shims"))
}

/// The interpreters that pyenv has installed, the newest first: its shims stand only for the versions
/// that are chosen for the working directory.
fn of_pyenv(version: PythonVersion, environment: &Environment) -> Vec<Utf8PathBuf> {
    let root = environment.text("PYENV_ROOT").map(Utf8PathBuf::from);
    let home = || Some(Utf8Path::new(environment.text("HOME")?).join(".pyenv"));
    let Some(versions) = root.or_else(home).map(|root| root.join("versions")) else {
        return Vec::new();
    };
    // Where there is no pyenv, there is no such folder.
    let names = fs::names(&versions).unwrap_or_default();
    let patch = |name: &String| name.strip_prefix(&format!("{version}."))?.parse::<u32>().ok();
    let mut patches: Vec<u32> = names.iter().filter_map(patch).collect();
    patches.sort_unstable_by(|one, other| other.cmp(one));
    let path = |patch| versions.join(format!("{version}.{patch}/bin/python{version}"));
    patches.into_iter().map(path).collect()
}

/// The interpreter that uv knows, where there is uv.
fn of_uv(
    version: PythonVersion,
    environment: &Environment,
) -> Result<Option<Utf8PathBuf>, Failure> {
    let path = environment.raw("PATH").unwrap_or_default();
    let Some(uv) = fs::find("uv", path) else { return Ok(None) };
    let version = version.to_string();
    // Neither a virtual environment nor a file of the project's has a say in it.
    let options = ["--no-python-downloads", "--no-project", "--no-config", "--system"];
    let arguments = ["python", "find", &version].into_iter().chain(options);
    let answer = answer(&Program::new(uv, arguments, environment.clone()))?;
    Ok(answer.map(|path| Utf8PathBuf::from(path.trim())))
}

/// What a program says; none where it can't be run, or fails.
fn answer(program: &Program) -> Result<Option<String>, Failure> {
    match program.run() {
        Ok(output) => Ok(output.success.then(|| output.text().into_owned())),
        Err(error @ process::Error::Late { .. }) => Err(error.failure(NO_INTERPRETER)),
        Err(_) => Ok(None),
    }
}

/// Asks a program what it is; none where it is no `CPython` of that version, or can't be run.
fn ask(
    path: &Utf8Path,
    version: PythonVersion,
    environment: &Environment,
) -> Result<Option<Interpreter>, Failure> {
    let program = Program::python(path.as_str(), ["-I", "-S", "-c", ASK], environment);
    Ok(answer(&program)?.and_then(|text| told(&text, version)))
}

/// Reads what a Python says of itself.
fn told(text: &str, version: PythonVersion) -> Option<Interpreter> {
    let lines: Vec<&str> = text.lines().collect();
    let [own, "cpython", path, prefix, system, machine, libc] = lines[..] else { return None };
    let glibc = libc.strip_prefix("glibc 2.").and_then(|minor| minor.split('.').next());
    (own == version.to_string() && !path.is_empty()).then(|| Interpreter {
        path: path.into(),
        prefix: prefix.into(),
        system: system.to_owned(),
        machine: machine.to_owned(),
        glibc: glibc.and_then(|minor| minor.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: PythonVersion = PythonVersion { minor: 12 };

    #[test]
    fn a_python_says_what_it_and_its_machine_are() {
        let text = "3.12\ncpython\n/usr/bin/python3.12\n/usr\nLinux\nx86_64\nglibc 2.36\n";
        let found = told(text, VERSION).unwrap();
        assert_eq!((found.path.as_str(), found.glibc), ("/usr/bin/python3.12", Some(36)));
        let musl = told(&text.replace("glibc 2.36", ""), VERSION).unwrap();
        assert_eq!(musl.glibc, None);
    }

    #[test]
    fn another_python_is_not_taken() {
        let text = "3.12\ncpython\n/usr/bin/python3.12\n/usr\nLinux\nx86_64\nglibc 2.36\n";
        for (what, other) in [("3.12\n", "3.13\n"), ("cpython", "pypy"), ("x86_64\n", "")] {
            assert_eq!(told(&text.replacen(what, other, 1), VERSION), None, "{other}");
        }
        assert_eq!(told("Python 3.12.1\n", VERSION), None);
    }
}
