//! What is known is not built to find it out.

use super::{Library, builds, requiring, succeed};
use crate::support::{Project, Run, Wheel};

/// A project whose only lambda requires `native`, of which the index has this source distribution.
fn wanting(library: &Library) -> Project {
    let project = requiring(&[("api", "native==1.0\n")]);
    library.archive(&project.index());
    project
}

fn logged(project: &Project, arguments: &[&str]) -> (Run, usize) {
    let log = project.home().join("builds");
    drop(std::fs::remove_file(&log));
    let run = project.tool().env("BUILD_LOG", &log).run(&[&["-q"], arguments].concat());
    (run, builds(&log).len())
}

#[test]
fn a_source_with_native_code_is_refused_without_being_built() {
    let library = || Library::new("native", "1.0");
    let table = [
        (
            library().file("setup.py", "setup(ext_modules=[Extension('x')])\n"),
            "its `setup.py` has `ext_modules`",
        ),
        (
            library().file("setup.cfg", "[options]\next_modules = x\n"),
            "its `setup.cfg` has `ext_modules`",
        ),
        (library().file("Cargo.toml", "[package]\n"), "it has `Cargo.toml`"),
        (library().file("meson.build", ""), "it has `meson.build`"),
        (library().file("CMakeLists.txt", ""), "it has `CMakeLists.txt`"),
        (library().file("src/native/fast.pyx", ""), "it has `src/native/fast.pyx`"),
        (library().file("src/native/fast.c", ""), "it has `src/native/fast.c`"),
    ];
    for (library, sign) in table {
        let project = wanting(&library);
        let (run, count) = logged(&project, &["--format", "json"]);
        let failure = &run.json()["failures"][0];
        assert_eq!((run.code, count), (4, 0), "{}", run.text());
        assert_eq!(failure["code"], "no-wheel-fits");
        let cause = failure["causes"][1].as_str().expect("a text");
        assert!(cause.ends_with(&format!("which is not compiled by default: {sign}")), "{cause}");
    }
}

#[test]
fn a_version_that_has_wheels_for_other_platforms_is_not_even_fetched() {
    let project = wanting(&Library::new("native", "1.0"));
    project.publish(&Wheel::new("native", "1.0").tag("cp312-cp312-win_amd64"));
    project.publish(&Wheel::new("native", "0.9"));
    let (run, count) = logged(&project, &[]);
    assert_eq!(count, 0);
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: no wheel of `native==1.0` fits python3.12 on x86_64
          --> lambdas/api/requirements.txt:1
          caused by: the versions with a fitting wheel are 0.9
          caused by: `native 1.0` is compiled: the index has `native-1.0-cp312-cp312-win_amd64.whl` and a source distribution
        hint: require a version that has a wheel for the target, or allow building it with `source-distributions = "build"`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}

#[test]
fn what_only_tests_and_examples_have_is_no_sign() {
    let library = Library::new("native", "1.0")
        .file("tests/data.c", "")
        .file("docs/example.cpp", "")
        .file("setup.py", "# ext_modules are gone\n");
    let (run, count) = logged(&wanting(&library), &[]);
    succeed(run);
    assert!(count > 0);
}

#[test]
fn native_code_is_built_where_the_config_allows_it() {
    let project = wanting(&Library::new("native", "1.0").compiled("cp312").file("x.c", ""));
    let config = "python = \"3.12\"\nsource-distributions = \"build\"\n";
    project.write("dofs-package.toml", config);
    succeed(logged(&project, &[]).0);
}

#[test]
fn a_compiled_wheel_is_remembered_and_not_built_again() {
    let project = wanting(&Library::new("native", "1.0").compiled("cp312"));
    let (first, built) = logged(&project, &[]);
    let (second, again) = logged(&project, &[]);
    assert!(built > 0 && again == 0, "{built} and {again}");
    assert_eq!(second.text(), first.text());
    let (_, anew) = logged(&project, &["--no-cache"]);
    assert!(anew > 0);
}

#[test]
fn after_a_build_that_failed_the_hint_does_not_say_to_build() {
    let project = wanting(&Library::new("native", "1.0").failing("no luck"));
    project.publish(&Wheel::new("native", "0.9"));
    let (run, _) = logged(&project, &["--format", "json"]);
    let failure = &run.json()["failures"][0];
    assert_eq!(failure["causes"][0], "the versions with a fitting wheel are 0.9");
    assert_eq!(failure["hint"], "require a version that has a wheel for the target");
}
