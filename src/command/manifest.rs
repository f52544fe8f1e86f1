//! The package manifest on disk: read, and written where it changes.

use camino::Utf8Path;

use super::{Context, Error};
use crate::archive::FORMAT;
use crate::event::Event;
use crate::manifest::{self, Entry, Manifest, Scope};
use crate::report::Package;
use crate::tree::{self, Tree};

/// Reads a manifest; one that is not there has no entries.
///
/// # Errors
///
/// What the disk says; a file that is no manifest.
pub(super) fn read(
    path: &Utf8Path,
    context: &Context<'_>,
) -> Result<Option<Manifest>, crate::error::Error> {
    let tree = &context.settings.tree;
    let Some(bytes) = tree.read(path)? else { return Ok(None) };
    Ok(Some(manifest::read(&bytes, &shown(tree, path))?))
}

/// Takes packages into a manifest, and writes it if that changes it.
///
/// # Errors
///
/// What the disk says; a file that is no manifest.
pub(super) fn update(
    path: &Utf8Path,
    packages: &[Package],
    scope: Scope,
    context: &Context<'_>,
) -> Result<(), crate::error::Error> {
    let tree = &context.settings.tree;
    let before = read(path, context)?;
    let built = packages.iter().map(|package| (package.name.clone(), entry(package, path, tree)));
    let built = Manifest(built.collect());
    let mut after = before.clone().unwrap_or_default();
    after.merge(built, scope);
    let text = manifest::write(&after);
    // Compared as texts: one that another hand has laid out is written as all others are.
    let is_same = tree.read(path)?.is_some_and(|bytes| bytes == text.as_bytes());
    if !is_same {
        let shown = shown(tree, path);
        let unwritable = |source| Error::Manifest { path: shown.clone(), source };
        tree.write(path, text.as_bytes()).map_err(unwritable)?;
        context.reporter.report(&Event::ManifestWritten { path: &shown });
    }
    Ok(())
}

/// What a manifest says of a package.
fn entry(package: &Package, manifest: &Utf8Path, tree: &Tree) -> Entry {
    let zip = tree.absolute(Utf8Path::new(&package.path));
    let folder = manifest.parent().unwrap_or(manifest);
    let filename = pathdiff::diff_utf8_paths(&zip, folder).unwrap_or(zip);
    Entry {
        filename: tree::slashes(&filename),
        digest: package.digest,
        size: package.size,
        format: FORMAT,
    }
}

fn shown(tree: &Tree, path: &Utf8Path) -> String {
    tree::slashes(&tree.relative(path))
}
