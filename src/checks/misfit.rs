//! A file that a target can't load, and why in words.

use super::{Found, Origin};
use crate::elf::{GlibcVersion, Library, Machine, Native};
use crate::lambda::{Architecture, Target};
use crate::report::Place;

/// A file that a target can't load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Its path in the package.
    pub(super) path: String,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// Why not.
    fault: Fault,
    /// For what.
    target: Target,
}

/// Why a target can't load a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// It is for another machine or system, by its name.
    Machine(String),
    /// It is no ELF file beyond its beginning.
    Broken,
    /// It is linked with a C library that no runtime has.
    Musl,
    /// It is linked with a later one than the runtime's.
    Glibc(GlibcVersion),
}

impl Misfit {
    /// Compares a file with a target; none where it fits.
    pub(super) fn of(found: &Found, target: Target) -> Option<Self> {
        let fault = fault(&found.native, target)?;
        let (path, origin) = (found.path.clone(), found.origin.clone());
        Some(Self { path, origin, fault, target })
    }

    /// What is wrong, in a sentence that stands alone.
    pub(super) fn sentence(&self) -> String {
        let (clause, target) = (self.clause(), self.target);
        let system = target.python.system();
        let runs = format!("python{} runs on {}", target.python, system.name);
        match self.fault {
            Fault::Machine(_) => format!("{clause}, and the target is {target}"),
            Fault::Broken => clause,
            Fault::Musl => format!("{clause}, and {runs} with glibc"),
            Fault::Glibc(_) => format!("{clause}, and {runs} with 2.{}", system.glibc),
        }
    }

    /// The same in short, beside others.
    pub(super) fn clause(&self) -> String {
        let path = &self.path;
        let what = self.what();
        match &self.origin {
            Origin::Wheel(name) => {
                format!("`{path}` of `{} {}` {what}", name.project, name.version)
            }
            Origin::File(_) => format!("`{path}` {what}"),
        }
    }

    /// What is wrong, without the file.
    pub(super) fn what(&self) -> String {
        match &self.fault {
            Fault::Machine(name) => format!("is for {name}"),
            Fault::Broken => "is a broken ELF file".to_owned(),
            Fault::Musl => "needs musl".to_owned(),
            Fault::Glibc(version) => format!("needs GLIBC {version}"),
        }
    }

    /// What the user can do.
    pub(super) fn hint(&self) -> String {
        let target = self.target;
        match &self.origin {
            Origin::Wheel(name) => {
                format!("require a version of `{}` that has a wheel for {target}", name.project)
            }
            Origin::File(_) => {
                let (path, system) = (&self.path, target.python.system());
                let machine = target.architecture.machine();
                format!(
                    "build `{path}` for the target, on {} or with `zig cc -target \
                     {machine}-linux-gnu.2.{}`, or `exclude` it in the config",
                    system.name, system.glibc
                )
            }
        }
    }

    /// Where, if it is a file of the project.
    pub(super) fn place(&self) -> Option<Place> {
        match &self.origin {
            Origin::Wheel(_) => None,
            Origin::File(place) => Some(Place { path: place.to_string(), line: None }),
        }
    }
}

/// Says why a target can't load a file, the first reason that is enough.
fn fault(native: &Native, target: Target) -> Option<Fault> {
    let elf = match native {
        Native::Elf(elf) => elf,
        Native::Broken => return Some(Fault::Broken),
        Native::MacOs => return Some(Fault::Machine("macOS".to_owned())),
        Native::Windows => return Some(Fault::Machine("Windows".to_owned())),
    };
    let machine = match target.architecture {
        Architecture::X86_64 => Machine::X86_64,
        Architecture::Arm64 => Machine::Aarch64,
    };
    if elf.machine != machine {
        return Some(Fault::Machine(elf.machine.to_string()));
    }
    match elf.library {
        Library::Musl => Some(Fault::Musl),
        Library::Glibc(version) if version.minor > target.python.system().glibc => {
            Some(Fault::Glibc(version))
        }
        Library::Glibc(_) | Library::Any => None,
    }
}
