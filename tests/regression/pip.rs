//! What pip is given, and what is read of it.

use std::collections::BTreeSet;

use super::{JSON, TARGET, requiring, run_after, succeed};
use crate::support::{Wheel, output, python3};

#[test]
fn what_pip_is_given_is_for_this_users_eyes_only() {
    let project = requiring(&[("api", "one\n")], &[]);
    let modes = project.home().join("modes");
    let script =
        format!("ls -ld \"$(dirname \"$1\")\" | cut -c 1-10 > '{}'; exit 97", modes.display());
    let path = project.program("python3.12", &script);
    run_after("umask 0", &project.tool().env("PATH", path), &TARGET);
    assert_eq!(std::fs::read_to_string(modes).unwrap(), "drwx------\n");
}

#[test]
fn colour_by_force_changes_no_verdict() {
    let project = requiring(&[("api", "one\ntwo==1.0\n")], &[]);
    project.publish(&Wheel::new("one", "1.0").requires("two==2.0"));
    project.publish(&Wheel::new("two", "1.0"));
    project.publish(&Wheel::new("two", "2.0"));
    let plain = project.run(&JSON);
    let forced = project.tool().env("FORCE_COLOR", "1").run(&JSON);
    assert_eq!((forced.code, &forced.stdout), (4, &plain.stdout), "{}", forced.text());
    assert!(!forced.stdout.contains("\\u001b"), "{}", forced.stdout);
}

#[test]
fn a_pip_that_fails_is_told_of_without_temporary_folders() {
    let project = requiring(&[("api", "one\n")], &[]);
    // It says all that it was given.
    let script = "echo '{\"pip\": \"24.0\", \"configuration\": []}' > \"$3\"\n\
                  for word; do echo \"cannot use $word\" >&2; done; exit 2";
    let path = project.program("python3.12", script);
    let run = project.tool().env("PATH", path).run(&JSON);
    assert_eq!(run.code, 5, "{}", run.text());
    assert!(!run.text().contains(".dofs-tmp-"), "{}", run.text());
}

#[test]
fn a_data_folder_goes_by_its_ending_as_in_pip() {
    let wheel = Wheel::bare("foo_bar", "1.0")
        .file("foo/__init__.py", "")
        .file("Foo_Bar-1.0.data/platlib/foo/native.so", "\u{7f}ELF")
        .file("Foo_Bar-1.0.data/purelib/foo/pure.py", "PURE = 1\n");
    let project = requiring(&[("api", "foo-bar\n")], &[]);
    let path = project.publish(&wheel);
    succeed(project.run(&TARGET));
    let target = project.home().join("target");
    let mut pip = python3();
    pip.args(["-m", "pip", "install", "--no-compile", "--no-deps", "--no-index", "-q"]);
    pip.args(["--disable-pip-version-check", "--no-cache-dir", "--target"]);
    output(pip.arg(&target).arg(path));
    let below = walkdir::WalkDir::new(target.join("foo")).into_iter().map(Result::unwrap);
    let files = below.filter(|entry| entry.file_type().is_file());
    let theirs: BTreeSet<_> = files
        .map(|file| file.path().strip_prefix(&target).unwrap().to_str().unwrap().to_owned())
        .collect();
    let is_of_wheel = |name: &String| {
        !["api.py", "requirements.txt"].contains(&name.as_str()) && !name.contains(".dist-info/")
    };
    let ours = project.entries("lambdas/api/api.zip").into_keys();
    let ours: BTreeSet<_> = ours.filter(is_of_wheel).collect();
    assert_eq!(ours, theirs);
    let expected = ["foo/__init__.py", "foo/native.so", "foo/pure.py"].map(str::to_owned);
    assert_eq!(ours, BTreeSet::from(expected));
}

#[test]
fn a_configuration_that_pip_cannot_have_is_absent_to_both() {
    let project = requiring(&[("api", "one\n")], &[Wheel::new("one", "1.0")]);
    // A folder where a file is looked for, and a file where a folder is.
    std::fs::create_dir_all(project.home().join(".pip/pip.conf")).unwrap();
    std::fs::write(project.home().join(".config"), "").unwrap();
    succeed(project.run(&TARGET));
    succeed(project.run(&["--python", "3.12", "--offline"]));
}
