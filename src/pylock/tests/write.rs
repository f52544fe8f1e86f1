//! What is written can be read, by people and by us.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::*;
use super::{SAID, TARGET};
use crate::origin::{Directory, File, Vcs};

/// Any text, with controls and ends of lines.
const TEXT: &str = "(?s).{0,12}";

fn file(name: &str) -> File {
    File {
        name: name.to_owned(),
        url: Some(format!("https://user:secret@host/{name}?token=secret#sha256=00")),
        path: None,
        size: Some(7),
        digest: Some(Sha256Digest::of(name.as_bytes())),
    }
}

fn package(name: &str, origins: Vec<Origin>) -> Package {
    Package {
        name: name.to_owned(),
        version: Some("1.0".to_owned()),
        marker: None,
        requires_python: None,
        dependencies: Vec::new(),
        origins,
        built: None,
        line: 0,
    }
}

fn sources() -> Vec<Package> {
    let wheel = file("b_c-1.0-py3-none-any.whl");
    let built = Built {
        wheel: WheelName::new("d-1.0-py3-none-any.whl").unwrap(),
        digest: Sha256Digest::of(b"d"),
    };
    let vcs = Vcs {
        kind: "git".to_owned(),
        url: Some("ssh://git@host/d.git".to_owned()),
        path: None,
        requested_revision: Some("main".to_owned()),
        commit: Some("0123abcd".to_owned()),
        subdirectory: Some("python".to_owned()),
    };
    let directory =
        Directory { path: "../a".into(), editable: true, subdirectory: None, digest: None };
    vec![
        Package {
            dependencies: ["e", "d"].map(|it| Dependency::of(it.to_owned())).to_vec(),
            marker: Some("os_name == \"posix\" and sys_platform == 'linux'".to_owned()),
            requires_python: Some(">=3.9".to_owned()),
            ..package("b-c", vec![Origin::Wheel(wheel)])
        },
        Package { built: Some(built), ..package("d", vec![Origin::Vcs(vcs)]) },
        package("a", vec![Origin::Directory(directory)]),
        package("e", vec![Origin::Archive { file: file("e-1.0.zip"), subdirectory: None }]),
    ]
}

/// A lock as it is read back: sorted, addresses plain, lines as they came.
fn canonical(mut lock: Pylock, lines: &Pylock) -> Pylock {
    for package in &mut lock.packages {
        if matches!(package.origins[..], [Origin::Vcs(_) | Origin::Directory(_)]) {
            package.version = None;
        }
    }
    lock.packages.sort_by_key(|it| (it.name.clone(), it.version.clone(), it.marker.clone()));
    for (package, read) in lock.packages.iter_mut().zip(&lines.packages) {
        package.line = read.line;
        package.dependencies.sort();
        // Wheels by name, and what they may be built from behind them.
        let key = |origin: &Origin| match origin {
            Origin::Wheel(file) => (false, file.name.clone()),
            _ => (true, String::new()),
        };
        package.origins.sort_by_key(key);
        for origin in &mut package.origins {
            let url = match origin {
                Origin::Wheel(file) | Origin::Sdist(file) | Origin::Archive { file, .. } => {
                    &mut file.url
                }
                Origin::Vcs(vcs) => &mut vcs.url,
                Origin::Directory(_) => continue,
            };
            *url = url.as_deref().map(crate::address::plain);
        }
    }
    lock
}

