//! Trials: the tool is killed, its system calls fail, many of it run at once, and all around it is varied,
//! and what it leaves is whole.
//!
//! Each has a short form, which runs with the other tests, and a long one in [`long`], which is one
//! command of CONTRIBUTING.md.

mod crowd;
mod faults;
mod kills;
mod long;
mod quiet;
mod variations;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{Project, Run, Wheel};

/// Numbers that look random, and are the same for the same seed.
struct Seeded(u64);

impl Seeded {
    /// The next number, from 0 to less than 1.
    fn next(&mut self) -> f64 {
        // The multiplier and increment of Knuth's MMIX; its low bits repeat soon, so the high ones are taken.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 32) as u32) / f64::from(u32::MAX)
    }
}

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

/// The files below a folder: all that a run may write there, and not what git keeps for itself.
fn files(folder: &Path) -> Files {
    let is_ours = |entry: &walkdir::DirEntry| {
        let parent = entry.path().parent().and_then(Path::file_name);
        parent.is_none_or(|parent| parent != ".git") || entry.file_name() == "hooks"
    };
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().filter_entry(is_ours) {
        let entry = entry.expect("a folder can be listed");
        let path = entry.path().strip_prefix(folder).expect("it is below");
        let path = path.to_str().expect("UTF-8").to_owned();
        if entry.file_type().is_file() && !path.contains(".dofs-tmp-") {
            files.insert(path, std::fs::read(entry.path()).expect("it can be read"));
        }
    }
    files
}

/// The paths of which a folder has what neither of two others has.
fn broken(found: &Files, before: &Files, after: &Files) -> Vec<String> {
    let paths = found.keys().chain(before.keys()).chain(after.keys());
    let is_broken = |path: &&String| {
        found.get(*path) != before.get(*path) && found.get(*path) != after.get(*path)
    };
    let broken: std::collections::BTreeSet<_> = paths.filter(is_broken).cloned().collect();
    broken.into_iter().collect()
}

/// The tool under strace, stopped where it hangs.
fn traced(project: &Project, arguments: &[&str], options: &[&str]) -> Run {
    let inner = project.tool().command(arguments);
    let mut strace = Command::new("timeout");
    strace.args(["--kill-after=2", "30", "strace", "-f", "-qq"]).args(options);
    strace.arg(inner.get_program()).args(inner.get_args());
    strace.current_dir(project.root()).env_clear();
    strace.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = strace.output().expect("timeout(1) of coreutils can be started");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    let run = Run { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(
        !run.stderr.contains("failed to run command"),
        "this trial needs strace (`apt-get install strace`); it is not skipped without"
    );
    run
}

/// The source of a lambda that wants nothing.
const PLAIN: &str = "def handler(event, context): ...\n";

/// A project of a lambda that wants nothing and one whose wheel is locked.
fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\nmanifest = \"packages.json\"\n"),
        ("lambdas/plain/plain.py", PLAIN),
        ("lambdas/plain/lib/data.txt", "data\n"),
        ("lambdas/locked/locked.py", "import three\n"),
    ]);
    project.write("lambdas/plain/lib/large.bin", vec![7; 300_000]);
    lock(&project, "lambdas/locked", &Wheel::new("three", "3.0"));
    project
}

/// Adds a lambda for whose wheels pip is asked, which takes a second.
fn add_asking(project: &Project) {
    project.write("lambdas/asking/asking.py", "import one, two\n");
    project.write("lambdas/asking/requirements.txt", "one==1.0\n");
    project.publish(&Wheel::new("one", "1.0").requires("two"));
    project.publish(&Wheel::new("two", "2.0"));
}

/// Locks what is in a folder, two below the root, to one wheel, which lies in the project.
fn lock(project: &Project, folder: &str, wheel: &Wheel) {
    let (file, name, version) = (wheel.file_name(), wheel.project(), wheel.version());
    project.write(&format!("wheels/{file}"), wheel.bytes());
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"tests\"\n[[packages]]\nname = \"{name}\"\n\
         version = \"{version}\"\n[[packages.wheels]]\nname = \"{file}\"\n\
         path = \"../../wheels/{file}\"\nhashes = {{ sha256 = \"{}\" }}\n",
        wheel.sha256()
    );
    project.write(&format!("{folder}/pylock.toml"), lock);
}

/// Puts something else where each package of the project goes, and the manifest.
fn spoil(project: &Project) {
    for name in ["plain", "asking", "locked"] {
        let zip = format!("lambdas/{name}/{name}.zip");
        if project.path(&zip).exists() {
            project.write(&zip, "old");
        }
    }
    drop(std::fs::remove_file(project.path("packages.json")));
}

/// Empties the store.
fn forget(project: &Project) {
    drop(std::fs::remove_dir_all(project.store()));
}
