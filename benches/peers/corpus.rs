//! Makes the distributions that are packaged, as pip installs them.
//!
//! The peer's tree and our project lie apart, so that neither packages the other's zip.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::measure::answer;
use crate::project::{Project, copy, write};

/// What a lambda requires, of a name.
pub(crate) struct Distribution {
    /// The lambda's name, and the row's.
    pub(crate) name: &'static str,
    /// Its requirements.txt.
    pub(crate) requirements: &'static str,
}

/// Many small texts, much JSON that is compressed already.
pub(crate) const API: Distribution = Distribution {
    name: "api",
    requirements: "boto3==1.34.0\nbotocore==1.34.0\nrequests==2.31.0\n",
};

/// Shared libraries of tens of megabytes.
pub(crate) const SCI: Distribution =
    Distribution { name: "sci", requirements: "numpy==1.26.4\npandas==2.2.2\n" };

/// The target of every lambda, for pip.
const TARGET: [&str; 7] = [
    "--only-binary=:all:",
    "--platform",
    "manylinux2014_x86_64",
    "--python-version",
    "3.12",
    "--implementation",
    "cp",
];

/// A distribution as both sides package it.
pub(crate) struct Installed {
    /// For ours: requirements and a handler.
    pub(crate) project: Project,
    /// For the peer: the same, with the requirements installed by pip.
    pub(crate) tree: PathBuf,
    /// Where the peer puts its zip.
    pub(crate) peer_zip: PathBuf,
    /// The wheels that the tree was installed from.
    pub(crate) wheels: PathBuf,
}

impl Installed {
    /// Downloads the wheels and installs the peer's tree from them.
    ///
    /// # Errors
    ///
    /// pip fails, mostly for want of the package index, or a file can't be written.
    pub(crate) fn make(wanted: &Distribution, folder: &Path) -> Result<Self> {
        let project = Project::single(&folder.join("project"), wanted.name)?;
        let directory = project.directory(wanted.name);
        let requirements = directory.join("requirements.txt");
        write(&requirements, wanted.requirements.as_bytes())?;
        let (tree, wheels) = (folder.join("tree"), folder.join("wheels"));
        answer(pip("download").arg("-d").arg(&wheels).arg("-r").arg(&requirements))?;
        answer(
            pip("install")
                .args(["--no-compile", "--no-index", "--find-links"])
                .arg(&wheels)
                .arg("--target")
                .arg(&tree)
                .arg("-r")
                .arg(&requirements),
        )?;
        copy(&directory, &tree)?;
        Ok(Self { project, tree, peer_zip: folder.join("peer.zip"), wheels })
    }
}

/// Returns a pip command for the target of all lambdas.
fn pip(verb: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", verb, "-q"]).args(TARGET);
    command
}
