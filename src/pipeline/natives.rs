//! Native libraries of a package: those of wheels are known, a lambda's own are read here.

use camino::Utf8Path;

use crate::checks::{Found, Origin};
use crate::contents::{Contents, Data};
use crate::elf;
use crate::path::{ArchivePath, Mode};
use crate::source::SourceTree;
use crate::tree::{self, Tree};

/// Reads the native libraries and programs among a lambda's own files.
pub(super) fn of_sources(tree: &Tree, sources: &SourceTree) -> Result<Vec<Found>, tree::Error> {
    let files = sources.all().filter(|file| may_be_native(&file.path, file.mode, file.size));
    let found = files.map(|file| read(tree, &file.path, &file.place));
    found.filter_map(Result::transpose).collect()
}

/// The same of the own files in a package.
pub(super) fn of_files(tree: &Tree, contents: &Contents) -> Result<Vec<Found>, tree::Error> {
    let own = contents.entries().filter_map(|(path, entry)| match &entry.data {
        Data::File { place, size } if may_be_native(path, entry.mode, *size) => Some((path, place)),
        Data::File { .. } | Data::Member { .. } => None,
    });
    own.map(|(path, place)| read(tree, path, place)).filter_map(Result::transpose).collect()
}

/// Reads a file that may be native; `None` if it is not.
fn read(tree: &Tree, path: &ArchivePath, place: &Utf8Path) -> Result<Option<Found>, tree::Error> {
    let mut beginning = [0; elf::BEGINNING];
    let open = tree.open(place)?;
    tree.read_at(&open, &mut beginning, 0)?;
    if !elf::begins_native(&beginning) {
        return Ok(None);
    }
    let native = elf::read(&tree.read_stable(place)?);
    let origin = Origin::File(place.to_owned());
    Ok(native.map(|native| Found { path: path.to_string(), origin, native }))
}

/// Whether a file may be a library or a program, by its name or its mode.
fn may_be_native(path: &ArchivePath, mode: Mode, size: u64) -> bool {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let is_library = name.ends_with(".so") || name.contains(".so.");
    let is_long_enough = size >= elf::BEGINNING as u64;
    is_long_enough && (is_library || mode == Mode::Executable)
}

/// The native libraries of wheels that are in a package.
pub(super) fn of_wheels(contents: &Contents) -> Vec<Found> {
    let native = |path: &ArchivePath, data: &Data| {
        let (wheel, member) = data.member()?;
        let natives = &wheel.facts.natives;
        let index = natives.binary_search_by(|native| native.name.cmp(&member.name)).ok()?;
        let (origin, native) = (Origin::Wheel(wheel.name.clone()), natives[index].native.clone());
        Some(Found { path: path.to_string(), origin, native })
    };
    contents.entries().filter_map(|(path, entry)| native(path, &entry.data)).collect()
}
