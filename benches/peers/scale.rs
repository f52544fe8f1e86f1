//! The rows of how time and memory grow with the number of lambdas.

use std::process::Command;

use crate::corpus::API;
use crate::measure::{interleave, usage};
use crate::project::Project;
use crate::synthetic::{self, small_lambdas};
use crate::table::{self, Line};
use crate::workshop::{Workshop, cores};
use crate::{Result, members};

/// How many lambdas there are.
const COUNTS: [usize; 3] = [10, 100, 1000];

/// What a lambda of many may cost, at least, in those of a tenth of them: what a run costs once falls
/// on fewer there.
const LINEAR_BAR: f64 = 0.8;

/// What a run may hold beside the files that its workers are at, in MiB.
const MEMORY_BAR: f64 = 64.0;

/// Bytes in a MiB.
const MIB: f64 = 1_048_576.0;

/// Measures packaging ten times as many lambdas, and the peak memory of each.
///
/// # Errors
///
/// A program fails, or a zip of it can't be read.
pub(crate) fn measure_scale(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let pool = synthetic::pool(&workshop.installed(&API)?.tree)?;
    let mut projects = Vec::new();
    for count in COUNTS {
        let folder = workshop.fresh_folder(&format!("scale-{count}"))?;
        projects.push((count, small_lambdas(&folder, count, &pool)?));
    }
    let mut lines = Vec::new();
    for pair in projects.windows(2) {
        let [(few, small), (many, large)] = pair else { unreachable!("windows are of two") };
        let measured = interleave(pairs, || workshop.package(small), || workshop.package(large))?;
        let growth = *many as f64 / *few as f64;
        let ratio = measured.ratio() * growth;
        let (low, high) = measured.spread();
        let each =
            |seconds: f64, count: usize| format!("{:.3} ms each", seconds * 1000.0 / count as f64);
        lines.push([
            format!("scale {many}"),
            format!("ours, {few} lambdas"),
            measured.count().to_string(),
            each(measured.peer_seconds(), *few),
            each(measured.our_seconds(), *many),
            format!("{ratio:.2}"),
            format!("{:.2}..{:.2}", low * growth, high * growth),
            format!(">= {LINEAR_BAR}x"),
            table::verdict(ratio >= LINEAR_BAR),
        ]);
    }
    for (count, project) in &projects {
        let name = format!("scale {count}");
        lines.push(measure_peak(pairs, &name, project, &workshop.packaging(project))?);
    }
    Ok(lines)
}

/// Measures our peak memory on a project whose zips are there.
///
/// # Errors
///
/// The command fails, or a zip of the project can't be read.
pub(crate) fn measure_peak(
    runs: usize,
    name: &str,
    project: &Project,
    command: &Command,
) -> Result<Line> {
    let mut peaks = Vec::new();
    for _ in 0..runs {
        peaks.push(mib(usage(command)?.peak_kib));
    }
    let least = peaks.iter().copied().fold(f64::INFINITY, f64::min);
    let most = peaks.iter().copied().fold(0.0, f64::max);

    let mut sizes: Vec<u64> = Vec::new();
    for zip in project.zips() {
        sizes.extend(members::read(&zip)?.values().map(|member| member.size));
    }
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    let held: u64 = sizes.iter().take(cores()).sum();
    let held = held as f64 / MIB;
    Ok([
        format!("memory {name}"),
        table::nothing(),
        runs.to_string(),
        table::nothing(),
        format!("{most:.1} MiB"),
        table::nothing(),
        format!("{least:.1}..{most:.1}"),
        format!("<= {MEMORY_BAR} + {held:.1} MiB"),
        table::verdict(most <= MEMORY_BAR + held),
    ])
}

/// Returns KiB as MiB.
pub(crate) fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
