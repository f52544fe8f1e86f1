//! The rows of a run that changes nothing: every zip is there and is what a build would make.
//!
//! The peers read and hash, which is the least that could tell. One runs in this very process: it
//! deflates the same bytes once, for a zip that is there is compared with the bytes that would be in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;

use crate::corpus::API;
use crate::measure::{interleave, time, usage};
use crate::project::Project;
use crate::scale::measure_peak;
use crate::synthetic::{self, small_files, small_lambdas};
use crate::table::{self, Bar, Line};
use crate::workshop::{Workshop, cores, settle};
use crate::{Result, members};

/// Hashes all files below a folder.
const FIND_AND_HASH: &str = "find \"$1\" -type f -print0 | xargs -0 sha256sum";

/// Hashes all zips and wheels below folders, on so many threads.
const HASH_ARCHIVES: &str = "\
threads=$1
shift
find \"$@\" \\( -name '*.zip' -o -name '*.whl' \\) -print0 | xargs -0 -n 16 -P \"$threads\" sha256sum
";

/// How many lambdas the rows `unchanged` and `small` have.
const LAMBDAS: usize = 1000;

/// Of how many lambdas one has boto3.
const WITH_WHEELS: usize = 20;

/// How many files the lambda of the row `tiny` has.
const FILES: usize = 20_000;

/// The level at which ours deflates; see `src/pack/deflate.rs`.
const LEVEL: i32 = 6;

/// Measures many lambdas, some with large wheels, against hashing their zips and the wheels once.
///
/// # Errors
///
/// A program fails.
pub(crate) fn measure_mixed(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let api = workshop.installed(&API)?;
    let pool = synthetic::pool(&api.tree)?;
    let mut project = small_lambdas(&workshop.fresh_folder("unchanged")?, LAMBDAS, &pool)?;
    for name in project.names().to_vec().iter().step_by(WITH_WHEELS) {
        project.add(name, "requirements.txt", API.requirements.as_bytes())?;
    }
    package_and_settle(workshop, &project, "unchanged")?;
    let peer = || {
        let mut command = Command::new("sh");
        command.args(["-c", HASH_ARCHIVES, "unchanged", &cores().to_string()]);
        time(command.arg(&project.root).arg(&api.wheels))
    };
    let peer_name = format!("sha256sum of zips and wheels, -P {}", cores());
    let measured = interleave(pairs, peer, || time(&mut workshop.warm(&project)))?;
    Ok(vec![
        table::times("unchanged", &peer_name, &measured, &Bar::AtMost(1.3)),
        measure_written(workshop, "unchanged", &project)?,
        measure_peak(1, "unchanged", &project, &workshop.warm(&project))?,
    ])
}

/// Measures many small lambdas against hashing their files.
///
/// # Errors
///
/// A program fails.
pub(crate) fn measure_small(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let pool = synthetic::pool(&workshop.installed(&API)?.tree)?;
    let project = small_lambdas(&workshop.fresh_folder("small")?, LAMBDAS, &pool)?;
    package_and_settle(workshop, &project, "small")?;
    Ok(vec![
        measure_hashing(workshop, pairs, "small", &project, &Bar::AtMost(2.0))?,
        measure_deflating(workshop, pairs, "small", &project)?,
        measure_written(workshop, "small", &project)?,
    ])
}

/// Measures one lambda of many small files against hashing them, and against deflating them.
///
/// # Errors
///
/// A program fails.
pub(crate) fn measure_tiny(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let pool = synthetic::pool(&workshop.installed(&API)?.tree)?;
    let project = small_files(&workshop.fresh_folder("tiny")?, "tiny", FILES, &pool)?;
    package_and_settle(workshop, &project, "tiny")?;
    Ok(vec![
        measure_hashing(workshop, pairs, "tiny", &project, &Bar::None)?,
        measure_deflating(workshop, pairs, "tiny", &project)?,
        measure_written(workshop, "tiny", &project)?,
    ])
}

/// Measures the example project against hashing its files.
///
/// # Errors
///
/// A program fails, mostly for want of the package index.
pub(crate) fn measure_dofs(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dofs");
    let project = Project::copied(&fixture, &workshop.fresh_folder("dofs")?)?;
    package_and_settle(workshop, &project, "dofs")?;
    Ok(vec![
        measure_hashing(workshop, pairs, "dofs", &project, &Bar::None)?,
        measure_written(workshop, "dofs", &project)?,
    ])
}

/// Makes all zips, and says how much there is to read.
///
/// # Errors
///
/// Ours fails, or a file can't be read.
fn package_and_settle(workshop: &mut Workshop, project: &Project, row: &str) -> Result<()> {
    workshop.package(project)?;
    project.zips().try_for_each(|zip| settle(&zip))?;
    let (files, bytes) = members::count(&project.root)?;
    workshop.learn(format!(
        "{row}: {} files, {} bytes, zips among them",
        table::grouped(files as u64),
        table::grouped(bytes),
    ));
    Ok(())
}

/// Measures a run that changes nothing against hashing all files of the project.
///
/// # Errors
///
/// A program fails.
fn measure_hashing(
    workshop: &Workshop,
    pairs: usize,
    row: &str,
    project: &Project,
    bar: &Bar,
) -> Result<Line> {
    let peer = || {
        let mut command = Command::new("sh");
        time(command.args(["-c", FIND_AND_HASH, row]).arg(&project.root))
    };
    let measured = interleave(pairs, peer, || time(&mut workshop.warm(project)))?;
    Ok(table::times(row, "find, sha256sum", &measured, bar))
}

/// Measures a run that changes nothing against deflating all sources of the project once.
///
/// # Errors
///
/// Ours fails, or a file can't be read.
fn measure_deflating(
    workshop: &Workshop,
    pairs: usize,
    row: &str,
    project: &Project,
) -> Result<Line> {
    let mut sources = members::files(&project.root.join("lambdas"))?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    let ours = || time(&mut workshop.warm(project));
    let measured = interleave(pairs, || deflate_all(&sources), ours)?;
    Ok(table::times(row, "read, CRC, deflate", &measured, &Bar::None))
}

/// Counts what a run writes that changes nothing.
///
/// # Errors
///
/// Ours fails.
fn measure_written(workshop: &Workshop, row: &str, project: &Project) -> Result<Line> {
    let written = usage(&workshop.warm(project))?.written;
    Ok([
        format!("{row}, written"),
        table::nothing(),
        "1".to_owned(),
        table::nothing(),
        format!("{} B", table::grouped(written)),
        table::nothing(),
        table::nothing(),
        "0 B".to_owned(),
        table::verdict(written == 0),
    ])
}

/// Reads files once, and computes what a zip would have of each; returns the wall time.
///
/// # Errors
///
/// One can't be read.
fn deflate_all(files: &[PathBuf]) -> Result<Duration> {
    let compressor =
        || Compressor::new(CompressionLvl::new(LEVEL).expect("libdeflate has levels 0 to 12"));
    let start = Instant::now();
    let packed = files.par_iter().map_init(compressor, |compressor, path| {
        let bytes =
            fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let mut room = vec![0; bytes.len()];
        // What does not get smaller is stored: no error, and as long as the file.
        let length = compressor.deflate_compress(&bytes, &mut room).unwrap_or(bytes.len());
        Ok((crc32fast::hash(&bytes), length))
    });
    let packed: Vec<Result<(u32, usize)>> = packed.collect();
    let elapsed = start.elapsed();
    packed.into_iter().collect::<Result<Vec<_>>>().map(|_| elapsed)
}
