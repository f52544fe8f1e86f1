//! What the tests stand on: projects in temporary folders, wheels made in code, and the tool run
//! as its users run it, in an environment that has nothing of this machine but PATH.

mod index;
#[cfg(unix)]
pub(crate) mod rig;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
#[cfg(unix)]
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use sha2::Digest as _;

pub(crate) use index::{Index, Pages, Reply};

/// Everything of a project is one folder deeper than it need be: a requirement of `../../shared` is
/// looked for from the root, too, and what this machine has beside the temporary folder is not ours.
const TOP: &str = "project";

/// A project with a store and an index of its own; all of it is removed at the end.
pub(crate) struct Project {
    /// Everything.
    folder: tempfile::TempDir,
}

/// What a run of the tool said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its answer.
    pub(crate) stdout: String,
    /// Its talk, with folders and times blanked out.
    pub(crate) stderr: String,
}

impl Project {
    /// A project with nothing in it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["root", "store", "index", "home"] {
            std::fs::create_dir_all(folder.path().join(TOP).join(name)).expect("a folder in it");
        }
        Self { folder }
    }

    /// A copy of a fixture, without zips.
    pub(crate) fn from_fixture(name: &str) -> Self {
        let project = Self::new();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        for entry in walkdir::WalkDir::new(&fixture) {
            let entry = entry.expect("a fixture can be listed");
            let relative = entry.path().strip_prefix(&fixture).expect("it is below");
            let is_zip = relative.extension().is_some_and(|ending| ending == "zip");
            if entry.file_type().is_file() && !is_zip {
                let bytes = std::fs::read(entry.path()).expect("a fixture can be read");
                project.write(relative.to_str().expect("fixtures have plain names"), bytes);
            }
        }
        project
    }

    /// A project with files, given by path and text.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn top(&self) -> PathBuf {
        self.folder.path().join(TOP)
    }

    /// The root, absolute.
    pub(crate) fn root(&self) -> PathBuf {
        self.top().join("root")
    }

    /// The store.
    pub(crate) fn store(&self) -> PathBuf {
        self.top().join("store")
    }

    /// The folder in which pip finds wheels.
    pub(crate) fn index(&self) -> PathBuf {
        self.top().join("index")
    }

    /// The home folder of the tool and of pip.
    pub(crate) fn home(&self) -> PathBuf {
        self.top().join("home")
    }

    /// Where a path of the project is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file of the project, and the folders above it.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders");
        std::fs::write(path, bytes).expect("a file");
    }

    /// Reads a file of the project.
    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Puts a wheel into the index.
    pub(crate) fn publish(&self, wheel: &Wheel) -> PathBuf {
        let path = self.index().join(wheel.file_name());
        std::fs::write(&path, wheel.bytes()).expect("a wheel");
        path
    }

    /// Writes a script of the shell, and returns the PATH that finds it first.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str, script: &str) -> OsString {
        let folder = self.lone_program(name, script);
        let folders = [folder].into_iter().chain(std::env::split_paths(path()));
        std::env::join_paths(folders).expect("folders of a PATH")
    }

    /// Writes a script of the shell, and returns its folder, for a PATH with nothing else.
    #[cfg(unix)]
    pub(crate) fn lone_program(&self, name: &str, script: &str) -> PathBuf {
        let folder = self.top().join("bin");
        let text = self.top().join("script");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a script");
        // Another process writes it: while this one has it open for writing, a child of another
        // test may inherit that, and then it can't be run.
        output(Command::new("install").args(["-m", "755"]).arg(&text).arg(folder.join(name)));
        folder
    }

    /// The paths, below all folders of the project, of temporary files that were left behind.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let all = walkdir::WalkDir::new(self.folder.path()).into_iter();
        let paths = all.map(|entry| entry.expect("a folder can be listed").into_path());
        let is_ours = |path: &PathBuf| path.to_string_lossy().contains(".dofs-tmp-");
        paths.filter(is_ours).collect()
    }

    /// The tool, to be run on this project, without network.
    pub(crate) fn tool(&self) -> Tool<'_> {
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        for (name, value) in [
            ("PATH", path().into()),
            ("HOME", self.home().into()),
            ("TMPDIR", self.top().into()),
            ("DOFS_PACKAGE_CACHE_DIR", self.store().into()),
            ("PIP_NO_INDEX", "1".into()),
            ("PIP_FIND_LINKS", self.index().into()),
        ] {
            variables.insert(name.into(), value);
        }
        // pyenv's shims need to know where pyenv is, and which versions to answer for.
        for name in ["PYENV_ROOT", "PYENV_VERSION", "SystemRoot"] {
            variables.extend(std::env::var_os(name).map(|value| (name.into(), value)));
        }
        Tool { project: self, variables, directory: self.root(), arguments: Vec::new() }
    }

    /// Runs the tool at the root with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.tool().run(arguments)
    }

    /// Packages everything, and returns the digest (base64) of each package by name.
    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        let run = self.run(&["-q"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.digests()
    }

    /// The entries of a zip of the project, as the zip crate reads them: bytes and mode by name.
    pub(crate) fn entries(&self, zip: &str) -> BTreeMap<String, (Vec<u8>, u32)> {
        entries(&self.path(zip))
    }
}

