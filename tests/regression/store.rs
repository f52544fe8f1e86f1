//! The store's folder, and what it holds.

use super::{TARGET, requiring, succeed};
use crate::support::{Project, Wheel};

/// What a folder holds, all the way down.
fn listing(folder: &std::path::Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    let path = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(folder).expect("it is below").to_owned();
        path.to_str().expect("a plain name").to_owned()
    };
    entries.map(|entry| path(entry.expect("it can be listed"))).collect()
}

/// Makes sure that a folder with these files is neither used nor emptied as the store.
fn is_left_alone(files: &[(&str, &str)]) {
    let project = requiring(&[("api", "one\n")], &[Wheel::new("one", "1.0")]);
    let folder = project.home().join("mine");
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let before = listing(&folder);
    let tool = project.tool().env("DOFS_PACKAGE_CACHE_DIR", &folder);
    for arguments in [&["cache", "clean"][..], &TARGET, &["cache", "clean"]] {
        let run = tool.run(arguments);
        assert_eq!(run.code, 3, "{arguments:?}: {}", run.text());
        assert_eq!(listing(&folder), before, "{arguments:?}");
    }
    assert!(!project.path("lambdas/api/api.zip").exists());
}

#[test]
fn a_folder_with_somebodys_files_never_becomes_the_store() {
    is_left_alone(&[("tmp/keep.txt", "mine")]);
}

#[test]
fn a_folder_that_another_program_tagged_never_becomes_the_store() {
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by another program.\n";
    is_left_alone(&[("CACHEDIR.TAG", tag), ("tmp/keep.txt", "mine"), ("wheels-1/keep", "mine")]);
}

/// A project of three sets of requirements with one wheel in common, and that wheel's place in
/// the store.
fn three_sets() -> (Project, std::path::PathBuf) {
    let one = Wheel::new("one", "1.0");
    let wheels = [one.clone(), Wheel::new("two", "1.0"), Wheel::new("three", "1.0")];
    let files = [("a", "one\n"), ("b", "one\ntwo\n"), ("c", "one\nthree\n")];
    let project = requiring(&files, &wheels);
    succeed(project.run(&TARGET));
    let is_one = |path: &std::path::PathBuf| std::fs::read(path).expect("a wheel") == one.bytes();
    let blobs = std::fs::read_dir(project.store().join("wheels-1")).expect("the store's wheels");
    let mut blobs = blobs.map(|entry| entry.expect("it can be listed").path());
    let blob = blobs.find(is_one).expect("it is in the store");
    (project, blob)
}

#[test]
fn a_damaged_wheel_of_three_sets_of_requirements_is_fetched_once() {
    let (project, blob) = three_sets();
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    let run = succeed(project.run(&TARGET));
    expect_test::expect![[r#"
        --- stderr
        warning: the store's copy of `one-1.0-py3-none-any.whl` is damaged, and was removed
             Fetched 1 wheel
            Finished 3 packages, all unchanged in [TIME]
    "#]]
    .assert_eq(&format!("--- stderr\n{}", run.stderr));
}

#[test]
fn a_wheel_of_three_sets_of_requirements_that_was_cut_short_is_fetched_once() {
    let (project, blob) = three_sets();
    let bytes = std::fs::read(&blob).unwrap();
    std::fs::write(&blob, &bytes[..bytes.len() / 2]).unwrap();
    let run = succeed(project.run(&TARGET));
    let count = |words: &str| run.stderr.matches(words).count();
    assert_eq!((count("is damaged"), count("Fetched")), (1, 1), "{}", run.stderr);
}

#[test]
fn a_wheel_of_three_sets_of_requirements_that_is_gone_is_fetched_once() {
    let (project, blob) = three_sets();
    std::fs::remove_file(&blob).unwrap();
    let run = succeed(project.run(&TARGET));
    assert_eq!(run.stderr.matches("Fetched").count(), 1, "{}", run.stderr);
}
