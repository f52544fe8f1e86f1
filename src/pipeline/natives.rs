//! Native libraries of a package: those of wheels are known, a lambda's own are read here.

use crate::checks::{Found, Origin};
use crate::contents::{Contents, Data};
use crate::elf;
use crate::path::Mode;
use crate::source::{SourceFile, SourceTree};
use crate::tree::{self, Tree};

/// Reads the native libraries and programs among a lambda's own files.
pub(super) fn of_sources(tree: &Tree, sources: &SourceTree) -> Result<Vec<Found>, tree::Error> {
    let mut found = Vec::new();
    for file in sources.files.iter().filter(|file| may_be_native(file)) {
        let mut beginning = [0; elf::BEGINNING];
        let open = tree.open(&file.place)?;
        tree.read_at(&open, &mut beginning, 0)?;
        if !elf::begins_native(&beginning) {
            continue;
        }
        if let Some(native) = elf::read(&tree.read_stable(&file.place)?) {
            let origin = Origin::File(file.place.clone());
            found.push(Found { path: file.path.to_string(), origin, native });
        }
    }
    Ok(found)
}

/// Whether a file may be a library or a program, by its name or its mode.
fn may_be_native(file: &SourceFile) -> bool {
    let name = file.path.as_str().rsplit('/').next().unwrap_or_default();
    let is_library = name.ends_with(".so") || name.contains(".so.");
    let is_long_enough = file.size >= elf::BEGINNING as u64;
    is_long_enough && (is_library || file.mode == Mode::Executable)
}

/// The native libraries of wheels that are in a package.
pub(super) fn of_wheels(contents: &Contents) -> Vec<Found> {
    let native = |path: &crate::path::ArchivePath, data: &Data| {
        let (wheel, member) = data.member()?;
        let natives = &wheel.facts.natives;
        let index = natives.binary_search_by(|native| native.name.cmp(&member.name)).ok()?;
        let (origin, native) = (Origin::Wheel(wheel.name.clone()), natives[index].native.clone());
        Some(Found { path: path.to_string(), origin, native })
    };
    contents.entries().filter_map(|(path, entry)| native(path, &entry.data)).collect()
}