/// The entries of a zip, as the zip crate reads them: bytes and mode by name.
pub(crate) fn entries(path: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("an entry can be read");
        let mode = entry.unix_mode().expect("every entry has a mode");
        let name = entry.name().expect("a name is UTF-8").into_owned();
        entries.insert(name, (bytes, mode));
    }
    entries
}

/// The files below a folder: bytes, and the mode that they have in a package. An installer's
/// modes follow the umask; what it decides is who may execute.
pub(crate) fn installed(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("it can be listed");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder).expect("it is below");
            let bytes = std::fs::read(entry.path()).expect("it can be read");
            let metadata = entry.metadata().expect("it is there");
            let mode = if executes(&metadata) { 0o100_755 } else { 0o100_644 };
            files.insert(path.to_str().expect("UTF-8").to_owned(), (bytes, mode));
        }
    }
    files
}

/// Whether anybody may execute a file.
#[cfg(unix)]
fn executes(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

/// Nothing tells.
#[cfg(not(unix))]
fn executes(_: &std::fs::Metadata) -> bool {
    false
}

/// Whether a path of an installation is about its installer and host: a package has no use for it.
pub(crate) fn is_of_an_installer(path: &str) -> bool {
    // Scripts name the interpreter of the host; headers are for compilers.
    match path.split_once('/') {
        Some(("bin" | "include", _)) => true,
        // What is deeper is a wheel's own, as the projects that setuptools brings along.
        Some((folder, "INSTALLER" | "REQUESTED" | "direct_url.json")) => {
            folder.ends_with(".dist-info")
        }
        _ => false,
    }
}

impl Run {
    /// The digest (base64) of each package by name.
    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        let fields = self.stdout.lines().map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            (fields.next().expect("a name"), fields.next().expect("a digest"))
        });
        fields.collect()
    }

    /// The answer as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// All of it, as snapshots have it.
    pub(crate) fn text(&self) -> String {
        let Self { code, stdout, stderr } = self;
        format!("exit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// The tool about to be run.
pub(crate) struct Tool<'a> {
    /// On what.
    project: &'a Project,
    /// Its whole environment.
    variables: BTreeMap<OsString, OsString>,
    /// Where it is run.
    directory: PathBuf,
    /// Arguments before those of the run.
    arguments: Vec<OsString>,
}

impl Tool<'_> {
    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Removes a variable.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.variables.remove(&OsString::from(name));
        self
    }

    /// Lets pip reach the package index, as this machine reaches it.
    pub(crate) fn online(mut self) -> Self {
        let is_way = |name: &str| {
            ["PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"].contains(&name)
                || name.to_ascii_uppercase().ends_with("_PROXY")
        };
        self = self.env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
        for (name, value) in std::env::vars_os() {
            if name.to_str().is_some_and(is_way) {
                self.variables.insert(name, value);
            }
        }
        self
    }

    /// Runs it in another folder.
    pub(crate) fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The command with its environment, for what `run` can't do.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-dofs-package"));
        command.args(&self.arguments).args(arguments);
        command.env_clear().envs(&self.variables).current_dir(&self.directory);
        command
    }

    /// Runs it where no file may grow beyond a few blocks, as on a full disk.
    #[cfg(unix)]
    pub(crate) fn run_on_full_disk(&self, argument: &str) -> std::process::Output {
        let inner = self.command(&[]);
        let mut limited = Command::new("sh");
        limited.args(["-c", r#"ulimit -f 8; exec "$0" "$1""#]);
        limited.arg(inner.get_program()).arg(argument).current_dir(&self.directory);
        limited.env_clear().envs(&self.variables);
        limited.output().expect("a shell can be started")
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().expect("the tool can be started");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("an answer is UTF-8"),
            stderr: self.redacted(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Blanks out what differs from run to run.
    fn redacted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folder = self.project.top();
        let canonical = folder.canonicalize().expect("the folder is there");
        for (path, name) in [("root", "[ROOT]"), ("store", "[STORE]"), ("home", "[HOME]")] {
            for folder in [&folder, &canonical] {
                text = text.replace(&folder.join(path).display().to_string(), name);
            }
        }
        let mut lines = Vec::new();
        for line in text.lines() {
            let line = match line.split_once(" in ").filter(|_| is_timed(line)) {
                Some((before, after)) => {
                    let rest = after.split_once(" s").map_or("", |(_, rest)| rest);
                    format!("{before} in [TIME]{rest}")
                }
                None => line.to_owned(),
            };
            lines.push(line);
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// Whether a line of talk says how long something took.
fn is_timed(line: &str) -> bool {
    ["Finished ", "Verified ", "Different ", "Imported ", "Returned "]
        .iter()
        .any(|verb| line.contains(verb))
}

/// A wheel made in code.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    name: String,
    version: String,
    tag: String,
    files: Vec<(String, Vec<u8>, u32)>,
    metadata: Vec<String>,
}

impl Wheel {
    /// A pure wheel with one module of its own name.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let module = format!("{}/__init__.py", name.replace('-', "_"));
        let text = format!("VERSION = \"{version}\"\n");
        Self::bare(name, version).file(&module, text)
    }

    /// A pure wheel with nothing in it.
    pub(crate) fn bare(name: &str, version: &str) -> Self {
        Self {
            name: name.replace('-', "_"),
            version: version.to_owned(),
            tag: "py3-none-any".to_owned(),
            files: Vec::new(),
            metadata: Vec::new(),
        }
    }

    /// For another tag.
    pub(crate) fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// With a file.
    pub(crate) fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.file_with_mode(path, bytes, 0o100_644)
    }

    /// With a file of a Unix mode, type bits included.
    pub(crate) fn file_with_mode(
        mut self,
        path: &str,
        bytes: impl Into<Vec<u8>>,
        mode: u32,
    ) -> Self {
        self.files.push((path.to_owned(), bytes.into(), mode));
        self
    }

    /// With a requirement of its own.
    pub(crate) fn requires(mut self, requirement: &str) -> Self {
        self.metadata.push(format!("Requires-Dist: {requirement}"));
        self
    }

    /// With another header in METADATA.
    pub(crate) fn metadata(mut self, line: &str) -> Self {
        self.metadata.push(line.to_owned());
        self
    }

    /// The project's name, normalised.
    pub(crate) fn project(&self) -> String {
        self.name.replace(['_', '.'], "-").to_lowercase()
    }

    /// The SHA-256 of its bytes, in hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        sha256(self.bytes())
    }

    /// The name of its `.dist-info` folder.
    pub(crate) fn info(&self) -> String {
        format!("{}-{}.dist-info", self.name, self.version)
    }

    /// Its version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Its file name.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}-{}.whl", self.name, self.version, self.tag)
    }

    /// Its METADATA.
    pub(crate) fn description(&self) -> String {
        let Self { name, version, .. } = self;
        let mut metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for line in &self.metadata {
            metadata += &format!("{line}\n");
        }
        metadata
    }

    /// Its bytes: a zip with a right RECORD.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { tag, .. } = self;
        let (info, metadata) = (self.info(), self.description());
        let wheel =
            format!("Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n");
        let mut files = self.files.clone();
        files.push((format!("{info}/METADATA"), metadata.into_bytes(), 0o100_644));
        files.push((format!("{info}/WHEEL"), wheel.into_bytes(), 0o100_644));
        let mut record = String::new();
        for (path, bytes, _) in &files {
            record += &format!("{path},sha256={},{}\n", urlsafe(bytes), bytes.len());
        }
        record += &format!("{info}/RECORD,,\n");
        files.push((format!("{info}/RECORD"), record.into_bytes(), 0o100_644));

        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, bytes, mode) in &files {
            let options = zip::write::SimpleFileOptions::default()
                .last_modified_time(zip::DateTime::default())
                .unix_permissions(*mode);
            writer.start_file(path.as_str(), options).expect("a member");
            writer.write_all(bytes).expect("its bytes");
        }
        writer.finish().expect("a zip").into_inner()
    }
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest as RECORD has it.
fn urlsafe(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(bytes))
}

