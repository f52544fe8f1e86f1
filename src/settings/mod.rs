//! Settings, from flags, environment and config together.
//!
//! Texts are parsed here, once, and nowhere else. The arguments come as [`Options`], environment
//! and config are two more layers, and the result is [`Settings`], settled and checked. The order:
//! flag > environment > `[lambda.NAME]` > config > default.

mod file;
mod layers;
mod of_lambda;
mod options;
mod root;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::fs;
use crate::lambda::{Architecture, ImportPolicy, Places, PythonVersion, Settled};
use crate::patience::Limits;
use crate::report::{Failure, Warning};
use crate::resolve::{Backend, SourceDistributions};
use crate::source::Selection;
use crate::tree::{Tree, normal, seen_from, slashes};

pub(crate) use file::CONFIG;
pub(crate) use options::{Options, OutputOptions, PackageOptions, ProjectOptions, ResolveOptions};
pub(crate) use root::{NoRoot, config_in, find as find_root};
pub(crate) use variables::{limited, list};

/// The settings of a run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The project's files: those of the worktree, or of a revision.
    pub(crate) tree: Tree,
    /// The project's root in the worktree, absolute and without links. Zips and the manifest are
    /// written there, also those of a revision.
    pub(crate) project: Utf8PathBuf,
    /// Where the lambdas are.
    pub(crate) places: Places,
    /// The folder for zips, absolute and without links; without one each goes to its lambda's
    /// directory.
    pub(crate) out_dir: Option<Utf8PathBuf>,
    /// Whether that comes from a flag or the environment, and not from the config.
    pub(crate) is_out_dir_named: bool,
    /// The folder for zips that the config names.
    configured_out_dir: Option<Utf8PathBuf>,
    /// Where the package manifest is, absolute and without links.
    pub(crate) manifest: Option<Utf8PathBuf>,
    /// The same without the flag: the path that the project's `*.tf` files read.
    pub(crate) configured_manifest: Option<Utf8PathBuf>,
    /// The folders in which Terraform runs, relative to the root; none where they are to be found.
    pub(crate) terraform: Option<Vec<Utf8PathBuf>>,
    /// Whether the path of the manifest comes from a flag or the environment, and not from the
    /// config.
    pub(crate) is_manifest_named: bool,
    /// The versions of local projects whose own are in git, by normalised name.
    pub(crate) versions: Arc<BTreeMap<String, String>>,
    /// How long programs and downloads are waited for.
    pub(crate) limits: Limits,
    /// What else this run writes, absolute: no package has it.
    pub(crate) reports: Vec<Utf8PathBuf>,
    /// The number of threads; none for one for each processor.
    pub(crate) jobs: Option<usize>,
    pub(crate) warnings: Vec<Warning>,
    layers: layers::Layers,
}

/// The settings of one lambda.
#[derive(Debug)]
pub(crate) struct LambdaSettings {
    /// None where none is set.
    pub(crate) python: Option<Settled<PythonVersion>>,
    pub(crate) architecture: Settled<Architecture>,
    pub(crate) backend: Backend,
    pub(crate) policy: SourceDistributions,
    pub(crate) selection: Selection,
    /// The function's name in Lambda, with `*` for a part that differs by environment.
    pub(crate) function_name: Option<Settled<String>>,
    /// `module.function`.
    pub(crate) handler: Option<Settled<String>>,
    pub(crate) imports: ImportPolicy,
    /// Modules that need not be found.
    pub(crate) allow_imports: Vec<String>,
    /// The folder of the package in which its own files lie; empty for the top.
    pub(crate) prefix: String,
}

impl Settings {
    /// Finds the root, reads the config and the environment, and merges.
    pub(crate) fn settle(
        typed: &Options,
        environment: &Environment,
        working_directory: &Utf8Path,
    ) -> Result<Self, Failure> {
        let root = root::find(typed, working_directory)?;
        let project = without_links(&root)?;
        let tree = match &typed.package.rev {
            Some(revision) => Tree::at_revision(&project, revision, environment)?,
            None => Tree::new(&root)?,
        };
        if fs::kind(&project)?.is_none() && !tree.has_root() {
            return Err(NoRoot::NoFolder(typed.project.root.clone().unwrap_or(root)).into());
        }
        let config = file::read(typed, &tree, working_directory, environment)?;
        let layers = layers::Layers::new(typed, environment, config, working_directory)?;
        layers.check_version()?;
        let folders = (&*project, working_directory);
        let OutputOptions { out_dir, manifest } = &typed.output;
        let (out_dir, is_out_dir_named) =
            layers.path("out-dir", out_dir.as_deref(), |table| &table.out_dir, folders)?;
        let manifest_path = |flag| layers.path("manifest", flag, |table| &table.manifest, folders);
        let (configured_manifest, _) = manifest_path(None)?;
        let (manifest, is_manifest_named) = manifest_path(manifest.as_deref())?;
        let configured_out_dir =
            layers.configured_path("out-dir", |table| &table.out_dir, &project)?;
        let reports = typed.reports.iter();
        let reports = reports.map(|path| without_links(&normal(&working_directory.join(path))));
        Ok(Self {
            is_out_dir_named,
            out_dir,
            configured_out_dir,
            is_manifest_named,
            manifest,
            configured_manifest,
            places: layers.places(&project, working_directory)?,
            terraform: layers.terraform(&project, working_directory)?,
            versions: layers.versions()?,
            limits: layers.limits()?,
            reports: reports.collect::<Result<_, _>>()?,
            jobs: layers::jobs(typed.package.resolve.jobs, environment)?,
            warnings: variables::unknown_variables(environment),
            tree,
            project,
            layers,
        })
    }

    /// Whether the package manifest of this run is the one that the project's `*.tf` files read.
    pub(crate) fn is_whole_manifest(&self) -> bool {
        self.manifest.is_some() && self.manifest == self.configured_manifest
    }

    /// Returns an absolute path as messages have it: relative to the root, with forward slashes.
    pub(crate) fn shown(&self, path: &Utf8Path) -> String {
        slashes(&seen_from(&self.project, path))
    }
}

/// A path with its links resolved, as far as it exists: the root has none either, so that paths
/// below it can be compared.
fn without_links(folder: &Utf8Path) -> Result<Utf8PathBuf, fs::Error> {
    for existing in folder.ancestors() {
        if fs::kind(existing)?.is_some() {
            let rest = folder.strip_prefix(existing).expect("an ancestor is a prefix");
            let canonical = fs::canonical(existing)?;
            return Ok(if rest.as_str().is_empty() { canonical } else { canonical.join(rest) });
        }
    }
    Ok(folder.to_owned())
}
