//! What of a lock applies to a target.

use super::super::*;
use super::{SAID, TARGET, lock};
use crate::lambda::{Architecture, PythonVersion};
use crate::origin::File;
use crate::report::Failure;

const OTHER: Target =
    Target { python: PythonVersion { minor: 9 }, architecture: Architecture::Arm64 };

/// What is selected, a file name or another word each; or why nothing is.
fn selected(packages: &str, target: Target) -> Result<Vec<String>, String> {
    let lock = read(&lock(packages), "pylock.toml").unwrap();
    let selected = select(&lock, "pylock.toml".into(), target).map_err(|unfit| {
        let failure = Failure::from(unfit);
        let causes: String = failure.causes.iter().map(|cause| format!("; {cause}")).collect();
        let line = failure.place.unwrap().line.unwrap_or(0);
        format!("{line} {}: {}{causes}", failure.code, failure.message)
    })?;
    let word = |origin: Origin| match origin {
        Origin::Wheel(file) => file.name,
        Origin::Sdist(File { name, .. }) => format!("{name}/"),
        Origin::Archive { file, subdirectory } => {
            format!("{}/{}", file.name, subdirectory.unwrap_or_default())
        }
        Origin::Vcs(vcs) => vcs.commit.unwrap(),
        Origin::Directory(directory) => directory.path.to_string(),
    };
    Ok(selected.into_iter().map(|(_, origin)| word(origin)).collect())
}

/// A package with some wheels, by their tags.
fn wheels(tags: &[&str]) -> String {
    let wheels = tags.iter().map(|tags| format!("{{ path = \"a-1-{tags}.whl\", SHA }},"));
    format!("[[packages]]\nname = \"a\"\nwheels = [{}]\n", wheels.collect::<String>())
}

#[test]
fn the_best_wheel_is_taken() {
    let table: &[(&[&str], Target, &str)] = &[
        (
            &["py3-none-any", "cp312-cp312-manylinux_2_17_x86_64"],
            TARGET,
            "cp312-cp312-manylinux_2_17_x86_64",
        ),
        (
            &["cp39-abi3-linux_x86_64", "cp311-abi3-manylinux2014_x86_64"],
            TARGET,
            "cp311-abi3-manylinux2014_x86_64",
        ),
        (
            &[
                "cp312-cp312-manylinux_2_35_x86_64",
                "cp312-cp312-musllinux_1_2_x86_64",
                "py3-none-any",
            ],
            TARGET,
            "py3-none-any",
        ),
        (
            &["1-py3-none-any", "10a-py3-none-any", "9-py3-none-any", "py3-none-any"],
            TARGET,
            "10a-py3-none-any",
        ),
        (
            &["py3-none-any", "cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64"],
            OTHER,
            "cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64",
        ),
        (&["py3-none-any", "cp39-cp39-manylinux_2_28_aarch64"], OTHER, "py3-none-any"),
    ];
    for (tags, target, best) in table {
        assert_eq!(
            selected(&wheels(tags), *target),
            Ok(vec![format!("a-1-{best}.whl")]),
            "{tags:?}"
        );
    }
}

#[test]
fn what_is_no_wheel_is_to_be_built() {
    let packages = r#"
[[packages]]
name = "d"
directory = { path = "../d" }
[[packages]]
name = "c"
vcs = { type = "git", url = "https://host/c", commit-id = "0123" }
[[packages]]
name = "b"
archive = { url = "https://host/b.zip", subdirectory = "python", SHA }
[[packages]]
name = "a"
sdist = { path = "a-1.tar.gz", SHA }
wheels = [{ path = "a-1-cp312-cp312-win_amd64.whl", SHA }]
[[packages]]
name = "e"
archive = { url = "https://host/e-1-py3-none-any.whl", SHA }
"#;
    let expected = ["a-1.tar.gz/", "b.zip/python", "0123", "../d", "e-1-py3-none-any.whl"];
    assert_eq!(selected(packages, TARGET), Ok(expected.map(str::to_owned).to_vec()));
}

