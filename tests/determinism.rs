//! The same bytes for the same inputs, whatever else differs; other bytes where inputs do.
//!
//! Each variation checks that it did vary something where that could silently not happen: a
//! harness that copies modes along proves nothing about modes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use sha2::Digest as _;

use crate::support::{Project, Run, Tool, Wheel, output};

/// The folder and the files of the project; one of them is to be executable.
const FILES: &[(&str, &str)] = &[
    ("dofs-package.toml", "python = \"3.12\"\n"),
    ("lambdas/api/api.py", "import one\n\n\ndef handler(event, context):\n    return 1\n"),
    ("lambdas/api/requirements.txt", "--no-index\n--find-links ../../wheels\none\n"),
    ("lambdas/api/lib/__init__.py", ""),
    ("lambdas/api/lib/a.py", "a = 1\n"),
    ("lambdas/api/lib-a/b.py", "b = 1\n"),
    ("lambdas/api/lib.py", "c = 1\n"),
    ("lambdas/plain/plain.py", "def handler(event, context):\n    return 2\n"),
    ("lambdas/worker/naïve 日本.txt", "names are bytes\n"),
    ("lambdas/worker/Z", "upper case comes first\n"),
    ("lambdas/worker/a", "lower case comes later\n"),
    ("lambdas/worker/run.sh", "#!/bin/sh\n"),
];

/// The file that its owner may execute.
const SCRIPT: &str = "lambdas/worker/run.sh";

/// What a run gave: its answer, and the digest of the bytes of each zip.
type Answer = (String, BTreeMap<String, String>);

/// The project, with its files made in this order.
fn project_of<'a>(files: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Project {
    let project = Project::with(&files.copied().collect::<Vec<_>>());
    for wheel in [Wheel::new("one", "1.0").requires("two"), Wheel::new("two", "2.0")] {
        project.write(&format!("wheels/{}", wheel.file_name()), wheel.bytes());
    }
    set_mode(&project.path(SCRIPT), 0o755);
    project
}

fn project() -> Project {
    project_of(FILES.iter())
}

/// The tool without variables for pip: the requirements say all.
fn tool(project: &Project) -> Tool<'_> {
    project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS")
}

/// Runs a command that packages all lambdas below a root anew, and returns what it gave.
fn answer(command: &mut Command, root: &Path) -> Answer {
    let zips = ["api", "plain", "worker"].map(|name| format!("lambdas/{name}/{name}.zip"));
    for zip in &zips {
        if root.join(zip).exists() {
            std::fs::remove_file(root.join(zip)).expect("an old zip can be removed");
        }
    }
    let stdout = output(command);
    let digest = |zip: String| {
        let bytes = std::fs::read(root.join(&zip)).unwrap_or_else(|error| panic!("{zip}: {error}"));
        (zip, format!("{:?}", sha2::Sha256::digest(bytes)))
    };
    (stdout, zips.into_iter().map(digest).collect())
}

