//! What is compared with: the packages that the sources give.

use camino::Utf8PathBuf;

use super::super::Context;
use super::super::hints::Untold;
use super::super::select::{Selected, Selection};
use crate::contents::Contents;
use crate::error::Error;
use crate::lambda::{Architecture, Origin, PythonVersion, Settled};
use crate::pipeline::{Assembled, Counted, Effect};
use crate::report::{Failure, Package};
use crate::terraform::{Candidate, Hint};

/// What the sources give.
#[derive(Debug)]
pub(super) struct Packages {
    /// What could be packaged, sorted by name.
    pub(super) packages: Vec<Packaged>,
    /// What could not, sorted by name.
    pub(super) failures: Vec<Failure>,
    /// Every lambda of the project, as functions are matched with it.
    pub(super) candidates: Vec<Candidate>,
    /// What the `*.tf` files do not tell of any lambda.
    pub(super) untold: Untold,
}

/// A package, as far as something is compared with it.
#[derive(Debug)]
pub(super) struct Packaged {
    /// What `build` would say of it.
    pub(super) package: Package,
    /// What is known of its lambda.
    pub(super) known: Known,
    /// What it is for; none where it is the same for every version.
    pub(super) python: Option<PythonVersion>,
    /// What it is for; none where it is the same for both.
    pub(super) architecture: Option<Architecture>,
    /// Whether nobody set what it is for, though it hangs on that.
    pub(super) is_target_open: bool,
    /// What it holds.
    pub(super) contents: Contents,
    /// The paths in it, sorted.
    pub(super) entries: Vec<String>,
    /// The lambda's own files that are in it, relative to the root.
    pub(super) own: Vec<Utf8PathBuf>,
    /// The lambda's files that count.
    pub(super) counted: Counted,
    /// The lambda's directory, relative to the root.
    pub(super) directory: Utf8PathBuf,
}

/// What is known of a lambda, whether it can be packaged or not.
#[derive(Debug)]
pub(super) struct Known {
    /// Its name.
    pub(super) name: String,
    /// Where its zip is, absolute.
    pub(super) zip: Utf8PathBuf,
    /// What Lambda calls the function, with `*` for what differs by environment.
    pub(super) function_name: Option<Settled<String>>,
    /// What Lambda calls in it.
    pub(super) handler: Option<Settled<String>>,
    /// What the project's `*.tf` files say of it.
    pub(super) hint: Hint,
}

impl Packages {
    /// Makes the packages, and hashes them.
    pub(super) fn of(selection: Selection, context: &Context<'_>) -> Result<Self, Error> {
        let Selection { selected, candidates, untold } = selection;
        let (mut known, mut jobs) = (Vec::new(), Vec::new());
        for Selected { job, function_name, handler, hint } in selected {
            let (name, zip) = (job.lambda.name.to_string(), job.output.clone());
            known.push(Known { name, zip, function_name, handler, hint });
            jobs.push(job);
        }
        let (made, mut failures) = context.with_pipeline(|pipeline| {
            let (assembled, unassembled) = pipeline.survey(jobs)?;
            let (made, mut failures) = pipeline.make(assembled, Effect::HashOnly)?;
            failures.extend(unassembled);
            Ok::<_, Error>((made, failures))
        })?;
        let mut packages = Vec::new();
        for (assembled, package) in made {
            let known = take(&mut known, |it| it.name == package.name);
            packages.push(Packaged::of(assembled, package, known));
        }
        packages.sort_by(|one, other| one.known.name.cmp(&other.known.name));
        failures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { packages, failures, candidates, untold })
    }
}

impl Packages {
    /// The package of a lambda.
    pub(super) fn named(&self, name: &str) -> Option<&Packaged> {
        self.packages.iter().find(|packaged| packaged.known.name == name)
    }
}

/// Takes the one that there must be out of a list.
fn take<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> T {
    let index = list.iter().position(is_it).expect("what is packaged was selected");
    list.swap_remove(index)
}

impl Packaged {
    fn of(assembled: Assembled, package: Package, known: Known) -> Self {
        let counted = assembled.counted();
        let Assembled { job, contents, depends_on_target, .. } = assembled;
        let is_host = |python: &Settled<_>| matches!(python.origin, Origin::Host(_));
        let is_open =
            job.python.as_ref().is_none_or(is_host) || job.architecture.origin == Origin::Default;
        Self {
            package,
            known,
            python: job.python.map(|python| python.value),
            architecture: depends_on_target.then_some(job.architecture.value),
            is_target_open: depends_on_target && is_open,
            own: contents.entries().filter_map(|(_, entry)| entry.data.place()).collect(),
            entries: contents.entries().map(|(path, _)| path.as_str().to_owned()).collect(),
            contents,
            counted,
            directory: job.lambda.directory,
        }
    }
}
