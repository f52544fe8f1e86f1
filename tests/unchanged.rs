//! Zips that are there already: what is equal is not touched, and what is not is named.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::{Project, Wheel};

/// A project of three lambdas; one has a wheel.
fn project() -> Project {
    let project = Project::with(&[
        ("dofs-package.toml", "python = \"3.12\"\nmanifest = \"packages.json\"\n"),
        ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n"),
        ("lambdas/api/more/data.txt", &"data\n".repeat(20_000)),
        ("lambdas/jobs/jobs.py", "def handler(event, context):\n    return 2\n"),
        (
            "lambdas/web/web.py",
            "import tiny\ndef handler(event, context):\n    return tiny.VERSION\n",
        ),
        ("lambdas/web/requirements.txt", "../../wheels/tiny-1.0-py3-none-any.whl\n"),
    ]);
    project.write("wheels/tiny-1.0-py3-none-any.whl", Wheel::new("tiny", "1.0").bytes());
    project
}

const NAMES: [&str; 3] = ["api", "jobs", "web"];

/// Where the zip of a lambda is, and what would show that somebody has touched it.
fn seen(project: &Project, name: &str) -> (SystemTime, u64, Vec<u8>) {
    use std::os::unix::fs::MetadataExt as _;
    let path = project.path(&zip(name));
    let metadata = fs::metadata(&path).expect("a zip");
    (metadata.modified().expect("a time"), metadata.ino(), fs::read(&path).expect("bytes"))
}

fn zip(name: &str) -> String {
    format!("lambdas/{name}/{name}.zip")
}

