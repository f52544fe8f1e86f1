//! Checks whether this machine can load the native code of a package, to run it here.

use super::{Found, Origin};
use crate::elf::{Library, Native};
use crate::report::Failure;

/// The machine that a package is run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// The operating system by its kernel's name: `Linux`, `Darwin`.
    pub(crate) system: String,
    /// The processor by its name in uname(2).
    pub(crate) machine: String,
    /// The minor version of its glibc 2; none where it has another C library.
    pub(crate) glibc: Option<u32>,
}

/// Compares the native libraries of a package that fits its target with another machine. `found`
/// may have any order.
///
/// # Errors
///
/// A file that the machine can't load; the first by its path.
pub(crate) fn check_host(found: &[Found], host: &Host) -> Result<(), Failure> {
    let mut foreign: Vec<_> =
        found.iter().filter_map(|file| Some((file, why_not(file, host)?))).collect();
    foreign.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
    let Some((file, (needs, has))) = foreign.into_iter().next() else { return Ok(()) };
    let of = match &file.origin {
        Origin::Wheel(name) => format!(" of `{} {}`", name.project, name.version),
        Origin::File(_) => String::new(),
    };
    let message = format!("`{}`{of} needs {needs}, and this machine has {has}", file.path);
    let elsewhere =
        format!("run it where there is {needs}, as in a container or on such a machine");
    // The wheels of this machine's processor are other ones.
    let architecture = match (&file.origin, &file.native, host.machine.as_str()) {
        (Origin::Wheel(_), Native::Elf { machine, .. }, own) if machine.to_string() != own => {
            match own {
                "x86_64" => Some("x86_64"),
                "aarch64" | "arm64" => Some("arm64"),
                _ => None,
            }
        }
        _ => None,
    };
    let hint = match architecture.filter(|_| host.system == "Linux") {
        Some(own) => {
            format!("try it with `--arch {own}`, for which other wheels are taken; or {elsewhere}")
        }
        None => elsewhere,
    };
    Err(Failure::program("foreign-native", message).hint(hint))
}

/// What a file needs that the machine has not got, and what that has in its place.
fn why_not(file: &Found, host: &Host) -> Option<(String, String)> {
    // A wheel with the platform tag `any` has helpers for several platforms, if any, and what is no
    // ELF file is for none of Lambda's.
    let is_helper = matches!(&file.origin, Origin::Wheel(name) if name.is_for_any_platform());
    let Native::Elf { machine, library } = &file.native else { return None };
    if is_helper {
        return None;
    }
    let machine = machine.to_string();
    if host.system != "Linux" {
        let system = if host.system == "Darwin" { "macOS" } else { &host.system };
        return Some((format!("Linux on {machine}"), system.to_owned()));
    }
    if machine != host.machine {
        return Some((format!("a processor of the kind {machine}"), host.machine.clone()));
    }
    match (library, host.glibc) {
        (Library::Glibc(needed), Some(has)) if *needed > has => {
            Some((format!("glibc 2.{needed}"), format!("2.{has}")))
        }
        (Library::Glibc(needed), None) => {
            Some((format!("glibc 2.{needed}"), "another C library".to_owned()))
        }
        (Library::Glibc(_) | Library::Any | Library::Musl, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Machine;
    use crate::wheel::WheelName;

    fn found(machine: Machine, library: Library, wheel: &str) -> Found {
        Found {
            path: "a/_b.so".to_owned(),
            origin: Origin::Wheel(WheelName::new(wheel).unwrap()),
            native: Native::Elf { machine, library },
        }
    }

    fn host(system: &str, machine: &str, glibc: Option<u32>) -> Host {
        Host { system: system.to_owned(), machine: machine.to_owned(), glibc }
    }

    const WHEEL: &str = "a-1.0-cp312-cp312-manylinux2014_x86_64.whl";

    #[test]
    fn what_the_machine_can_load_is_run() {
        let linux = host("Linux", "x86_64", Some(34));
        for library in [Library::Any, Library::Glibc(34), Library::Glibc(17)] {
            let found = found(Machine::X86_64, library, WHEEL);
            assert!(check_host(&[found], &linux).is_ok(), "{library:?}");
        }
        assert!(check_host(&[], &host("Darwin", "arm64", None)).is_ok());
    }

    #[test]
    fn what_it_cannot_load_is_named_with_what_is_needed() {
        let table = [
            (
                Machine::Aarch64,
                Library::Any,
                host("Linux", "x86_64", Some(36)),
                "`a/_b.so` of `a 1.0` needs a processor of the kind aarch64, and this machine has \
                 x86_64",
            ),
            (
                Machine::X86_64,
                Library::Glibc(17),
                host("Darwin", "x86_64", None),
                "`a/_b.so` of `a 1.0` needs Linux on x86_64, and this machine has macOS",
            ),
            (
                Machine::X86_64,
                Library::Glibc(34),
                host("Linux", "x86_64", Some(31)),
                "`a/_b.so` of `a 1.0` needs glibc 2.34, and this machine has 2.31",
            ),
            (
                Machine::X86_64,
                Library::Glibc(17),
                host("Linux", "x86_64", None),
                "`a/_b.so` of `a 1.0` needs glibc 2.17, and this machine has another C library",
            ),
        ];
        for (machine, library, host, message) in table {
            let failure = check_host(&[found(machine, library, WHEEL)], &host).unwrap_err();
            assert_eq!((failure.code, failure.message.as_str()), ("foreign-native", message));
        }
    }

    #[test]
    fn helpers_for_other_platforms_do_no_harm() {
        let helper = found(Machine::Aarch64, Library::Any, "a-1.0-py3-none-any.whl");
        assert!(check_host(&[helper], &host("Linux", "x86_64", Some(36))).is_ok());
    }
}
