//! The rows of a machine with empty caches against uv with an empty cache, then `zip`: with a lock, as CI
//! machines mostly are, over the network; and without one, as every newcomer's first run, from an index on
//! loopback, so that no network decides.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::corpus::API;
use crate::index::Index;
use crate::measure::{answer, cpu, interleave, time};
use crate::project::{Project, write};
use crate::table::{self, Bar, Line};
use crate::workshop::{Workshop, remove, settle};
use crate::{Result, members};

/// What people do where there is no tool: a folder by uv, then `zip`.
const UV_AND_ZIP: &str = "\
set -e
\"$UV\" pip install -q --target \"$1\" --python-version 3.12 \\
  --python-platform x86_64-manylinux_2_34 --only-binary :all: -r \"$2\"
cp \"$3\" \"$1\"
cd \"$1\"
zip -r -q -6 \"$4\" .
";

/// Takes a time of a command.
type Clock = fn(&mut Command) -> Result<Duration>;

/// Both sides of these rows.
struct Sides<'a> {
    workshop: &'a Workshop,
    uv: PathBuf,
    project: Project,
    peer_zip: PathBuf,
    /// The variables that name the index, for pip and for uv.
    index: Vec<(&'static str, String)>,
    /// How many folders were made.
    folders: Cell<usize>,
}

impl<'a> Sides<'a> {
    /// # Errors
    ///
    /// pip fails, mostly for want of the package index.
    fn new(workshop: &'a Workshop, name: &str, index: Option<&Index>) -> Result<Self> {
        let uv = install_uv(workshop)?;
        let folder = workshop.fresh_folder(name)?;
        let project = Project::single(&folder.join("project"), API.name)?;
        let lines = project.directory(API.name).join("requirements.txt");
        write(&lines, API.requirements.as_bytes())?;
        let names = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX"];
        let index = index.into_iter().flat_map(|index| names.map(|name| (name, index.simple())));
        let (peer_zip, index) = (folder.join("peer.zip"), index.collect());
        Ok(Self { workshop, uv, project, peer_zip, index, folders: Cell::new(0) })
    }

    /// # Errors
    ///
    /// uv or zip fails.
    fn peer(&self, lines: &Path, clock: Clock) -> Result<Duration> {
        let [target, cache] = ["uv", "uv-cache"].map(|name| self.folder(name));
        remove(&self.peer_zip)?;
        let mut command = Command::new("sh");
        command.args(["-c", UV_AND_ZIP, "uv"]).arg(target?).arg(lines);
        command.arg(self.project.directory(API.name).join("handler.py")).arg(&self.peer_zip);
        command.env("UV", &self.uv).env("UV_CACHE_DIR", cache?).env_remove("ZIPOPT");
        let elapsed = self.timed(&mut command, clock)?;
        settle(&self.peer_zip)?;
        Ok(elapsed)
    }

    /// # Errors
    ///
    /// Ours fails.
    fn ours(&self, options: &[&str], clock: Clock) -> Result<Duration> {
        let [store, pip] = ["own-store", "own-pip"].map(|name| self.folder(name));
        self.project.zips().try_for_each(|zip| remove(&zip))?;
        let mut command = self.workshop.tool(&self.project.root, &store?);
        command.args(options).env("PIP_CACHE_DIR", pip?);
        let elapsed = self.timed(&mut command, clock)?;
        self.project.require_zips()?;
        Ok(elapsed)
    }

    /// A folder that was never there: ext4 passes over what was removed in the last seconds, each time
    /// that it makes a file (`recently_deleted` in fs/ext4/ialloc.c), which takes uv seconds of two thousand.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        self.folders.set(self.folders.get() + 1);
        self.workshop.fresh_folder(&format!("{name}-{}", self.folders.get()))
    }

    fn timed(&self, command: &mut Command, clock: Clock) -> Result<Duration> {
        if !self.index.is_empty() {
            command.env_remove("PIP_FIND_LINKS").env_remove("PIP_EXTRA_INDEX_URL");
            command.envs(self.index.iter().map(|(name, value)| (name, value)));
        }
        clock(command)
    }
}

/// Measures an empty store with a lock against uv with an empty cache and the same pins.
///
/// # Errors
///
/// A program fails, mostly for want of the package index.
pub(crate) fn measure_locked(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let sides = Sides::new(workshop, "locked", None)?;
    let pins = workshop.fresh_folder("locked-pins")?.join("pins.txt");
    let store = workshop.fresh_folder("store-of-lock")?;
    answer(workshop.tool(&sides.project.root, &store).arg("lock"))?;
    sides.ours(&["--locked"], time)?;
    write(&pins, pins_of(&sides.project)?.as_bytes())?;
    let (peer, ours) = (|| sides.peer(&pins, time), || sides.ours(&["--locked"], time));
    let measured = interleave(pairs, peer, ours)?;
    let peers = members::read(&sides.peer_zip)?.len();
    let own = members::read(&sides.project.zip(API.name))?.len();
    let uv = answer(Command::new(&sides.uv).arg("--version"))?;
    workshop.learn(format!("locked: {uv}; {peers} files in uv's zip, {own} in ours"));
    Ok(vec![table::times("locked", "uv --target, zip -6", &measured, &Bar::AtLeast(1.0))])
}

/// Measures a first run, without a lock, against uv with an empty cache, in wall time and in the time of the
/// processors; the index is on loopback.
///
/// # Errors
///
/// A program fails, mostly for want of the package index, from which the wheels come once.
pub(crate) fn measure_unlocked(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let wheels = workshop.installed(&API)?;
    let index = Index::serving(&wheels.wheels)?;
    let sides = Sides::new(workshop, "unlocked", Some(&index))?;
    let lines = sides.project.directory(API.name).join("requirements.txt");
    let measure = |row: &str, clock: Clock| -> Result<Line> {
        let (peer, ours) = (|| sides.peer(&lines, clock), || sides.ours(&[], clock));
        let measured = interleave(pairs, peer, ours)?;
        Ok(table::times(row, "uv --target, zip -6", &measured, &Bar::AtLeast(1.0)))
    };
    let measured = [measure("unlocked", time)?, measure("unlocked, CPU", cpu)?];
    let uv = answer(Command::new(&sides.uv).arg("--version"))?;
    workshop.learn(format!("unlocked: {uv}; an index on loopback with {} files", index.files()));
    Ok(measured.into())
}

/// Installs uv into a folder of its own, and returns the program.
///
/// # Errors
///
/// pip fails, mostly for want of the package index.
fn install_uv(workshop: &Workshop) -> Result<PathBuf> {
    let folder = workshop.fresh_folder("uv-program")?;
    answer(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    answer(Command::new(programs.join("python")).args(["-m", "pip", "install", "-q", "uv"]))?;
    Ok(programs.join("uv"))
}

/// Returns what our package has, pinned: a line for each folder of metadata in it.
///
/// # Errors
///
/// The zip can't be read.
fn pins_of(project: &Project) -> Result<String> {
    let mut pins = String::new();
    for path in members::read(&project.zip(API.name))?.keys() {
        let info = path.strip_suffix(".dist-info/METADATA");
        if let Some((name, version)) = info.and_then(|info| info.split_once('-')) {
            pins.push_str(&format!("{name}=={version}\n"));
        }
    }
    Ok(pins)
}