/// The PATH of this machine, before it the folders of pyenv's Pythons where `python3` is one of
/// them: each shim asks half a dozen scripts which Python it stands for, and pip is started a
/// thousand times.
pub(crate) fn path() -> &'static OsStr {
    static PATH: OnceLock<OsString> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::var_os("PATH").expect("tests are run with a PATH");
        let own = folder_of(Path::new("python3"));
        let pyenv = folders_of_pyenv();
        let folders = match pyenv.contains(&own) {
            true => [vec![own], pyenv].concat(),
            false => Vec::new(),
        };
        let folders = folders.into_iter().chain(std::env::split_paths(&path));
        std::env::join_paths(folders).expect("folders of a PATH")
    })
}

/// The folders of programs of the Pythons that pyenv has installed.
fn folders_of_pyenv() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = std::env::var_os("PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
    let versions = std::fs::read_dir(pyenv.join("versions")).into_iter().flatten().flatten();
    let is_three = |folder: &std::fs::DirEntry| folder.file_name().as_encoded_bytes()[0] == b'3';
    let mut folders: Vec<PathBuf> =
        versions.filter(is_three).map(|folder| folder.path().join("bin")).collect();
    folders.sort();
    folders
}

/// `python3`, to be run.
pub(crate) fn python3() -> Command {
    let mut python = Command::new("python3");
    python.env("PATH", path());
    python
}

