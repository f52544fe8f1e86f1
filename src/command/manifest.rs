//! The package manifest on disk: read, and written where it changes.

use camino::Utf8Path;

use super::Context;
use crate::event::Event;
use crate::lambda;
use crate::manifest::{self, Entry, Manifest, Scope};
use crate::report::{FORMAT, Failure, Package, Warning};
use crate::settings::Settings;
use crate::tree::{self, Tree};

/// Reads the manifest in the worktree or in a revision, for a run with a scope; none where none is
/// configured, or the file does not exist.
pub(super) fn read(settings: &Settings, scope: Scope) -> Result<Option<Manifest>, Failure> {
    let Some(path) = &settings.manifest else { return Ok(None) };
    let shown = tree::seen_from(&settings.project, path);
    let bytes = settings.tree.read(&shown)?;
    let kept = bytes.map(|bytes| kept(&bytes, &tree::slashes(&shown), scope));
    kept.transpose()
}

/// Parses a manifest. One with conflict markers counts as empty where all lambdas are packaged,
/// since the run writes every entry anew.
fn kept(bytes: &[u8], shown: &str, scope: Scope) -> Result<Manifest, Failure> {
    match manifest::read(bytes, shown) {
        Err(manifest::Invalid::Conflict(_)) if scope == Scope::All => Ok(Manifest::default()),
        read => Ok(read?),
    }
}

/// Takes packages into the manifest, and writes it if that changes it.
pub(super) fn update(
    packages: &[Package],
    scope: Scope,
    context: &Context<'_>,
) -> Result<(), Failure> {
    let settings = context.settings;
    let Some(path) = &settings.manifest else { return Ok(()) };
    // The packages may be those of a revision; the manifest is always written in the worktree.
    let worktree = Tree::new(&settings.project)?;
    let shown = settings.shown(path);
    let before = worktree.read(path)?;
    if packages.is_empty() && before.is_none() {
        // Terraform would read from it that there are no lambdas.
        return Ok(());
    }
    let built = entries(packages, settings);
    let absent = absent(settings)?;
    let mut after = match &before {
        // A build of all lambdas that are here writes no entry of the others anew.
        Some(bytes) => kept(bytes, &shown, if absent.is_empty() { scope } else { Scope::Some })?,
        None => Manifest::default(),
    };
    for name in absent.iter().filter(|name| after.0.contains_key(*name)) {
        context.reporter.report(&Event::Noted(&format!(
            "`{name}` is not checked out here, and its entry in `{shown}` stays as it is"
        )));
    }
    after.merge(built, scope, &absent);
    let text = manifest::write(&after);
    let is_new = before.is_none();
    // Texts are compared, so that a manifest that was formatted otherwise is written in our form.
    if before.is_none_or(|bytes| bytes != text.as_bytes()) {
        worktree.write(path, text.as_bytes()).map_err(|error| {
            let message = format!("cannot write the package manifest `{shown}`");
            Failure::input("unwritable-manifest", message)
                .because(&error)
                .hint("make its folder, if that is what is missing")
        })?;
        context.reporter.report(&Event::ManifestWritten(&shown));
    }
    if is_new && scope == Scope::Some {
        let message = format!("`{shown}` is new, and has only what this run has packaged");
        let hint = "package every lambda before Terraform reads it: `cargo dofs-package build`";
        context.reporter.warn(&Warning::new("partial-manifest", message).hint(hint));
    }
    Ok(())
}

/// The names of lambdas that git has and the worktree has not got.
pub(super) fn absent(settings: &Settings) -> Result<Vec<String>, Failure> {
    let absent = lambda::absent(&settings.tree, &settings.places)?;
    Ok(absent.into_iter().map(|lambda| lambda.name.to_string()).collect())
}

/// The entries of packages.
pub(crate) fn entries(packages: &[Package], settings: &Settings) -> Manifest {
    Manifest(packages.iter().map(|it| (it.name.clone(), entry(it, settings))).collect())
}

/// The entry of a package. Its file name is relative to the root where no manifest is configured.
pub(super) fn entry(package: &Package, settings: &Settings) -> Entry {
    let zip = tree::normal(&settings.project.join(&package.path));
    let folder = settings.manifest.as_deref().and_then(Utf8Path::parent);
    Entry {
        kind: package.kind,
        filename: tree::slashes(&tree::seen_from(folder.unwrap_or(&settings.project), &zip)),
        digest: package.digest,
        size: package.size,
        format: FORMAT,
    }
}
