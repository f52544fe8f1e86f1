//! The rows: what each compares, and the bar it must reach.

use std::path::Path;
use std::process::Command;

use crate::corpus::{API, Distribution, SCI};
use crate::locked::{measure_locked, measure_unlocked};
use crate::measure::{interleave, time, time_ending, usage};
use crate::project::Project;
use crate::scale::{measure_peak, measure_scale, mib};
use crate::synthetic::{self, MANY, Many};
use crate::table::{self, Bar, Line};
use crate::unchanged::{measure_dofs, measure_mixed, measure_small, measure_tiny};
use crate::workshop::{Workshop, cores, remove, settle};
use crate::{Result, members};

/// The old way for many lambdas: a `zip` for each, from the folder that has theirs.
const ZIP_LOOP: &str = "\
set -e
for name in *; do
  cd \"$name\"
  zip -r -q -6 \"../../zips/$name.zip\" .
  cd ..
done
";

/// The old way from the beginning: pip into each lambda's own directory, then `zip`.
const PIP_LOOP: &str = "\
set -e
for directory in lambdas/*/; do
  name=$(basename \"$directory\")
  cd \"$directory\"
  if [ -f requirements.txt ]; then
    python3 -m pip install -q -r requirements.txt -t .
  fi
  zip -r -q \"$name.zip\" . -x '*.zip'
  cd ../..
done
";

/// The least that a program could do with the wheels: read all of them, write, hash.
const CAT_AND_HASH: &str = "cat \"$1\"/*.whl > \"$2\" && sha256sum \"$2\"";

/// How often the cold row takes turns at most: each run downloads everything.
const COLD_PAIRS: usize = 3;

/// How much more than the peer's our payload may have, in per cent.
const PAYLOAD_BAR: f64 = 0.5;

/// The exit code of `verify` where something differs.
const DIFFERS: i32 = 1;

/// Bytes in a MiB.
const MIB: usize = 1 << 20;

/// A measurement that can be asked for by name.
pub(crate) struct Row {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it compares, for the help.
    pub(crate) summary: &'static str,
    /// Measures it with so many pairs.
    pub(crate) measure: fn(&mut Workshop, usize) -> Result<Vec<Line>>,
}

/// All rows, in the order in which they are measured.
pub(crate) const ROWS: [Row; 15] = [
    Row {
        name: "api",
        summary: "boto3 and requests, warm store, against zip -6 of the installed tree",
        measure: |workshop, pairs| measure_installed(workshop, pairs, &API, &Bar::AtLeast(15.0)),
    },
    Row {
        name: "sci",
        summary: "numpy and pandas, warm store, against zip -6 of the installed tree",
        measure: |workshop, pairs| measure_installed(workshop, pairs, &SCI, &Bar::AtLeast(40.0)),
    },
    Row {
        name: "payload",
        summary: "compressed bytes of api and sci, against zip -6",
        measure: |workshop, _| {
            Ok(vec![measure_payload(workshop, &API)?, measure_payload(workshop, &SCI)?])
        },
    },
    Row {
        name: "many",
        summary: "200 small lambdas, against a shell loop of zip -6",
        measure: measure_many,
    },
    Row {
        name: "verify",
        summary: "verify of the 200 lambdas, each with another zip, against our own build -n",
        measure: measure_verify,
    },
    Row {
        name: "unchanged",
        summary: "1,000 lambdas, 50 with boto3, nothing changed, against sha256sum of zips and wheels",
        measure: measure_mixed,
    },
    Row {
        name: "small",
        summary: "1,000 small lambdas, nothing changed, against find and sha256sum of their files",
        measure: measure_small,
    },
    Row {
        name: "tiny",
        summary: "one lambda of 20,000 small files, nothing changed, against find and sha256sum, and \
                  against deflating them once",
        measure: measure_tiny,
    },
    Row {
        name: "dofs",
        summary: "fixtures/dofs, nothing changed, against find and sha256sum of its files",
        measure: measure_dofs,
    },
    Row {
        name: "scale",
        summary: "10, 100 and 1,000 small lambdas: time of each, and peak memory",
        measure: measure_scale,
    },
    Row { name: "memory", summary: "peak resident memory of ours", measure: measure_memory },
    Row {
        name: "cold",
        summary: "fixtures/dofs with empty caches, against pip install and zip in a shell loop",
        measure: measure_cold,
    },
    Row {
        name: "locked",
        summary: "api with a lock and an empty store, against uv with an empty cache, then zip -6",
        measure: measure_locked,
    },
    Row {
        name: "unlocked",
        summary: "api without a lock from an index on loopback, against uv, then zip -6",
        measure: measure_unlocked,
    },
    Row {
        name: "floor",
        summary: "sci, against cat and sha256sum of its wheels (informs only)",
        measure: measure_floor,
    },
];

/// Measures a distribution: our warm store against zipping what pip installed.
///
/// # Errors
///
/// A program fails, or its zip can't be read.
fn measure_installed(
    workshop: &mut Workshop,
    pairs: usize,
    distribution: &Distribution,
    bar: &Bar,
) -> Result<Vec<Line>> {
    let installed = workshop.installed(distribution)?;
    let measured = interleave(
        pairs,
        || workshop.zip_installed(&installed),
        || workshop.package(&installed.project),
    )?;
    Ok(vec![table::times(distribution.name, "zip -r -q -6", &measured, bar)])
}

/// Compares the payloads of a distribution's two zips.
///
/// # Errors
///
/// A program fails, or its zip can't be read.
fn measure_payload(workshop: &mut Workshop, distribution: &Distribution) -> Result<Line> {
    let installed = workshop.installed(distribution)?;
    let peer = members::read(&installed.peer_zip)?;
    let ours = members::read(&installed.project.zip(distribution.name))?;
    let common = members::compare(&peer, &ours);
    workshop.learn(format!(
        "payload {}: {} files compared, of {} in zip's and {} in ours",
        distribution.name,
        table::grouped(common.files as u64),
        table::grouped(peer.len() as u64),
        table::grouped(ours.len() as u64),
    ));
    let more = (common.second_payload as f64 / common.first_payload as f64 - 1.0) * 100.0;
    Ok([
        format!("payload {}", distribution.name),
        "zip -r -q -6".to_owned(),
        "1".to_owned(),
        format!("{} B", table::grouped(common.first_payload)),
        format!("{} B", table::grouped(common.second_payload)),
        format!("{more:+.3} %"),
        table::nothing(),
        format!("<= +{PAYLOAD_BAR} %"),
        table::verdict(common.files > 0 && more <= PAYLOAD_BAR),
    ])
}

/// Measures one run over many small lambdas against a `zip` for each.
///
/// # Errors
///
/// A program fails, or its zip can't be read.
fn measure_many(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let pool = synthetic::pool(&workshop.installed(&API)?.tree)?;
    let many = Many::make(&workshop.fresh_folder("many")?, &pool)?;
    let (files, bytes) = members::count(&many.folders)?;
    workshop.learn(format!(
        "many: {} files, {} bytes in {MANY} folders",
        table::grouped(files as u64),
        table::grouped(bytes),
    ));
    let peer = || {
        many.peer_zips().try_for_each(|zip| remove(&zip))?;
        let mut command = Command::new("sh");
        let elapsed =
            time(command.args(["-c", ZIP_LOOP]).current_dir(&many.folders).env_remove("ZIPOPT"))?;
        many.peer_zips().try_for_each(|zip| settle(&zip))?;
        Ok(elapsed)
    };
    let measured = interleave(pairs, peer, || workshop.package(&many.project))?;
    let peer = format!("sh loop of {MANY} zip -6");
    Ok(vec![table::times("many", &peer, &measured, &Bar::AtLeast(5.0))])
}

/// Measures verifying zips that all differ against only hashing the packages: what was made for the
/// hashes must be all that is compared with.
///
/// # Errors
///
/// A program fails, or finds no difference.
fn measure_verify(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let pool = synthetic::pool(&workshop.installed(&API)?.tree)?;
    let mut project = Many::make(&workshop.fresh_folder("verify")?, &pool)?.project;
    workshop.package(&project)?;
    project.zips().try_for_each(|zip| settle(&zip))?;
    for name in project.names().to_vec() {
        project.add(&name, "index.py", b"edited = True\n")?;
    }
    let hash = || time(workshop.packaging(&project).arg("-n"));
    let verify = || time_ending(workshop.warm(&project).arg("verify"), DIFFERS);
    let measured = interleave(pairs, hash, verify)?;
    Ok(vec![table::times("verify", "ours, build -n", &measured, &Bar::AtLeast(0.5))])
}

/// Measures our peak memory on wheels and on single large files.
///
/// # Errors
///
/// A program fails, or its zip can't be read.
fn measure_memory(workshop: &mut Workshop, runs: usize) -> Result<Vec<Line>> {
    let (sci, api) = (workshop.installed(&SCI)?, workshop.installed(&API)?);
    let pool = synthetic::pool(&api.tree)?;
    let blob = Project::single(&workshop.fresh_folder("blob")?, "blob")?;
    synthetic::write_noise(&blob.directory("blob").join("model.bin"), 200 * MIB)?;
    let text = Project::single(&workshop.fresh_folder("text")?, "text")?;
    synthetic::write_text(&text.directory("text").join("corpus.txt"), 100 * MIB, &pool)?;

    let floor = usage(Command::new("sh").args(["-c", ":"]))?.peak_kib;
    workshop.learn(format!(
        "memory: a reading near {:.1} MiB is that of the Python which takes it; the bar adds the {} \
         largest files, one a worker",
        mib(floor),
        cores(),
    ));
    [(&sci.project, "sci"), (&api.project, "api"), (&blob, "blob"), (&text, "text")]
        .into_iter()
        .map(|(project, name)| {
            workshop.package(project)?;
            measure_peak(runs, name, project, &workshop.packaging(project))
        })
        .collect()
}

/// Measures the example project from nothing: no store, no pip cache, no zips.
///
/// # Errors
///
/// A program fails, mostly for want of the package index.
fn measure_cold(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dofs");
    let (files, bytes) = members::count(&fixture)?;
    workshop.learn(format!(
        "cold: fixtures/dofs, {} files, {} bytes; the loop's pip installs for the python3 above",
        table::grouped(files as u64),
        table::grouped(bytes),
    ));
    let timed = |project: &Project, mut command: Command| {
        let elapsed = time(command.env("PIP_CACHE_DIR", workshop.fresh_folder("cold-pip")?))?;
        project.require_zips()?;
        Ok(elapsed)
    };
    let peer = || {
        let project = Project::copied(&fixture, &workshop.fresh_folder("cold-peer")?)?;
        let mut command = Command::new("sh");
        command.args(["-c", PIP_LOOP]).current_dir(&project.root).env_remove("ZIPOPT");
        timed(&project, command)
    };
    let ours = || {
        let project = Project::copied(&fixture, &workshop.fresh_folder("cold-ours")?)?;
        let store = workshop.fresh_folder("cold-store")?;
        timed(&project, workshop.tool(&project.root, &store))
    };
    let measured = interleave(pairs.min(COLD_PAIRS), peer, ours)?;
    Ok(vec![table::times("cold", "sh loop of pip, zip", &measured, &Bar::AtLeast(1.0))])
}

/// Measures how near we come to merely copying and hashing the wheels.
///
/// # Errors
///
/// A program fails, or its zip can't be read.
fn measure_floor(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let installed = workshop.installed(&SCI)?;
    let joined = workshop.fresh_folder("floor")?.join("joined");
    let peer = || {
        remove(&joined)?;
        let mut command = Command::new("sh");
        command.args(["-c", CAT_AND_HASH, "floor"]).arg(&installed.wheels).arg(&joined);
        let elapsed = time(&mut command)?;
        settle(&joined)?;
        Ok(elapsed)
    };
    let measured = interleave(pairs, peer, || workshop.package(&installed.project))?;
    Ok(vec![table::times("floor", "cat + sha256sum", &measured, &Bar::None)])
}
