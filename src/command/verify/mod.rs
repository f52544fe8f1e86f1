//! `verify`: does what is there match what the sources give?
//!
//! The packages are made as `build` makes them, and only hashed; then each thing that was asked
//! about is compared with them: the zips and the package manifest, or what Terraform or Lambda
//! itself has. All that was checked is told, also what is as it should be.

mod broken;
mod deployed;
mod functions;
mod manifest;
pub(super) mod options;
mod quiet;
mod reasons;
mod state;
mod subject;
mod tracked;
mod zip;

use camino::Utf8PathBuf;

use super::hints::Wanted;
use super::{Context, select};
use crate::checks::Date;
use crate::error::Error;
use crate::event::Event;
use crate::pipeline::Locking;
use crate::report::{CheckStatus, Verified, Warning};
use crate::terraform;
pub(super) use manifest::of_no_lambda;
use quiet::Heard;
pub(super) use quiet::Quiet;
use subject::Packages;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Verify {
    /// Names or globs of lambdas; all where there are none.
    pub(crate) names: Vec<String>,
    /// What Terraform says, in JSON, and what that is called.
    pub(crate) state: Option<(Vec<u8>, String)>,
    /// Where Terraform runs, absolute.
    pub(crate) terraform_directory: Option<Utf8PathBuf>,
    /// Whether Lambda is asked.
    pub(crate) deployed: bool,
    /// Which of what is on disk is looked at.
    pub(crate) disk: Disk,
    /// The day, by which runtimes are old.
    pub(crate) today: Date,
}

/// Which of what is on disk is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Disk {
    /// The package manifest and the zips.
    #[default]
    ManifestAndZips,
    /// The package manifest: zips are of a worktree, and a commit has none.
    Manifest,
    /// Nothing.
    Nothing,
}

/// Compares what is there with what the sources give.
///
/// # Errors
///
/// What stops the run before any lambda; a manifest that is none.
pub(super) fn verify(request: &Verify, context: &Context<'_>) -> Result<Verified, Error> {
    let heard = Heard::new(Quiet(context.reporter));
    let Context { settings, environment, resolving, .. } = *context;
    let context = &Context { settings, environment, resolving, reporter: &heard };
    // What can't be read stops the run before anything is packaged.
    let document = request.state.as_ref().map(|(bytes, path)| terraform::read(bytes, path));
    let document = document.transpose()?;
    if request.disk == Disk::Manifest && settings.manifest.is_none() {
        context.reporter.report(&Event::Warned { lambda: None, warning: &no_manifest() });
        return Ok(Verified { warnings: heard.warnings(), ..Verified::default() });
    }
    let selection = select::select(context, &request.names, None, Wanted::All)?;
    let packages = Packages::of(selection, context)?;
    let mut checks = Vec::new();
    let mut warnings: Vec<(Option<String>, Warning)> = Vec::new();
    let zips = match request.disk {
        Disk::Manifest => Vec::new(),
        // Terraform's hashes may be those of a zip on disk, too.
        Disk::ManifestAndZips | Disk::Nothing => zip::check(&packages, context)?,
    };
    let matches = document.as_ref().map(|it| state::matches(it, &packages, request, context));
    let is_all = request.names.is_empty();
    if let (Some(document), Some(matches)) = (&document, &matches) {
        checks.extend(state::check(document, matches, &packages, &zips, context));
        checks.extend(functions::of_state(&packages, matches, &settings.tree));
    }
    if request.deployed {
        let (compared, called) = deployed::check(&packages, matches.as_deref(), context)?;
        checks.extend(compared);
        checks.extend(functions::of_lambda(&packages, &called, &settings.tree));
        if matches.is_none() {
            warnings.extend(functions::unasked(&packages));
        }
    }
    if request.disk != Disk::Nothing {
        let (mut entries, missing) = manifest::check(&packages, &zips, is_all, settings)?;
        reasons::add(&packages, &mut entries, context);
        warnings.extend(missing.map(|warning| (None, warning)));
        // A zip that a manifest stands for need not be there.
        let stands = |zip: &zip::Looked| {
            entries.iter().any(|it| it.name == zip.name && it.status != CheckStatus::Missing)
        };
        let told = zips.into_iter().filter(|zip| zip.digest.is_some() || !stands(zip));
        checks.extend(told.map(|zip| zip.check));
        checks.extend(entries);
    }
    if request.disk == Disk::ManifestAndZips {
        checks.extend(functions::declared(&packages, &settings.tree));
    }
    checks.sort_by(|one, other| {
        (&one.name, one.subject, &one.address).cmp(&(&other.name, other.subject, &other.address))
    });
    if request.disk == Disk::ManifestAndZips && settings.tree.commit().is_none() {
        warnings.extend(tracked::warnings(&packages, &checks, context));
    }
    if request.disk == Disk::ManifestAndZips {
        warnings.extend(functions::unchecked(&packages));
    }
    if request.disk != Disk::Manifest {
        let matches = matches.as_deref().unwrap_or_default();
        warnings.extend(functions::unknown_in_plan(&packages, matches));
        let old = functions::old_runtimes(&packages, matches, request.today);
        warnings.extend(old.into_iter().map(|warning| (None, warning)));
    }
    for (name, warning) in &warnings {
        context.reporter.report(&Event::Warned { lambda: name.as_deref(), warning });
    }
    // Where nobody looks at warnings, what was not checked must not pass.
    let is_strict = resolving.locking == Locking::Required || request.disk == Disk::Manifest;
    let broken = is_strict.then(|| broken::failure(&packages, request.disk)).flatten();
    let Packages { mut failures, .. } = packages;
    failures.extend(broken);
    for failure in &failures {
        context.reporter.report(&Event::Failed(failure));
    }
    Ok(Verified { checks, failures, warnings: heard.warnings() })
}

/// Who installs the hook and has no manifest believes to be safer than they are.
fn no_manifest() -> Warning {
    Warning {
        code: "no-manifest",
        message: "no package manifest is configured, so there is nothing to verify".to_owned(),
        place: None,
        hint: Some("set `manifest = \"terraform/packages.json\"` in dofs-package.toml".to_owned()),
    }
}