#[test]
fn markers_tell_twins_apart() {
    let package = |version: &str, marker: &str| {
        format!(
            "[[packages]]\nname = \"a\"\nmarker = \"{marker}\"\nsdist = {{ path = \
             \"a-{version}.zip\", SHA }}\n"
        )
    };
    let twins = package("1", "python_version < '3.10'") + &package("2", "python_version >= '3.10'");
    assert_eq!(selected(&twins, TARGET), Ok(vec!["a-2.zip/".to_owned()]));
    assert_eq!(selected(&twins, OTHER), Ok(vec!["a-1.zip/".to_owned()]));
    let both = package("1", "python_version < '3.10'") + &package("2", "python_version >= '3.8'");
    assert_eq!(
        selected(&both, OTHER),
        Err("7 lock-ambiguous: the lock has `a` twice for python3.9 on arm64; the other one is \
             on line 3"
            .to_owned())
    );
    let groups = "default-groups = [\"main\"]\n".to_owned()
        + &package("1", "'main' in dependency_groups")
        + &package("2", "'x' in extras");
    assert_eq!(selected(&groups, TARGET), Ok(vec!["a-1.zip/".to_owned()]));
    assert_eq!(
        selected(&package("1", "'x' == 'y'"), TARGET),
        Err("3 lock-marker: the marker `'x' == 'y'` in the lock can't be judged; comparing two \
             quoted strings with each other doesn't make sense: 'x' == 'y'"
            .to_owned())
    );
}

#[test]
fn a_lock_for_another_target_is_refused() {
    let one = "[[packages]]\nname = \"a\"\nversion = \"1\"\n";
    let table = [
        (
            "requires-python = \">=3.13\"".to_owned(),
            "0 lock-other-target: the lock is for Python `>=3.13`, and not for python3.12 on \
             x86_64",
        ),
        (
            "requires-python = \"new\"".to_owned(),
            "0 lock-invalid: `new` in the lock is no range of Python versions",
        ),
        (
            "environments = [\"sys_platform == 'win32'\", \"python_version < '3.9'\"]".to_owned(),
            "0 lock-other-target: the lock is for other environments than python3.12 on x86_64; \
             it is for `sys_platform == 'win32'`; it is for `python_version < '3.9'`",
        ),
        (
            format!("{one}requires-python = \"<3.12\"\nsdist = {{ path = \"a.zip\", SHA }}"),
            "3 lock-other-target: `a` in the lock is for Python `<3.12`, and not for python3.12 \
             on x86_64",
        ),
        (
            format!("{one}wheels = [{{ path = \"a-1-cp39-cp39-linux_x86_64.whl\", SHA }}]"),
            "3 lock-no-wheel-fits: no wheel of `a 1` in the lock fits python3.12 on x86_64; \
             `a-1-cp39-cp39-linux_x86_64.whl` is for other targets",
        ),
        (
            format!(
                "{one}wheels = [{{ path = \"a-1-cp39-cp39-linux_x86_64.whl\", SHA }}, {{ path = \
                 \"a-1-cp38-cp38-linux_x86_64.whl\", SHA }}]"
            ),
            "3 lock-no-wheel-fits: no wheel of `a 1` in the lock fits python3.12 on x86_64; its \
             2 wheels are for other targets",
        ),
        (
            format!("{one}archive = {{ path = \"a-1-cp39-cp39-linux_x86_64.whl\", SHA }}"),
            "3 lock-no-wheel-fits: no wheel of `a 1` in the lock fits python3.12 on x86_64; \
             `a-1-cp39-cp39-linux_x86_64.whl` is for other targets",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(selected(&text, TARGET), Err(expected.to_owned()), "{text}");
    }
    let fits = "environments = [\"sys_platform == 'win32'\", \"python_version >= '3.9'\"]";
    assert_eq!(selected(fits, TARGET), Ok(Vec::new()));
}

#[test]
fn our_own_lock_is_for_its_target_alone() {
    let made =
        Made { source: None, requirements: Sha256Digest::of(b""), target: TARGET, said: SAID };
    let lock = Pylock::new(made, Vec::new());
    assert!(select(&lock, "pylock.toml".into(), TARGET).is_ok());
    let arm = Target { architecture: Architecture::Arm64, ..TARGET };
    for (target, message) in [
        (arm, "the lock is for other environments than python3.12 on arm64"),
        (OTHER, "the lock is for Python `==3.12.*`, and not for python3.9 on arm64"),
    ] {
        let Err(Unfit::OtherTarget(failure)) = select(&lock, "pylock.toml".into(), target) else {
            panic!("{target}")
        };
        assert_eq!(failure.message, message);
    }
}
