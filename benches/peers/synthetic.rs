//! Makes lambdas of no meaning, the same each time because the generator is seeded.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::project::{Project, copy};
use crate::{Result, members};

/// How many lambdas the row `many` has.
pub(crate) const MANY: usize = 200;

/// Seeds everything synthetic.
const SEED: u64 = 42;

/// Small lambdas, twice: one folder of folders for the peer, one project for ours.
pub(crate) struct Many {
    /// For ours.
    pub(crate) project: Project,
    /// For the peer; its zips go into `zips` beside it.
    pub(crate) folders: PathBuf,
}

impl Many {
    /// Makes the lambdas of [`small_lambdas`].
    ///
    /// # Errors
    ///
    /// A file can't be written.
    pub(crate) fn make(folder: &Path, pool: &[u8]) -> Result<Self> {
        let folders = folder.join("folders");
        let project = small_lambdas(&folder.join("project"), MANY, pool)?;
        copy(&project.root.join("lambdas"), &folders)?;
        fs::create_dir(folder.join("zips"))
            .map_err(|error| format!("cannot make a folder for zips: {error}"))?;
        Ok(Self { project, folders })
    }

    /// Returns where the peer puts its zips.
    pub(crate) fn peer_zips(&self) -> impl Iterator<Item = PathBuf> {
        let zips = self.folders.with_file_name("zips");
        self.project.names().iter().map(move |name| zips.join(format!("{name}.zip")))
    }
}

/// Makes so many lambdas from texts of a pool: 1 to 5 files of 500 to 12,000 bytes each.
///
/// # Errors
///
/// A file can't be written.
pub(crate) fn small_lambdas(root: &Path, count: usize, pool: &[u8]) -> Result<Project> {
    let mut generator = Generator(SEED);
    let mut project = Project::empty(root)?;
    for number in 0..count {
        let name = format!("lambda_{number:03}");
        for file in 0..generator.between(1, 5) {
            let file = match file {
                0 => "index.py".to_owned(),
                _ => format!("mod{file}.py"),
            };
            project.add(&name, &file, generator.slice(pool, 500, 12_000))?;
        }
    }
    Ok(project)
}

/// Makes one lambda, of that name, of so many files of 50 to 2,000 bytes from texts of a pool, 50 a
/// folder.
///
/// # Errors
///
/// A file can't be written.
pub(crate) fn small_files(root: &Path, name: &str, count: usize, pool: &[u8]) -> Result<Project> {
    let mut generator = Generator(SEED);
    let mut project = Project::single(root, name)?;
    for number in 0..count {
        let (package, folder, file) = (number / 500, number / 50 % 10, number % 50);
        let path = format!("pkg{package:02}/sub{folder}/m{file:02}.py");
        project.add(name, &path, generator.slice(pool, 50, 2_000))?;
    }
    Ok(project)
}

/// Joins the Python texts of an installed tree, of 200 to 60,000 bytes each.
///
/// # Errors
///
/// One can't be read.
pub(crate) fn pool(tree: &Path) -> Result<Vec<u8>> {
    let mut pool = Vec::new();
    for path in members::files(tree)? {
        if path.extension().is_some_and(|extension| extension == "py") {
            let text = fs::read(&path)
                .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
            if (200..=60_000).contains(&text.len()) {
                pool.extend(text);
            }
        }
    }
    Ok(pool)
}

/// Writes a file of so many bytes that no encoder makes smaller.
///
/// # Errors
///
/// It can't be written.
pub(crate) fn write_noise(path: &Path, size: usize) -> Result<()> {
    let mut generator = Generator(SEED);
    let mut noise = move |chunk: &mut Vec<u8>| {
        chunk.clear();
        while chunk.len() < 1 << 20 {
            chunk.extend(generator.next().to_le_bytes());
        }
    };
    write_until(path, size, &mut noise)
}

/// Writes a file of so many bytes of text, from slices of a pool.
///
/// # Errors
///
/// It can't be written.
pub(crate) fn write_text(path: &Path, size: usize, pool: &[u8]) -> Result<()> {
    let mut generator = Generator(SEED);
    let mut text = move |chunk: &mut Vec<u8>| {
        chunk.clear();
        chunk.extend(generator.slice(pool, 500, 12_000));
    };
    write_until(path, size, &mut text)
}

/// The generator of Knuth's MMIX: plain, seeded, the same everywhere.
struct Generator(u64);

impl Generator {
    /// Returns the next number; the upper half of the state, for the lower bits repeat soon.
    fn next(&mut self) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// Returns a number from `low` to `high`, both included.
    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.next() as usize % (high - low + 1)
    }

    /// Returns a slice of the pool of `low` to `high` bytes.
    fn slice<'pool>(&mut self, pool: &'pool [u8], low: usize, high: usize) -> &'pool [u8] {
        let length = self.between(low, high);
        let start = self.between(0, pool.len() - length);
        &pool[start..start + length]
    }
}

/// Writes chunks until the file has its size.
///
/// # Errors
///
/// It can't be written.
fn write_until(path: &Path, size: usize, next: &mut dyn FnMut(&mut Vec<u8>)) -> Result<()> {
    let failed = |error: std::io::Error| format!("cannot write `{}`: {error}", path.display());
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let mut chunk = Vec::new();
    let mut left = size;
    while left > 0 {
        next(&mut chunk);
        chunk.truncate(left);
        file.write_all(&chunk).map_err(failed)?;
        left -= chunk.len();
    }
    file.flush().map_err(failed)
}
