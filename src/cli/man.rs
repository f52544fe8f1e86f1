//! `man`: manual pages, made of what the help is made of.
//!
//! They have no date, so that the same version writes the same bytes.

use camino::Utf8Path;
use clap::CommandFactory as _;

use super::arguments::{Arguments, Format};
use super::context::working_directory;
use super::exit;
use super::run::Run;
use crate::error::Error;
use crate::fs;
use crate::render::{json, text};
use crate::report::{WrittenFile, WrittenFiles};
use crate::tree::{Tree, slashes};

/// What stands at the foot of each page.
const SOURCE: &str = concat!("cargo-dofs-package ", env!("CARGO_PKG_VERSION"));

impl Run {
    /// Writes a page for the tool, and one for each command.
    pub(super) fn man(&self, directory: &Utf8Path) -> (String, u8) {
        match write(directory) {
            Ok(files) if self.format == Some(Format::Json) => {
                (json::answer(&WrittenFiles { files, failures: Vec::new() }), exit::DONE)
            }
            Ok(files) => (text::files(&files), exit::DONE),
            Err(error) => self.failed(&error),
        }
    }
}

fn write(directory: &Utf8Path) -> Result<Vec<WrittenFile>, Error> {
    let folder = working_directory()?.join(directory);
    fs::create_directory(&folder)?;
    let folder = Tree::new(&folder)?;
    let mut written = Vec::new();
    for (name, page) in pages() {
        folder.write(Utf8Path::new(&name), &page)?;
        written.push(WrittenFile::new(slashes(&directory.join(name)), "written"));
    }
    Ok(written)
}

/// The pages by their files' names, sorted.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut tool = Arguments::command().name("cargo-dofs-package").disable_help_subcommand(true);
    tool.build();
    let mut pages = Vec::new();
    let mut commands = vec![tool];
    while let Some(command) = commands.pop() {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        commands.extend(command.get_subcommands().cloned());
        let mut page = Vec::new();
        let man = clap_mangen::Man::new(command).source(SOURCE);
        man.render(&mut page).expect("a Vec takes all");
        pages.push((format!("{name}.1"), page));
    }
    pages.sort();
    pages
}
