//! Terraform's modules: the folders that have its files, who calls whom, and which are deployed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::blocks::{Attribute, Block, parse};
use super::texts::{ENDINGS, broken};
use crate::report::Warning;
use crate::tree::normal;
use crate::words;

/// The files of one folder.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// In the order of their files, less what only changes others.
    blocks: Vec<Block>,
    /// The place of each in that list, by address.
    index: BTreeMap<String, usize>,
    locals: BTreeMap<String, Attribute>,
    /// Whether it says where its state is, or sets up a provider.
    is_set_up: bool,
}

impl Module {
    /// Its blocks of one kind.
    pub(super) fn blocks(&self, kind: &str) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// The block with an address: `aws_lambda_function.api`, `data.archive_file.api`,
    /// `variable.runtime`.
    pub(super) fn block(&self, address: &str) -> Option<&Block> {
        self.index.get(address).map(|index| &self.blocks[*index])
    }

    /// The names of its local values.
    pub(super) fn locals(&self) -> impl Iterator<Item = &str> {
        self.locals.keys().map(String::as_str)
    }

    pub(super) fn local(&self, name: &str) -> Option<&Attribute> {
        self.locals.get(name)
    }

    fn add(&mut self, block: Block, is_override: bool) {
        if block.kind == "locals" {
            for (name, local) in block.attributes {
                if is_override || !self.locals.contains_key(&name) {
                    self.locals.insert(name, local);
                }
            }
            return;
        }
        let sets_up = |inner: &Block| inner.kind == "backend" || inner.kind == "cloud";
        self.is_set_up |= block.kind == "provider"
            || block.kind == "terraform" && block.blocks.iter().any(sets_up);
        let Some(address) = block.address() else { return };
        match self.index.get(&address) {
            Some(index) if is_override => self.blocks[*index].overridden_by(&block),
            // A block that overrides nothing is an error of Terraform's.
            None if is_override => {}
            _ => {
                self.index.entry(address).or_insert(self.blocks.len());
                self.blocks.push(block);
            }
        }
    }
}

/// All modules of a project, by folder.
#[derive(Debug, Default)]
pub(super) struct Modules {
    folders: BTreeMap<Utf8PathBuf, Module>,
}

impl Modules {
    /// Parses files. One that can't be parsed is a warning.
    pub(super) fn parse(
        texts: &BTreeMap<Utf8PathBuf, String>,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut folders: BTreeMap<Utf8PathBuf, Module> = BTreeMap::new();
        // Override files come after all others, in the order of their names.
        let (others, first): (Vec<_>, Vec<_>) =
            texts.iter().partition(|(path, _)| is_override(path));
        for (path, text) in first.into_iter().chain(others) {
            let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
            match parse(path, text) {
                Ok(blocks) => {
                    let module = folders.entry(folder).or_default();
                    blocks.into_iter().for_each(|block| module.add(block, is_override(path)));
                }
                Err(error) => {
                    let message = error.message;
                    let message = format!(
                        "a file of Terraform's can't be read, and is left alone: {message}"
                    );
                    let warning = broken(message).at(path, error.line);
                    let folder = match path.parent() {
                        Some(folder) if folder != "" => {
                            format!("-chdir={} ", words::shell(folder.as_str()))
                        }
                        _ => String::new(),
                    };
                    warnings.push(warning.hint(format!("run `terraform {folder}validate`")));
                }
            }
        }
        Self { folders }
    }

    /// The module of a folder.
    pub(super) fn get(&self, folder: &Utf8Path) -> Option<(&Utf8Path, &Module)> {
        self.folders.get_key_value(folder).map(|(folder, module)| (folder.as_path(), module))
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = &Utf8Path> {
        self.folders.keys().map(Utf8PathBuf::as_path)
    }

    /// The folders in which Terraform runs. No other folder calls them as a module, and they say
    /// where their state is, set up a provider, or have a lock of providers (`is_locked`). Where
    /// none does, those that no other one calls.
    ///
    /// An example for users of a module is set up, too: below `examples` ("Standard Module
    /// Structure" in Terraform's documentation) a folder counts only where no other does.
    pub(super) fn roots(&self, is_locked: &dyn Fn(&Utf8Path) -> bool) -> Vec<Utf8PathBuf> {
        let called: BTreeSet<Utf8PathBuf> = self
            .folders
            .iter()
            .flat_map(|(folder, module)| {
                let calls = module.blocks("module").filter_map(|call| source(call, folder));
                calls.filter(move |called| called != folder)
            })
            .collect();
        let uncalled = self.folders.iter().filter(|(folder, _)| !called.contains(*folder));
        let uncalled: Vec<_> = uncalled.collect();
        let is_example = |folder: &Utf8Path| {
            folder.components().any(|part| ["examples", "example"].contains(&part.as_str()))
        };
        let set_up = |folder: &Utf8Path, module: &Module| module.is_set_up || is_locked(folder);
        let own = |wanted: &dyn Fn(&Utf8Path, &Module) -> bool| -> Vec<Utf8PathBuf> {
            let fits = uncalled.iter().filter(|(folder, module)| wanted(folder, module));
            fits.map(|(folder, _)| (*folder).clone()).collect()
        };
        let mut roots = own(&|folder, module| !is_example(folder) && set_up(folder, module));
        if roots.is_empty() {
            roots = own(&|folder, _| !is_example(folder));
        }
        if roots.is_empty() {
            roots = own(&|_, _| true);
        }
        roots
    }
}

/// Terraform merges these files over the others ("Override Files" in its documentation).
fn is_override(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// The folder of the local module that a block calls; none where the module is not local. The path
/// of a local one begins with `./` or `../` ("Module Sources" in Terraform's documentation), or as
/// Windows writes it.
pub(super) fn source(call: &Block, folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let (source, _) = call.attribute("source")?;
    let source = source.as_str()?.replace('\\', "/");
    let is_local = source.starts_with("./") || source.starts_with("../") || source == "..";
    is_local.then(|| normal(&folder.join(source)))
}
