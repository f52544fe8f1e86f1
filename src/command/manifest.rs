//! The package manifest on disk: read, and written where it changes.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;

use super::partition::Partition;
use super::quiet::{Past, Quiet};
use super::{Context, Invocation, select, working_directory};
use crate::event::Event;
use crate::fs;
use crate::lambda;
use crate::manifest::{self, Entry, Manifest, Scope};
use crate::report::code;
use crate::report::{FORMAT, Failure, Package, Warning, WrittenFile, WrittenFiles};
use crate::settings::{Options, OutputOptions, PackageOptions, Settings};
use crate::tree::{self, Tree};
use crate::words;

/// The code of a manifest that can't be written.
const UNWRITABLE: &str = "unwritable-manifest";
/// The code of a manifest that has not all lambdas.
const PARTIAL: &str = "partial-manifest";

/// Reads the manifest in the worktree or in a revision, for a run with a scope; none where none is
/// configured, or the file does not exist.
pub(super) fn read(settings: &Settings, scope: Scope) -> Result<Option<Manifest>, Failure> {
    let Some(path) = &settings.manifest else { return Ok(None) };
    let shown = tree::seen_from(&settings.project, path);
    let bytes = settings.tree.read(&shown)?;
    let kept = bytes.map(|bytes| kept(&bytes, &tree::slashes(&shown), scope));
    kept.transpose()
}

/// Refuses a manifest whose folder is not there, before anything is packaged; that of the zips is made,
/// also where none will be written.
pub(super) fn check_folder(settings: &Settings) -> Result<(), Failure> {
    let Some(path) = &settings.manifest else { return Ok(()) };
    let folder = parent(path);
    if fs::kind(folder)?.is_some() {
        return Ok(());
    }
    if settings.out_dir.as_deref() == Some(folder) {
        return Ok(fs::create_directory(folder)?);
    }
    let shown = settings.shown(folder);
    let message = format!(
        "the package manifest would be `{}`, and there is no `{shown}`",
        settings.shown(path)
    );
    Err(Failure::input(UNWRITABLE, message).hint(format!("make the folder `{shown}`")))
}

/// Refuses to write the entries of a part over those of other parts, where Terraform reads those of all;
/// warns where none are there yet. `stays` says whether the part leaves an entry, or removes it rightly.
pub(super) fn refuse_loss(
    partition: Partition,
    stays: &dyn Fn(&str) -> bool,
    context: &Context<'_>,
) -> Result<(), Failure> {
    let settings = context.settings;
    let Some(path) = settings.manifest.as_ref().filter(|_| settings.is_whole_manifest()) else {
        return Ok(());
    };
    let (shown, Partition { index, count }) = (settings.shown(path), partition);
    let bytes = Tree::new(&settings.project)?.read(path)?;
    let there = bytes.map(|bytes| kept(&bytes, &shown, Scope::Some)).transpose()?;
    let there = there.unwrap_or_default();
    let absent = absent(settings)?;
    let is_lost = |name: &&String| !stays(name) || absent.contains(name);
    let lost: Vec<&String> = there.0.keys().filter(is_lost).collect();
    let hint = "give each part a file of its own with `--manifest FILE`, and join these with \
                `cargo dofs-package manifest merge`";
    if !lost.is_empty() {
        let lost = words::some_of(&lost, 5);
        let message = format!(
            "part {index} of {count} would take the place of all in `{shown}`, and the entries of \
             {lost} would be lost"
        );
        return Err(Failure::usage("part-for-whole", message).hint(hint));
    }
    if count > 1 {
        let message = format!("`{shown}` has only part {index} of {count}");
        context.reporter.warn(&Warning::new(PARTIAL, message).hint(hint));
    }
    Ok(())
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
    if packages.is_empty() && before.is_none() && scope != Scope::Part {
        // Terraform would read from it that there are no lambdas.
        return Ok(());
    }
    let built = entries(packages, settings);
    let absent = absent(settings)?;
    let mut after = match &before {
        // A build of all lambdas that are here writes no entry of the others anew.
        _ if scope == Scope::Part => Manifest::default(),
        Some(bytes) => kept(bytes, &shown, if absent.is_empty() { scope } else { Scope::Some })?,
        None => Manifest::default(),
    };
    for name in absent.iter().filter(|name| after.0.contains_key(*name)) {
        context.reporter.report(&Event::Noted(&format!(
            "`{name}` is not checked out here, and its entry in `{shown}` stays as it is"
        )));
    }
    after.merge(built, scope, &absent);
    let is_new = before.is_none();
    if write(&after, path, context.settings)? {
        context.reporter.report(&Event::ManifestWritten(&shown));
    }
    if is_new && scope == Scope::Some {
        let message = format!("`{shown}` is new, and has only what this run has packaged");
        let hint = "package every lambda before Terraform reads it: `cargo dofs-package build`";
        context.reporter.warn(&Warning::new(PARTIAL, message).hint(hint));
    }
    warn_of_zips_outside(path, context);
    Ok(())
}

/// Warns of a manifest in the project whose zips lie outside of it: it is made to be committed, and
/// leads nowhere from another clone.
fn warn_of_zips_outside(manifest: &Utf8Path, context: &Context<'_>) {
    let settings = context.settings;
    let is_outside = |folder: &&Utf8PathBuf| !folder.starts_with(&settings.project);
    if let Some(folder) = settings.out_dir.as_ref().filter(is_outside)
        && manifest.starts_with(&settings.project)
    {
        let (manifest, folder) = (settings.shown(manifest), settings.shown(folder));
        let message = format!(
            "the zips that `{manifest}` names are in `{folder}`, outside of the project: no other \
             clone has them there"
        );
        let hint = "let them go to a folder of the project, or write a manifest beside them with \
                    `--manifest`";
        context.reporter.warn(&Warning::new("zips-outside", message).hint(hint));
    }
}

