//! Local projects whose version is in git.

use super::{Library, packaged, requiring, succeed, wheels};
use crate::support::{Project, Run};

/// A project that requires a folder whose version is in git.
fn requiring_ours(line: &str) -> Project {
    let project = requiring(&[("api", line)]);
    Library::new("our-lib", "9.9").dialect("scm").write(&project.path("ours"));
    project
}

fn with_versions(project: &Project, table: &str) -> Run {
    project.write("dofs-package.toml", format!("python = \"3.12\"\n{table}\n"));
    project.run(&["--format", "json"])
}

#[test]
fn a_version_of_the_config_is_told_to_the_build() {
    for (line, key) in [
        ("../../ours\n", "our-lib"),
        ("-e ../../ours\n", "Our_Lib"),
        ("our.lib @ file:../../ours\n", "our-lib"),
    ] {
        let project = requiring_ours(line);
        let run = succeed(with_versions(&project, &format!("[versions]\n{key} = \"1.4.0\"")));
        assert_eq!(wheels(&run), ["our_lib-1.4.0-py3-none-any.whl"], "{line}");
        assert!(!run.stderr.contains("takes its version"), "{}", run.stderr);
    }
}

#[test]
fn without_one_it_is_fixed_and_told() {
    let project = requiring_ours("../../ours\n");
    let run = succeed(project.run(&["--format", "json"]));
    assert_eq!(wheels(&run), ["our_lib-0-py3-none-any.whl"]);
    let words = "`our-lib` takes its version from git, which a build of a copy has not got: it is \
                 packaged as version 0";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert!(run.stderr.contains("[versions] our-lib = "), "{}", run.stderr);
    // Also where nothing is built any more.
    let again = succeed(project.run(&["--force"]));
    assert!(again.stderr.contains(words), "{}", again.stderr);
}

#[test]
fn another_version_gives_another_package() {
    let project = requiring_ours("../../ours\n");
    succeed(with_versions(&project, "[versions]\nour-lib = \"1.4.0\""));
    succeed(with_versions(&project, "[versions]\nour-lib = \"1.5.0\""));
    assert!(packaged(&project).contains_key("our_lib-1.5.0.dist-info/METADATA"));
}

#[test]
fn a_version_that_is_written_down_stays() {
    let project = requiring(&[("api", "../../ours\n")]);
    Library::new("our-lib", "2.0").write(&project.path("ours"));
    let run = succeed(project.run(&["--format", "json"]));
    assert_eq!(wheels(&run), ["our_lib-2.0-py3-none-any.whl"]);
}

#[test]
fn what_is_no_version_is_refused_with_its_line() {
    let run = with_versions(&requiring_ours("../../ours\n"), "[versions]\nour-lib = \"latest\"");
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("`latest`, as `our-lib` has in `[versions]`, is no version"),
        "{}",
        run.stderr
    );
}
