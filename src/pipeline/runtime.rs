//! What runs a package on this machine: whether its native code can be loaded, and the packages that
//! Lambda's runtime has beside it.

use std::sync::Arc;

use camino::Utf8Path;

use super::repair::{damage_of, damaged};
use super::wheels::{self, discard};
use super::{Job, Pipeline, natives};
use crate::checks::{Host, check_host};
use crate::contents::{self, Contents, Folders};
use crate::lambda::{Architecture, PythonVersion, Target};
use crate::python::runtime_packages;
use crate::report::{Failure, FailureKind};
use crate::requirements;
use crate::resolve::{Request, SourceDistributions};
use crate::source::SourceTree;

/// No line of a file asks for these packages.
fn without_place(failure: Failure) -> Failure {
    if failure.kind == FailureKind::Network {
        let message =
            "the handler imports what Lambda's runtime brings, and the store has not got it";
        return Failure { hint: failure.hint, ..Failure::network("runtime-packages", message) };
    }
    Failure { place: None, ..failure }
}

/// What messages call the requirements that no file has.
const PLACE: &str = "the packages of Lambda's runtime";

impl Pipeline<'_> {
    /// Checks that a machine can load what is native in a package.
    pub(crate) fn check_host(&self, contents: &Contents, host: &Host) -> Result<(), Failure> {
        let mut found = natives::of_files(self.tree, contents)?;
        found.extend(natives::of_wheels(contents));
        check_host(&found, host)
    }

    /// The packages of the runtime of a version, for a machine of an architecture; resolved as the
    /// requirements of a job are.
    pub(crate) fn runtime(
        &self,
        job: &Job,
        python: PythonVersion,
        architecture: Architecture,
    ) -> Result<Contents, Failure> {
        let lines: String = runtime_packages(python)
            .map(|package| format!("{}=={}\n", package.project, package.version))
            .collect();
        let place = Utf8Path::new(PLACE);
        let read = requirements::read(self.tree, place, lines.as_bytes(), self.environment)?;
        let request = Request {
            requirements: read.expect("a runtime has packages").into(),
            target: Target { python, architecture },
            backend: job.backend,
            // All of them have wheels.
            policy: SourceDistributions::Refuse,
            versions: Arc::clone(&job.versions),
        };
        let mut set = wheels::of_request(&request, self).map_err(without_place)?;
        let damage = damaged(std::iter::once(&set));
        for (digest, (wheel, _)) in &damage {
            discard(*digest, wheel.name.as_str(), self.store()?, self.reporter)?;
        }
        if !damage.is_empty() {
            set = wheels::of_request(&request, self).map_err(without_place)?;
            let still = damaged(std::iter::once(&set));
            if let Some(failure) = damage_of(Some(&set), &still) {
                return Err(failure.clone());
            }
        }
        let none = SourceTree::default();
        Ok(contents::lay_out(&none, &set.layouts(), &Folders::default())?.0)
    }
}