/// Writes a manifest if that changes it, and tells whether it did. Texts are compared, so that one that
/// was formatted otherwise is written in our form.
fn write(manifest: &Manifest, path: &Utf8Path, settings: &Settings) -> Result<bool, Failure> {
    let worktree = Tree::new(&settings.project)?;
    let text = manifest::write(manifest);
    if worktree.read(path)?.is_some_and(|bytes| bytes == text.as_bytes()) {
        return Ok(false);
    }
    worktree.write(path, text.as_bytes()).map_err(|error| {
        let message = format!("cannot write the package manifest `{}`", settings.shown(path));
        Failure::input(UNWRITABLE, message).because(&error)
    })?;
    Ok(true)
}

/// What is done with package manifests.
#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Join the manifests of the parts of a run into one
    ///
    /// It is written where the config or `--manifest` says, and has their entries. A lambda of the
    /// project that is in no part is an error, and nothing is written; a warning, where the whole goes
    /// to another file than the config's, which has no entry of it either.
    Merge {
        /// The manifests of all parts
        #[arg(value_name = "FILE", required = true)]
        parts: Vec<Utf8PathBuf>,
        /// Write the whole to this file
        #[arg(long, value_name = "FILE")]
        manifest: Option<Utf8PathBuf>,
    },
}

/// Joins the manifests of parts.
pub(crate) fn manifest(
    command: &ManifestCommand,
    invocation: Invocation<'_>,
) -> Result<WrittenFiles, Failure> {
    let ManifestCommand::Merge { parts, manifest: typed } = command;
    let output = OutputOptions { manifest: typed.clone(), ..OutputOptions::default() };
    let options = Options { output, ..invocation.options(&PackageOptions::default()) };
    invocation.with_options(&options, |context| merge(parts, context))
}

fn merge(parts: &[Utf8PathBuf], context: &Context<'_>) -> Result<WrittenFiles, Failure> {
    let (folder, settings) = (working_directory()?, context.settings);
    let Some(target) = &settings.manifest else {
        return Err(Failure::usage(
            code::NO_MANIFEST,
            "nothing says where the whole manifest is written",
        )
        .hint("name a file with `--manifest`, or set `manifest` in dofs-package.toml"));
    };
    let mut whole = Manifest::default();
    let mut owners: BTreeMap<String, &Utf8Path> = BTreeMap::new();
    for part in parts {
        let path = tree::normal(&folder.join(part));
        if path == *target {
            let message = format!("the whole would take the place of `{part}`, a part of it");
            return Err(Failure::usage("part-for-whole", message)
                .at(part, None)
                .hint("name another file with `--manifest`"));
        }
        let bytes = fs::read(&path)?
            .ok_or_else(|| Failure::input(code::NO_SUCH_FILE, format!("there is no `{part}`")))?;
        let mut entries = manifest::read(&bytes, part.as_str()).map_err(Failure::from)?;
        for (name, entry) in &mut entries.0 {
            let zip = tree::normal(&parent(&path).join(&entry.filename));
            entry.filename = tree::slashes(&tree::seen_from(parent(target), &zip));
            owners.entry(name.clone()).or_insert(part);
        }
        if let Err(name) = whole.join(entries) {
            let message = format!("`{name}` is in `{}` and in `{part}`", owners[&name]);
            return Err(Failure::input("overlapping-manifests", message)
                .at(part, None)
                .hint("join the parts of one run: with `--partition I/N`, each I once, of one N"));
        }
    }
    complete(&mut whole, target, context)?;
    let status = if write(&whole, target, settings)? { "written" } else { "unchanged" };
    let files = vec![WrittenFile::new(settings.shown(target), status)];
    Ok(WrittenFiles { files, ..WrittenFiles::default() })
}

/// Looks whether the parts have all lambdas of the project. Of those that are not checked out here, the
/// entries that were there stay, as a build leaves them.
///
/// # Errors
///
/// A lambda is in no part, and the manifest is the config's, or has an entry of it.
fn complete(whole: &mut Manifest, target: &Utf8Path, context: &Context<'_>) -> Result<(), Failure> {
    let settings = context.settings;
    let shown = settings.shown(target);
    let bytes = Tree::new(&settings.project)?.read(target)?.unwrap_or_default();
    // One that can't be read has no entry that could be lost.
    let mut before = manifest::read(&bytes, &shown).unwrap_or_default();
    for name in absent(settings)? {
        if let Some(entry) = before.0.remove(&name) {
            whole.0.entry(name).or_insert(entry);
        }
    }
    let past = Past(Quiet(context.reporter));
    let jobs = match select::jobs(&context.with_reporter(&past), &[], None) {
        // Without sources nobody knows what the project has.
        Err(failure) if failure.code == lambda::NO_LAMBDAS => return Ok(()),
        jobs => jobs?,
    };
    let names = jobs.iter().map(|job| job.lambda.name.to_string());
    let lacking: Vec<String> = names.filter(|name| !whole.0.contains_key(name)).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let is_lost = lacking.iter().any(|name| before.0.contains_key(name));
    let verb = if lacking.len() == 1 { "is" } else { "are" };
    let message =
        format!("{} {verb} in none of the manifests to be joined", words::some_of(&lacking, 5));
    let hint = "join the manifests of all parts of one run, in which no lambda failed: with \
                `--partition I/N`, each I from 1 to N";
    if settings.is_whole_manifest() || is_lost {
        return Err(Failure::input("incomplete-parts", message).hint(hint));
    }
    context.reporter.warn(&Warning::new(PARTIAL, message).hint(hint));
    Ok(())
}

fn parent(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(Utf8Path::new(""))
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