#[test]
fn a_lock_is_written_for_people_and_other_tools() {
    let made =
        Made { source: None, requirements: Sha256Digest::of(b""), target: TARGET, said: SAID };
    let lock = Pylock::new(made, sources());

    let text = write(&lock);

    expect_test::expect![[r##"
        # Made by `cargo dofs-package lock`. That command makes it anew; it need not be edited.
        lock-version = "1.0"
        environments = [
            "implementation_name == 'cpython' and platform_machine == 'x86_64' and python_version == '3.12' and sys_platform == 'linux'",
        ]
        requires-python = "==3.12.*"
        created-by = "cargo-dofs-package"

        [[packages]]
        name = "a"
        directory = { path = "../a", editable = true }

        [[packages]]
        name = "b-c"
        version = "1.0"
        marker = """os_name == "posix" and sys_platform == 'linux'"""
        requires-python = ">=3.9"
        dependencies = [
            { name = "d" },
            { name = "e" },
        ]
        wheels = [
            { name = "b_c-1.0-py3-none-any.whl", url = "https://host/b_c-1.0-py3-none-any.whl", size = 7, hashes = { sha256 = "5da54b23fc3b16599f7fa7b909825e456085c530e86b0c13964d0c5b85c0e041" } },
        ]

        [[packages]]
        name = "d"
        vcs = { type = "git", url = "ssh://git@host/d.git", requested-revision = "main", commit-id = "0123abcd", subdirectory = "python" }

        [packages.tool.cargo-dofs-package]
        wheel = "d-1.0-py3-none-any.whl"
        sha256 = "18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4"

        [[packages]]
        name = "e"
        version = "1.0"
        archive = { url = "https://host/e-1.0.zip", size = 7, hashes = { sha256 = "92404d3393d1d4acb5a47dcb9c37c1bab178f42d2cb31ce9ea7eed0efd2827b1" } }

        [tool.cargo-dofs-package]
        requirements-sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        python = "3.12"
        architecture = "x86_64"
        said = ["python"]
    "##]].assert_eq(&text);
    let read = read(&text, "pylock.toml").unwrap();
    assert_eq!(read, canonical(lock, &read));
    let lines: Vec<u32> = read.packages.iter().map(|package| package.line).collect();
    assert_eq!(lines, [9, 13, 26, 34]);
    assert!(select(&read, "pylock.toml".into(), TARGET).is_ok());
}

#[test]
fn an_empty_lock_is_a_lock() {
    let made =
        Made { source: None, requirements: Sha256Digest::of(b""), target: TARGET, said: SAID };
    let lock = Pylock::new(made, Vec::new());
    let text = write(&lock);
    assert!(text.contains("\npackages = []\n"), "{text}");
    assert_eq!(read(&text, "pylock.toml").unwrap(), lock);
}

fn any_file(name: impl Strategy<Value = String>) -> impl Strategy<Value = File> {
    let place = (option::of(TEXT), TEXT, any::<[u8; 8]>());
    (name, place, option::of(0..=u64::MAX / 2)).prop_map(|(name, (path, url, bytes), size)| File {
        name,
        url: Some(format!("https://host/{url}")),
        path: path.filter(|path| !path.is_empty()).map(Into::into),
        size,
        digest: Some(Sha256Digest::of(&bytes)),
    })
}

fn any_origins(name: String) -> impl Strategy<Value = Vec<Origin>> {
    let wheel = move || {
        let name = name.replace('-', "_");
        any_file(
            "py3|cp312|cp39[.]cp310".prop_map(move |tag| format!("{name}-1.0-{tag}-none-any.whl")),
        )
    };
    let text = || option::of(TEXT);
    let archive = any_file(Just(String::new())).prop_filter_map("no name", |file| {
        let path = file.path.as_ref().map(|path| path.as_str());
        let name = read::file_name(path, file.url.as_deref())?;
        Some(File { name, ..file })
    });
    let vcs = (TEXT, TEXT, text(), text(), TEXT, text());
    prop_oneof![
        (vec(wheel(), 1..4), option::of(any_file("(?s).{1,9}"))).prop_map(|(wheels, sdist)| {
            let wheels = wheels.into_iter().map(Origin::Wheel);
            wheels.chain(sdist.map(Origin::Sdist)).collect()
        }),
        (archive, text())
            .prop_map(|(file, subdirectory)| vec![Origin::Archive { file, subdirectory }]),
        vcs.prop_map(|(kind, url, path, requested_revision, commit, subdirectory)| {
            vec![Origin::Vcs(Vcs {
                kind,
                url: Some(url),
                path,
                requested_revision,
                commit: Some(commit),
                subdirectory,
            })]
        }),
        (TEXT, any::<bool>(), text()).prop_map(|(path, editable, subdirectory)| {
            let path = path.into();
            vec![Origin::Directory(Directory { path, editable, subdirectory, digest: None })]
        }),
    ]
}

fn any_package() -> impl Strategy<Value = Package> {
    let name = || "[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}";
    let texts = (option::of(TEXT), option::of(TEXT), vec(name(), 0..3));
    let built = option::of(Just(Built {
        wheel: WheelName::new("a-1-py3-none-any.whl").unwrap(),
        digest: Sha256Digest::of(b"a"),
    }));
    (name().prop_flat_map(|name| (Just(name.clone()), any_origins(name))), texts, built).prop_map(
        |((name, origins), (marker, requires_python, dependencies), built)| Package {
            marker,
            requires_python,
            dependencies: dependencies.into_iter().map(Dependency::of).collect(),
            built,
            version: Some("1.0".to_owned()),
            ..package(&name, origins)
        },
    )
}

#[test]
fn twins_are_sorted_by_the_version_that_is_written() {
    let vcs = Vcs {
        kind: "git".to_owned(),
        url: Some("https://host/a".to_owned()),
        path: None,
        requested_revision: None,
        commit: Some("0123abcd".to_owned()),
        subdirectory: None,
    };
    let wheel = file("a-1.0-py3-none-any.whl");
    let wheel = package("a", vec![Origin::Wheel(wheel)]);
    let marker = Some("python_version < '3.12'".to_owned());
    // Its version is not written, so it stands before every version.
    let tree = Package { marker, ..package("a", vec![Origin::Vcs(vcs)]) };
    let made =
        Made { source: None, requirements: Sha256Digest::of(b""), target: TARGET, said: SAID };
    let lock = Pylock::new(made, vec![wheel, tree]);

    let text = write(&lock);

    assert_eq!(write(&read(&text, "pylock.toml").unwrap()), text);
}

#[test]
fn what_is_written_reads_back() {
    let texts = (option::of(TEXT), vec(TEXT, 0..3));
    let lock =
        (texts, vec(any_package(), 0..4)).prop_map(|((requires_python, texts), packages)| Pylock {
            requires_python,
            environments: texts.clone(),
            default_groups: texts,
            packages,
            made: Some(Made {
                source: None,
                requirements: Sha256Digest::of(b""),
                target: TARGET,
                said: SAID,
            }),
        });
    let config = Config { failure_persistence: None, ..Config::with_cases(300) };
    let law = |lock: Pylock| {
        let text = write(&lock);
        let back = read(&text, "pylock.toml")
            .map_err(|error| TestCaseError::fail(format!("{error:?}\n{text}")))?;
        prop_assert_eq!(write(&back), text);
        prop_assert_eq!(&canonical(lock, &back), &back);
        Ok(())
    };
    TestRunner::new(config).run(&lock, law).unwrap();
}

#[test]
fn a_lock_that_is_cut_anywhere_has_lost_its_end_or_is_whole() {
    let made =
        Made { source: None, requirements: Sha256Digest::of(b""), target: TARGET, said: SAID };
    let text = write(&Pylock::new(made, sources()));
    let whole = read(&text, "pylock.toml").unwrap();
    for end in 0..text.len() {
        let cut = String::from_utf8_lossy(&text.as_bytes()[..end]);
        match read(&cut, "pylock.toml") {
            Ok(lock) => {
                assert_eq!(lock.packages, whole.packages, "{cut}");
                let (made, before) = (lock.made.unwrap(), whole.made.clone().unwrap());
                assert_eq!((made.requirements, made.target), (before.requirements, before.target));
            }
            Err(Unreadable::Cut(_)) => {}
            Err(Unreadable::Invalid(failure)) => panic!("{failure:?}\n{cut}"),
        }
    }
}