/// What the project gives where nothing is odd.
fn base(project: &Project) -> Answer {
    let answer = answer(&mut tool(project).command(&["-q"]), &project.root());
    assert_eq!(answer.0.lines().count(), 3, "{}", answer.0);
    answer
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("its owner may");
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

#[test]
fn another_folder_gives_the_same_bytes() {
    let project = project();
    let base = base(&project);
    let elsewhere = project.home().join("a long name/with spaces/é/x");
    std::fs::create_dir_all(&elsewhere).unwrap();
    output(Command::new("cp").arg("-R").arg(project.root()).arg(&elsewhere));
    let elsewhere = elsewhere.join("root");
    let command = &mut tool(&project).directory(&elsewhere).command(&["-q"]);
    assert_eq!(answer(command, &elsewhere), base);
}

#[cfg(unix)]
#[test]
fn another_umask_gives_the_same_bytes() {
    use std::os::unix::fs::PermissionsExt as _;
    // Modes are not copied but made, as a checkout makes them.
    const CHECKOUT: &str = r#"umask "$1"; cd "$2"; find . -type f | while read -r file; do
        mkdir -p "$(dirname "$3/$file")"; cat "$file" > "$3/$file"
        if [ "${file##*.}" = sh ]; then chmod u+x "$3/$file"; fi; done"#;
    let project = project();
    let base = base(&project);
    for (umask, plain, script) in
        [("077", 0o600, 0o700), ("002", 0o664, 0o764), ("000", 0o666, 0o766), ("027", 0o640, 0o740)]
    {
        let root = project.home().join(umask);
        output(
            Command::new("sh").args(["-c", CHECKOUT, "sh", umask]).arg(project.root()).arg(&root),
        );
        let mode = |path: &str| {
            let metadata = std::fs::metadata(root.join(path)).expect("it was checked out");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode("lambdas/plain/plain.py"), mode(SCRIPT)), (plain, script), "{umask}");

        let inner = tool(&project).directory(&root).command(&["-q"]);
        let mut command = Command::new("sh");
        command.args(["-c", r#"umask "$1"; shift; exec "$@""#, "sh", umask]);
        command.arg(inner.get_program()).args(inner.get_args()).current_dir(&root).env_clear();
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert_eq!(answer(&mut command, &root), base, "umask {umask}");
    }
}

#[test]
fn another_environment_gives_the_same_bytes() {
    let project = project();
    let base = base(&project);
    let environments: &[&[(&str, &str)]] = &[
        &[("TZ", "Asia/Kolkata")],
        &[("TZ", "Etc/GMT+12")],
        &[("TZ", ":bogus")],
        &[("LC_ALL", "C"), ("LANG", "C")],
        &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")],
        &[("LC_ALL", "de_DE@euro")],
        &[("RAYON_NUM_THREADS", "1")],
        &[("RAYON_NUM_THREADS", "8")],
        &[("DOFS_PACKAGE_JOBS", "3")],
        &[("HOME", "/nonexistent"), ("USER", "x"), ("TERM", "dumb")],
        &[("SOURCE_DATE_EPOCH", "1"), ("CI", "true"), ("NO_COLOR", "1")],
        &[("PYTHONHASHSEED", "7"), ("PYTHONDONTWRITEBYTECODE", ""), ("PYTHONOPTIMIZE", "2")],
        &[("GIT_DIR", "/nonexistent"), ("GIT_WORK_TREE", "/x"), ("GIT_INDEX_FILE", "/x")],
    ];
    for variables in environments {
        let mut varied = tool(&project);
        for (name, value) in *variables {
            varied = varied.env(name, *value);
        }
        let command = &mut varied.command(&["-q"]);
        assert_eq!(answer(command, &project.root()), base, "{variables:?}");
    }
    let bare = &mut tool(&project).env_remove("HOME").env_remove("TMPDIR").command(&["-q"]);
    assert_eq!(answer(bare, &project.root()), base, "nothing but PATH and the store");
}

#[test]
fn other_times_give_the_same_bytes() {
    let project = project();
    let base = base(&project);
    let year = Duration::from_secs(31_557_600);
    let times = [
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH - year * 30,
        SystemTime::UNIX_EPOCH + year * 80,
        SystemTime::UNIX_EPOCH + year * 140,
    ];
    for time in times {
        for entry in walkdir::WalkDir::new(project.root()) {
            let path = entry.unwrap().into_path();
            std::fs::File::open(&path).and_then(|file| file.set_modified(time)).unwrap();
            assert_eq!(path.metadata().and_then(|it| it.modified()).unwrap(), time);
        }
        assert_eq!(answer(&mut tool(&project).command(&["-q"]), &project.root()), base, "{time:?}");
    }
}

#[test]
fn the_number_of_threads_changes_neither_bytes_nor_answer() {
    let project = project();
    let base = base(&project);
    let json = |jobs: &str| tool(&project).run(&["--format=json", "-j", jobs]).stdout;
    let one = json("1");
    for jobs in ["1", "2", "8"] {
        let command = &mut tool(&project).command(&["-q", "-j", jobs]);
        assert_eq!(answer(command, &project.root()), base, "-j {jobs}");
        assert_eq!(json(jobs), one, "-j {jobs}");
    }
}

#[test]
fn the_order_and_number_of_names_change_nothing() {
    let project = project();
    let base = base(&project);
    let command = &mut tool(&project).command(&["build", "worker", "plain", "api", "a*", "-q"]);
    assert_eq!(answer(command, &project.root()), base);
    let lines = ["api", "plain", "worker"].map(|name| {
        let run = tool(&project).run(&["build", name, "-q"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    });
    assert_eq!(lines.concat(), base.0);
}

#[test]
fn any_store_gives_the_same_bytes() {
    let project = project();
    let cold = base(&project);
    assert_eq!(base(&project), cold, "a warm store");
    let second = project.home().join("second");
    let command = &mut tool(&project).env("DOFS_PACKAGE_CACHE_DIR", &second).command(&["-q"]);
    assert_eq!(answer(command, &project.root()), cold, "a second store");
    for arguments in [["-q", "--no-cache"], ["-q", "--upgrade"], ["-q", "--offline"]] {
        let command = &mut tool(&project).command(&arguments);
        assert_eq!(answer(command, &project.root()), cold, "{arguments:?}");
    }
}

#[test]
fn any_way_to_the_root_gives_the_same_answer() {
    let project = project();
    let base = base(&project);
    let root = project.root();
    let slashes = format!("{}//./", root.display());
    let ways: &[(&str, &[&str])] = &[
        ("lambdas/api/lib", &["-q"]),
        (".", &["-q", "--root", "."]),
        ("lambdas", &["-q", "--root", ".."]),
        ("lambdas/api", &["--root", &slashes, "-q"]),
        (".", &["dofs-package", "-q"]),
        (".", &["dofs-package", "-q", "build"]),
    ];
    for (folder, arguments) in ways {
        let command = &mut tool(&project).directory(root.join(folder)).command(arguments);
        assert_eq!(answer(command, &root), base, "{arguments:?} in {folder}");
    }
}

#[test]
fn files_made_in_another_order_give_the_same_bytes() {
    let reversed = project_of(FILES.iter().rev());
    assert_eq!(base(&reversed), base(&project()));
}

#[test]
fn eight_runs_at_once_agree_and_leave_nothing_behind() {
    let project = project();
    let base = base(&project);
    let cold = project.home().join("cold");
    let start = |_| {
        let mut command =
            tool(&project).env("DOFS_PACKAGE_CACHE_DIR", &cold).command(&["-q", "-j2"]);
        command.stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..8).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", output.status);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), base.0);
    }
    let entries = project.entries("lambdas/api/api.zip");
    assert_eq!(entries.len(), 14);
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
}

/// The lambdas whose digests differ between two runs.
fn changed(before: &BTreeMap<String, String>, run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.stderr);
    let after = run.digests();
    assert!(before.keys().eq(after.keys()), "{after:?}");
    after.into_iter().filter(|(name, digest)| before[name] != *digest).map(|it| it.0).collect()
}

#[test]
fn one_changed_byte_changes_exactly_its_lambda() {
    let project = project();
    let before = tool(&project).run(&["-q"]).digests();
    project.write("lambdas/plain/plain.py", "def handler(event, context):\n    return 3\n");
    assert_eq!(changed(&before, &tool(&project).run(&["-q"])), ["plain"]);
    project.write("lambdas/plain/plain.py", "def handler(event, context):\n    return 2\n");
    project.write("lambdas/worker/more", "");
    assert_eq!(changed(&before, &tool(&project).run(&["-q"])), ["worker"]);
    std::fs::remove_file(project.path("lambdas/worker/more")).unwrap();
    project.write("lambdas/api/requirements.txt", "--no-index\n--find-links ../../wheels\ntwo\n");
    assert_eq!(changed(&before, &tool(&project).run(&["-q"])), ["api"]);
}

#[cfg(unix)]
#[test]
fn of_a_mode_only_the_owners_execute_bit_counts() {
    let project = project();
    let before = tool(&project).run(&["-q"]).digests();
    let none: [&str; 0] = [];
    for mode in [0o777, 0o700, 0o744, 0o500, 0o4755] {
        set_mode(&project.path(SCRIPT), mode);
        assert_eq!(changed(&before, &tool(&project).run(&["-q"])), none, "{mode:o}");
    }
    for mode in [0o666, 0o600, 0o655, 0o611] {
        set_mode(&project.path("lambdas/plain/plain.py"), mode);
        assert_eq!(changed(&before, &tool(&project).run(&["-q"])), none, "{mode:o}");
    }
    set_mode(&project.path(SCRIPT), 0o655);
    assert_eq!(changed(&before, &tool(&project).run(&["-q"])), ["worker"]);
}
