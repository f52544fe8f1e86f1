//! Terraform's modules: the folders that have `*.tf` files, and who calls whom.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::texts::{broken, left_alone};
use crate::report::{Place, Warning};
use crate::terraform::Note;
use crate::tree::normal;

/// A file, parsed.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root.
    path: Utf8PathBuf,
    /// Where its lines begin, in bytes.
    lines: Vec<usize>,
    body: Body,
}

/// The files of one folder.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// In the order of their names.
    files: Vec<File>,
    /// What override files say of functions anew: resource and attribute, and where.
    overridden: BTreeMap<(String, String), Place>,
}

/// A block, and the file that has it.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) block: &'a Block,
    file: &'a File,
}

impl<'a> Placed<'a> {
    /// Where the block begins.
    pub(super) fn place(&self) -> Place {
        self.file.place(self.block.span())
    }

    /// An attribute of the block, and where it is.
    pub(super) fn attribute(&self, name: &str) -> Option<(&'a Expression, Place)> {
        let attribute = self.block.body.get_attribute(name)?;
        Some((&attribute.value, self.file.place(attribute.span())))
    }
}

impl File {
    fn place(&self, span: Option<std::ops::Range<usize>>) -> Place {
        let line = span.map(|span| self.lines.partition_point(|start| *start <= span.start));
        let line = line.and_then(|line| u32::try_from(line).ok());
        Place { path: self.path.to_string(), line }
    }
}

impl Module {
    /// Its blocks of one kind.
    pub(super) fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Placed<'a>> {
        self.files.iter().flat_map(move |file| {
            file.body.get_blocks(kind).map(move |block| Placed { block, file })
        })
    }

    /// Where another file overrides an attribute of a function.
    pub(super) fn overridden(&self, function: &str, attribute: &str) -> Option<&Place> {
        self.overridden.get(&(function.to_owned(), attribute.to_owned()))
    }

    /// Remembers the attributes of functions that an override file sets.
    fn overrides(&mut self, file: &File) {
        for block in file.body.get_blocks("resource") {
            let [kind, name] = &block.labels[..] else { continue };
            if kind.as_str() != "aws_lambda_function" {
                continue;
            }
            for attribute in block.body.attributes() {
                let key = (name.as_str().to_owned(), attribute.key.to_string());
                self.overridden.insert(key, file.place(attribute.span()));
            }
        }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Expression> {
        let mut blocks = self.files.iter().flat_map(|file| file.body.get_blocks("locals"));
        blocks.find_map(|block| block.body.get_attribute(name)).map(|local| &local.value)
    }

    /// The default of a variable.
    pub(super) fn default(&self, name: &str) -> Option<&Expression> {
        let mut blocks = self.files.iter().flat_map(|file| file.body.get_blocks("variable"));
        let variable = blocks.find(|block| block.has_exact_labels(&[name]))?;
        variable.body.get_attribute("default").map(|default| &default.value)
    }
}

/// All modules of a project, by folder.
#[derive(Debug, Default)]
pub(super) struct Modules(BTreeMap<Utf8PathBuf, Module>);

impl Modules {
    /// Parses files. A file that is no HCL is a warning, and so is an override file with functions:
    /// its meaning depends on Terraform's rules of merging. Another override file is a note.
    pub(super) fn parse(
        texts: &BTreeMap<Utf8PathBuf, String>,
        notes: &mut Vec<Note>,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut modules: BTreeMap<Utf8PathBuf, Module> = BTreeMap::new();
        for (path, text) in texts {
            let stem = path.file_stem().unwrap_or_default();
            // Terraform merges these files over the others ("Override Files" in its documentation).
            let is_override = stem == "override" || stem.ends_with("_override");
            if is_override {
                let message = "a file that overrides others is left alone";
                if text.contains("aws_lambda_function") {
                    warnings.push(left_alone(path, message));
                } else {
                    let place = Some(Place::new(path, None));
                    notes.push(Note { place, message: message.to_owned() });
                    continue;
                }
            }
            match hcl_edit::parser::parse_body(text) {
                Ok(body) => {
                    let begins = text.match_indices('\n').map(|(at, _)| at + 1);
                    let lines = std::iter::once(0).chain(begins).collect();
                    let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
                    let file = File { path: path.clone(), lines, body };
                    let module = modules.entry(folder).or_default();
                    if is_override {
                        module.overrides(&file);
                    } else {
                        module.files.push(file);
                    }
                }
                Err(error) => warnings.push(not_hcl(path, &error)),
            }
        }
        Self(modules)
    }

    /// The module of a folder.
    pub(super) fn get(&self, folder: &Utf8Path) -> Option<&Module> {
        self.0.get(folder)
    }

    /// The folders of the modules that no other one calls: Terraform runs in one of them.
    pub(super) fn roots(&self) -> Vec<Utf8PathBuf> {
        let called: BTreeSet<Utf8PathBuf> = self
            .0
            .iter()
            .flat_map(|(folder, module)| {
                module.blocks("module").filter_map(|call| source(&call, folder))
            })
            .collect();
        let folders = self.0.keys().filter(move |folder| !called.contains(*folder));
        folders.cloned().collect()
    }
}

/// The folder of the local module that a block calls; none where the module is not local. The path
/// of a local one begins with `./` or `../` ("Module Sources" in Terraform's documentation).
pub(super) fn source(call: &Placed<'_>, folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let (source, _) = call.attribute("source")?;
    let source =
        source.as_str().filter(|path| path.starts_with("./") || path.starts_with("../"))?;
    Some(normal(&folder.join(source)))
}

fn not_hcl(path: &Utf8Path, error: &hcl_edit::parser::Error) -> Warning {
    let message = error.message();
    broken(format!("a file of Terraform's can't be read, and is left alone: {message}"))
        .at(path, u32::try_from(error.location().line()).ok())
        .hint("run `terraform validate`")
}