/// The statuses of a run, in order of the names.
fn statuses(project: &Project, arguments: &[&str]) -> Vec<String> {
    let run = project.run(&[&["build", "-q", "--format=json"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.text());
    let json = run.json();
    let packages = json["packages"].as_array().expect("packages").iter();
    packages.map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

/// What a build of the same sources gives where nothing is.
fn from_nothing(project: &Project) -> Vec<Vec<u8>> {
    let out = project.path("from-nothing");
    let run = project.run(&["build", "-q", "--out-dir=from-nothing", "--manifest=other.json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let read = |name| fs::read(out.join(format!("{name}.zip"))).expect("a zip");
    let zips = NAMES.map(read).to_vec();
    fs::remove_dir_all(out).expect("it is there");
    zips
}

#[test]
fn a_zip_that_has_the_bytes_already_is_not_touched() {
    let project = project();
    assert_eq!(statuses(&project, &[]), ["built", "built", "built"]);
    let before = NAMES.map(|name| seen(&project, name));
    assert_eq!(statuses(&project, &[]), ["unchanged", "unchanged", "unchanged"]);
    assert_eq!(statuses(&project, &["-n"]), ["unchanged", "unchanged", "unchanged"]);
    let forced = statuses(&project, &["-n", "--force"]);
    assert_eq!(forced, ["would-build", "would-build", "would-build"]);
    assert_eq!(NAMES.map(|name| seen(&project, name)), before);
    assert_eq!(statuses(&project, &["--force"]), ["built", "built", "built"]);
    let after = NAMES.map(|name| seen(&project, name));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.2, after.2);
        assert_ne!((before.0, before.1), (after.0, after.1));
    }
}

/// Changes something.
type Edit = fn(&Project);

#[test]
fn each_edit_gives_what_a_build_from_nothing_gives() {
    let edits: &[(&str, &str, Edit)] = &[
        ("content", "api", |it| {
            it.write("lambdas/api/api.py", "def handler(event, context): return 3\n");
        }),
        ("the last file", "api", |it| it.write("lambdas/api/zz.py", "")),
        ("content of one size and time", "jobs", |it| {
            let path = it.path("lambdas/jobs/jobs.py");
            let time = fs::metadata(&path).expect("a file").modified().expect("a time");
            it.write("lambdas/jobs/jobs.py", "def handler(event, context):\n    return 9\n");
            let file = fs::File::options().write(true).open(&path).expect("a file");
            file.set_modified(time).expect("a time");
        }),
        ("a rename", "api", |it| {
            fs::rename(it.path("lambdas/api/more/data.txt"), it.path("lambdas/api/more/date.txt"))
                .expect("a file");
        }),
        ("a mode", "jobs", |it| {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(it.path("lambdas/jobs/jobs.py"), mode).expect("a mode");
        }),
        ("a file less", "api", |it| fs::remove_file(it.path("lambdas/api/zz.py")).expect("a file")),
        ("a zip cut short", "web", |it| {
            let path = it.path(&zip("web"));
            let length = fs::metadata(&path).expect("a zip").len() - 1;
            fs::File::options()
                .write(true)
                .open(path)
                .expect("a zip")
                .set_len(length)
                .expect("cut");
        }),
        ("a zip with more", "web", |it| {
            let mut bytes = it.read(&zip("web"));
            bytes.push(0);
            it.write(&zip("web"), bytes);
        }),
        ("one byte of a zip", "api", |it| {
            let mut bytes = it.read(&zip("api"));
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            it.write(&zip("api"), bytes);
        }),
        ("the last byte of a zip", "jobs", |it| {
            let mut bytes = it.read(&zip("jobs"));
            *bytes.last_mut().expect("bytes") ^= 1;
            it.write(&zip("jobs"), bytes);
        }),
        ("another lambda's zip", "jobs", |it| it.write(&zip("jobs"), it.read(&zip("api")))),
        ("an empty zip", "jobs", |it| it.write(&zip("jobs"), "")),
        ("no zip", "jobs", |it| fs::remove_file(it.path(&zip("jobs"))).expect("a zip")),
        ("a link to a zip", "jobs", |it| {
            fs::rename(it.path(&zip("jobs")), it.path("elsewhere.zip")).expect("a zip");
            std::os::unix::fs::symlink(it.path("elsewhere.zip"), it.path(&zip("jobs")))
                .expect("a link");
        }),
        ("another version", "web", |it| {
            let wheel = Wheel::new("tiny", "2.0").bytes();
            it.write("wheels/tiny-2.0-py3-none-any.whl", wheel);
            it.write("lambdas/web/requirements.txt", "../../wheels/tiny-2.0-py3-none-any.whl\n");
        }),
        ("a touch", "", |it| {
            let file = fs::File::options()
                .write(true)
                .open(it.path("lambdas/api/api.py"))
                .expect("a file");
            file.set_modified(SystemTime::now() + Duration::from_hours(9)).expect("a time");
        }),
        ("a clock that went back", "", |it| {
            let file = fs::File::options()
                .write(true)
                .open(it.path("lambdas/jobs/jobs.py"))
                .expect("a file");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        }),
        ("a touch of a zip", "", |it| {
            let file = fs::File::options().write(true).open(it.path(&zip("web"))).expect("a zip");
            file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        }),
    ];
    let project = project();
    assert_eq!(project.run(&["build", "-q"]).code, 0);
    for (what, changed, edit) in edits {
        edit(&project);
        let expected = from_nothing(&project);
        let would: Vec<String> = statuses(&project, &["-n"]);
        let is = statuses(&project, &[]);
        for (index, name) in NAMES.into_iter().enumerate() {
            let (dry, wet) = if name == *changed {
                ("would-build", "built")
            } else {
                ("unchanged", "unchanged")
            };
            assert_eq!((&*would[index], &*is[index]), (dry, wet), "{what}: {name}");
            let zip = project.path(&zip(name));
            assert_eq!(fs::read(&zip).expect("a zip"), expected[index], "{what}: {name}");
            assert!(fs::symlink_metadata(&zip).expect("a zip").is_file(), "{what}: {name}");
        }
    }
    assert_eq!(project.run(&["verify"]).code, 0);
}

#[test]
fn the_first_run_after_a_build_parses_and_keeps_nothing_anew() {
    let project = project();
    let records = || -> BTreeSet<_> {
        let records = fs::read_dir(project.store().join("imports-1")).expect("a folder");
        records.map(|it| it.expect("a record").file_name()).collect()
    };
    project.run(&["build", "-q"]);
    let before = records();
    assert_eq!(before.len(), NAMES.len());
    project.run(&["build", "-q"]);
    assert_eq!(records(), before);
}

#[test]
fn a_run_that_changes_nothing_says_one_line() {
    let project = project();
    project.run(&["build", "-q"]);
    let run = project.run(&["build"]);
    assert_eq!(run.stderr, "    Finished 3 packages, all unchanged in [TIME]\n", "{}", run.text());
    assert_eq!(run.stdout.lines().count(), 3);
    let run = project.run(&["build", "-n", "api"]);
    assert_eq!(run.stderr, "    Finished 1 package, unchanged in [TIME]\n", "{}", run.text());
    let run = project.run(&["build", "-v"]);
    assert!(run.stderr.contains("   Unchanged api ("), "{}", run.text());
}

#[test]
fn a_zip_that_is_replaced_is_named_with_what_is_other() {
    let project = project();
    project.run(&["build", "-q"]);
    project.write("lambdas/api/api.py", "def handler(event, context):\n    return 12345\n");
    project.write("lambdas/jobs/one.py", "");
    fs::remove_file(project.path("lambdas/jobs/jobs.py")).expect("a file");
    project.write("wheels/tiny-2.0-py3-none-any.whl", Wheel::new("tiny", "2.0").bytes());
    project.write("lambdas/web/requirements.txt", "../../wheels/tiny-2.0-py3-none-any.whl\n");
    let said = project.run(&["build", "--python=3.12"]).stderr;
    for part in [
        " Packaged api (",
        "2 files, +4 B: api.py)\n",
        ": jobs.py is gone, one.py)\n",
        ": tiny 1.0 -> 2.0, requirements.txt)\n",
        " Finished 3 packages in [TIME]\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let other = Wheel::new("tiny", "2.0").file("tiny/more.py", "x = 1\n");
    project.write("wheels/tiny-2.0-py3-none-any.whl", other.bytes());
    let said = project.run(&["build"]).stderr;
    assert!(said.contains(": tiny 2.0 (another wheel))\n"), "{said}");
    project.write("lambdas/jobs/one.py", "x = 1\n");
    let said = project.run(&["build"]).stderr;
    assert!(said.ends_with(" Finished 3 packages, 2 unchanged in [TIME]\n"), "{said}");
}
