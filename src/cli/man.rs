//! Manual pages and completions, made from the same declarations as the help.
//!
//! They have no date, so that the same version writes the same bytes.

use camino::Utf8Path;

use super::arguments::parser;
use crate::command::working_directory;
use crate::fs;
use crate::report::{Failure, WrittenFile};
use crate::tree::{Tree, slashes};

/// What stands at the foot of each page.
const SOURCE: &str = concat!("cargo-dofs-package ", env!("CARGO_PKG_VERSION"));

/// Writes a page for the tool, and one for each command.
pub(super) fn write(directory: &Utf8Path) -> Result<Vec<WrittenFile>, Failure> {
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
    let mut tool = parser().name("cargo-dofs-package").disable_help_subcommand(true);
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

/// The completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut parser(), "cargo-dofs-package", &mut script);
    String::from_utf8(script).expect("completions are text")
}