/// Finds a Python of a version. Fails loudly where there is none: nothing is skipped silently.
pub(crate) fn python(version: &str) -> PathBuf {
    let name = format!("python{version}");
    let works = |candidate: &PathBuf| {
        Command::new(candidate)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let on_path = std::env::split_paths(path()).chain(folders_of_pyenv());
    on_path.map(|folder| folder.join(&name)).find(works).unwrap_or_else(|| {
        panic!("this test needs {name}, on PATH or installed by pyenv; it is not skipped without")
    })
}

/// The PATH, which must lead to uv.
pub(crate) fn path_with_uv() -> OsString {
    let is_there = std::env::split_paths(path()).any(|folder| folder.join("uv").exists());
    assert!(is_there, "this test needs uv on PATH (`pip install uv`); it is not skipped without");
    path().into()
}

/// The folder of a Python of a version, for a PATH with nothing else: of the interpreter itself, as a
/// shim would need more programs than are there.
pub(crate) fn python_folder(version: &str) -> PathBuf {
    folder_of(&python(version))
}

/// The folder of the interpreter that a program leads to.
fn folder_of(python: &Path) -> PathBuf {
    let ask = ["-c", "import sys; print(sys.executable)"];
    let interpreter = output(Command::new(python).args(ask));
    Path::new(interpreter.trim()).parent().expect("a program is in a folder").to_owned()
}

/// The programs of a virtual environment of a Python with this pip, without a version the newest.
///
/// Making one takes longer than what is done with it, so it stays below target, and is made again
/// only where it is not what it should be. Nothing else may be installed into it.
#[cfg(unix)]
pub(crate) fn environment_with_pip(version: &str, pip: Option<&str>) -> PathBuf {
    static SEEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let wanted = pip.map_or_else(|| "pip".to_owned(), |pip| format!("pip=={pip}"));
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = all.join(format!("{wanted}-on-{version}"));
    let programs = folder.join("bin");
    // A test that could not make one is no reason for others not to try.
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.contains(&folder) {
        let lock = std::fs::File::create(all.join("environments.lock")).expect("a file");
        lock.lock().expect("other test processes end");
        let run = |arguments: &[&str]| {
            let mut python = Command::new(programs.join("python3"));
            python.args(["-m", "pip"]).args(arguments).env_remove("PIP_NO_INDEX");
            python
        };
        let said = run(&["--version"]).output().map(|output| output.stdout).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let is_it = said.trim_end().ends_with(&format!("(python {version})"))
            && pip.is_none_or(|pip| said.starts_with(&format!("pip {pip} ")));
        if !is_it {
            let mut venv = Command::new(python(version));
            output(venv.args(["-m", "venv", "--clear"]).arg(&folder));
        }
        if !is_it || pip.is_none() {
            let options = ["-q", "--upgrade", "--disable-pip-version-check"];
            output(run(&["install"]).args(options).arg(&wanted));
        }
        seen.insert(folder);
    }
    programs
}

/// Runs a program and returns its standard output; fails with its standard error.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs git in a folder, as somebody, with no configuration of this machine.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=n", "-c", "user.email=e@h", "-c", "init.defaultBranch=main"]);
    git.args(arguments).current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1");
    git.env("HOME", folder).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
    output(&mut git).trim().to_owned()
}
