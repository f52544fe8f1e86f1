//! Settings: what flags, environment and config mean together.
//!
//! Text becomes meaning here, once, and nowhere else. What was typed comes in as [`Options`], the
//! environment and the config as two more layers; out comes [`Settings`], settled and
//! checked: flag > environment > `[lambda.NAME]` > config > default.

mod file;
mod layers;
mod options;
mod root;
mod variables;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::fs;
use crate::lambda::{Architecture, PythonVersion, Settled};
use crate::report::{Failure, Warning};
use crate::resolve::{Backend, SourceDistributions};
use crate::source::Selection;
use crate::tree::{Tree, seen_from, slashes};

pub(crate) use file::CONFIG;
pub(crate) use options::{Options, OutputOptions, PackageOptions, ProjectOptions, ResolveOptions};
pub(crate) use root::{NoRoot, config_in, find as find_root};
pub(crate) use variables::list;

/// What a run goes by.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The project's files: those of the worktree, or of a revision.
    pub(crate) tree: Tree,
    /// The project's root in the worktree, absolute and without links: zips and the manifest are
    /// there, whatever is packaged.
    pub(crate) project: Utf8PathBuf,
    /// Globs of the lambdas' directories, relative to the root.
    pub(crate) lambdas: Vec<String>,
    /// Where zips go, absolute and without links; each to its lambda's directory where there is none.
    pub(crate) out_dir: Option<Utf8PathBuf>,
    /// Whether this run was told where zips go, and not only the config was.
    pub(crate) is_out_dir_named: bool,
    /// Where the package manifest is, absolute and without links.
    pub(crate) manifest: Option<Utf8PathBuf>,
    /// Where config or environment say that the package manifest is, whatever was typed: that is what
    /// the project's `*.tf` files read.
    pub(crate) configured_manifest: Option<Utf8PathBuf>,
    /// Whether this run was told where the manifest is, and not only the config was.
    pub(crate) is_manifest_named: bool,
    /// How many threads work; as many as there are processors where there is none.
    pub(crate) jobs: Option<usize>,
    pub(crate) warnings: Vec<Warning>,
    layers: layers::Layers,
}

/// What one lambda goes by.
#[derive(Debug)]
pub(crate) struct LambdaSettings {
    /// None where nobody set one.
    pub(crate) python: Option<Settled<PythonVersion>>,
    pub(crate) architecture: Settled<Architecture>,
    /// Who resolves its requirements.
    pub(crate) backend: Backend,
    /// What becomes of requirements that have no wheel.
    pub(crate) policy: SourceDistributions,
    /// Which files are kept.
    pub(crate) selection: Selection,
    /// What Lambda calls the function, with `*` for what differs by environment.
    pub(crate) function_name: Option<Settled<String>>,
    /// What Lambda calls in it: `module.function`.
    pub(crate) handler: Option<Settled<String>>,
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
        let layers = layers::Layers::new(typed, environment, config)?;
        layers.check_version()?;
        let folders = (&*project, working_directory);
        let OutputOptions { out_dir, manifest } = &typed.output;
        let (out_dir, is_out_dir_named) =
            layers.path("out-dir", out_dir.as_deref(), |table| &table.out_dir, folders)?;
        let manifest_path = |flag| layers.path("manifest", flag, |table| &table.manifest, folders);
        let (configured_manifest, _) = manifest_path(None)?;
        let (manifest, is_manifest_named) = manifest_path(manifest.as_deref())?;
        Ok(Self {
            is_out_dir_named,
            out_dir,
            is_manifest_named,
            manifest,
            configured_manifest,
            lambdas: layers.lambda_globs(&project, working_directory)?,
            jobs: layers::jobs(typed.package.resolve.jobs, environment)?,
            warnings: variables::unknown_variables(environment),
            tree,
            project,
            layers,
        })
    }

    /// Returns an absolute path as it is told: as the root sees it, with forward slashes.
    pub(crate) fn shown(&self, path: &Utf8Path) -> String {
        slashes(&seen_from(&self.project, path))
    }
}

/// A path with its links resolved, as far as it is there: the root's has none either.
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
