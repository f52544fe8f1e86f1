//! The row of a machine that has nothing but a lock, as CI machines mostly are: wheels come over
//! the network on both sides, so read the spread before the ratio.

use std::path::PathBuf;
use std::process::Command;

use crate::corpus::API;
use crate::measure::{answer, interleave, time};
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

/// Measures an empty store with a lock against uv with an empty cache and the same pins.
///
/// # Errors
///
/// A program fails, mostly for want of the package index.
pub(crate) fn measure_locked(workshop: &mut Workshop, pairs: usize) -> Result<Vec<Line>> {
    let uv = install_uv(workshop)?;
    workshop.learn(format!("locked: {}", answer(Command::new(&uv).arg("--version"))?));
    let folder = workshop.fresh_folder("locked")?;
    let project = Project::single(&folder.join("project"), API.name)?;
    let directory = project.directory(API.name);
    write(&directory.join("requirements.txt"), API.requirements.as_bytes())?;
    let mut lock = workshop.tool(&project.root, &folder.join("store-of-lock"));
    answer(lock.arg("lock"))?;

    let pins = folder.join("pins.txt");
    let ours = || {
        let store = workshop.fresh_folder("locked-store")?;
        project.zips().try_for_each(|zip| remove(&zip))?;
        let elapsed = time(workshop.tool(&project.root, &store).arg("--locked"))?;
        project.require_zips()?;
        Ok(elapsed)
    };
    ours()?;
    write(&pins, pins_of(&project)?.as_bytes())?;
    let peer_zip = folder.join("peer.zip");
    let peer = || {
        let (target, cache) = (workshop.fresh_folder("uv")?, workshop.fresh_folder("uv-cache")?);
        remove(&peer_zip)?;
        let mut command = Command::new("sh");
        command.args(["-c", UV_AND_ZIP, "locked"]).arg(&target).arg(&pins);
        command.arg(directory.join("handler.py")).arg(&peer_zip);
        command.env("UV", &uv).env("UV_CACHE_DIR", &cache).env_remove("ZIPOPT");
        let elapsed = time(&mut command)?;
        settle(&peer_zip)?;
        Ok(elapsed)
    };
    let measured = interleave(pairs, peer, ours)?;
    let (peers, own) = (members::read(&peer_zip)?.len(), members::read(&project.zip(API.name))?);
    workshop.learn(format!("locked: {peers} files in uv's zip, {} in ours", own.len()));
    Ok(vec![table::times("locked", "uv --target, zip -6", &measured, &Bar::AtLeast(1.0))])
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
