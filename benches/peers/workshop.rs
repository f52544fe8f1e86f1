//! The folder where everything happens, the programs that are compared, and what was found out
//! about them on the way.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::corpus::{Distribution, Installed};
use crate::measure::{answer, time};
use crate::project::Project;
use crate::{Result, members, table};

/// Names another build in the place of ours.
const TOOL_VARIABLE: &str = "BENCH_TOOL";

/// Everything a row needs to measure.
pub(crate) struct Workshop {
    /// Holds every file of this run.
    folder: TempDir,
    /// Our program, as an absolute path.
    tool: PathBuf,
    /// Distributions that some row needed already, by name.
    installed: BTreeMap<&'static str, Rc<Installed>>,
    /// Versions and counts, in the order in which they were learned.
    facts: Vec<String>,
}

impl Workshop {
    /// Makes the folder and asks the programs for their versions.
    ///
    /// # Errors
    ///
    /// A program that every row needs is missing, or the folder can't be made.
    pub(crate) fn open() -> Result<Self> {
        let tool = env::var_os(TOOL_VARIABLE)
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_cargo-dofs-package")), PathBuf::from);
        let tool = std::path::absolute(&tool)
            .map_err(|error| format!("`{TOOL_VARIABLE}` is no path: {error}"))?;
        let zip = answer(Command::new("zip").arg("-v"))?;
        let zip = zip.lines().find(|line| line.starts_with("This is Zip")).or(zip.lines().next());
        let python = answer(Command::new("python3").arg("--version"))?;
        let pip = answer(Command::new("python3").args(["-m", "pip", "--version"]))?;
        let ours = answer(Command::new(&tool).arg("--version"))?;
        let zip = zip.unwrap_or("zip of no version").trim_end_matches('.');
        let pip = pip.split(" from ").next().unwrap_or(&pip);
        let facts = vec![
            format!("peers: {zip}; {python}; {pip}"),
            format!("ours: {ours}, {}", tool.display()),
            machine(),
        ];
        let folder = tempfile::Builder::new()
            .prefix("dofs-peers-")
            .tempdir()
            .map_err(|error| format!("cannot make a temporary folder: {error}"))?;
        Ok(Self { folder, tool, installed: BTreeMap::new(), facts })
    }

    /// Removes the folder with everything in it.
    ///
    /// # Errors
    ///
    /// Something in it can't be removed.
    pub(crate) fn close(self) -> Result<()> {
        self.folder.close().map_err(|error| format!("cannot remove the temporary folder: {error}"))
    }

    /// Returns versions and counts, a line each.
    pub(crate) fn facts(&self) -> &[String] {
        &self.facts
    }

    /// Keeps something worth knowing beside the table, once.
    pub(crate) fn learn(&mut self, fact: String) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }

    /// Returns an empty folder of this name; what had it before is removed.
    ///
    /// # Errors
    ///
    /// It can't be removed or made.
    pub(crate) fn fresh_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        let outcome = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&folder),
        };
        outcome.map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Returns the distribution, installed at the first call, with our store warm and the zips
    /// of both sides built.
    ///
    /// # Errors
    ///
    /// pip, the peer or ours fails.
    pub(crate) fn installed(&mut self, wanted: &Distribution) -> Result<Rc<Installed>> {
        if let Some(installed) = self.installed.get(wanted.name) {
            return Ok(Rc::clone(installed));
        }
        let folder = self.fresh_folder(wanted.name)?;
        let installed = Rc::new(Installed::make(wanted, &folder)?);
        self.zip_installed(&installed)?;
        self.package(&installed.project)?;
        let (files, bytes) = members::count(&installed.tree)?;
        let [peer, ours] =
            [&installed.peer_zip, &installed.project.zip(wanted.name)].map(|zip| describe(zip));
        self.learn(format!(
            "{}: installed tree {} files, {} bytes; zip -6 {}; ours {}",
            wanted.name,
            table::grouped(files as u64),
            table::grouped(bytes),
            peer?,
            ours?,
        ));
        self.installed.insert(wanted.name, Rc::clone(&installed));
        Ok(installed)
    }

    /// Zips the installed tree as the peer does, and returns the wall time.
    ///
    /// # Errors
    ///
    /// `zip` fails.
    pub(crate) fn zip_installed(&self, installed: &Installed) -> Result<Duration> {
        remove(&installed.peer_zip)?;
        let elapsed = time(
            Command::new("zip")
                .args(["-r", "-q", "-6"])
                .arg(&installed.peer_zip)
                .arg(".")
                .current_dir(&installed.tree)
                .env_remove("ZIPOPT"),
        )?;
        settle(&installed.peer_zip)?;
        Ok(elapsed)
    }

    /// Packages every lambda of a project with ours, and returns the wall time.
    ///
    /// # Errors
    ///
    /// Ours fails, or leaves a lambda without its zip.
    pub(crate) fn package(&self, project: &Project) -> Result<Duration> {
        for zip in project.zips() {
            remove(&zip)?;
        }
        let elapsed = time(&mut self.packaging(project))?;
        project.require_zips()?;
        Ok(elapsed)
    }

    /// Returns the command that packages a project's lambdas with the warm store.
    pub(crate) fn packaging(&self, project: &Project) -> Command {
        let mut command = self.warm(project);
        command.arg("--force");
        command
    }

    /// Returns our program for a project and the warm store.
    pub(crate) fn warm(&self, project: &Project) -> Command {
        self.tool(&project.root, &self.folder.path().join("store"))
    }

    /// Returns our program for this root and store, untouched by the user's own variables.
    pub(crate) fn tool(&self, root: &Path, store: &Path) -> Command {
        let mut command = Command::new(&self.tool);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("DOFS_PACKAGE_") {
                command.env_remove(name);
            }
        }
        command.arg("--root").arg(root).arg("-q").env("DOFS_PACKAGE_CACHE_DIR", store);
        command
    }
}

/// Removes a file if it is there.
///
/// # Errors
///
/// It is there and can't be removed.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove `{}`: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Waits until a peer's file is on the disk, outside of any measured time.
///
/// Ours syncs what it publishes. Without this it would wait for what the peer left unwritten
/// a moment before.
///
/// # Errors
///
/// The file can't be opened or synced.
pub(crate) fn settle(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| format!("cannot sync `{}`: {error}", path.display()))
}

/// Returns the number of workers that ours starts by default.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Returns a zip's counts for the list above the table.
///
/// # Errors
///
/// The zip can't be read.
fn describe(zip: &Path) -> Result<String> {
    let files = members::read(zip)?;
    let size = fs::metadata(zip)
        .map_err(|error| format!("cannot read `{}`: {error}", zip.display()))?
        .len();
    let unpacked = files.values().map(|member| member.size).sum();
    let count = table::grouped(files.len() as u64);
    Ok(format!(
        "{count} files, {} bytes, zip of {}",
        table::grouped(unpacked),
        table::grouped(size)
    ))
}

/// Returns what is to be known of the machine, and how busy it was at the start.
fn machine() -> String {
    // Only Linux has this file; elsewhere the load is left out.
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty());
    let load = load.map_or_else(String::new, |load| format!(", load {load} at the start"));
    format!("machine: {} {}, {} cores{load}", env::consts::OS, env::consts::ARCH, cores())
}
