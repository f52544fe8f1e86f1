//! What has no wheel is built: folders, repositories, archives, source distributions.
//!
//! The projects that are built here bring their own backend, so pip fetches nothing.

#![cfg(unix)]

mod archives;
mod git;
mod known;
mod local;
mod locks;
mod normal;
mod online;
mod policies;
mod shared;
mod versions;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{Project, Run, Tool, output, python3};

/// A lambda's own module.
const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// A project to be built, made in code.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    name: String,
    version: String,
    tag: String,
    metadata: Vec<String>,
    fault: String,
    dialect: String,
    files: BTreeMap<String, Vec<u8>>,
    info: BTreeMap<String, String>,
}

impl Library {
    /// A pure one with one module of its own name.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let module = format!("src/{}/__init__.py", name.replace('-', "_"));
        let library = Self {
            name: name.replace('-', "_"),
            version: version.to_owned(),
            tag: "py3-none-any".to_owned(),
            metadata: Vec::new(),
            fault: String::new(),
            dialect: "old".to_owned(),
            files: BTreeMap::new(),
            info: BTreeMap::new(),
        };
        library.file(&module, format!("VERSION = \"{version}\"\n"))
    }

    /// With a file; what is below `src` goes into the wheel.
    pub(crate) fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), bytes.into());
        self
    }

    /// With a file in `.dist-info`.
    pub(crate) fn info(mut self, name: &str, text: &str) -> Self {
        self.info.insert(name.to_owned(), text.to_owned());
        self
    }

    /// With another header in METADATA.
    pub(crate) fn metadata(mut self, line: &str) -> Self {
        self.metadata.push(line.to_owned());
        self
    }

    /// With a requirement of its own.
    pub(crate) fn requires(self, requirement: &str) -> Self {
        self.metadata(&format!("Requires-Dist: {requirement}"))
    }

    /// Whose wheel has another tag.
    pub(crate) fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// One that stands for a compiled one, for a Python and `x86_64`.
    pub(crate) fn compiled(self, python: &str) -> Self {
        let tag = format!("{python}-{python}-linux_x86_64");
        let module = format!("src/{}_native.so", self.name);
        self.tag(&tag).file(&module, "no library\n")
    }

    /// Whose build fails, and says this.
    pub(crate) fn failing(mut self, words: &str) -> Self {
        words.clone_into(&mut self.fault);
        self
    }

    /// Whose backend writes the same in another way.
    pub(crate) fn dialect(mut self, dialect: &str) -> Self {
        dialect.clone_into(&mut self.dialect);
        self
    }

    /// Its files.
    pub(crate) fn all_files(&self) -> BTreeMap<String, Vec<u8>> {
        let Self { name, version, tag, metadata, fault, dialect, info, .. } = self;
        let facts = serde_json::json!({
            "name": name, "version": version, "tag": tag, "metadata": metadata, "fault": fault,
            "dialect": dialect, "info": info,
        });
        let pyproject = format!(
            "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
             [project]\nname = \"{name}\"\nversion = \"{version}\"\n"
        );
        let pyproject = match &**dialect {
            "scm" => pyproject.replace(
                &format!("version = \"{version}\"\n"),
                "dynamic = [\"version\"]\n[tool.setuptools_scm]\n",
            ),
            _ => pyproject,
        };
        let package = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let mut files = self.files.clone();
        files.insert("pyproject.toml".to_owned(), pyproject.into_bytes());
        files.insert("backend.py".to_owned(), include_bytes!("backend.py").to_vec());
        files.insert("project.json".to_owned(), facts.to_string().into_bytes());
        files.insert("PKG-INFO".to_owned(), package.into_bytes());
        files
    }

    /// Writes it into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in self.all_files() {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("folders");
            std::fs::write(path, bytes).expect("a file");
        }
    }

    /// Writes its source distribution into a folder, and returns where.
    pub(crate) fn archive(&self, folder: &Path) -> PathBuf {
        let name = format!("{}-{}", self.name, self.version);
        let scratch = tempfile::tempdir().expect("a folder");
        self.write(&scratch.path().join(&name));
        std::fs::create_dir_all(folder).expect("a folder");
        let archive = folder.join(format!("{name}.tar.gz"));
        let mut tar = python3();
        tar.args(["-m", "tarfile", "-c"]).arg(&archive).arg(&name).current_dir(scratch.path());
        output(&mut tar);
        archive
    }
}

/// A project with one lambda for each requirements file, for Python 3.12.
fn requiring(lambdas: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    for (name, requirements) in lambdas {
        project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
        project.write(&format!("lambdas/{name}/requirements.txt"), requirements);
    }
    project
}

/// Makes sure that a run succeeded.
fn succeed(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.text());
    run
}

/// Packages, and returns the digests by name.
fn digests(tool: &Tool<'_>) -> BTreeMap<String, String> {
    succeed(tool.run(&["-q"])).digests()
}

/// What is in the package of `api`, but for the lambda's own files: text by path.
fn packaged(project: &Project) -> BTreeMap<String, String> {
    packaged_of(project, "api")
}

/// The same of a lambda by name.
fn packaged_of(project: &Project, lambda: &str) -> BTreeMap<String, String> {
    let entries = project.entries(&format!("lambdas/{lambda}/{lambda}.zip")).into_iter();
    let module = format!("{lambda}.py");
    let is_own = |name: &String| *name == module || name == "requirements.txt";
    let entries = entries.filter(|(name, _)| !is_own(name));
    entries.map(|(name, (bytes, _))| (name, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// The names of the packaged files, less those of `.dist-info`.
fn modules(project: &Project) -> Vec<String> {
    modules_of(project, "api")
}

/// The same of a lambda by name.
fn modules_of(project: &Project, lambda: &str) -> Vec<String> {
    let names = packaged_of(project, lambda).into_keys();
    names.filter(|name| !name.contains(".dist-info/")).collect()
}

/// The names of the wheels in the package of `api`.
fn wheels(run: &Run) -> Vec<String> {
    let json = run.json();
    let wheels = json["packages"][0]["requirements"].as_array().expect("a list").clone();
    wheels.iter().map(|it| it["wheel"].as_str().expect("a name").to_owned()).collect()
}

/// What a run said, less which Python ran pip: that is this machine's.
fn said(run: &Run) -> String {
    run.text().replace("python3.12 -m pip", "python3 -m pip")
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    entries.map(|entry| entry.expect("a folder can be listed").into_path()).collect()
}

/// A folder without any program.
fn nowhere(project: &Project) -> PathBuf {
    let folder = project.home().join("nothing");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// How often each project was built, as the log of the backend has it.
fn builds(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
